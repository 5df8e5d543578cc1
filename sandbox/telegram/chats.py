"""The private chats of the stand-in's users: what stands on each device, and what reaches it. What a bot may ask for lives in `methods`."""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.telegram.errors import RefusalError
from sandbox.telegram.parameters import Json, is_inline
from sandbox.wire import Arrival, Button, Listener

CHANNEL = "telegram"
LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(slots=True)
class Device:
    """What one user has on their telephone: arrivals in order, the messages of the chat as they now stand, and the keyboard beside the text field.

    `keyboard` is the id of the message whose ReplyKeyboardMarkup is shown; it stays until another replaces it or
    ReplyKeyboardRemove takes it away (Bot API, types ReplyKeyboardMarkup and ReplyKeyboardRemove), also when
    `one_time_keyboard` has folded it up.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    messages: dict[int, Json] = field(default_factory=dict)
    last_id: int = 0
    keyboard: int | None = None

    def next_id(self) -> int:
        """Messages of a private chat are numbered from 1, whoever wrote them."""
        self.last_id += 1
        return self.last_id


class Chats:
    """Every user's device, and who listens. `me` is the bot as type User."""

    def __init__(self, me: Json, now: Callable[[], float]) -> None:
        self.devices: defaultdict[str, Device] = defaultdict(Device)
        self.languages: dict[str, str] = {}
        self.sent: list[Arrival] = []
        self.listeners: list[Listener] = []
        self._me, self._now = me, now

    def user(self, address: str) -> Json:
        """A user as type User; `language_code` is the IETF tag of their app's language, where they let it be known."""
        user: Json = {"id": int(address), "is_bot": False, "first_name": "Resident"}
        return {**user, "language_code": self.languages[address]} if address in self.languages else user

    def chat(self, address: str) -> Json:
        """A private chat as type Chat: its id is the user's."""
        return {"id": int(address), "type": "private", "first_name": "Resident"}

    def write(self, address: str, what: Json) -> Json:
        """A user's own message enters the chat."""
        device = self.devices[address]
        message_id = device.next_id()
        head = {"message_id": message_id, "from": self.user(address), "chat": self.chat(address)}
        message = {**head, "date": int(self._now()), **what}
        device.messages[message_id] = message
        return message

    def put(self, address: str, what: Json, markup: Json | None) -> Json:
        """The bot's message enters the chat, and perhaps changes the keyboard beside the text field."""
        device = self.devices[address]
        message_id = device.next_id()
        head = {"message_id": message_id, "from": self._me, "chat": self.chat(address)}
        message = {**head, "date": int(self._now()), **what, **({"reply_markup": markup} if markup else {})}
        device.messages[message_id] = message
        if markup and "keyboard" in markup:
            device.keyboard = message_id
        elif markup and markup.get("remove_keyboard"):
            device.keyboard = None
        self._arrive(address, message)
        return told(message)

    def change(self, address: str, message_id: int, what: Json, markup: Json) -> Json:
        """The bot edits one of its messages. A missing `markup` takes the inline keyboard away.

        Only messages without reply markup or with an inline keyboard can be edited, and only given inline keyboards
        (Bot API, "Updating messages"); what would change nothing is refused.
        """
        message = self.devices[address].messages.get(message_id)
        if message is None:
            raise RefusalError(400, "Bad Request: message to edit not found")
        if message["from"] is not self._me or not is_inline(message.get("reply_markup", {"inline_keyboard": ()})):
            raise RefusalError(400, "Bad Request: message can't be edited")
        if markup and not is_inline(markup):
            raise RefusalError(400, "Bad Request: inline keyboard expected")
        changed = {**{k: v for k, v in message.items() if k != "reply_markup"}, **what}
        if markup:
            changed["reply_markup"] = markup
        if changed == message:
            raise RefusalError(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message",
            )
        message.clear()
        message.update(changed, edit_date=int(self._now()))
        self._arrive(address, message, edits=str(message["message_id"]))
        return told(message)

    def _arrive(self, address: str, message: Json, edits: str | None = None) -> None:
        arrival = _arrival(address, message, self._now(), edits)
        self.devices[address].arrivals.append(arrival)
        self.sent.append(arrival)
        for listener in self.listeners:
            listener(arrival)


def told(message: Json) -> Json:
    """A message as the bot is told of it: with inline keyboards, without those beside the text field (type Message, `reply_markup`)."""
    return copy.deepcopy({k: v for k, v in message.items() if k != "reply_markup" or is_inline(v)})


def _arrival(address: str, message: Json, at: float, edits: str | None) -> Arrival:
    markup = message.get("reply_markup", {})
    inline = [button for row in markup.get("inline_keyboard", ()) for button in row]
    beside = [button for row in markup.get("keyboard", ()) for button in row]
    text = message.get("text") or message.get("caption") or ""
    return Arrival(
        channel=CHANNEL,
        address=address,
        ref=str(message["message_id"]),
        text=text,
        at=at,
        buttons=(
            *(Button(b["text"], b["callback_data"]) for b in inline if "callback_data" in b),
            *(Button(b["text"], b["text"]) for b in beside if not b.get("request_location")),
        ),
        edits=edits,
        links=(*LINK.findall(text), *(b["url"] for b in inline if "url" in b)),
        wants_location=any(button.get("request_location") for button in beside),
    )
