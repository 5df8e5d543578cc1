"""What becomes of a keyboard once it has been answered: only what was chosen stays, so that the chat tells what was said. Pure; the edit is made in `listening`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiogram.types import InlineKeyboardMarkup

from channels.telegram.keyboards import PLACES, TICKED, UNTICKED

# Commands after which the same keyboard is still of use: the question stays open, or it is only looked at.
KEPT_FOR = frozenset({"page", "mine", "lang", "help", "who", "person"})
MARKED = (TICKED, UNTICKED, *PLACES)
UNSEEN = "\u200e\u200f"

Update = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spent:
    """A message whose buttons are to be changed to `markup`; None takes them away."""

    chat_id: int
    message_id: int
    markup: InlineKeyboardMarkup | None = field(repr=False)


def spent(press: Update) -> Spent | None:
    """What to do with the keyboard that was pressed; None when it goes on being used, or is not known.

    Of a question with one answer the pressed button stays, ticked; of one with several, what was ticked when it was
    sent. A press of what stays is the same answer again, which changes nothing.
    """
    message, data = press.get("message") or {}, str(press.get("data", ""))
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    buttons = [button for row in rows for button in row]
    pressed = next((button for button in buttons if button.get("callback_data") == data), None)
    if pressed is None:
        return None
    name = data.split()[-1].partition(":")[0].partition(".")[0]
    if name.startswith("!"):
        if name[1:] in KEPT_FOR:
            return None
        kept = [button for button in buttons if _mark(button) in (TICKED, *PLACES)] if name == "!done" else []
    elif _mark(pressed):
        return None
    else:
        kept = [{**pressed, "text": f"{TICKED} {pressed['text']}"}]
    markup = InlineKeyboardMarkup.model_validate({"inline_keyboard": [[button] for button in kept]}) if kept else None
    return Spent(int(message["chat"]["id"]), int(message["message_id"]), markup)


def _mark(button: Update) -> str:
    """The tick or place before a button's label, "" when it has none."""
    label = str(button.get("text", "")).lstrip(UNSEEN)
    return next((mark for mark in MARKED if label.startswith(mark)), "")
