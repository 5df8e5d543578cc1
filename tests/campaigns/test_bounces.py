"""What a failure says of its address, and when soft bounces add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.bounces import STALE_AFTER, SoftBounces, Streak, is_dead, kind_of, lengthened
from channels.email.errors import from_reply
from channels.email.errors import is_dead as is_dead_mailbox
from channels.errors import Misconfigured, RecipientGone, RecipientOptedOut, TryLater
from channels.sms.errors import from_code
from channels.telegram.errors import FORBIDDEN
from channels.telegram.errors import GONE as GONE_CHATS

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RULE = SoftBounces(limit=3, days=7)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("bounce_5.1.1", "hard"),
        ("smtp_recipient_550_5.1.1", "hard"),
        ("bounce_550_unknown_user", "hard"),
        ("bounce_5.7.17", "hard"),
        ("twilio_30005", "hard"),
        ("blocked", "hard"),
        ("chat_not_found", "hard"),
        ("bounce_5.2.2", "soft"),
        ("bounce_mailbox_full", "soft"),
        ("smtp_recipient_450_4.2.0", "soft"),
        ("smtp_recipient_451", "soft"),
        ("bounce_4.1.1", "soft"),
        ("bounce_4.4.7", "soft"),
        ("twilio_30003", "soft"),
        ("bounce_5.7.1", "block"),
        ("bounce_4.7.0", "block"),
        ("smtp_recipient_550_unwanted", "block"),
        ("smtp_sender_554_5.7.1", "block"),
        ("bounce_554_unwanted", "block"),
        ("twilio_30007", "block"),
        ("complaint", "complaint"),
        ("twilio_21610", "complaint"),
        ("bounce_5.6.0", "other"),
        ("bounce_5.3.4", "other"),
        ("bounce_5.1.8", "other"),
        ("smtp_sender_452_4.3.1", "other"),
        ("bounce_550", "other"),
        ("bounce", "other"),
        ("twilio_21606", "other"),
        ("cannot_be_rendered", "other"),
        ("resolved", "other"),
    ],
)
def test_a_reason_has_one_kind(reason, kind):
    assert kind_of(reason) == kind


@given(st.text(max_size=40) | st.from_regex(r"(bounce|smtp_[a-z]+_[0-9]{3}|twilio)_[0-9.]{0,8}", fullmatch=True))
def test_every_reason_has_a_kind(reason):
    assert kind_of(reason) in ("hard", "soft", "block", "complaint", "other")


@given(st.sampled_from("245"), st.integers(0, 9), st.integers(0, 999))
def test_what_is_not_about_the_recipient_never_makes_an_address_dead(rank, subject, detail):
    kind = kind_of(f"bounce_{rank}.{subject}.{detail}")
    if rank != "5":
        assert kind != "hard"
    if subject in (3, 4, 5, 6) or (subject == 7 and detail not in (13, 17, 18)):
        assert kind != "hard"


@given(st.integers(0, 9), st.integers(0, 999))
def test_the_mail_door_calls_dead_what_the_table_calls_hard(subject, detail):
    status = f"5.{subject}.{detail}"
    assert is_dead_mailbox(status) == (kind_of(f"bounce_{status}") == "hard")


def test_the_other_doors_agree_with_the_table():
    meant = {RecipientGone: {"hard"}, RecipientOptedOut: {"complaint"}, Misconfigured: {"other"}}
    meant[TryLater] = {"other", "block"}  # what is held up for a while has failed when its report says so
    for code in range(10_000, 64_000):
        kind = kind_of(f"twilio_{code}")
        assert kind in meant.get(type(from_code(400, code)), {"soft", "block", "other"}), code
    assert {kind_of(reason) for reason in [*GONE_CHATS.values(), *FORBIDDEN.values()]} == {"hard"}


@pytest.mark.parametrize("words", ["blocked using a blocklist", "message looks like spam", "against our policy"])
def test_a_refusal_without_code_that_speaks_of_spam_is_no_dead_mailbox(words):
    assert kind_of(from_reply("recipient", 550, words).reason) == "block"
    assert type(from_reply("recipient", 550, words)).__name__ == "Refused"
    assert type(from_reply("recipient", 550, "no such user")).__name__ == "RecipientGone"


def streak_of(*days: float) -> Streak:
    streak = Streak()
    for day in days:
        streak = lengthened(streak, MORNING + day * DAY)
    return streak


@pytest.mark.parametrize(
    ("days", "is_over"),
    [
        ((0, 3, 7), True),
        ((0, 3, 6.9), False),
        ((0, 7), False),
        ((0, 0.1, 0.2, 7), False),
        ((0, 3, 3.5, 7), True),
        ((0, 3, 120, 124), False),
        ((0, 80, 160), True),
    ],
)
def test_soft_bounces_add_up(days, is_over):
    assert is_dead(streak_of(*days), RULE) is is_over


@given(st.lists(st.floats(0, 400), max_size=12).map(sorted))
def test_a_streak_counts_days_and_forgets(days):
    streak = streak_of(*days)
    assert streak.count <= len(days)
    if days:
        assert streak.count >= 1
        assert streak.since is not None
        assert streak.at is not None
        assert streak.at - streak.since >= (streak.count - 1) * DAY
        assert streak.at <= MORNING + days[-1] * DAY
    gaps = [after - before for before, after in pairwise(days)]
    if all(gap < 1 for gap in gaps):
        assert not is_dead(streak, RULE) or len(days) > RULE.days
    if any(gap * DAY > STALE_AFTER for gap in gaps[-1:]):
        assert streak.count == 1
