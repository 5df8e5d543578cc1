"""Who was asked and who took part, in the whole campaign and by trait, protected. How it is put into words lives in `turnout_tables`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from campaigns.disclosure import Cell, Protected, Sum, Table, one_way, protect, two_way
from store.results import PeopleCount

Part = Literal["asked", "answered", "finished", "partial", "rest", "opted_out", "silent"]
_SUMS = (
    Sum("asked", ("answered", "rest")),
    Sum("answered", ("finished", "partial")),
    Sum("rest", ("opted_out", "silent")),
)
_KEPT = frozenset({"asked", "answered", "rest", "finished"})


@dataclass(frozen=True, slots=True)
class Group:
    """One value of one trait: how many were asked and how many of them answered; None where a count is hidden."""

    value: str
    asked: int | None
    answered: int | None

    @property
    def share(self) -> float | None:
        """Which share of those asked gave an answer; None where it is hidden or nobody was asked."""
        return None if self.answered is None or not self.asked else self.answered / self.asked


@dataclass(frozen=True, slots=True)
class Turnout:
    """Protected counts of people: the parts of the whole campaign, and the groups of each trait."""

    parts: Mapping[Part, int | None]
    by: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    k: int = 0


def turnout(people: Iterable[PeopleCount], traits: Sequence[str], k: int) -> Turnout:
    """Turnout over `traits`, which name the places of each count's group.

    The table of each trait shares nothing with the others but the whole, which stays shown in all of them or in none,
    so no table can be subtracted from another.
    """
    counted = list(people)
    parts = _parts(counted, k)
    by = {trait: _groups(counted, place, parts, k) for place, trait in enumerate(traits)}
    return Turnout(parts, by, k)


def reached(count: int, people: int, k: int) -> int | None:
    """How many of the people something reached, protected: neither they nor those it did not reach are too few to show."""
    return protect(one_way({"reached": count, "missed": people - count}), k)["reached"]


def _parts(counted: Iterable[PeopleCount], k: int) -> Mapping[Part, int | None]:
    """The whole campaign. Who started but gave no answer is as silent as who never began."""
    parts: dict[Part, int] = {"finished": 0, "partial": 0, "opted_out": 0, "silent": 0}
    for row in counted:
        if row.status in ("finished", "opted_out"):
            parts["finished" if row.status == "finished" else "opted_out"] += row.count
        else:
            parts["partial"] += row.answered
            parts["silent"] += row.count - row.answered
    parts["answered"] = parts["finished"] + parts["partial"]
    parts["rest"] = parts["opted_out"] + parts["silent"]
    parts["asked"] = parts["answered"] + parts["rest"]
    cells: dict[Cell, int] = {part: count for part, count in parts.items()}  # noqa: C416  (wider keys)
    shown = protect(Table(cells, _SUMS, _KEPT), k)
    return {part: shown[part] for part in parts}


def _groups(counted: Iterable[PeopleCount], place: int, parts: Mapping[Part, int | None], k: int) -> tuple[Group, ...]:
    counts: dict[tuple[str, str], int] = {}
    for row in counted:
        group = row.group[place]
        answered = {"finished": row.count, "opted_out": 0}.get(row.status, row.answered)
        for part, count in (("answered", answered), ("rest", row.count - answered)):
            counts[part, _key(group)] = counts.get((part, _key(group)), 0) + count
    groups = sorted({key for _, key in counts})
    shown = protect(two_way(counts, keep=[("answered", ""), ("rest", ""), ("", "")]), k) if counts else None
    if shown is None or not _agrees(shown, parts):
        return tuple(Group(_value(key), None, None) for key in groups)
    return tuple(Group(_value(key), shown["", key], shown["answered", key]) for key in groups)


def _agrees(shown: Protected, parts: Mapping[Part, int | None]) -> bool:
    """Whether a table hides nothing of the whole that stands elsewhere on the page."""
    margins: tuple[tuple[Part, tuple[str, str]], ...] = (
        ("answered", ("answered", "")),
        ("rest", ("rest", "")),
        ("asked", ("", "")),
    )
    return all(shown[margin] is not None or parts[part] is None for part, margin in margins)


def _key(value: str) -> str:
    return f"={value}"  # "" is the margin of all groups, so a value that is not known needs another name


def _value(key: str) -> str:
    return key.removeprefix("=")


@dataclass(frozen=True, slots=True)
class Heard:
    """How well a group is heard: its share of the answers and of the population, and the first over the second."""

    value: str
    answered_share: float | None
    population_share: float
    index: float | None


def heard(groups: Iterable[Group], total: int | None, population: Mapping[str, int]) -> tuple[Heard, ...]:
    """Every group of the population, the least heard first; those too few to show after them. `total` is everybody who answered."""
    known = {group.value: group.answered for group in groups}
    inhabitants = sum(population.values())
    rows = []
    for value, count in population.items():
        share = count / inhabitants if inhabitants else 0.0
        answered = known.get(value, 0)
        part = answered / total if answered is not None and total else None
        rows.append(Heard(value, part, share, part / share if part is not None and share else None))
    return tuple(sorted(rows, key=lambda row: (row.index is None, row.index or 0.0, -row.population_share)))
