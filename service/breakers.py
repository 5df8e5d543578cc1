"""When a lane rests: after failures in a row that any message would have met, and for as long as its provider asks. Pure; how it is kept lives in `store.lanes`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from channels.api import Receipt
from channels.errors import SendError, TryLater
from service.retries import RULES
from store.lanes import Standing

MOST_FAILURES: Final = 5


@dataclass(frozen=True, slots=True)
class News:
    """What a batch tells of its lane.

    `has_answered`: the provider judged some message on its own merits, so the lane works. `failures`: how many at the end,
    in a row, failed for the lane's sake, the last of them for `reason`. `wish_seconds` is for how long the provider wants
    to be left alone, and `wish_reason` why.
    """

    has_answered: bool = False
    failures: int = 0
    reason: str = ""
    wish_seconds: float = 0.0
    wish_reason: str = ""
    is_probe: bool = False

    @property
    def is_bad(self) -> bool:
        """Whether the other workers should hear of it."""
        return self.failures > 0 or self.wish_seconds > 0


def news_of(results: Iterable[Receipt | SendError], *, is_probe: bool = False) -> News:
    """Add up the outcomes of one batch, in the order in which they went out."""
    has_answered, failures, reason, wish, why = False, 0, "", 0.0, ""
    for result in results:
        if not isinstance(result, SendError) or result.concerns == "message":
            has_answered, failures = True, 0
        elif isinstance(result, TryLater) and result.after_seconds:
            wish, why = max((wish, why), (result.after_seconds, result.reason))
        else:
            failures, reason = failures + 1, result.reason
    return News(has_answered, failures, reason, wish, why, is_probe)


def after(standing: Standing, news: News, now: datetime, rng: Random) -> Standing:
    """How a lane stands after a batch.

    Of a lane at rest only the message that tried it is heard: the others were under way when it was laid to rest.
    """
    if standing.trips and not news.is_probe:
        changed = standing
    elif news.failures:
        failures = news.failures + (0 if news.has_answered else standing.failures)
        changed = replace(standing, failures=failures)
        if news.is_probe or failures >= MOST_FAILURES:
            changed = _tripped(changed, news.reason, now, rng)
    elif news.has_answered:
        changed = Standing(standing.name, resting_until=None if news.is_probe else standing.resting_until)
        changed = _kept(changed, standing, now)
    elif news.is_probe and not news.wish_seconds:
        changed = replace(standing, resting_until=now)  # nothing was learned: the next message tries
    else:
        changed = standing
    return _paused(changed, news, now)


def _kept(changed: Standing, standing: Standing, now: datetime) -> Standing:
    """A pause that the provider asked for goes on."""
    if changed.resting_until is None or changed.resting_until <= now:
        return Standing(changed.name)
    return replace(changed, resting_since=standing.resting_since, reason=standing.reason)


def _tripped(standing: Standing, reason: str, now: datetime, rng: Random) -> Standing:
    """Laid to rest, longer each time in a row: between half the rule's bound and all of it."""
    trips = standing.trips + 1
    seconds = RULES["lane_rests"].bound_seconds(trips) * (1 + rng.random()) / 2
    until = now + timedelta(seconds=seconds)
    since = standing.resting_since if standing.trips else now
    return replace(standing, trips=trips, resting_since=since or now, resting_until=until, reason=reason)


def _paused(standing: Standing, news: News, now: datetime) -> Standing:
    """Left alone for as long as the provider wishes."""
    until = now + timedelta(seconds=news.wish_seconds)
    if not news.wish_seconds or (standing.resting_until is not None and standing.resting_until >= until):
        return standing
    is_new = not standing.is_resting(now)
    return replace(
        standing,
        resting_until=until,
        resting_since=now if is_new else standing.resting_since,
        reason=news.wish_reason if is_new else standing.reason or news.wish_reason,
    )
