"""Telegram's updates as inbounds and reports. Pure: no request is answered here.

What residents say to a bot is text, a press or a place. Voice notes, pictures, contacts and the like are heard as a
message without words (their caption or a sticker's emoji counts), which the dialogue answers kindly; nothing of what
they hold is read or kept. Groups, channels and other bots are not residents: they are passed over, and groups are left.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.contents import Said
from channels.api import DeliveryReport, DeliveryStatus, Inbound
from channels.telegram.tidying import Spent, spent

CHANNEL = LANE = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
GROUPS = frozenset({"group", "supergroup", "channel"})
IN_A_GROUP = frozenset({"member", "administrator", "restricted"})

# What a person can put into a message without a text; a message with none of it is a service message of the chat.
SPOKEN = frozenset(
    [
        "animation",
        "audio",
        "checklist",
        "contact",
        "dice",
        "document",
        "game",
        "live_photo",
        "paid_media",
        "photo",
        "poll",
        "rich_message",
        "sticker",
        "story",
        "venue",
        "video",
        "video_note",
        "voice",
    ]
)

Update = Mapping[str, Any]
Name = Callable[[int, int], str]


@dataclass(frozen=True, slots=True)
class Translated:
    """An update as the service knows it.

    `callback_id` is a press that waits for an answer, `spent` the keyboard it was made on when that has served,
    `leaves` a group that somebody has put the bot into (with the language of whoever did).
    """

    happening: Inbound | DeliveryReport | None = None
    callback_id: str | None = None
    spent: Spent | None = None
    leaves: tuple[int, str] | None = None


def naming(secret: bytes) -> Name:
    """Names for messages that are the same for a message and for its edits, and tell nobody whose they are.

    A `message_id` is unique within its chat only (type Message), and a chat id is an address: both go into a keyed
    hash (HMAC-SHA-256, cut to 96 bits), whose key must stay the same for edits to be recognised.
    """

    def name(chat_id: int, message_id: int) -> str:
        return "m" + hmac.new(secret, f"{chat_id}:{message_id}".encode(), hashlib.sha256).hexdigest()[:24]

    return name


def translate(update: Update, name: Name) -> Translated:
    """What an update tells; nothing when it is of no concern to us: other bots, chat housekeeping."""
    update_id = str(update["update_id"])
    if press := update.get("callback_query"):
        inbound = _press(update_id, press)
        return Translated(inbound, str(press["id"]), spent(press) if inbound else None)
    if message := update.get("message") or update.get("edited_message"):
        return Translated(_message(update_id, message, name))
    if change := update.get("my_chat_member"):
        return _membership(update_id, change)
    return Translated()


def _press(update_id: str, press: Update) -> Inbound | None:
    message = press.get("message") or {}
    if "data" not in press or message.get("chat", {}).get("type", "private") != "private":
        return None
    return Inbound(
        channel=CHANNEL,
        lane=LANE,
        external_id=update_id,
        address=str(press["from"]["id"]),
        said=Said(choice=press["data"]),
        message_ref=str(message["message_id"]) if message else None,
        language=press["from"].get("language_code"),
    )


def _message(update_id: str, message: Update, name: Name) -> Inbound | None:
    sender = message.get("from", {})
    if message["chat"]["type"] != "private" or sender.get("is_bot"):
        return None
    said = _said(message)
    if said is None:
        return None
    is_edit = "edit_date" in message
    own_name = name(message["chat"]["id"], message["message_id"])
    command, _, rest = (said.text or "").partition(" ")
    is_opening = command.partition("@")[0] == "/start" and not is_edit
    if not is_opening and command.startswith("/") and not rest:
        said = Said(text=command[1:].partition("@")[0])
    return Inbound(
        channel=CHANNEL,
        lane=LANE,
        external_id=update_id if is_edit else own_name,
        address=str(message["chat"]["id"]),
        kind="opened" if is_opening else "said",
        said=Said() if is_opening else said,
        token=rest.strip() or None if is_opening else None,
        message_ref=_replied_to(message),
        language=sender.get("language_code"),
        edits=own_name if is_edit else None,
        sent_at=datetime.fromtimestamp(message["date"], UTC) if "date" in message else None,
    )


def _said(message: Update) -> Said | None:
    if "text" in message:
        return Said(text=message["text"])
    place = message.get("location")
    if place and "edit_date" in message:
        return None  # a live location moves on by edits; the place that was shared counts
    if place:
        return Said(location=(float(place["latitude"]), float(place["longitude"])))
    if not SPOKEN & message.keys():
        return None
    return Said(text=message.get("caption") or message.get("sticker", {}).get("emoji") or "")


def _replied_to(message: Update) -> str | None:
    replied = message.get("reply_to_message")
    return str(replied["message_id"]) if replied else None


def _membership(update_id: str, change: Update) -> Translated:
    """The bot was blocked, or is let in again, or was put into a group."""
    status, chat = change["new_chat_member"]["status"], change["chat"]
    if chat["type"] in GROUPS and status in IN_A_GROUP:
        return Translated(leaves=(int(chat["id"]), str(change.get("from", {}).get("language_code", ""))))
    if chat["type"] != "private" or status not in ("kicked", "left", "member"):
        return Translated()
    is_back, address = status == "member", str(chat["id"])
    told: tuple[DeliveryStatus, str] = ("back", "unblocked") if is_back else ("gone", "blocked")
    return Translated(DeliveryReport(CHANNEL, told[0], address=address, reason=told[1], external_id=update_id))
