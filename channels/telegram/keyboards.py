"""Contents as Telegram shows them: texts, inline keyboards, the button that shares a place. Sending them lives in `adapter`."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup

from bot.contents import Content, Option
from channels.api import Translation
from channels.rendering import MARKS, direction, isolated, numbered, split, utf16_units

TEXT_UNITS = 4096  # sendMessage: 1-4096 characters; counted in UTF-16 units to be on the safe side
OPTIONS = 80
LABEL_CHARS = 40  # longer ones are cut by telephones: the text then lists them, and the buttons hold their numbers
SHORT_LABEL_CHARS = 3
SHORT_LABELS_A_ROW = 6
TICKED, UNTICKED = "☑", "☐"


@dataclass(frozen=True, slots=True)
class Shape:
    """A content as texts to send in order; the markup goes under the last one."""

    texts: tuple[str, ...]
    markup: InlineKeyboardMarkup | ReplyKeyboardMarkup | None


def shape(content: Content, translation: Translation, personal_url: str = "") -> Shape:
    """The content's texts and buttons. The personal link stands last, on a line of its own."""
    text = numbered(content) if _has_numbers(content) else content.text
    if personal_url:
        text = f"{text}\n\n{personal_url}" if text else personal_url
    return Shape(tuple(split(text, TEXT_UNITS, utf16_units)), _markup(content, translation))


def _has_numbers(content: Content) -> bool:
    return len(content.options) > OPTIONS or any(len(option.label) > LABEL_CHARS for option in content.options)


def _markup(content: Content, translation: Translation) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if content.input == "location":
        return _place_keyboard(content, translation)
    rows = _option_rows(content) if len(content.options) <= OPTIONS else []
    rows += [[_button(action)] for action in content.actions]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _place_keyboard(content: Content, translation: Translation) -> ReplyKeyboardMarkup:
    """A button that asks for the place; actions stand beside it as words, which are understood when typed."""
    share = KeyboardButton(text="📍 " + translation.gettext("Share my location"), request_location=True)
    words = [[KeyboardButton(text=action.label)] for action in content.actions]
    return ReplyKeyboardMarkup(keyboard=[[share], *words], resize_keyboard=True, one_time_keyboard=True)


def _option_rows(content: Content) -> list[list[InlineKeyboardButton]]:
    labels = [str(n) for n in range(1, len(content.options) + 1)] if _has_numbers(content) else None
    buttons = [
        _button(Option(option.value, _ticked(content, option, labels[place] if labels else option.label)))
        for place, option in enumerate(content.options)
    ]
    longest = max((len(label) for label in labels or [option.label for option in content.options]), default=0)
    width = SHORT_LABELS_A_ROW if longest <= SHORT_LABEL_CHARS else 1
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def _ticked(content: Content, option: Option, label: str) -> str:
    if content.select not in ("many", "rank"):
        return label
    tick = TICKED if option.value in content.chosen else UNTICKED
    mark = MARKS[direction(content.language)] if direction(content.language) == "rtl" else ""
    return f"{mark}{tick} {isolated(label, content.language)}"


def _button(option: Option) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=option.label, callback_data=option.value)
