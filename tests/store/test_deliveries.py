"""What providers report settles messages, and never moves them backwards."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from store.database import Database
from store.deliveries import doubtful, report, resolve, status_counts
from store.outbox import Outcome, settle, sweep
from store.schema import contact, opt_out, person
from store.turns import Reply
from tests.store.town import DAY, MORNING, invite, messages, participation_of, queue_replies, resident, take


def sent(connection, *residents, **outcome):
    invite(connection, *(residents or (resident(1),)))
    leased = take(connection)
    settle(connection, [Outcome(m.message_id, m.fence, "sent", **outcome) for m in leased], MORNING)
    return leased


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        (["delivered"], "delivered"),
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["failed", "delivered"], "delivered"),
        (["failed", "sent"], "failed"),
        (["gone"], "failed"),
    ],
)
def test_reports_in_any_order_never_move_a_message_backwards(database: Database, reports, status):
    with database.begin() as connection:
        [leased] = sent(connection)
        for told in reports:
            report(connection, "sms", status=told, message_id=leased.message_id, now=MORNING)
        assert [row.status for row in messages(connection)] == [status]


def test_a_report_settles_a_message_in_doubt(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        [leased] = take(connection)
        sweep(connection, MORNING + DAY)
        assert report(connection, "sms", status="delivered", message_id=leased.message_id, now=MORNING + DAY)
        assert doubtful(connection) == []


def test_a_report_that_arrives_before_the_answer_of_the_wire_stands(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        [leased] = take(connection)
        report(connection, "sms", status="delivered", message_id=leased.message_id, now=MORNING)
        settle(connection, [Outcome(leased.message_id, leased.fence, "sent", provider_id="SM1")], MORNING)
        assert [(row.status, row.provider_id) for row in messages(connection)] == [("delivered", "SM1")]


def test_a_report_by_the_providers_name_finds_the_message(database: Database):
    with database.begin() as connection:
        sent(connection, provider_id="SM1")
        assert report(connection, "sms", status="delivered", provider_id="SM1", now=MORNING)
        assert not report(connection, "telegram", status="failed", provider_id="SM1", now=MORNING)


def test_a_repeated_report_changes_nothing(database: Database):
    with database.begin() as connection:
        [leased] = sent(connection)
        report(connection, "sms", status="delivered", message_id=leased.message_id, now=MORNING)
        assert not report(connection, "sms", status="delivered", message_id=leased.message_id, now=MORNING + DAY)
        assert messages(connection)[0].settled_at == MORNING


def test_a_report_on_a_message_that_never_left_is_not_believed(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        assert not report(connection, "sms", status="delivered", message_id=messages(connection)[0].id, now=MORNING)
        assert not report(connection, "sms", status="delivered", message_id=4711, now=MORNING)


def test_a_dead_address_is_noted_even_after_delivery(database: Database):
    with database.begin() as connection:
        [leased] = sent(connection)
        report(connection, "sms", status="delivered", message_id=leased.message_id, now=MORNING)
        report(connection, "sms", status="gone", reason="unknown_number", message_id=leased.message_id, now=MORNING)
        assert connection.execute(select(contact.c.gone_reason)).scalar() == "unknown_number"


def test_an_opt_out_that_the_provider_reports_is_the_persons(database: Database):
    with database.begin() as connection:
        [leased] = sent(connection)
        assert report(connection, "sms", status="opted_out", message_id=leased.message_id, now=MORNING)
        assert connection.execute(select(person.c.opted_out_at)).scalar() == MORNING
        assert connection.execute(select(opt_out.c.origin)).scalar() == "provider"


@pytest.mark.parametrize(("word", "status"), [("resend", "queued"), ("sent", "sent"), ("failed", "failed")])
def test_a_coordinators_word_ends_doubt(database: Database, word, status):
    with database.begin() as connection:
        invite(connection, resident(1))
        take(connection)
        sweep(connection, MORNING + DAY)
        [waiting] = doubtful(connection, "park")
        assert resolve(connection, [waiting.message_id], word, MORNING + DAY) == 1
        assert [row.status for row in messages(connection)] == [status]


@pytest.mark.parametrize("word", ["resend", "sent", "failed"])
def test_what_was_ever_in_doubt_stays_on_the_list_of_all(database: Database, word):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        take(connection, limit=1)
        sweep(connection, MORNING + DAY)
        [waiting] = doubtful(connection)
        resolve(connection, [waiting.message_id], word, MORNING + DAY)
        assert doubtful(connection) == []
        [told] = doubtful(connection, is_ever=True)  # the one that nobody doubted is not among them
        assert (told.message_id, told.status) == (waiting.message_id, "queued" if word == "resend" else word)


def test_a_reply_that_is_sent_again_by_policy_is_named(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        taking_part = participation_of(connection, 1)
        content = {"text": "Hej", "language": "sv"}
        reply = Reply(channel="sms", lane="sms", contact_id=taking_part.contact_id, language="sv", content=content)
        queue_replies(connection, [reply], MORNING, person_id=taking_part.person_id, participation_id=taking_part.id)
        [leased] = take(connection, bulk_open=False)
        assert doubtful(connection, is_ever=True) == []
        sweep(connection, MORNING + DAY)
        assert [told.message_id for told in doubtful(connection, is_ever=True)] == [leased.message_id]
        assert doubtful(connection) == []  # nobody's word is wanted


@pytest.mark.parametrize(
    ("reason", "is_doubt"), [("in_doubt:http_504", True), ("http_503", False), ("in_doubtful_taste", False)]
)
def test_only_a_doubt_is_a_doubt(database: Database, reason, is_doubt):
    with database.begin() as connection:
        invite(connection, resident(1))
        [leased] = take(connection)
        settle(connection, [Outcome(leased.message_id, leased.fence, "queued", reason=reason)], MORNING)
        assert bool(doubtful(connection, is_ever=True)) is is_doubt


def test_a_coordinators_word_does_not_touch_what_is_not_in_doubt(database: Database):
    with database.begin() as connection:
        [leased] = sent(connection)
        assert resolve(connection, [leased.message_id], "resend", MORNING) == 0


def test_messages_are_counted_by_channel_purpose_and_status(database: Database):
    with database.begin() as connection:
        sent(connection, resident(1), resident(2), segments=2)
        [counted] = status_counts(connection, "park")
    assert (counted.channel, counted.purpose, counted.status, counted.count, counted.segments) == (
        "sms",
        "invitation",
        "sent",
        2,
        4,
    )
