"""The one policy on trying again: what follows from each way in which a send can go."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.api import Receipt
from channels.errors import (
    Doubtful,
    GatewayFailed,
    Misconfigured,
    RecipientGone,
    RecipientOptedOut,
    Refused,
    SendError,
    TooLate,
    TryLater,
)
from service.retries import FOUR_DAYS, RULES, Rule, outcome_of
from store.outbox import BULK_PRIORITY, REPLY_PRIORITY, Leased

NOW = datetime(2026, 9, 7, 12, tzinfo=UTC)


def leased(*, priority: int = BULK_PRIORITY, attempts: int = 1) -> Leased:
    return Leased(
        message_id=7, fence=3, lane="sms", channel="sms", purpose="invitation", language="sv", priority=priority,
        attempts=attempts, due_at=NOW, created_at=NOW, expires_at=None, contact_id=1, address_sealed=b"", content=None, updates_ref=None,
        person_id=1, participation_id=1, campaign_id="torget", wave_id=1, survey_version_id=1,
        participation_status="invited", dialogue=None,
    )  # fmt: skip


def test_an_accepted_message_is_sent_and_keeps_what_it_cost() -> None:
    outcome = outcome_of(leased(), Receipt(7, "SM1", segments=2), NOW, Random(1))
    assert (outcome.status, outcome.provider_id, outcome.segments, outcome.fence) == ("sent", "SM1", 2, 3)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TryLater("down"), "queued"),
        (Misconfigured("token"), "queued"),
        (Refused("too long"), "failed"),
        (RecipientGone("blocked"), "gone"),
        (RecipientOptedOut("21610"), "opted_out"),
        (Doubtful("cut"), "unknown"),
        (GatewayFailed("http_502"), "unknown"),
    ],
)
def test_each_failure_has_its_consequence(error: SendError, status: str) -> None:
    assert outcome_of(leased(), error, NOW, Random(1)).status == status


def test_a_provider_that_is_down_never_loses_a_message() -> None:
    for attempts in range(1, 100):
        assert outcome_of(leased(attempts=attempts), TryLater("down"), NOW, Random(attempts)).status == "queued"


def test_the_providers_own_wish_is_obeyed() -> None:
    outcome = outcome_of(leased(), TryLater("429", after_seconds=17), NOW, Random(1))
    assert outcome.due_at == NOW + timedelta(seconds=17)


@pytest.mark.parametrize("name", RULES)
@given(attempt=st.integers(1, 200), chance=st.floats(0, 1, exclude_max=True))
def test_waiting_is_anywhere_up_to_a_bound_that_grows_to_its_cap(name: str, attempt: int, chance: float) -> None:
    rule = RULES[name]
    assert rule.first_seconds <= rule.bound_seconds(attempt) <= rule.bound_seconds(attempt + 1) <= rule.cap_seconds
    rng = Random()
    rng.random = lambda: chance  # type: ignore[method-assign]
    assert rule.wait(attempt, rng) == timedelta(seconds=chance * rule.bound_seconds(attempt))


def test_a_recipients_server_that_is_busy_for_days_is_given_up() -> None:
    greylisted = TryLater("smtp_recipient_451", concerns="message")
    assert outcome_of(leased(attempts=200), greylisted, NOW + FOUR_DAYS, Random(1)).status == "queued"
    late = outcome_of(leased(attempts=200), greylisted, NOW + FOUR_DAYS + timedelta(seconds=1), Random(1))
    assert (late.status, late.reason) == ("failed", "smtp_recipient_451")


@pytest.mark.parametrize("attempts", [1, 2, 20])
def test_one_that_waited_for_days_before_its_first_try_is_tried_again(attempts: int) -> None:
    greylisted = TryLater("smtp_recipient_450", concerns="message")
    late = outcome_of(leased(attempts=attempts), greylisted, NOW + 2 * FOUR_DAYS, Random(1))
    assert late.status == "queued"


def test_what_was_not_sent_because_its_lease_ran_out_goes_back_at_once_however_old() -> None:
    now = NOW + 2 * FOUR_DAYS
    outcome = outcome_of(leased(attempts=500), TooLate(), now, Random(1))
    assert (outcome.status, outcome.due_at) == ("queued", now)


def test_no_attempt_is_planned_beyond_the_messages_own_time() -> None:
    row = leased()._replace(expires_at=NOW + timedelta(minutes=1))
    assert outcome_of(row, TryLater("429", after_seconds=3600), NOW, Random(1)).due_at == row.expires_at


def test_a_reply_in_doubt_is_sent_again_but_not_for_ever() -> None:
    assert outcome_of(leased(priority=REPLY_PRIORITY), Doubtful("cut"), NOW, Random(1)).status == "queued"
    assert outcome_of(leased(priority=REPLY_PRIORITY, attempts=3), Doubtful("cut"), NOW, Random(1)).status == "unknown"


def test_the_documentation_tells_the_rules_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "retries.md").read_text()
    told = {
        name: (float(first), float(factor), float(cap), end.strip())
        for name, first, factor, cap, end in re.findall(
            r"^\| `(\w+)` \|[^|]*\| (\d+) s \| (\d+) \| (\d+) s \|([^|]*)\|$", page, re.MULTILINE
        )
    }
    assert told == {name: (r.first_seconds, r.factor, r.cap_seconds, _given_up(r)) for name, r in RULES.items()}


def _given_up(rule: Rule) -> str:
    if rule.most_attempts is not None:
        return f"after {rule.most_attempts} attempts"
    return "never" if rule.longest is None else f"after {rule.longest.days} days"
