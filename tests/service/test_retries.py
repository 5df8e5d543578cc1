"""The one policy on trying again: what follows from each way in which a send can go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from channels.api import (
    Doubtful,
    Misconfigured,
    Receipt,
    RecipientGone,
    RecipientOptedOut,
    Refused,
    SendError,
    TryLater,
)
from service.retries import LONGEST_DELAY, outcome_of
from store.outbox import BULK_PRIORITY, REPLY_PRIORITY, Leased

NOW = datetime(2026, 9, 7, 12, tzinfo=UTC)


def leased(*, priority: int = BULK_PRIORITY, attempts: int = 1) -> Leased:
    return Leased(
        message_id=7, fence=3, lane="sms", channel="sms", purpose="invitation", language="sv", priority=priority,
        attempts=attempts, due_at=NOW, expires_at=None, contact_id=1, address_sealed=b"", content=None, updates_ref=None,
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


def test_waiting_grows_and_is_bounded() -> None:
    delays = [outcome_of(leased(attempts=n), TryLater("down"), NOW, Random(0)).due_at for n in range(1, 40)]
    assert all(due is not None and NOW < due <= NOW + LONGEST_DELAY * 1.2 for due in delays)
    assert delays[0] is not None
    assert delays[8] is not None
    assert delays[0] < delays[8]


def test_a_reply_in_doubt_is_sent_again_but_not_for_ever() -> None:
    assert outcome_of(leased(priority=REPLY_PRIORITY), Doubtful("cut"), NOW, Random(1)).status == "queued"
    assert outcome_of(leased(priority=REPLY_PRIORITY, attempts=3), Doubtful("cut"), NOW, Random(1)).status == "unknown"
