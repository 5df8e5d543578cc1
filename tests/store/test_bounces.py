"""Addresses die, nearly die and come back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from campaigns.bounces import SoftBounces
from store.bounces import count_soft
from store.database import Database
from store.deliveries import report
from store.failures import FailureRules
from store.outbox import Outcome, settle
from store.people import bind_address, revive
from store.schema import campaign, contact, message, message_transition, participation, person, wave
from tests.store.town import DAY, LANES, MORNING, VAULT, invite, messages, person_id, release, resident, settle_in, take

RULES = FailureRules(LANES, SoftBounces(limit=3, days=7))
MINUTE = timedelta(minutes=1)


def addresses(connection):
    query = select(contact.c.soft_count, contact.c.gone_reason).order_by(contact.c.id)
    return [tuple(row) for row in connection.execute(query)]


def fail(connection, reason, now, status="failed"):
    leased = take(connection, now)
    settle(connection, [Outcome(m.message_id, m.fence, status, reason=reason) for m in leased], now, RULES)
    return leased


def test_soft_bounces_make_an_address_gone_after_the_limit_and_the_days(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        fail(connection, "twilio_30003", MORNING)
        release(connection, "reminder")
        fail(connection, "twilio_30003", MORNING + 3 * DAY)
        assert addresses(connection) == [(2, "")]
        release(connection, "reminder", 2)
        fail(connection, "twilio_30003", MORNING + 7 * DAY)
        assert addresses(connection) == [(3, "twilio_30003")]


@pytest.mark.parametrize(("reason", "expected"), [("bounce_5.7.1", (0, "")), ("bounce_5.6.0", (0, ""))])
def test_what_is_our_fault_says_nothing_of_the_address(database: Database, reason, expected):
    with database.begin() as connection:
        invite(connection, resident(1))
        for day in (0, 3, 7, 9):
            count_soft(connection, {}, MORNING, RULES.soft)
            connection.execute(update(message).values(status="queued", due_at=MORNING))
            fail(connection, reason, MORNING + day * DAY)
        assert addresses(connection) == [expected]


def test_a_hard_reason_marks_the_address_whatever_the_channel_called_it(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        fail(connection, "bounce_5.1.1", MORNING)
        assert addresses(connection) == [(0, "bounce_5.1.1")] * 2


def test_a_delivery_forgets_soft_bounces(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        fail(connection, "twilio_30003", MORNING)
        release(connection, "reminder")
        [leased] = take(connection, MORNING + 3 * DAY)
        settle(connection, [Outcome(leased.message_id, leased.fence, "sent")], MORNING + 3 * DAY, RULES)
        assert addresses(connection) == [(1, "")]
        report(connection, "sms", status="delivered", message_id=leased.message_id, now=MORNING + 3 * DAY)
        assert addresses(connection) == [(0, "")]


def test_a_bounce_that_comes_by_report_counts_once(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        [leased] = take(connection)
        settle(connection, [Outcome(leased.message_id, leased.fence, "sent")], MORNING, RULES)
        for day in (1, 5, 9):
            told = {"status": "failed", "reason": "bounce_5.2.2", "message_id": leased.message_id}
            report(connection, "sms", now=MORNING + day * DAY, failures=RULES, **told)
        assert addresses(connection) == [(1, "")]


def test_a_new_address_begins_anew_and_the_same_stays_gone(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1))
        connection.execute(update(contact).values(soft_count=2, soft_since=MORNING, soft_at=MORNING, gone_at=MORNING))
        settle_in(connection, resident(1))
        assert connection.execute(select(contact.c.soft_count, contact.c.gone_at)).one() == (2, MORNING)
        settle_in(connection, resident(1, contacts={"sms": "+46709999999"}))
        assert connection.execute(select(contact.c.soft_count, contact.c.gone_at)).one() == (0, None)
        connection.execute(update(contact).values(soft_count=2, gone_at=MORNING))
        bind_address(connection, person_id(connection, 1), "sms", "+46709999999", VAULT)
        assert connection.execute(select(contact.c.soft_count, contact.c.gone_at)).one() == (0, None)


def test_an_address_from_which_somebody_writes_lives_for_all_who_share_it(database: Database):
    shared = {"sms": "+46700000007"}
    with database.begin() as connection:
        settle_in(connection, resident(1, contacts=shared), resident(2, contacts=shared), resident(3))
        connection.execute(update(contact).values(gone_at=MORNING, gone_reason="twilio_30005"))
        connection.execute(
            update(contact).where(contact.c.person_id == person_id(connection, 2)).values(gone_reason="opted_out")
        )
        assert revive(connection, "sms", VAULT.fingerprint("sms", "+46700000007")) == 1
        assert addresses(connection) == [(0, ""), (0, "opted_out"), (0, "twilio_30005")]


REPORTS = st.sampled_from(
    [("sent", ""), ("delivered", ""), ("failed", "twilio_30003"), ("gone", "twilio_30005"), ("failed", "bounce_5.7.1")]
)


def _final(connection, reports, before_settling):
    for table in (message_transition, message, participation, wave, campaign, contact, person):
        connection.execute(delete(table))
    invite(connection, resident(1, contacts={"sms": "+46700000001", "email": "r1@post.example"}))
    plan = {"failover": True, "channels": ["sms", "email"]}
    connection.execute(update(campaign).values(definition={"plan": plan}))
    [leased] = take(connection)
    now = MORNING
    for place, (status, reason) in enumerate(reports):
        now += MINUTE
        if place == before_settling:
            outcome = Outcome(leased.message_id, leased.fence, "sent", provider_id="SM1")
            assert settle(connection, [outcome], now, RULES).fenced == ()
            now += MINUTE
        told = {"status": status, "reason": reason, "message_id": leased.message_id}
        report(connection, "sms", now=now, failures=RULES, **told)
    first, *others = messages(connection)
    is_gone, soft = connection.execute(
        select(contact.c.gone_at.is_not(None), contact.c.soft_count).where(contact.c.channel == "sms")
    ).one()
    entries = select(message_transition.c.status).where(message_transition.c.message_id == first.id)
    history = list(connection.execute(entries.order_by(message_transition.c.id)).scalars())
    return first.status, bool(is_gone), soft, [row.status for row in others], history


@given(data=st.data(), reports=st.lists(REPORTS, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reports_end_alike_in_any_order_and_however_often(sqlite_database: Database, data, reports):
    shuffled = data.draw(st.permutations(reports + data.draw(st.lists(st.sampled_from(reports), max_size=3))))
    with sqlite_database.begin() as connection:
        one = _final(connection, reports, data.draw(st.integers(0, len(reports) - 1)))
        other = _final(connection, shuffled, data.draw(st.integers(0, len(shuffled) - 1)))
    status, is_gone = one[:2]
    assert (status, is_gone) == other[:2]
    statuses = {status for status, _ in reports}
    assert status == ("delivered" if "delivered" in statuses else "failed" if statuses & {"failed", "gone"} else "sent")
    assert is_gone == ("gone" in statuses)
    for ended in (one, other):
        assert ended[4][-1] == ended[0]
        assert len(ended[4]) == len(set(ended[4]))
        assert (
            ended[3] in ([], ["cancelled"])
            if ended[0] == "delivered"
            else ended[3] == ["queued"] * (ended[0] == "failed")
        )
        assert ended[2] == 0 or ended[0] == "failed"
