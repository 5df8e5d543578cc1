"""Correcting a survey that residents are answering: what must stay, so that answers to all versions can be counted together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.problems import Problem


@dataclass(frozen=True, slots=True)
class Shape:
    """One question as answers to it can be told apart: its path, its type, and the values that can be chosen."""

    path: str
    type: str
    values: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The question's own name."""
        return self.path.rpartition("/")[2]


def mistakes(
    old: Sequence[Shape], new: Sequence[Shape], given: Mapping[str, set[str]], filename: str
) -> tuple[Problem, ...]:
    """Why the new version cannot follow the old one; empty when it can.

    `given` are the values that were answered, by question. A question that stays keeps its type and the choices that were
    answered; questions may be left out or added, and every text may change.
    """
    before = {shape.path: shape for shape in old}
    return tuple(
        problem
        for shape in new
        if shape.path in before
        for problem in _compared(before[shape.path], shape, given.get(shape.path, set()), filename)
    )


def _compared(before: Shape, now: Shape, given: set[str], filename: str) -> Iterator[Problem]:
    if before.type != now.type:
        what = f"“{now.name}” was of the type {before.type} and is now {now.type}."
        remedy = "keep its type, or give the new question a name of its own"
        yield Problem(what, remedy, filename, "survey")
        return
    answered = {value for values in given for value in ([values] if now.type == "select_one" else values.split())}
    for value in sorted(answered - now.values) if before.values else ():
        what = f"The choice “{value}” of “{now.name}” has been answered and is missing."
        yield Problem(what, "keep it; its label may change", filename, "choices")


def lost_languages(old: Sequence[str], new: Sequence[str], filename: str) -> tuple[Problem, ...]:
    """The languages that residents were asked in and that the new version lacks."""
    remedy = "keep every language that was spoken"
    return tuple(
        Problem(f"The language {code} is missing.", remedy, filename, "survey") for code in old if code not in new
    )


def opens_alike(old: Sequence[Shape], new: Sequence[Shape]) -> bool:
    """Whether an invitation that carried the first question still means the same: its buttons name places in a list."""
    first_old, first_new = (next((shape for shape in shapes if shape.type != "note"), None) for shapes in (old, new))
    return first_old == first_new
