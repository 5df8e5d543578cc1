"""Telegram's updates as inbounds and reports. Pure: no request is answered here, and nothing of aiogram is needed to read JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.contents import Said
from channels.api import DeliveryReport, Inbound

CHANNEL = LANE = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

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
        "paid_media",
        "photo",
        "poll",
        "sticker",
        "story",
        "venue",
        "video",
        "video_note",
        "voice",
    ]
)

Update = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Translated:
    """An update as the service knows it. `callback_id` is a press that waits for an answer."""

    happening: Inbound | DeliveryReport | None = None
    callback_id: str | None = None


def translate(update: Update) -> Translated:
    """What an update tells; nothing when it is of no concern to us: groups, other bots, chat housekeeping."""
    update_id = str(update["update_id"])
    if press := update.get("callback_query"):
        return Translated(_press(update_id, press), str(press["id"]))
    if message := update.get("message") or update.get("edited_message"):
        return Translated(_message(update_id, message))
    if change := update.get("my_chat_member"):
        return Translated(_membership(update_id, change))
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


def _message(update_id: str, message: Update) -> Inbound | None:
    sender = message.get("from", {})
    if message["chat"]["type"] != "private" or sender.get("is_bot"):
        return None
    said = _said(message)
    if said is None:
        return None
    command, _, rest = (said.text or "").partition(" ")
    is_opening = command.partition("@")[0] == "/start" and "edit_date" not in message
    if not is_opening and command.startswith("/") and not rest:
        said = Said(text=command[1:].partition("@")[0])
    return Inbound(
        channel=CHANNEL,
        lane=LANE,
        external_id=update_id,
        address=str(message["chat"]["id"]),
        kind="opened" if is_opening else "said",
        said=Said() if is_opening else said,
        token=rest.strip() or None if is_opening else None,
        message_ref=_replied_to(message),
        language=sender.get("language_code"),
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


def _membership(update_id: str, change: Update) -> DeliveryReport | None:
    if change["chat"]["type"] != "private" or change["new_chat_member"]["status"] not in ("kicked", "left"):
        return None
    return DeliveryReport(
        channel=CHANNEL, status="gone", address=str(change["chat"]["id"]), reason="blocked", external_id=update_id
    )
