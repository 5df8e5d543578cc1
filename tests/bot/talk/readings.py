"""One message read as an answer to one question, for the tests of understanding: what was meant, in a value that a table can hold."""

from __future__ import annotations

from typing import Any

from bot.understanding import Ambiguous, NotUnderstood, Open, Reading, Understood, read
from locales import load_lexicon
from tests.bot.talk.surveys import NOW

Meant = str | tuple[str, ...] | None


def opened(kind: str, language: str = "sv", **given: Any) -> Open:
    """A question of this type, on Wednesday 4 March 2026 at noon."""
    return Open(kind, language, load_lexicon(), NOW, **given)


def reading_of(kind: str, text: str, language: str = "sv", **given: Any) -> Reading:
    return read(opened(kind, language, **given), text)


def value_of(kind: str, text: str, language: str = "sv", **given: Any) -> Meant:
    """The value read ("other: a bench" with one's own words), the values asked back, or None when nothing was understood."""
    match reading_of(kind, text, language, **given):
        case Understood(value=value, rest=rest):
            return f"{value}: {rest}" if rest else value
        case Ambiguous(values=values):
            return values
        case NotUnderstood():
            return None


def told(reading: Reading) -> Meant:
    """As `value_of`, but what is asked back as people read it."""
    match reading:
        case Understood(value=value):
            return value
        case Ambiguous(candidates=candidates):
            return candidates
        case NotUnderstood():
            return None
