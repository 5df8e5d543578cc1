"""In which channel a message goes on that did not arrive. Whose address is usable, and that it is queued, lives in `store.failover`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from campaigns.bounces import kind_of
from campaigns.definition import Plan

ASKING: Final = ("invitation", "reminder", "nudge")
"""Asks something of the resident: goes on only while the campaign takes answers and nothing was said since."""

TELLING: Final = ("feedback", "notice")
"""Tells the resident something: goes on whenever it failed, since answering back is a duty."""

ANSWERING: Final = ("reply",)
"""The next words of a conversation: goes on while it is the last word in it, since the resident can go on in any channel."""

FOLLOWED: Final = (*ASKING, *TELLING, *ANSWERING)


def ways(plan: Plan, in_use: Collection[str]) -> tuple[str, ...]:
    """The channels that stand in for each other, in the plan's order; none where the plan does not say so."""
    return tuple(name for name in plan.channels if name in in_use) if plan.failover else ()


def next_way(ways: Sequence[str], tried: Collection[str], usable: Collection[str]) -> str | None:
    """Where a message goes that came through in none of `tried`: each channel is tried once."""
    return next((name for name in ways if name in usable and name not in tried), None)


def may_follow(reason: str) -> bool:
    """Whether a failure is one after which the resident may be written to elsewhere: not where they have said that they want no more."""
    return kind_of(reason) != "complaint" and reason != "opted_out"
