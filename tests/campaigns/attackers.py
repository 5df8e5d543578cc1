"""Somebody who reads published tables and computes what was hidden. Knows the sums and that counts are whole and not negative."""

from __future__ import annotations

from campaigns.disclosure import Cell, Protected, Table


def possible_values(table: Table, protected: Protected, cell: Cell, *, ceiling: int, wanted: int = 2) -> set[int]:
    """Up to `wanted` values that a hidden count can have, given all that is shown. Searches every combination up to `ceiling`."""
    found: set[int] = set()
    for value in sorted(range(ceiling + 1), key=lambda v: (abs(v - table.counts[cell]), v)):
        ranges = {c: (0, ceiling) if shown is None else (shown, shown) for c, shown in protected.counts.items()}
        ranges[cell] = (value, value)
        if _is_possible(table, ranges):
            found.add(value)
        if len(found) == wanted:
            break
    return found


def _is_possible(table: Table, ranges: dict[Cell, tuple[int, int]]) -> bool:
    narrowed = _narrow(table, dict(ranges))
    if narrowed is None:
        return False
    open_cells = [cell for cell, (low, high) in narrowed.items() if low < high]
    if not open_cells:
        return True
    cell = min(open_cells, key=lambda c: narrowed[c][1] - narrowed[c][0])
    low, high = narrowed[cell]
    near = sorted(range(low, high + 1), key=lambda v: abs(v - table.counts[cell]))
    return any(_is_possible(table, {**narrowed, cell: (value, value)}) for value in near)


def _narrow(table: Table, ranges: dict[Cell, tuple[int, int]]) -> dict[Cell, tuple[int, int]] | None:
    """Interval reasoning over all sums until nothing changes; None when a range is empty."""
    is_changed = True
    while is_changed:
        is_changed = False
        for line in table.sums:
            terms = [(part, 1) for part in line.parts] + [(line.total, -1)]
            for cell, sign in terms:
                # sign * cell = -(all the others), so its range follows from theirs.
                low = sum(_low(-s, ranges[c]) for c, s in terms if c != cell)
                high = sum(_low(s, ranges[c]) for c, s in terms if c != cell)
                least, most = (low, -high) if sign == 1 else (high, -low)
                old = ranges[cell]
                new = (max(old[0], least), min(old[1], most))
                if new[0] > new[1]:
                    return None
                if new != old:
                    ranges[cell], is_changed = new, True
    return ranges


def _low(sign: int, span: tuple[int, int]) -> int:
    return span[0] if sign == 1 else -span[1]
