"""What reading an answer can give, and what a reader is told about the question. How each type is read lives beside this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.events import Puzzle
from bot.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Understood:
    """The value to store; "" when the resident chose nothing of what was offered.

    `is_literal`: exactly a label or a number of the list, so it goes before any command of the same spelling.
    `is_inferred`: read through a part of a label or a slip, so it should be told back.
    `rest`: words beyond the choice that answer the question for "other" behind it ("other: a bench").
    `told`: how residents know a value that does not speak for itself, such as the name of a place.
    """

    value: str
    is_literal: bool = False
    is_inferred: bool = False
    rest: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """One or several values could be meant; they are asked back, in the order of the list. `kept` were beyond doubt.

    `candidates`, beside `values`, are how residents know them, where the values are no choices of a list.
    """

    values: tuple[str, ...]
    kept: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing was recognised."""

    reason: Puzzle


Reading = Understood | Ambiguous | NotUnderstood


@dataclass(frozen=True, slots=True)
class Selectable:
    """One choice with its labels: in the dialogue's language first, then in the survey's others."""

    value: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """The question that is open: its type, what can be chosen, what was asked back, and in which language and when.

    `step` is that of a range: a whole step makes it a question for whole numbers.
    """

    type: str
    language: str
    lexicon: Lexicon
    now: datetime
    choices: tuple[Selectable, ...] = ()
    offered: tuple[str, ...] = ()
    step: Decimal | None = None
