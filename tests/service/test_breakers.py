"""When a lane rests: after failures in a row, longer each time; one message tries; what the provider wishes is obeyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from channels.api import Receipt
from channels.errors import Doubtful, Misconfigured, RecipientGone, Refused, SendError, TryLater
from service.breakers import MOST_FAILURES, News, after, news_of
from service.retries import RULES
from store.lanes import Standing

NOW = datetime(2026, 9, 7, 12, tzinfo=UTC)
WELL = Standing("sms")
TAKEN = Receipt(1)
DOWN = TryLater("http_503")
GREYLISTED = TryLater("smtp_recipient_451", after_seconds=300, concerns="message")
THROTTLED = TryLater("throttled", after_seconds=17)
RESTED = RULES["lane_rests"]


def told(
    *results: Receipt | SendError, standing: Standing = WELL, is_probe: bool = False, now: datetime = NOW
) -> Standing:
    return after(standing, news_of(results, is_probe=is_probe), now, Random(3))


def tripped(trips: int = 1) -> Standing:
    return replace(told(*[DOWN] * MOST_FAILURES), trips=trips)


def test_a_few_failures_are_counted_and_forgotten_by_the_next_success() -> None:
    counted = told(DOWN, DOWN)
    assert (counted.failures, counted.trips) == (2, 0)
    assert told(DOWN, TAKEN, standing=counted) == WELL
    assert told(TAKEN, DOWN, standing=counted).failures == 1


def test_five_in_a_row_lay_it_to_rest_and_say_why() -> None:
    resting = told(DOWN, DOWN, DOWN, standing=told(DOWN, Misconfigured("token_refused")))
    assert (resting.trips, resting.reason, resting.resting_since) == (1, "http_503", NOW)
    assert resting.resting_until is not None
    assert NOW + timedelta(seconds=RESTED.first_seconds / 2) <= resting.resting_until
    assert resting.resting_until <= NOW + timedelta(seconds=RESTED.first_seconds)


def test_what_concerns_one_recipient_is_an_answer_and_no_failure() -> None:
    for judged in (GREYLISTED, RecipientGone("blocked"), Refused("too_long"), Misconfigured("x", concerns="message")):
        assert told(*[judged] * 100) == WELL
        assert told(*[DOWN] * 4, judged) == WELL


def test_broken_wires_count_too() -> None:
    assert told(*[Doubtful("timeout")] * MOST_FAILURES).reason == "timeout"


def test_only_the_message_that_tries_is_heard_while_it_rests() -> None:
    resting = tripped()
    later = NOW + timedelta(minutes=1)
    assert told(*[DOWN] * 50, standing=resting, now=later) == resting
    assert told(TAKEN, standing=resting, now=later) == resting
    assert told(TAKEN, standing=resting, now=later, is_probe=True) == WELL
    assert told(GREYLISTED, standing=resting, now=later, is_probe=True) == WELL


def test_each_failed_try_rests_it_longer_up_to_a_cap_and_since_the_beginning() -> None:
    resting, moment = tripped(), NOW
    for trip in range(2, 20):
        moment += timedelta(hours=1)
        resting = told(DOWN, standing=resting, now=moment, is_probe=True)
        assert (resting.trips, resting.resting_since) == (trip, NOW)
        assert resting.resting_until is not None
        bound = min(RESTED.cap_seconds, RESTED.first_seconds * 2 ** (trip - 1))
        assert bound / 2 <= (resting.resting_until - moment).total_seconds() <= bound


def test_a_try_that_taught_nothing_leaves_it_to_the_next_message() -> None:
    resting = told(standing=tripped(), is_probe=True)
    assert (resting.trips, resting.resting_until) == (1, NOW)


def test_retry_after_rests_the_lane_for_as_long_and_is_no_failure() -> None:
    paused = told(TAKEN, THROTTLED, TryLater("throttled", after_seconds=3))
    assert (paused.resting_until, paused.failures, paused.reason) == (NOW + timedelta(seconds=17), 0, "throttled")
    assert paused.is_resting(NOW)
    assert not paused.is_resting(NOW + timedelta(seconds=17))
    assert told(TAKEN, standing=paused) == paused  # what was under way may still get through
    assert told(TryLater("throttled", after_seconds=3), standing=paused) == paused


RESULTS = st.sampled_from([TAKEN, DOWN, THROTTLED, GREYLISTED, Refused("r"), Doubtful("d"), Misconfigured("m")])


@given(st.lists(st.tuples(st.lists(RESULTS, max_size=8), st.booleans(), st.floats(0, 600)), max_size=30))
def test_it_rests_with_a_reason_and_an_end_or_not_at_all(
    story: list[tuple[list[Receipt | SendError], bool, float]],
) -> None:
    standing, now = WELL, NOW
    for results, wants_probe, pause in story:
        now += timedelta(seconds=pause)
        is_probe = wants_probe and standing.trips > 0
        standing = told(*results, standing=standing, is_probe=is_probe, now=now)
        if standing.is_resting(now):
            assert standing.reason
            assert standing.resting_since is not None
            assert standing.resting_since <= now
            assert standing.resting_until is not None
            assert standing.resting_until <= now + timedelta(seconds=900)
        assert standing.trips > 0 or standing.failures < MOST_FAILURES


def test_no_batch_is_no_news() -> None:
    assert news_of([]) == News()
