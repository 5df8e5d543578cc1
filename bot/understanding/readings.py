"""What reading an answer can give, and what a reader is told about the question. How each type is read lives beside this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from bot.events import Puzzle
from bot.lexicon import Lexicon
from bot.understanding.places import NOWHERE, Gazetteer
from bot.vocabularies import Words


@dataclass(frozen=True, slots=True)
class Understood:
    """The value to store; "" when the resident chose nothing of what was offered, or does not know.

    `is_literal`: exactly a label or a number of the list, so it goes before any command of the same spelling.
    `is_inferred`: read through a part of a label, a slip or a plain rule (the nearest year), so it should be told back.
    `rest`: one's own words after an "other" choice ("other: a bench"), an answer to the text question that follows it.
    `otherwise`: values to take in its place, if the survey refuses it and takes one of them alone.
    `told`: how residents know a value that does not speak for itself, such as the name of a place.
    """

    value: str
    is_literal: bool = False
    is_inferred: bool = False
    rest: str = field(default="", repr=False)
    told: str = field(default="", repr=False)
    otherwise: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """One or several values could be meant; they are asked back. `kept` were beyond doubt.

    Of a question with choices these are choices, in the order of the list. Otherwise they are values that could be
    stored, and `candidates` says them as people read them, in the same order.
    """

    values: tuple[str, ...]
    kept: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing was recognised."""

    reason: Puzzle


Reading = Understood | Ambiguous | NotUnderstood


class Selectable(NamedTuple):
    """One choice with its labels: in the dialogue's language first, then in the survey's others."""

    value: str
    labels: tuple[str, ...]


class Open(NamedTuple):
    """The question that is open: its type, what can be chosen, what was asked back, and in which language and when.

    `step` is that of a range: a whole step makes it a question for whole numbers. `places` are those known by name.
    """

    type: str
    language: str
    lexicon: Lexicon
    now: datetime
    choices: tuple[Selectable, ...] = ()
    offered: tuple[str, ...] = ()
    step: Decimal | None = None
    places: Gazetteer = NOWHERE

    @property
    def words(self) -> Mapping[str, Words]:
        """The word sets as they count in this dialogue's language."""
        return self.lexicon.said(self.language)


MOST_SUGGESTIONS = 6


def one_or_asked(found: Mapping[str, str], *, is_inferred: bool, reason: Puzzle) -> Reading:
    """What values found for a question without choices amount to; `found` holds each with what people read for it."""
    if len(found) == 1:
        return Understood(next(iter(found)), is_inferred=is_inferred)
    if not 2 <= len(found) <= MOST_SUGGESTIONS:
        return NotUnderstood(reason)
    return Ambiguous(tuple(found), candidates=tuple(found.values()))
