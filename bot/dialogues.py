"""Where one resident stands in one survey, as plain data. What moves it lives in `engine`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from bot.events import Event

Phase = Literal["invited", "asking", "finished", "opted_out", "declined"]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One dialogue between two turns; survives JSON through `to_data` and `from_data`.

    `entry` is the filled form's own plain data. `position` is the instance path now asked ("" when none); `is_repeat`
    says that it asks for another instance. `history` holds every asked path in order and `marks` a checksum of the
    choices it was asked with, so that an old button means what it said; option values count into it from 1.
    `answered` and `passed` (skipped, shown, enough) are dealt with; `aside` lost their ground but may get it back.
    `pending` are ticked values not yet sent; `offered` are choice values asked back, numbered from 1.
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

    @property
    def has_begun(self) -> bool:
        """Whether anything was asked for or given: a dialogue never begun needs the card before its first question."""
        return self.phase in ("asking", "finished") or bool(self.answered)

    def number_of(self, path: str) -> int:
        """The newest place of `path` in the history, counted from 1; 0 when it was never asked."""
        for place in range(len(self.history), 0, -1):
            if self.history[place - 1] == path:
                return place
        return 0

    def to_data(self) -> dict[str, Any]:
        """JSON types only; defaults are left out."""
        data: dict[str, Any] = {"language": self.language}
        for name, default in _DEFAULTS.items():
            value = getattr(self, name)
            if value != default:
                data[name] = list(value) if isinstance(value, tuple) else value
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Dialogue:
        """The inverse of `to_data`."""
        known: dict[str, Any] = {name: data[name] for name in _DEFAULTS if name in data}
        lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
        return replace(cls(language=data["language"]), **{**known, **lists})


_DEFAULTS: dict[str, Any] = {
    f.name: {} if f.name == "entry" else f.default for f in fields(Dialogue) if f.name != "language"
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What one thing said led to: the dialogue after it, and what happened."""

    dialogue: Dialogue
    events: tuple[Event, ...] = ()
