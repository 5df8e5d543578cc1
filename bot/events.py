"""What can happen in a turn, in the past tense. How it is told to the resident lives in `phrasing`.

What a resident has answered stays out of `repr`, so that no log can hold it.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal

Puzzle = Literal[
    "choice",
    "several",
    "ambiguous",
    "number",
    "range",
    "date",
    "time",
    "location",
    "required",
    "begin",
    "stale",
    "first",
    "empty",
]


@dataclass(frozen=True, slots=True)
class Invited:
    """The dialogue waits for the resident to begin."""


@dataclass(frozen=True, slots=True)
class Began:
    """The resident has agreed to take part; told once."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A note, which needs no answer, goes with the next question."""

    path: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question is now open. `is_repeat`: the question is whether another instance of the repeat at `path` is wanted."""

    path: str
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer was stored. `is_inferred`: read through a slip or a part of a label, so it is told back.

    `is_restored`: it was given before, lost its ground, and has it again. `told` is how residents know a value that does not
    speak for itself, such as the name of a place.
    """

    path: str
    value: str = field(repr=False)
    is_inferred: bool = False
    is_restored: bool = False
    told: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """The resident passed over an optional question; any earlier answer to it is gone."""

    path: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """An answer lost its ground because another was corrected."""

    path: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """An answer was replaced by another."""

    path: str
    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Toggled:
    """A box of a question with several answers was ticked or cleared; `chosen` are the values now ticked, nothing is stored yet."""

    path: str
    chosen: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Paged:
    """Another part of the open question's long list of choices is to be shown; `page` counts from 0."""

    path: str
    page: int


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """What was said could not be taken as an answer. `suggestions` are values to ask back; `tries` counts failures in a row.

    `candidates`, beside `suggestions`, are how residents know them, where they are no choices of a list.
    """

    path: str
    reason: Puzzle
    suggestions: tuple[str, ...] = field(default=(), repr=False)
    tries: int = 1
    candidates: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ConstraintBroken:
    """The survey's own rule refused the value; `message` is the survey's, in the dialogue's language, or empty."""

    path: str
    message: str
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left to ask."""


@dataclass(frozen=True, slots=True)
class AlreadyFinished:
    """Something was said that is no command after all questions were answered."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The resident does not want to take part in this survey."""


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The resident wants no more messages."""


@dataclass(frozen=True, slots=True)
class OptedIn:
    """The resident, who had opted out, asked to take part after all."""


@dataclass(frozen=True, slots=True)
class LanguageOffered:
    """The resident asked which languages there are. `wanted` is one that the survey does not have, or empty."""

    wanted: str = ""


@dataclass(frozen=True, slots=True)
class LanguageChanged:
    """The dialogue goes on in `language` (BCP 47)."""

    language: str


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """The resident asked what can be done."""


@dataclass(frozen=True, slots=True)
class WhoAsked:
    """The resident asked who is behind the messages."""


@dataclass(frozen=True, slots=True)
class MineAsked:
    """The resident asked for their own answers."""


@dataclass(frozen=True, slots=True)
class EraseAsked:
    """The resident asked to be erased; a yes is awaited."""


@dataclass(frozen=True, slots=True)
class EraseConfirmed:
    """The resident has confirmed: everything about them is to be erased."""


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """The resident wants to talk to a person: the coordinators are to be told."""


@dataclass(frozen=True, slots=True)
class ProxyDeclared:
    """Whoever writes answers for the resident, not as the resident."""


@dataclass(frozen=True, slots=True)
class Greeted:
    """The resident greeted or thanked, and said nothing else."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The first words after a long rest in the middle of the questions; `answered` of them are dealt with."""

    answered: int


@dataclass(frozen=True, slots=True)
class WentBack:
    """An earlier question is open again; its answer stands until another is given."""

    path: str


Event = (
    Invited
    | Began
    | Shown
    | Asked
    | Answered
    | Skipped
    | SetAside
    | Corrected
    | Toggled
    | Paged
    | Misunderstood
    | ConstraintBroken
    | Finished
    | AlreadyFinished
    | Declined
    | OptedOut
    | OptedIn
    | LanguageOffered
    | LanguageChanged
    | HelpAsked
    | WhoAsked
    | MineAsked
    | EraseAsked
    | EraseConfirmed
    | PersonAsked
    | ProxyDeclared
    | Greeted
    | Resumed
    | WentBack
)


def as_data(event: Event) -> dict[str, Any]:
    """An event as JSON types, under its name: {"event": "Answered", "path": …, "value": …}. What is as usual is left out."""
    data: dict[str, Any] = {"event": type(event).__name__}
    for part in fields(event):
        value = getattr(event, part.name)
        if part.default is MISSING or value != part.default:
            data[part.name] = list(value) if isinstance(value, tuple) else value
    return data
