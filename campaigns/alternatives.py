"""Whether unknown whole numbers, tied together by sums, could also be others. Which numbers are unknown, and why, is decided in `disclosure`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from campaigns.null_spaces import Equation, null_space

_MAX_REPAIRS = 40
_MAX_STARTS = 12


def without_alternative(
    equations: Iterable[Equation], values: Mapping[Hashable, int], lowest: Mapping[Hashable, int]
) -> list[Hashable]:
    """The unknowns for which no other solution was found that keeps every equation and every lower bound.

    `values` is the true solution, one whole number for each unknown. Every solution that is found is exact; an unknown
    may be listed although it has one that was not found, never the other way round.
    """
    search = _Search(list(null_space(equations, list(values))), values, lowest)
    free: set[Hashable] = set()
    for unknown in values:
        if unknown not in free:
            free.update(search.move(unknown))
    return [unknown for unknown in values if unknown not in free]


class _Search:
    """Looks for moves: whole-number changes that lead from the true solution to another one."""

    def __init__(
        self, directions: list[Equation], values: Mapping[Hashable, int], lowest: Mapping[Hashable, int]
    ) -> None:
        self.values, self.lowest = values, lowest
        self.through: dict[Hashable, list[Equation]] = {unknown: [] for unknown in values}
        for direction in sorted(directions, key=len):
            for unknown in direction:
                self.through[unknown].append(direction)

    def move(self, unknown: Hashable) -> set[Hashable]:
        """The unknowns that one move changes, `unknown` among them; empty when none was found."""
        for direction in self.through[unknown][:_MAX_STARTS]:
            for sign in (1, -1):
                found = self._repaired({cell: sign * step for cell, step in direction.items()})
                if found.get(unknown):
                    return set(found)
        return set()

    def _repaired(self, move: Equation) -> Equation:
        """The move joined with others until no number falls below its bound; empty when that does not succeed soon."""
        for _ in range(_MAX_REPAIRS):
            broken = [cell for cell in move if self._lack(cell, move[cell])]
            if not broken:
                return move
            options = [
                joined
                for direction in self.through[broken[0]][:_MAX_STARTS]
                if (joined := _joined(move, direction, 1 if direction[broken[0]] > 0 else -1))
            ]
            if not options:
                return {}
            move = min(options, key=self._lacks)
        return {}

    def _lacks(self, move: Equation) -> tuple[int, int]:
        return sum(self._lack(cell, step) for cell, step in move.items()), len(move)

    def _lack(self, cell: Hashable, step: int) -> int:
        return max(0, self.lowest[cell] - self.values[cell] - step)


def _joined(move: Equation, direction: Equation, sign: int) -> Equation:
    joined = dict(move)
    for cell, step in direction.items():
        value = joined.get(cell, 0) + sign * step
        if value:
            joined[cell] = value
        else:
            joined.pop(cell, None)
    return joined
