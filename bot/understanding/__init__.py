"""Understanding what a resident wrote, type by type. Whether the value is allowed is the form's to say; what follows is the engine's."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from bot.folding import SHORT, bare, digits_to_ascii, fold
from bot.lexicon import Lexicon
from bot.understanding.choices import is_yes_or_no, read_acknowledgement, read_one, read_order, read_several
from bot.understanding.commands import Command, find_command, is_opt_out
from bot.understanding.keycaps import either, spread
from bot.understanding.letters import unsigned
from bot.understanding.locations import place_value, read_place
from bot.understanding.menus import MOST_KEPT, selectable
from bot.understanding.moments import read_date, read_datetime, read_time
from bot.understanding.places import NOWHERE, Gazetteer, Place
from bot.understanding.quantities import read_decimal, read_integer, read_range
from bot.understanding.readings import Ambiguous, NotUnderstood, Open, Reading, Selectable, Understood

__all__ = [
    "NOWHERE", "Ambiguous", "Command", "Gazetteer", "NotUnderstood", "Open", "Place", "Reading", "Selectable", "Understood",
    "bare", "digits_to_ascii", "find_command", "fold", "is_opt_out", "is_yes_or_no", "place_value", "read", "selectable",
]  # fmt: skip


def read_text(question: Open, text: str) -> Reading:
    """Free text, as it was typed; what shows nothing at all is none."""
    shows = any(unicodedata.category(char)[0] not in "CZ" for char in text)
    return Understood(text.strip()) if shows else NotUnderstood("empty")


READERS: Mapping[str, Callable[[Open, str], Reading]] = {
    "select_one": read_one,
    "select_multiple": read_several,
    "rank": read_order,
    "acknowledge": read_acknowledgement,
    "integer": read_integer,
    "decimal": read_decimal,
    "range": read_range,
    "date": read_date,
    "time": read_time,
    "datetime": read_datetime,
    "geopoint": read_place,
}


# What these are answered with means the same at any time and in any place, and most of it is a number or a word.
_STEADY = ("select_one", "select_multiple", "rank", "acknowledge", "integer", "decimal", "range")
_ANY_TIME = datetime.min.replace(tzinfo=UTC)


def read(question: Open, text: str) -> Reading:
    """What `text` means as an answer to the open question; types without a reader of their own take free text."""
    kind, language, lexicon, _, choices, offered, step, _ = question
    if kind in _STEADY and len(text) <= SHORT and len(choices) <= MOST_KEPT:
        return _read_short(kind, language, lexicon, choices, offered, step, text)
    return _read(question, text)


@lru_cache(maxsize=20_000)
def _read_short(
    kind: str,
    language: str,
    lexicon: Lexicon,
    choices: tuple[Selectable, ...],
    offered: tuple[str, ...],
    step: Decimal | None,
    text: str,
) -> Reading:
    return _read(Open(kind, language, lexicon, _ANY_TIME, choices, offered, step), text)


def _read(question: Open, text: str) -> Reading:
    if question.type != "text" and not fold(text) and question.type not in ("date", "integer", "decimal"):
        return NotUnderstood("empty")
    reader = READERS.get(question.type, read_text)
    if reader is not read_text:
        text = unsigned(text, question.words)
    if question.choices and (apart := spread(text)):
        return either(question, reader(question, apart), reader(question, text))
    return reader(question, text)
