"""Contents as Telegram shows them: texts, inline keyboards in pages, the button that shares a place. Sending them lives in `adapter`."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.contents import Content, Option
from channels.doors import Translation
from channels.rendering import MARKS, direction, isolated, numbered, numbered_options, split, utf16_units
from channels.telegram.limits import LABEL_CHARS, TEXT_UNITS

MOST_BUTTONS = 100  # inline buttons under one message, as the servers take them
ON_ONE_PAGE = 10  # so many options need no pages
PAGE = 8
SHORT_LABEL_CHARS = 3
SHORT_LABELS_A_ROW = 5
ACTIONS_A_COLUMN = 6  # more actions than this (languages) stand two a row
TICKED, UNTICKED = "☑", "☐"
PLACES = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟")
LEFT, RIGHT = "◀", "▶"
# What is said with the removal of the keyboard: a message takes one markup only, and the next has buttons of its own.
UNDERSTOOD = "👍"

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


@dataclass(frozen=True, slots=True)
class Part:
    """One message."""

    text: str
    markup: Markup | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A content as messages to send in order.

    `is_same_text` is true when an update changes nothing but the buttons of the message it edits.
    """

    parts: tuple[Part, ...]
    is_same_text: bool = False

    @property
    def markup(self) -> Markup | None:
        """What stands under the last message."""
        return self.parts[-1].markup if self.parts else None


@dataclass(frozen=True, slots=True)
class Leaf:
    """The part of a list that is shown: options from `start` to `stop` on page `number` of `count`, both from 0."""

    number: int
    count: int
    start: int
    stop: int


def shape(content: Content, translation: Translation, personal_url: str = "") -> Shape:
    """The content's texts and buttons. The personal link stands last, after a sentence that says what it is."""
    leaf = leaf_of(content)
    has_numbers = _has_numbers(content)
    text = numbered(content, leaf.start, leaf.stop) if has_numbers else content.text
    if personal_url:
        offer = translation.gettext("You can also answer on a web page:") + f"\n{personal_url}"
        text = f"{text}\n\n{offer}" if text else offer
    texts = split(text, TEXT_UNITS, utf16_units)
    markup = _markup(content, leaf, translation)
    parts = [Part(piece) for piece in texts[:-1]] + [Part(piece, markup) for piece in texts[-1:]]
    if content.ends_place and parts:
        parts = _without_place_keyboard(parts)
    return Shape(tuple(parts), is_same_text=bool(content.options) and not (has_numbers and leaf.count > 1))


def leaf_of(content: Content) -> Leaf:
    """The page that `content` asks for; a page before the first or after the last is counted round."""
    length = len(content.options)
    if length <= ON_ONE_PAGE or not _question_number(content):
        return Leaf(0, 1, 0, length)
    count = -(-length // PAGE)
    number = content.page % count
    return Leaf(number, count, number * PAGE, min((number + 1) * PAGE, length))


def _without_place_keyboard(parts: list[Part]) -> list[Part]:
    """With the keyboard for sharing a place taken away, which a message of its own must do where there are inline buttons.

    A message that removes a keyboard can never be edited (Bot API, "Updating messages").
    """
    if len(parts) == 1 and parts[0].markup is not None:
        return [Part(UNDERSTOOD, ReplyKeyboardRemove()), *parts]
    return [Part(parts[0].text, ReplyKeyboardRemove()), *parts[1:]]


def _question_number(content: Content) -> str:
    """The question that the options belong to: what stands before the dot of their values ("3.1")."""
    number, dot, _ = content.options[0].value.partition(".") if content.options else ("", "", "")
    return number if dot and number.isdecimal() else ""


def _has_numbers(content: Content) -> bool:
    too_many = len(content.options) > MOST_BUTTONS - 10 and leaf_of(content).count == 1
    return too_many or any(len(option.label) > LABEL_CHARS for option in content.options)


def _markup(content: Content, leaf: Leaf, translation: Translation) -> Markup | None:
    if content.input == "location":
        return _place_keyboard(content, translation)
    rows = _option_rows(content, leaf) if leaf.stop - leaf.start <= MOST_BUTTONS - 10 else []
    if leaf.count > 1:
        rows.append(_page_row(content, leaf))
    width = 1 if len(content.actions) <= ACTIONS_A_COLUMN else 2
    rows += _in_rows([_button(action.value, action.label) for action in content.actions], width)
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _place_keyboard(content: Content, translation: Translation) -> ReplyKeyboardMarkup:
    """A button that asks for the place; actions stand beside it as words, which are understood when typed."""
    share = KeyboardButton(text="📍 " + translation.gettext("Share my location"), request_location=True)
    words = [[KeyboardButton(text=action.label)] for action in content.actions]
    return ReplyKeyboardMarkup(keyboard=[[share], *words], resize_keyboard=True, one_time_keyboard=True)


def _option_rows(content: Content, leaf: Leaf) -> list[list[InlineKeyboardButton]]:
    shown = numbered_options(content)[leaf.start : leaf.stop]
    labels = [str(number) if _has_numbers(content) else option.label for number, option in shown]
    pairs = zip(shown, labels, strict=True)
    buttons = [_button(option.value, _marked(content, option, label)) for (_, option), label in pairs]
    is_short = max(map(len, labels), default=0) <= SHORT_LABEL_CHARS
    return _in_rows(buttons, SHORT_LABELS_A_ROW if is_short else 1)


def _page_row(content: Content, leaf: Leaf) -> list[InlineKeyboardButton]:
    """Back, where we are, and on; round from the last page to the first. In a script from right to left, on is to the left."""
    number = _question_number(content)

    def turn(label: str, page: int) -> InlineKeyboardButton:
        return _button(f"!page.{number}.{page % leaf.count}", label)

    ticks = f" {TICKED}{len(content.chosen)}" if content.chosen else ""
    here = turn(f"{leaf.number + 1}/{leaf.count}{ticks}", leaf.number)
    steps = (-1, 1) if direction(content.language) == "ltr" else (1, -1)
    return [turn(LEFT, leaf.number + steps[0]), here, turn(RIGHT, leaf.number + steps[1])]


def _marked(content: Content, option: Option, label: str) -> str:
    """The label with its tick, or in a ranking with its place."""
    if content.select not in ("many", "rank"):
        return label
    mark = MARKS[direction(content.language)] if direction(content.language) == "rtl" else ""
    return f"{mark}{_tick(content, option)} {isolated(label, content.language)}"


def _tick(content: Content, option: Option) -> str:
    if option.value not in content.chosen:
        return UNTICKED
    if content.select == "many":
        return TICKED
    place = content.chosen.index(option.value)
    return PLACES[place] if place < len(PLACES) else f"{place + 1}."


def _in_rows(buttons: list[InlineKeyboardButton], width: int) -> list[list[InlineKeyboardButton]]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def _button(value: str, label: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=label, callback_data=value)
