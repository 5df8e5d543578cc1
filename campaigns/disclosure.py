"""Disclosure control: the one function that every figure passes before it leaves the house. Making the figures lives in `figures`.

Rules. A count from 1 to k - 1 is hidden (primary suppression). Noughts are shown: that nobody chose an answer tells
nothing about anybody. But where a total is too small to show (a small group, a rare answer), nothing inside it is shown,
noughts included, since a lone figure left over would speak of everybody in it. Then more counts are hidden
(complementary suppression, cf. Hundepool et al., Statistical Disclosure Control, 2012, ch. 4) until

1. no sum shows exactly one hidden part, nor hidden parts that together make fewer than k,
2. every hidden count has an alternative whole number that fits all sums, the shown noughts and whatever else is shown;
   solved exactly over all sums at once, so chains through several tables are seen too.

Which count was hidden for which reason is not told.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from campaigns.alternatives import without_alternative
from campaigns.null_spaces import Equation

PUBLIC_K = 10
INSIDE_K = 6
Cell: TypeAlias = Hashable


@dataclass(frozen=True, slots=True)
class Sum:
    """That one count is the sum of others."""

    total: Cell
    parts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of people with every sum that ties them together.

    `keep` are counts to hide only if nothing else will do; `hidden` those that are hidden elsewhere already.
    """

    counts: Mapping[Cell, int]
    sums: tuple[Sum, ...] = ()
    keep: frozenset[Cell] = frozenset()
    hidden: frozenset[Cell] = frozenset()


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
    return Table(cells, (Sum(total, tuple(counts)),), frozenset(keep))


def two_way(counts: Mapping[tuple[str, str], int], *, keep: Iterable[Cell] = ()) -> Table:
    """Counts by (answer, group) with all margins: ("", group), (answer, "") and ("", ""). Groups are the second key."""
    answers = list(dict.fromkeys(answer for answer, _ in counts))
    groups = list(dict.fromkeys(group for _, group in counts))
    cells: dict[Cell, int] = {(a, g): counts.get((a, g), 0) for a in answers for g in groups}
    sums = []
    for group in groups:
        parts = tuple((a, group) for a in answers)
        cells["", group] = sum(cells[part] for part in parts)
        sums.append(Sum(("", group), parts))
    for answer in answers:
        parts = tuple((answer, g) for g in groups)
        cells[answer, ""] = sum(cells[part] for part in parts)
        sums.append(Sum((answer, ""), parts))
    cells["", ""] = sum(counts.values())
    sums.append(Sum(("", ""), tuple((a, "") for a in answers)))
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
        self.hidden: set[Cell] = set(table.hidden)
        self.inner: set[Cell] = set()
        self.sums_of: dict[Cell, list[Sum]] = {cell: [] for cell in table.counts}
        for line in table.sums:
            for cell in (line.total, *line.parts):
                self.sums_of[cell].append(line)
        self.totals = {line.total for line in table.sums}

    def hide_small(self) -> None:
        """Primary suppression, and every part of a total that is too small; noughts that shown noughts imply stay."""
        self.hidden |= {cell for cell, count in self.counts.items() if 0 < count < self.k}
        for line in self.table.sums:
            if 0 < self.counts[line.total] < self.k:
                self.inner |= set(line.parts)
        self.hidden |= self.inner
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
        """Hidden counts without an alternative: at least 1 where noughts are shown, at least 0 where noughts hide too."""
        equations: list[Equation] = []
        for line in self.table.sums:
            equation: Equation = {part: 1 for part in line.parts if part in self.hidden}
            if line.total in self.hidden:
                equation[line.total] = -1
            if equation:
                equations.append(equation)
        values = {cell: self.counts[cell] for cell in sorted(self.hidden, key=repr)}
        return without_alternative(equations, values, {cell: int(cell not in self.inner) for cell in values})

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
