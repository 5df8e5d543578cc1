"""Exact null spaces of sparse integer equations. What the unknowns mean is not known here."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from math import gcd
from typing import TypeAlias

Equation: TypeAlias = dict[Hashable, int]


def null_space(equations: Iterable[Equation], unknowns: Sequence[Hashable]) -> Iterator[Equation]:
    """Whole-number directions in which the unknowns can move together while every equation stays fulfilled.

    Together they span all such directions (one for each free unknown of the reduced row echelon form). An equation
    holds the coefficient of each unknown in it; zeros are left out.
    """
    rows = _reduced(equations)
    columns: dict[Hashable, list[Hashable]] = {}
    for pivot, row in rows.items():
        for unknown in row:
            if unknown != pivot:
                columns.setdefault(unknown, []).append(pivot)
    for unknown in unknowns:
        if unknown not in rows:
            yield _direction(unknown, columns.get(unknown, []), rows)


def _reduced(equations: Iterable[Equation]) -> dict[Hashable, Equation]:
    """Rows by their pivot; no pivot stands in another row."""
    rows: dict[Hashable, Equation] = {}
    for equation in equations:
        row = dict(equation)
        for unknown in list(row):
            if unknown in rows and unknown in row:
                _eliminate(row, rows[unknown], unknown)
        if not row:
            continue
        pivot = min(row, key=lambda unknown: abs(row[unknown]))
        for other in rows.values():
            if pivot in other:
                _eliminate(other, row, pivot)
        rows[pivot] = row
    return rows


def _eliminate(row: Equation, by: Equation, pivot: Hashable) -> None:
    """Take the pivot out of a row by adding a multiple of another row, in whole numbers without common factor."""
    mine, theirs = row[pivot], by[pivot]
    shared = gcd(mine, theirs)
    keep, take = theirs // shared, mine // shared
    if keep != 1:
        for unknown in row:
            row[unknown] *= keep
    for unknown, coefficient in by.items():
        value = row.get(unknown, 0) - take * coefficient
        if value:
            row[unknown] = value
        else:
            row.pop(unknown, None)
    factor = gcd(*row.values()) if row else 1
    if factor > 1:
        for unknown in row:
            row[unknown] //= factor


def _direction(free: Hashable, pivots: list[Hashable], rows: dict[Hashable, Equation]) -> Equation:
    scale = 1
    for pivot in pivots:
        coefficient, step = rows[pivot][pivot], rows[pivot][free]
        needed = abs(coefficient) // gcd(coefficient, step)
        scale = scale * needed // gcd(scale, needed)
    direction = {free: scale}
    for pivot in pivots:
        direction[pivot] = -scale * rows[pivot][free] // rows[pivot][pivot]
    return direction
