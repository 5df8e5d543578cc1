"""Messages leave once, by one holder, and nothing leaves that must not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from sqlalchemy import select, update

from store.database import Database
from store.departures import drop_farewell_addresses, erase_person, opt_people_out
from store.outbox import Outcome, expire, is_busy, next_due, settle, sweep
from store.schema import campaign, contact, message, message_transition
from store.turns import Reply
from tests.store.town import (
    DAY,
    MORNING,
    VAULT,
    invite,
    messages,
    participation_of,
    person_id,
    queue_replies,
    resident,
    take,
)

MINUTE = timedelta(minutes=1)


def reply(connection, number, now=MORNING, **differing):
    taking_part = participation_of(connection, number)
    values = {"channel": "sms", "lane": "sms", "contact_id": taking_part.contact_id, "language": "sv"}
    queue_replies(
        connection,
        [Reply(**(values | {"content": {"text": "Hej", "language": "sv"}} | differing))],
        now,
        person_id=taking_part.person_id,
        campaign_id="park",
        participation_id=taking_part.id,
    )


def test_a_leased_message_carries_what_sending_needs(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1, language="ar"))
        [leased] = take(connection)
    assert VAULT.open(leased.address_sealed) == "+46700000001"
    assert (leased.purpose, leased.language, leased.campaign_id, leased.content) == ("invitation", "ar", "park", None)
    assert (leased.participation_status, leased.dialogue, leased.fence, leased.attempts) == ("invited", None, 1, 1)


def test_sending_is_written_before_the_wire(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        take(connection)
    with database.connect() as connection:
        [row] = messages(connection)
    assert (row.status, row.leased_until) == ("sending", MORNING + MINUTE)


def test_a_message_on_its_way_is_not_leased_again(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        take(connection)
        assert take(connection) == []


def test_two_threads_never_share_a_message(database: Database):
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in range(200)))
    both = Barrier(2)

    def work() -> list[int]:
        both.wait()
        mine: list[int] = []
        while True:
            with database.begin() as connection:
                portion = take(connection, limit=7)
            if not portion:
                return mine
            mine += [leased.message_id for leased in portion]

    with ThreadPoolExecutor(2) as threads:
        first, second = [future.result() for future in [threads.submit(work), threads.submit(work)]]
    assert len(first) + len(second) == 200
    assert len({*first, *second}) == 200


def test_replies_leave_before_bulk(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        reply(connection, 2)
        assert [leased.purpose for leased in take(connection, limit=2)] == ["reply", "invitation"]


def test_only_replies_leave_in_quiet_hours(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        reply(connection, 2)
        assert [leased.purpose for leased in take(connection, bulk_open=False)] == ["reply"]
        assert [leased.purpose for leased in take(connection)] == ["invitation", "invitation"]


def test_settling_writes_the_provider_id_and_the_history(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        [leased] = take(connection)
        outcome = Outcome(leased.message_id, leased.fence, "sent", provider_id="SM1", segments=2)
        assert settle(connection, [outcome], MORNING + MINUTE).count == 1
        [row] = messages(connection)
        history = (
            connection.execute(select(message_transition.c.status).order_by(message_transition.c.id)).scalars().all()
        )
    assert (row.status, row.provider_id, row.segments, row.sent_at) == ("sent", "SM1", 2, MORNING + MINUTE)
    assert history == ["sending", "sent"]


def test_one_whose_lease_was_lost_is_refused_among_many_that_left_and_each_is_told_of_once(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2), resident(3))
        first, lost, reported = take(connection)
        settle(connection, [Outcome(reported.message_id, reported.fence, "sent", provider_id="SM3")], MORNING)
        outcomes = [
            Outcome(first.message_id, first.fence, "sent", provider_id="SM1"),
            Outcome(lost.message_id, lost.fence - 1, "sent", provider_id="SM2"),
            Outcome(reported.message_id, reported.fence, "sent", provider_id="SM3"),
        ]
        settled = settle(connection, outcomes, MORNING + MINUTE)
        rows = messages(connection)
        query = select(message_transition.c.message_id).where(message_transition.c.status == "sent")
        told = connection.execute(query.order_by(message_transition.c.id)).scalars().all()
    assert (settled.count, settled.fenced) == (2, (lost.message_id,))
    assert [(row.status, row.provider_id) for row in rows] == [("sent", "SM1"), ("sending", None), ("sent", "SM3")]
    assert [row.settled_at for row in rows] == [MORNING + MINUTE, None, MORNING]
    assert told == [reported.message_id, first.message_id]


def test_the_lease_says_which_questions_go_to_an_address_that_others_have(database: Database):
    shared = {"sms": "+46700000007"}
    with database.begin() as connection:
        invite(connection, resident(1, contacts=shared), resident(2, contacts=shared), resident(3))
        reply(connection, 1)
        assert [leased.is_shared for leased in take(connection)] == [False, True, True, False]


def test_a_message_to_try_later_comes_back_when_it_is_due(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        [leased] = take(connection)
        settle(connection, [Outcome(leased.message_id, leased.fence, "queued", due_at=MORNING + MINUTE)], MORNING)
        assert take(connection, MORNING) == []
        assert next_due(connection, "sms") == MORNING + MINUTE
        assert [again.attempts for again in take(connection, MORNING + MINUTE)] == [2]


def test_a_dead_address_gets_nothing_more(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        [leased] = take(connection)
        settle(connection, [Outcome(leased.message_id, leased.fence, "gone", reason="unknown_number")], MORNING)
        reply(connection, 1)
        assert take(connection) == []
        assert [(row.status, row.reason) for row in messages(connection)] == [
            ("failed", "unknown_number"),
            ("cancelled", "contact_gone"),
        ]


def test_after_a_crash_a_reply_goes_out_again_and_its_old_holder_is_not_heard(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        reply(connection, 1)
        [dead] = take(connection, bulk_open=False)
        assert sweep(connection, MORNING + 2 * MINUTE).requeued == 1
        [alive] = take(connection, MORNING + 2 * MINUTE, bulk_open=False)
        late = settle(connection, [Outcome(dead.message_id, dead.fence, "failed")], MORNING + 3 * MINUTE)
        assert late.fenced == (dead.message_id,)
        assert settle(connection, [Outcome(alive.message_id, alive.fence, "sent")], MORNING + 3 * MINUTE).count == 1


def test_after_a_crash_a_mass_message_is_in_doubt(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        take(connection)
        assert sweep(connection, MORNING + 2 * MINUTE).unknown == 1
        assert take(connection, MORNING + DAY) == []
        [row] = messages(connection)
    assert (row.status, row.reason) == ("unknown", "lease_ran_out")


def test_after_a_crash_a_mass_message_goes_out_again_where_that_is_the_policy(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        take(connection)
        assert sweep(connection, MORNING + 2 * MINUTE, {("sms", "invitation")}).requeued == 1
        assert len(take(connection, MORNING + 2 * MINUTE)) == 1


def test_a_message_that_keeps_killing_its_holder_is_given_up(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        reply(connection, 1)
        for hour in range(5):
            take(connection, MORNING + timedelta(hours=hour), bulk_open=False)
            swept = sweep(connection, MORNING + timedelta(hours=hour, minutes=2))
        assert (swept.requeued, swept.unknown) == (0, 1)


def test_a_slow_holder_is_believed_while_nobody_else_has_the_message(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        [slow] = take(connection)
        sweep(connection, MORNING + 2 * MINUTE)
        settle(connection, [Outcome(slow.message_id, slow.fence, "sent", provider_id="SM1")], MORNING + 3 * MINUTE)
        assert [row.status for row in messages(connection)] == ["sent"]


def test_opting_out_beats_what_is_queued(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", now=MORNING)
        assert [leased.person_id for leased in take(connection)] == [person_id(connection, 2)]
        assert next((row.status, row.reason) for row in messages(connection)) == ("cancelled", "opted_out")


def test_what_is_queued_after_opting_out_is_stopped_by_the_lease(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", now=MORNING)
        connection.execute(update(message).values(status="queued", reason=""))
        assert take(connection) == []
        assert [(row.status, row.reason) for row in messages(connection)] == [("cancelled", "opted_out")]


def test_the_farewell_after_opting_out_is_sent(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", now=MORNING)
        reply(connection, 1)
        assert [leased.purpose for leased in take(connection)] == ["reply"]


def test_opting_out_of_one_channel_leaves_the_others(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1, contacts={"sms": "+46700000001", "email": "r1@example.org"}))
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", now=MORNING, channel="sms")
        assert take(connection) == []
        assert participation_of(connection, 1).status == "invited"


def test_an_erased_person_gets_nothing_that_was_queued(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        owner = person_id(connection, 1)
        kept = participation_of(connection, 1).contact_id
        erase_person(connection, owner, MORNING, farewell_contact_id=kept)
        connection.execute(update(message).values(status="queued", reason=""))
        assert take(connection) == []
        assert [(row.status, row.reason) for row in messages(connection)] == [("cancelled", "erased")]


def test_erasure_is_confirmed_and_then_the_address_is_forgotten(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        taking_part = participation_of(connection, 1)
        erase_person(connection, taking_part.person_id, MORNING, farewell_contact_id=taking_part.contact_id)
        farewell = Reply(
            "sms", "sms", taking_part.contact_id, "sv", {"text": "Raderat", "language": "sv"}, purpose="notice"
        )
        queue_replies(connection, [farewell], MORNING, person_id=taking_part.person_id)
        assert drop_farewell_addresses(connection) == 0
        [leased] = take(connection)
        settle(connection, [Outcome(leased.message_id, leased.fence, "sent")], MORNING)
        assert drop_farewell_addresses(connection) == 1
        assert connection.execute(select(contact.c.id)).all() == []


def test_what_has_expired_is_never_sent(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        reply(connection, 1, expires_at=MORNING + MINUTE)
        assert take(connection, MORNING + MINUTE, bulk_open=False) == []
        assert [row.status for row in messages(connection)] == ["queued", "expired"]


def test_what_has_expired_on_a_lane_without_workers_does_not_wait_for_ever(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        reply(connection, 1, lane="closed down", expires_at=MORNING + MINUTE)
        assert expire(connection, MORNING + MINUTE) == 1


def test_nobody_is_asked_after_closing(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        connection.execute(update(campaign).values(closes_at=MORNING))
        reply(connection, 1)
        assert [leased.purpose for leased in take(connection)] == ["reply"]
        assert next((row.status, row.reason) for row in messages(connection)) == ("cancelled", "closed")


def test_a_crowd_that_must_not_be_written_to_does_not_hide_the_next_person(database: Database):
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in range(50)))
        connection.execute(
            update(contact).where(contact.c.id != participation_of(connection, 49).contact_id).values(gone_at=MORNING)
        )
        assert [leased.person_id for leased in take(connection, limit=5)] == [person_id(connection, 49)]


def test_nothing_is_due_on_an_empty_lane(database: Database):
    with database.connect() as connection:
        assert next_due(connection, "sms") is None


def test_the_outbox_is_busy_while_something_is_due_or_on_the_wire(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        assert is_busy(connection, MORNING)
        assert not is_busy(connection, MORNING, bulk_open=False)
        assert not is_busy(connection, MORNING - MINUTE)
        [leased] = take(connection)
        assert is_busy(connection, MORNING, bulk_open=False)
        settle(connection, [Outcome(leased.message_id, leased.fence, "sent")], MORNING)
        assert not is_busy(connection, MORNING)
