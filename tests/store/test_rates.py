"""The token bucket: never more than the rate and one burst, over any window and any number of workers; replies before bulk."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Float, Integer, bindparam, select, type_coerce

from store.database import Database
from store.rates import Rate, full_after, granted

RATES = st.builds(Rate, st.sampled_from([0.2, 1.0, 3.7, 10.0, 25.0, 30.0, 1000.0]), st.sampled_from([0.2, 1.0]))
ASKS = st.lists(
    st.tuples(st.floats(0, 3), st.integers(1, 500), st.booleans()), min_size=1, max_size=60
)  # seconds after the one before, how many are wanted, whether bulk; whichever worker it is
SLACK = 1e-3  # moments are kept to a fraction of a microsecond


def run(rate: Rate, asks: Sequence[tuple[float, int, bool]], start: float = 1.8e9) -> list[tuple[float, int, bool]]:
    """When how many were granted, and to whom."""
    at, full_at, given_out = start, 0.0, []
    for pause, most, is_bulk in asks:
        at += pause
        count, full_at = rate.grant(full_at, at, most, is_bulk=is_bulk)
        given_out.append((at, count, is_bulk))
    return given_out


@given(RATES, ASKS)
def test_no_window_sees_more_than_its_share_and_one_burst(rate: Rate, asks: list[tuple[float, int, bool]]):
    told = run(rate, asks)
    for first in range(len(told)):
        total = 0
        for at, count, _ in told[first:]:
            total += count
            assert total <= rate.per_second * (at - told[first][0]) + rate.burst + SLACK


@given(RATES, ASKS)
def test_bulk_leaves_the_last_tokens_to_replies(rate: Rate, asks: list[tuple[float, int, bool]]):
    """However much bulk asked before, a reply that comes after it finds a token as soon as one is there."""
    at, full_at = 1.8e9, 0.0
    for pause, most, _ in asks:
        at += pause
        before = rate.tokens(full_at, at)
        count, full_at = rate.grant(full_at, at, most, is_bulk=True)
        assert rate.tokens(full_at, at) >= min(before, rate.reserve) - SLACK
        if before >= 1 + SLACK and not count:
            assert rate.grant(full_at, at, 1, is_bulk=False)[0] == 1


@given(RATES, st.integers(1, 500), st.booleans())
def test_who_waits_as_long_as_told_is_served(rate: Rate, most: int, is_bulk: bool):
    at = 1.8e9
    _, full_at = rate.grant(0.0, at, 10**6, is_bulk=False)
    wait = rate.wait_seconds(full_at, at, most, is_bulk=is_bulk)
    assert 0 < wait <= rate.burst / rate.per_second + SLACK
    assert rate.grant(full_at, at + wait + SLACK / rate.per_second, most, is_bulk=is_bulk)[0] >= 1


def test_a_bot_that_may_send_thirty_a_second_never_sends_more_in_any_second():
    told = run(Rate(25, 0.2), [(0.001, 100, True)] * 5000)
    for first, (since, _, _) in enumerate(told):
        assert sum(count for at, count, _ in told[first:] if at < since + 1) <= 30


def test_bulk_uses_the_whole_rate_when_it_keeps_coming():
    told = run(Rate(25, 0.2), [(0.01, 100, True)] * 1000)
    assert 245 <= sum(count for _, count, _ in told) <= 255


@pytest.mark.parametrize("rate", [Rate(0.5), Rate(10), Rate(25, 0.2)])
def test_a_clock_that_was_set_back_an_hour_stops_nobody_for_longer_than_a_full_bucket(rate: Rate):
    _, full_at = rate.grant(0.0, 1.8e9, 10**6, is_bulk=False)
    at = 1.8e9 - 3600
    count, after = rate.grant(full_at, at, 10**6, is_bulk=False)
    assert count == 0
    wait = rate.wait_seconds(after, at, 1, is_bulk=False)
    assert wait <= 1 / rate.per_second + SLACK
    assert rate.grant(after, at + wait + SLACK, 1, is_bulk=False)[0] == 1


def test_an_infinite_rate_is_no_limit():
    assert not Rate(float("inf")).is_limited


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rate=RATES, back=st.floats(-5, 5), most=st.integers(1, 500), is_bulk=st.booleans())
def test_the_database_counts_alike(database: Database, rate: Rate, back: float, most: int, is_bulk: bool):
    at = 1.8e9
    full_at = at + back
    known, moment = bindparam("full_at", full_at, Float()), bindparam("moment", at, Float())
    with database.connect() as connection:
        count = granted(connection.dialect.name, known, moment)
        values = {
            "burst": rate.burst,
            "per_second": rate.per_second,
            "kept": rate.reserve if is_bulk else 0.0,
            "most": most,
        }
        row = connection.execute(
            select(type_coerce(count, Integer).label("count"), full_after(known, moment, count).label("full_at")),
            values,
        ).one()
    expected, full_after_it = rate.grant(full_at, at, most, is_bulk=is_bulk)
    assert row.count == expected
    assert row.full_at == pytest.approx(full_after_it, abs=1e-5)
