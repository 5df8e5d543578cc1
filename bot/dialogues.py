"""Where one resident stands in one survey, as plain data. What moves it lives in `engine`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import compress
from operator import attrgetter, ne
from typing import TYPE_CHECKING, Any, Literal

from bot.events import Event

if TYPE_CHECKING:
    from bot.forms import Entry

Phase = Literal["invited", "asking", "finished", "opted_out", "declined"]
VERSION = 2


@dataclass(frozen=True)  # without slots: a turn copies it several times, which a dict does at once
class Dialogue:
    """One dialogue between two turns; survives JSON through `to_data` and `from_data`.

    `entry` is the filled form's own plain data. `position` is the instance path now asked ("" when none); `is_repeat`
    says that it asks for another instance. `history` holds every asked path in order and `marks` a checksum of the
    choices it was asked with, so that an old button means what it said; option values count into it from 1.
    `answered` and `passed` (skipped, shown, enough) are dealt with; `aside` lost their ground but may get it back.
    `is_erasing` and `is_choosing_language` say that the last word to the resident asked whether to erase everything, or in
    which language to go on. `pending` are ticked values not yet sent; `offered` are the values last asked back; `page` is the part of the open
    question's list that is shown. `said_at` is when the resident last said anything, in whole seconds since 1970 (0: never).
    """

    language: str
    phase: Phase = "invited"
    entry: Mapping[str, Any] = field(default_factory=dict, repr=False)
    position: str = ""
    is_repeat: bool = False
    history: tuple[str, ...] = ()
    marks: tuple[int, ...] = ()
    answered: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    tries: int = 0
    pending: tuple[str, ...] = field(default=(), repr=False)
    offered: tuple[str, ...] = field(default=(), repr=False)
    is_erasing: bool = False
    is_choosing_language: bool = False
    page: int = 0
    said_at: int = 0

    @property
    def has_begun(self) -> bool:
        """Whether anything was asked for or given: a dialogue never begun needs the card before its first question."""
        return self.phase in ("asking", "finished") or bool(self.answered)

    def changed(self, **fields: Any) -> Dialogue:
        """The same dialogue but for these fields; a turn does this often enough for `dataclasses.replace` to be felt."""
        values = self.__dict__ | fields
        if len(values) > len(self.__dict__):
            raise TypeError(f"a dialogue has no {', '.join(sorted(fields.keys() - self.__dict__.keys()))}")
        changed = object.__new__(Dialogue)
        object.__setattr__(changed, "__dict__", values)
        return changed

    def number_of(self, path: str) -> int:
        """The newest place of `path` in the history, counted from 1; 0 when it was never asked."""
        history = self.history
        return len(history) - history[::-1].index(path) if path in history else 0

    def to_data(self) -> dict[str, Any]:
        """JSON types only; defaults are left out.

        Each path stands once, under "paths", the asked ones first; the lists of paths hold its places there, from 0, or
        how many they are where they are just the first ones.
        """
        data: dict[str, Any] = {"v": VERSION, "language": self.language}
        values = _values(self)
        for name, value in compress(zip(_STORED, values, strict=True), map(ne, values, _PLAIN)):
            data[name] = list(value) if isinstance(value, tuple) else value
        paths = tuple(dict.fromkeys((*self.history, *self.answered, *self.passed, *self.aside)))
        if paths:
            data["paths"] = list(paths)
        for name in _PATHS:
            if listed := self.__dict__[name]:
                data[name] = len(listed) if listed == paths[: len(listed)] else _places(paths, listed)
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Dialogue:
        """The inverse of `to_data`; reads the first version too. Raises ValueError for one that is not known."""
        version = data.get("v", 1)
        if version not in (1, VERSION):
            raise ValueError(f"a dialogue stored as version {version} cannot be read")
        known: dict[str, Any] = {
            name: data[stored] for name, stored in zip(_NAMES, _STORED, strict=True) if stored in data
        }
        paths = data.get("paths", ())
        for name in _PATHS:
            if places := data.get(name):
                known[name] = places if version == 1 else _at(paths, places)
        for name, value in known.items():
            if isinstance(value, list):
                known[name] = tuple(value)
        return cls(data["language"], **known)


_PATHS = ("history", "answered", "passed", "aside")


def _places(paths: Sequence[str], listed: Sequence[str]) -> list[int]:
    places = {path: place for place, path in enumerate(paths)}
    return [places[path] for path in listed]


def _at(paths: Sequence[str], places: int | Sequence[int]) -> tuple[str, ...]:
    return tuple(paths[:places]) if isinstance(places, int) else tuple([paths[place] for place in places])


_FIELDS = [f for f in fields(Dialogue) if f.name != "language" and f.name not in _PATHS]
_NAMES = tuple(f.name for f in _FIELDS)
_PLAIN: tuple[Any, ...] = tuple({} if f.name == "entry" else f.default for f in _FIELDS)
# "page" is taken beside a dialogue's own data: it holds what a personal page was told last.
_STORED = tuple({"page": "at_page"}.get(name, name) for name in _NAMES)
_values = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one thing said led to: the dialogue after it, and what happened.

    `entry` is the filled form as the turn left it, for whoever wants to tell of it without opening the form once more.
    """

    dialogue: Dialogue
    events: tuple[Event, ...] = ()
    entry: Entry | None = field(default=None, repr=False, compare=False)
