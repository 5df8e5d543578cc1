"""How many messages a rate lets through: a token bucket that is one moment, when it is full again (GCRA). As arithmetic, and the same in SQL."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Float, Integer, bindparam, case, cast, func

RESERVE_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` messages on average over all workers, infinite for no limit, and at most `burst` at once: what comes in `burst_seconds`.

    Bulk leaves the last `reserve` tokens to replies.
    """

    per_second: float
    burst_seconds: float = 1.0

    @property
    def is_limited(self) -> bool:
        return math.isfinite(self.per_second)

    @property
    def burst(self) -> float:
        return max(1.0, self.per_second * self.burst_seconds)

    @property
    def reserve(self) -> float:
        return min(RESERVE_SHARE * self.burst, self.burst - 1.0)

    def debt_seconds(self, full_at: float, at: float) -> float:
        """How long until the bucket is full: at most what filling takes, or else the clock was set back meanwhile."""
        return min(max(0.0, full_at - at), self.burst / self.per_second)

    def tokens(self, full_at: float, at: float) -> float:
        """What the bucket holds at a moment."""
        return self.burst - self.debt_seconds(full_at, at) * self.per_second

    def grant(self, full_at: float, at: float, most: int, *, is_bulk: bool) -> tuple[int, float]:
        """How many of `most` may go at a moment, and when the bucket is full again after them. Moments are in seconds."""
        usable = self.tokens(full_at, at) - (self.reserve if is_bulk else 0.0)
        count = min(most, max(0, math.floor(usable)))
        return count, at + self.debt_seconds(full_at, at) + count / self.per_second

    def wait_seconds(self, full_at: float, at: float, most: int, *, is_bulk: bool) -> float:
        """How long until it is worth asking again: for a reply one token, for bulk a good part of a burst."""
        reserve = self.reserve if is_bulk else 0.0
        wanted = max(1.0, min(most, (self.burst - reserve) / 2)) if is_bulk else 1.0
        return max(0.0, (wanted + reserve - self.tokens(full_at, at)) / self.per_second)


def granted(dialect: str, full_at: ColumnElement[float], at: ColumnElement[float]) -> ColumnElement[int]:
    """`Rate.grant`'s count in SQL. Binds `burst`, `per_second`, `kept` (the reserve that applies) and `most`."""
    burst, per_second, kept = (bindparam(name, type_=Float()) for name in ("burst", "per_second", "kept"))
    usable: ColumnElement[Any] = burst - _debt(full_at, at) * per_second - kept
    whole = cast(
        func.floor(usable) if dialect == "postgresql" else usable, Integer
    )  # SQLite's cast cuts off, which is the same here
    most = bindparam("most", type_=Integer())
    return case((usable < 1, 0), (usable >= most, most), else_=whole)


def _debt(full_at: ColumnElement[float], at: ColumnElement[float]) -> ColumnElement[float]:
    burst, per_second = bindparam("burst", type_=Float()), bindparam("per_second", type_=Float())
    filling, debt = burst / per_second, full_at - at
    return case((debt > filling, filling), (debt > 0, debt), else_=0.0)


def full_after(
    full_at: ColumnElement[float], at: ColumnElement[float], count: ColumnElement[int]
) -> ColumnElement[float]:
    """`Rate.grant`'s second value in SQL."""
    return at + _debt(full_at, at) + cast(count, Float) / bindparam("per_second", type_=Float())
