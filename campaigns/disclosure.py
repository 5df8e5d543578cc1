"""Disclosure control: the one function that every figure passes before it leaves the house. Making the figures lives in `figures`.

Rules. A count from 1 to k - 1 is hidden (primary suppression). Zeros are shown: that nobody chose an answer tells
nothing about anybody, except inside a group that is itself too small to show; there nothing is shown. Then more counts
are hidden (complementary suppression, cf. Hundepool et al., Statistical Disclosure Control, 2012, ch. 4) until

1. no sum shows exactly one hidden part, nor hidden parts that together make fewer than k,
2. every hidden count has an alternative whole number that fits all sums, zeros and whatever is shown: checked with an
   exact null-space computation over all sums at once, so chains through several tables are seen too.

Which count was hidden for which reason is not told.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from campaigns.null_spaces import Equation, null_space

PUBLIC_K = 10
INSIDE_K = 6
Cell: TypeAlias = Hashable


@dataclass(frozen=True, slots=True)
class Sum:
    """That one count is the sum of others. `is_group`: the total is the size of a group of people, the parts what they are like."""

    total: Cell
    parts: tuple[Cell, ...]
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of people with every sum that ties them together. `keep` are counts to hide only if nothing else will do."""

    counts: Mapping[Cell, int]
    sums: tuple[Sum, ...] = ()
    keep: frozenset[Cell] = frozenset()


@dataclass(frozen=True, slots=True)
class Protected:
    """What may leave the house: None stands for a count that is hidden. Nothing else of the table is kept."""

    counts: Mapping[Cell, int | None]
    k: int
    hidden: frozenset[Cell] = field(default_factory=frozenset)

    def __getitem__(self, cell: Cell) -> int | None:
        return self.counts[cell]


def one_way(counts: Mapping[str, int], total: Cell = "", *, keep: Iterable[Cell] = ()) -> Table:
    """A question's counts with their total."""
    cells: dict[Cell, int] = dict(counts.items())
    cells[total] = sum(counts.values())
    return Table(cells, (Sum(total, tuple(counts), True),), frozenset(keep))


def two_way(counts: Mapping[tuple[str, str], int], *, keep: Iterable[Cell] = ()) -> Table:
    """Counts by (answer, group) with all margins: ("", group), (answer, "") and ("", ""). Groups are the second key."""
    answers = list(dict.fromkeys(answer for answer, _ in counts))
    groups = list(dict.fromkeys(group for _, group in counts))
    cells: dict[Cell, int] = {(a, g): counts.get((a, g), 0) for a in answers for g in groups}
    sums = []
    for group in groups:
        parts = tuple((a, group) for a in answers)
        cells["", group] = sum(cells[part] for part in parts)
        sums.append(Sum(("", group), parts, True))
    for answer in answers:
        parts = tuple((answer, g) for g in groups)
        cells[answer, ""] = sum(cells[part] for part in parts)
        sums.append(Sum((answer, ""), parts))
    cells["", ""] = sum(counts.values())
    sums.append(Sum(("", ""), tuple((a, "") for a in answers), True))
    sums.append(Sum(("", ""), tuple(("", g) for g in groups)))
    return Table(cells, tuple(sums), frozenset(keep))


def protect(table: Table, k: int) -> Protected:
    """The table with every count hidden that must be. `k` is 10 in public, 6 inside. Raises ValueError on a table whose sums are wrong."""
    _check(table, k)
    work = _Work(table, k)
    work.hide_small()
    while work.mend_sums() or work.mend_determined():
        pass
    shown = {cell: None if cell in work.hidden else count for cell, count in table.counts.items()}
    return Protected(shown, k, frozenset(work.hidden))


def _check(table: Table, k: int) -> None:
    if k < 2:
        raise ValueError("k must be at least 2")
    if any(count < 0 for count in table.counts.values()):
        raise ValueError("a count cannot be negative")
    for line in table.sums:
        if table.counts[line.total] != sum(table.counts[part] for part in line.parts):
            raise ValueError(f"the parts of {line.total!r} do not make its count")


class _Work:
    """One table while it is being protected."""

    def __init__(self, table: Table, k: int) -> None:
        self.table, self.counts, self.k = table, table.counts, k
        self.hidden: set[Cell] = set()
        self.sums_of: dict[Cell, list[Sum]] = {cell: [] for cell in table.counts}
        for line in table.sums:
            for cell in (line.total, *line.parts):
                self.sums_of[cell].append(line)
        self.totals = {line.total for line in table.sums}

    def hide_small(self) -> None:
        """Primary suppression, and everything inside a group that is too small; noughts that shown noughts imply stay."""
        self.hidden |= {cell for cell, count in self.counts.items() if 0 < count < self.k}
        for line in self.table.sums:
            if line.is_group and line.total in self.hidden:
                self.hidden |= set(line.parts)
        while implied := {cell for cell in self.hidden if self._is_implied_zero(cell)}:
            self.hidden -= implied

    def _is_implied_zero(self, cell: Cell) -> bool:
        """Whether a nought is one because the whole that it is part of is shown as nought, or because all its own parts are."""
        if self.counts[cell]:
            return False
        return any(
            not self.hidden.intersection(line.parts) if line.total == cell else self._is_shown_zero(line.total)
            for line in self.sums_of[cell]
        )

    def _is_shown_zero(self, cell: Cell) -> bool:
        return not self.counts[cell] and cell not in self.hidden

    def mend_sums(self) -> bool:
        """Hide one more count in each sum that gives one away. True when anything was hidden."""
        before = len(self.hidden)
        for line in self.table.sums:
            while self._gives_away(line):
                if not self._hide_one_of((*line.parts, line.total)):
                    break
        return len(self.hidden) > before

    def _gives_away(self, line: Sum) -> bool:
        parts = [part for part in line.parts if part in self.hidden]
        if line.total in self.hidden:
            return not parts
        return bool(parts) and (len(parts) == 1 or sum(self.counts[part] for part in parts) < self.k)

    def mend_determined(self) -> bool:
        """Hide one more count beside one that the sums taken together still give away. True when anything was changed.

        Where nothing is left to hide beside it, a nought that can be computed anyway is shown.
        """
        determined = self._determined()
        for cell in determined:
            near = [other for line in self.sums_of[cell] for other in (*line.parts, line.total)]
            if self._hide_one_of(near) or self._hide_one_of(self.counts):
                return True
        noughts = {cell for cell in determined if not self.counts[cell]}
        self.hidden -= noughts
        return bool(noughts)

    def _determined(self) -> list[Cell]:
        """Hidden counts without an alternative that keeps every sum and every bound."""
        equations: list[Equation] = []
        for line in self.table.sums:
            equation: Equation = {part: 1 for part in line.parts if part in self.hidden}
            if line.total in self.hidden:
                equation[line.total] = -1
            if equation:
                equations.append(equation)
        ordered = sorted(self.hidden, key=repr)
        free: set[Cell] = set()
        for direction in null_space(equations, ordered):
            if self._can_move(direction, 1) or self._can_move(direction, -1):
                free.update(direction)
        return [cell for cell in ordered if cell not in free]

    def _can_move(self, direction: Mapping[Cell, int], sign: int) -> bool:
        """Whether one step keeps every count possible: above nought, or from nought inside small groups, where noughts hide too."""
        return all(self.counts[c] + sign * step >= min(1, self.counts[c]) for c, step in direction.items())

    def _hide_one_of(self, cells: Iterable[Cell]) -> bool:
        """Hide the visible count that costs least; False when none is left. Noughts stay shown: hiding them protects nobody."""
        visible = [cell for cell in dict.fromkeys(cells) if cell not in self.hidden and self.counts[cell]]
        if not visible:
            return False
        chosen = min(visible, key=self._cost)
        self.hidden.add(chosen)
        return True

    def _cost(self, cell: Cell) -> tuple[int, int, int, str]:
        """What is lost: inner counts first, then margins, kept counts, grand totals; where a sum already hides something the loss is smaller."""
        is_part = any(cell in line.parts for line in self.sums_of[cell])
        rank = (cell in self.totals) if is_part else 3
        rank = 2 if cell in self.table.keep and is_part else rank
        shared = sum(any(p in self.hidden for p in line.parts) for line in self.sums_of[cell])
        return rank, -shared, self.counts[cell], repr(cell)
