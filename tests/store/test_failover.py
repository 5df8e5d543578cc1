"""A message that does not arrive goes on in the next channel, once in each, while there is reason to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from campaigns.failover import next_way
from store.campaigns import close_campaign
from store.database import Database
from store.deliveries import report, resolve
from store.departures import opt_people_out
from store.failures import FailureRules
from store.launching import audience_size
from store.outbox import Outcome, settle, sweep
from store.reach import Reach, reach
from store.schema import campaign, contact, message, participation, person
from store.turns import Reply
from tests.store.town import (
    DAY,
    LANES,
    MORNING,
    answer_turn,
    invite,
    messages,
    participation_of,
    person_id,
    queue_replies,
    release,
    resident,
    take,
)

RULES = FailureRules(LANES)
MINUTE = timedelta(minutes=1)
EVERYWHERE = {"telegram": "4711", "sms": "+46700000001", "email": "r1@post.example"}


def fail_over(connection, campaign_id="park", channels=("telegram", "sms", "email")):
    plan = {"failover": True, "channels": list(channels)}
    connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(definition={"plan": plan}))


def setting(connection, *, contacts=None, channels=("telegram", "sms", "email")):
    invite(connection, resident(1, contacts=contacts or EVERYWHERE))
    fail_over(connection, channels=channels)


def send(connection, channel, status, now=MORNING, **more):
    [leased] = take(connection, now, lane=channel)
    settle(connection, [Outcome(leased.message_id, leased.fence, status, **more)], now + MINUTE, RULES)
    return leased


def ways(connection):
    return [(row.channel, row.status, row.follows_id) for row in messages(connection)]


@pytest.mark.parametrize("status", ["gone", "failed"])
def test_what_fails_goes_on_in_the_next_channel(database: Database, status):
    with database.begin() as connection:
        setting(connection)
        first = send(connection, "telegram", status, reason="blocked" if status == "gone" else "text_too_long")
        assert ways(connection) == [("telegram", "failed", 0), ("sms", "queued", first.message_id)]
        second = send(connection, "sms", "gone", MORNING + MINUTE, reason="twilio_30006")
        third = send(connection, "email", "sent", MORNING + 2 * MINUTE)
        assert ways(connection) == [
            ("telegram", "failed", 0),
            ("sms", "failed", first.message_id),
            ("email", "sent", second.message_id),
        ]
    assert (third.purpose, third.wave_id, third.participation_id) == (
        first.purpose,
        first.wave_id,
        first.participation_id,
    )


def test_after_the_last_channel_nothing_goes_on(database: Database):
    with database.begin() as connection:
        setting(connection)
        for place, channel in enumerate(("telegram", "sms", "email")):
            send(connection, channel, "failed", MORNING + place * MINUTE)
        assert [row[:2] for row in ways(connection)] == [(c, "failed") for c in ("telegram", "sms", "email")]


def test_without_the_plans_word_nothing_goes_on(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1, contacts=EVERYWHERE))
        send(connection, "telegram", "gone", reason="blocked")
        assert len(messages(connection)) == 1


def test_the_plans_order_is_followed_and_other_channels_are_left_alone(database: Database):
    with database.begin() as connection:
        setting(connection, channels=("email", "telegram"))
        send(connection, "telegram", "failed")
        assert [row[0] for row in ways(connection)] == ["telegram", "email"]


@given(
    order=st.permutations(["telegram", "sms", "email"]).flatmap(lambda p: st.integers(1, 3).map(lambda n: p[:n])),
    gone=st.sets(st.sampled_from(["sms", "email"])),
    has=st.sets(st.sampled_from(["sms", "email"])),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_statement_chooses_as_the_rule_does(sqlite_database: Database, order, gone, has):
    with sqlite_database.begin() as connection:
        for table in (message, participation, campaign, contact, person):
            connection.execute(delete(table))
        connection.exec_driver_sql("DELETE FROM wave")
        setting(
            connection, contacts={n: a for n, a in EVERYWHERE.items() if n == "telegram" or n in has}, channels=order
        )
        connection.execute(update(contact).where(contact.c.channel.in_(gone)).values(gone_at=MORNING))
        tried = []
        while True:
            tried.append(messages(connection)[-1].channel)
            send(connection, tried[-1], "failed", MORNING + len(tried) * MINUTE)
            expected = next_way(order, tried, has - gone | {"telegram"})
            newest = messages(connection)[-1]
            assert (newest.channel if newest.status == "queued" else None) == expected
            if expected is None:
                break


def test_a_report_that_comes_later_moves_it_on_just_as_well(database: Database):
    with database.begin() as connection:
        setting(connection)
        first = send(connection, "telegram", "sent")
        for _ in range(2):
            told = {"status": "gone", "reason": "blocked", "message_id": first.message_id}
            report(connection, "telegram", now=MORNING + DAY, failures=RULES, **told)
        assert ways(connection) == [("telegram", "failed", 0), ("sms", "queued", first.message_id)]


def test_a_delivery_told_too_late_calls_off_what_has_not_left(database: Database):
    with database.begin() as connection:
        setting(connection)
        first = send(connection, "telegram", "sent")
        report(connection, "telegram", status="failed", message_id=first.message_id, now=MORNING, failures=RULES)
        report(connection, "telegram", status="delivered", message_id=first.message_id, now=MORNING, failures=RULES)
        assert [row[:2] for row in ways(connection)] == [("telegram", "delivered"), ("sms", "cancelled")]
        assert messages(connection)[1].reason == "delivered_after_all"
        assert take(connection, MORNING + DAY, lane="sms") == []


def test_a_delivery_told_too_late_keeps_it_from_a_third_channel(database: Database):
    with database.begin() as connection:
        setting(connection)
        first = send(connection, "telegram", "sent")
        report(connection, "telegram", status="failed", message_id=first.message_id, now=MORNING, failures=RULES)
        [leased] = take(connection, MORNING, lane="sms")
        report(connection, "telegram", status="delivered", message_id=first.message_id, now=MORNING, failures=RULES)
        settle(connection, [Outcome(leased.message_id, leased.fence, "gone", reason="twilio_30005")], MORNING, RULES)
        assert [row[:2] for row in ways(connection)] == [("telegram", "delivered"), ("sms", "failed")]


def test_what_a_dead_address_kept_from_leaving_goes_on(database: Database):
    with database.begin() as connection:
        setting(connection)
        connection.execute(update(contact).where(contact.c.channel == "telegram").values(gone_at=MORNING))
        assert take(connection, MORNING, lane="telegram", failures=RULES) == []
        assert [row[:2] for row in ways(connection)] == [("telegram", "cancelled"), ("sms", "queued")]


@pytest.mark.parametrize("what", ["opted_out", "closed", "answered", "asked_again"])
def test_there_must_still_be_reason_to_send(database: Database, what):
    with database.begin() as connection:
        setting(connection)
        [leased] = take(connection, MORNING, lane="telegram")
        settle(connection, [Outcome(leased.message_id, leased.fence, "sent")], MORNING)
        if what == "opted_out":
            opt_people_out(connection, [person_id(connection, 1)], origin="email", now=MORNING)
        if what == "closed":
            close_campaign(connection, "park", MORNING + MINUTE)
        if what == "answered":
            answer_turn(connection, 1, channel="email", now=MORNING + MINUTE, colour="red")
        if what == "asked_again":
            release(connection, "reminder")
        count = len(messages(connection))
        told = {"status": "gone", "reason": "blocked", "message_id": leased.message_id}
        report(connection, "telegram", now=MORNING + 4 * DAY, failures=RULES, **told)
        assert len(messages(connection)) == count


def test_nobody_who_complained_is_written_to_elsewhere(database: Database):
    with database.begin() as connection:
        setting(connection, contacts={"email": "r1@post.example", "sms": "+46700000001"}, channels=("email", "sms"))
        connection.execute(
            update(message).values(channel="email", lane="email", contact_id=_address(connection, "email"))
        )
        first = send(connection, "email", "sent")
        told = {"status": "opted_out", "reason": "complaint", "message_id": first.message_id}
        assert report(connection, "email", now=MORNING + DAY, failures=RULES, **told)
        assert not report(connection, "email", now=MORNING + DAY, failures=RULES, **told)
        assert [row[:2] for row in ways(connection)] == [("email", "failed")]
        gone = connection.execute(select(contact.c.channel, contact.c.gone_reason).order_by(contact.c.channel)).all()
        assert [tuple(row) for row in gone] == [("email", "opted_out"), ("sms", "")]
        assert connection.execute(select(person.c.opted_out_at)).scalar() is None
        assert release(connection, "reminder").count == 0
        assert audience_size(connection, {"kind": "everyone"}, 2026) == 1


def _address(connection, channel):
    return connection.execute(select(contact.c.id).where(contact.c.channel == channel)).scalar()


def test_feedback_goes_on_after_the_campaign_has_closed(database: Database):
    with database.begin() as connection:
        setting(connection)
        send(connection, "telegram", "sent")
        answer_turn(connection, 1, channel="telegram", now=MORNING + DAY, colour="red")
        close_campaign(connection, "park", MORNING + 14 * DAY)
        release(connection, "feedback")
        later = MORNING + 34 * DAY
        told = send(connection, "telegram", "gone", later, reason="deactivated")
        assert (told.purpose, *ways(connection)[-1]) == ("feedback", "sms", "queued", told.message_id)
        assert [m.purpose for m in take(connection, later + DAY, lane="sms")] == ["feedback"]


@pytest.mark.parametrize(("said", "mode", "follows"), [(False, "self", 1), (True, "self", 0), (False, "proxy", 0)])
def test_a_reply_goes_on_while_it_is_the_last_word_of_the_resident_themselves(database: Database, said, mode, follows):
    with database.begin() as connection:
        setting(connection)
        send(connection, "telegram", "sent")
        answer_turn(connection, 1, channel="telegram", now=MORNING + MINUTE, colour="red")
        theirs = participation_of(connection, 1)
        connection.execute(update(participation).values(mode=mode))
        reply = Reply("telegram", "telegram", theirs.contact_id, "sv", {"text": "Nästa fråga", "language": "sv"})
        queue_replies(
            connection,
            [reply],
            MORNING + MINUTE,
            person_id=theirs.person_id,
            campaign_id="park",
            participation_id=theirs.id,
        )
        [leased] = take(connection, MORNING + MINUTE, lane="telegram")
        if said:
            answer_turn(connection, 1, channel="email", now=MORNING + 2 * MINUTE, colour="blue")
        outcome = Outcome(leased.message_id, leased.fence, "gone", reason="blocked")
        settle(connection, [outcome], MORNING + 3 * MINUTE, RULES)
        following = [row for row in messages(connection) if row.follows_id == leased.message_id]
        assert len(following) == follows
        assert [(row.channel, row.priority, row.content["text"]) for row in following] == [
            ("sms", 0, "Nästa fråga")
        ] * follows


def test_a_coordinators_failed_moves_it_on(database: Database):
    with database.begin() as connection:
        setting(connection)
        [leased] = take(connection, MORNING, lane="telegram")
        sweep(connection, MORNING + DAY)
        assert resolve(connection, [leased.message_id], "failed", MORNING + DAY, RULES) == 1
        assert resolve(connection, [leased.message_id], "failed", MORNING + DAY, RULES) == 0
        assert ways(connection) == [("telegram", "failed", 0), ("sms", "queued", leased.message_id)]


def test_it_counts_as_one_contact(database: Database):
    with database.begin() as connection:
        setting(connection)
        send(connection, "telegram", "failed")
        send(connection, "sms", "sent", MORNING + MINUTE)
        assert release(connection, "reminder", max_contacts=2).count == 1
        assert release(connection, "reminder", 2, max_contacts=2).count == 0


def test_a_whole_batch_goes_on_in_one_set(database: Database):
    everybody = [resident(n, contacts={"sms": f"+4670{n:07d}", "email": f"r{n}@post.example"}) for n in range(300)]
    with database.begin() as connection:
        invite(connection, *everybody)
        fail_over(connection)
        leased = take(connection, limit=300)
        outcomes = [Outcome(m.message_id, m.fence, "gone" if m.message_id % 3 else "sent") for m in leased]
        settle(connection, outcomes, MORNING, RULES)
        failed = {m.message_id for m in leased if m.message_id % 3}
        assert {row.follows_id for row in messages(connection) if row.follows_id} == failed
        assert len(take(connection, MORNING + MINUTE, lane="email", limit=300)) == len(failed) == 200


def test_whom_it_reached_elsewhere_and_not_at_all_is_counted(database: Database):
    both = {n: {"sms": f"+4670{n:07d}", "email": f"r{n}@post.example"} for n in range(4)}
    with database.begin() as connection:
        invite(connection, *(resident(n, contacts=both[n]) for n in range(4)), resident(9))
        fail_over(connection)
        first, second, third, fourth, alone = take(connection)
        outcomes = [Outcome(first.message_id, first.fence, "sent")]
        outcomes += [Outcome(m.message_id, m.fence, "gone", reason="twilio_30006") for m in (second, third, alone)]
        outcomes += [Outcome(fourth.message_id, fourth.fence, "failed", reason="twilio_30007")]
        settle(connection, outcomes, MORNING, RULES)
        assert reach(connection, "park") == Reach(0, 1, {"sms": 1})
        one, two, three = take(connection, MORNING + MINUTE, lane="email")
        outcomes = [Outcome(m.message_id, m.fence, "sent") for m in (one, three)]
        outcomes.append(Outcome(two.message_id, two.fence, "failed", reason="bounce_5.7.1"))
        settle(connection, outcomes, MORNING + MINUTE, RULES)
        assert reach(connection, "park") == Reach(2, 2, {"sms": 1, "email": 1})
