"""A turn is taken in once, finds whose it is, and is kept whole or not at all."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from store.database import Database
from store.departures import opt_people_out
from store.finding import Sought, find_each, find_participation
from store.inbounds import forget_seen, see, seen_among
from store.outbox import Outcome, settle
from store.people import bind_address
from store.schema import answer, inbound_seen, participation
from store.turns import AnswerRecord, Ledger, Reply, TurnRecord
from tests.store.town import (
    DAY,
    MORNING,
    VAULT,
    answer_turn,
    invite,
    messages,
    participation_of,
    person_id,
    queue_replies,
    release,
    resident,
    save_turn,
    settle_in,
    start,
    take,
)


def fingerprint(number: int) -> bytes:
    return VAULT.fingerprint("sms", f"+4670{number:07d}")


def send_all(connection, now=MORNING, **outcome):
    leased = take(connection, now)
    settle(connection, [Outcome(m.message_id, m.fence, "sent", **outcome) for m in leased], now)


def answers(connection):
    rows = connection.execute(
        select(answer.c.question, answer.c.value, answer.c.set_aside_at).order_by(answer.c.question)
    )
    return [tuple(row) for row in rows]


def test_an_inbound_is_taken_in_once(database: Database):
    with database.begin() as connection:
        assert see(connection, "sms", "SM1", MORNING)
        assert not see(connection, "sms", "SM1", MORNING)
        assert see(connection, "telegram", "SM1", MORNING)


def test_old_keys_of_inbounds_are_forgotten(database: Database):
    with database.begin() as connection:
        see(connection, "sms", "SM1", MORNING)
        see(connection, "sms", "SM2", MORNING + DAY)
        assert forget_seen(connection, MORNING + DAY) == 1
        assert not see(connection, "sms", "SM2", MORNING + DAY)


async def test_an_inbound_replayed_at_the_same_time_changes_nothing(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        mine = participation_of(connection, 1).id

    def turn(connection) -> bool:
        if not see(connection, "sms", "SM1", MORNING):
            return False
        given = AnswerRecord("bench", "/data/bench", "yes", "sv")
        save_turn(connection, TurnRecord(mine, "sms", "sv", {}, answers=[given], external_id="SM1"), MORNING)
        return True

    assert sorted(await asyncio.gather(*(database.write(turn) for _ in range(5)))) == [False] * 4 + [True]
    with database.connect() as connection:
        assert len(answers(connection)) == 1
        assert connection.execute(select(inbound_seen.c.participation_id)).scalar() == mine


def test_an_address_is_taken_to_answer_the_newest_survey_sent_to_it(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        start(connection, "bath")
        release(connection, "invitation", campaign_id="bath")
        first, second = take(connection)
        settle(connection, [Outcome(second.message_id, second.fence, "sent")], MORNING)
        settle(connection, [Outcome(first.message_id, first.fence, "sent")], MORNING + DAY)
        found = find_participation(connection, "sms", fingerprint=fingerprint(1))
    assert found is not None
    assert found.campaign_id == "park"


def test_a_message_that_was_never_sent_is_not_what_is_answered(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        send_all(connection)
        start(connection, "bath", opens_at=MORNING + DAY)
        release(connection, "invitation", campaign_id="bath")
        found = find_participation(connection, "sms", fingerprint=fingerprint(1))
    assert found is not None
    assert found.campaign_id == "park"


def test_a_pressed_message_says_which_survey_is_meant(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        send_all(connection, provider_id="M1")
        start(connection, "bath")
        release(connection, "invitation", campaign_id="bath")
        send_all(connection, MORNING + DAY, provider_id="M2")
        found = find_participation(connection, "sms", fingerprint=fingerprint(1), message_ref="M1")
    assert found is not None
    assert found.campaign_id == "park"


def test_our_number_of_a_message_says_which_survey_is_meant_to_whom_it_went(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        send_all(connection)
        mine, theirs = (row.id for row in messages(connection))
        start(connection, "bath")
        release(connection, "invitation", campaign_id="bath")
        send_all(connection, MORNING + DAY)
        found = [
            find_participation(connection, "sms", fingerprint=fingerprint(1), message_id=number)
            for number in (mine, theirs, 4711, None)
        ]
    assert [(one.campaign_id, one.is_named) for one in found if one] == [
        ("park", True),
        ("bath", False),
        ("bath", False),
        ("bath", False),
    ]


def test_an_address_that_was_never_written_to_finds_its_persons_survey(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        bind_address(connection, person_id(connection, 1), "telegram", "4711", VAULT)
        found = find_participation(connection, "telegram", fingerprint=VAULT.fingerprint("telegram", "4711"))
    assert found is not None
    assert (found.campaign_id, found.channel) == ("park", "sms")


def test_many_are_found_at_once_each_by_what_is_known_of_them(database: Database):
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in range(1, 4)))
        send_all(connection, provider_id="M")
        mine = [participation_of(connection, n).id for n in range(1, 4)]
        sought = [
            Sought("sms", fingerprint(3)),
            Sought("sms", fingerprint(77)),
            Sought("web", participation_id=mine[0]),
            Sought("sms", fingerprint(2), message_ref="M"),
            Sought("sms", fingerprint(2), message_ref="another's"),
        ]
        found = find_each(connection, sought)
        assert [one and (one.participation_id, one.sharing, one.is_named) for one in found] == [
            (mine[2], 1, False),
            None,
            (mine[0], 0, False),
            (mine[1], 1, True),
            (mine[1], 1, False),
        ]
        assert find_each(connection, []) == []
        with pytest.raises(ValueError, match="by its id or by a fingerprint"):
            find_each(connection, [Sought("sms")])


def test_those_who_are_sought_are_held_in_the_same_order_by_everybody(postgres_url: str):
    """Two that want the same people from both ends would wait for each other for ever."""
    database = Database(postgres_url, batch_works=1)
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in range(1, 40)))
    both_begin, failures = threading.Barrier(2), []

    def hold(numbers: list[int]) -> None:
        for _ in range(10):
            both_begin.wait(60)
            try:
                with database.begin() as connection:
                    find_each(connection, [Sought("sms", fingerprint(n)) for n in numbers])
            except DBAPIError as error:
                failures.append(error)

    threads = [threading.Thread(target=hold, args=(numbers,)) for numbers in ([*range(1, 40)], [*range(39, 0, -1)])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    database.close()
    assert not failures


def test_a_ledger_is_written_in_sets_and_only_once(database: Database):
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in range(1, 4)))
        answer_turn(connection, 1, bench="yes")  # goes on, by another channel
        first, second, third = (participation_of(connection, n) for n in range(1, 4))
        ledger = Ledger(connection)
        for id_, status in ((first.id, "started"), (second.id, "started"), (third.id, "finished")):
            twice = [
                AnswerRecord("bench", "/data/bench", value, "sv", by) for value, by in (("no", "SM1"), ("yes", None))
            ]
            turn = TurnRecord(
                id_, "email", "sv", {"of": id_}, status, answers=twice, survey_version_id=first.survey_version_id
            )
            ledger.save(turn, MORNING + DAY)
            ledger.see("email", f"key {id_}", MORNING + DAY, id_)
        assert seen_among(connection, [("email", f"key {first.id}")]) == set()
        ledger.write()
        ledger.write()
        standing = [participation_of(connection, n) for n in range(1, 4)]
        assert [(row.status, row.channel, row.dialogue) for row in standing] == [
            ("started", "email", {"of": first.id}),
            ("started", "email", {"of": second.id}),
            ("finished", "email", {"of": third.id}),
        ]
        assert [row.started_at for row in standing] == [MORNING, MORNING + DAY, MORNING + DAY]
        kept = connection.execute(select(answer.c.value, answer.c.external_id)).all()
        assert kept == [("yes", "SM1")] * 3
        keys = [("email", f"key {first.id}"), ("sms", f"key {first.id}"), ("email", "another")]
        assert seen_among(connection, keys) == {("email", f"key {first.id}")}


def test_a_turn_of_a_participation_that_is_gone_is_refused(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        ledger = Ledger(connection)
        for id_ in (participation_of(connection, 1).id, 4711):
            ledger.save(TurnRecord(id_, "sms", "sv", {}, status="started"), MORNING)
        with pytest.raises(LookupError, match="a participation is gone"):
            ledger.write()
        with pytest.raises(ValueError, match="no participation has the status 'asleep'"):
            Ledger(connection).save(TurnRecord(4711, "sms", "sv", {}, status="asleep"), MORNING)


def test_a_stranger_is_not_found(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        assert find_participation(connection, "sms", fingerprint=fingerprint(2)) is None


def test_a_token_finds_its_participation_without_any_address(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        mine = participation_of(connection, 1).id
        found = find_participation(connection, "web", participation_id=mine)
    assert found is not None
    assert (found.participation_id, found.contact_id, found.status) == (mine, None, "invited")


def test_whoever_only_looks_needs_no_lock(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        mine = participation_of(connection, 1).id
    with database.connect() as connection:
        found = find_participation(connection, "web", participation_id=mine, is_locking=False)
    assert found is not None
    assert found.participation_id == mine


def test_one_person_has_one_turn_at_a_time(postgres_url: str):
    database = Database(postgres_url)
    with database.begin() as connection:
        invite(connection, resident(1))
        mine = participation_of(connection, 1).id
    is_found, order = threading.Event(), []

    def second() -> None:
        is_found.wait(60)
        with database.begin() as connection:
            found = find_participation(connection, "sms", participation_id=mine)
            order.append(found.dialogue if found else None)

    thread = threading.Thread(target=second)
    thread.start()
    with database.begin() as connection:
        find_participation(connection, "sms", participation_id=mine)
        is_found.set()
        time.sleep(0.1)
        save_turn(connection, TurnRecord(mine, "sms", "sv", {"phase": "asking"}), MORNING)
        order.append("first")
    thread.join(60)
    database.close()
    assert order == ["first", {"phase": "asking"}]


def test_a_turn_keeps_everything_together(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        before = participation_of(connection, 1)
        reply = Reply("sms", "sms", before.contact_id, "en", {"text": "Next?", "language": "en"})
        given = [AnswerRecord("bench", "/data/bench", "yes", "en"), AnswerRecord("age", "/data/age", "41", "en")]
        turn = TurnRecord(before.id, "sms", "en", {"phase": "asking"}, status="started", answers=given)
        ledger = Ledger(connection)
        ledger.save(turn, MORNING + DAY)
        ledger.queue([reply], MORNING + DAY, person_id=before.person_id, campaign_id="park", participation_id=before.id)
        ledger.write()
        after = participation_of(connection, 1)
        assert (after.status, after.language, after.dialogue) == ("started", "en", {"phase": "asking"})
        assert (after.started_at, after.last_said_at, after.finished_at) == (MORNING + DAY, MORNING + DAY, None)
        assert answers(connection) == [("age", "41", None), ("bench", "yes", None)]
        kept = connection.execute(select(answer.c.survey_version_id, answer.c.language, answer.c.campaign_id)).first()
        assert kept == (before.survey_version_id, "en", "park")
        queued = messages(connection)[-1]
        assert (queued.purpose, queued.priority, queued.content["text"]) == ("reply", 0, "Next?")


def test_a_dialogue_is_found_as_it_was_written_down_to_the_letter(database: Database):
    dialogue = {"phase": "asking", "entry": {"values": {"why": 'Å "2,50" \n 🚌'}}, "marks": [4294967295]}
    with database.begin() as connection:
        invite(connection, resident(1))
        mine = participation_of(connection, 1)
        for moment in (MORNING, MORNING + DAY):  # beginning, and going on
            turn = TurnRecord(mine.id, "sms", "en", dialogue, "started", survey_version_id=mine.survey_version_id)
            written = save_turn(connection, turn, moment)
            found = find_participation(connection, "sms", participation_id=mine.id)
            assert (found.written, found.dialogue) == (written, dialogue)
            kept = participation_of(connection, 1)
            assert (kept.dialogue, kept.last_said_at, kept.started_at) == (dialogue, moment, MORNING)


def test_a_corrected_answer_replaces_the_old_one(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        answer_turn(connection, 1, bench="yes")
        answer_turn(connection, 1, bench="no")
        assert answers(connection) == [("bench", "no", None)]


def test_an_answer_that_lost_its_ground_is_set_aside_until_it_is_given_again(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        answer_turn(connection, 1, bench="yes", colour="red")
        mine = participation_of(connection, 1).id
        save_turn(connection, TurnRecord(mine, "sms", "sv", {}, set_aside=["/data/colour"]), MORNING + DAY)
        assert answers(connection) == [("bench", "yes", None), ("colour", "red", MORNING + DAY)]
        answer_turn(connection, 1, colour="red")
        assert answers(connection)[1] == ("colour", "red", None)


def test_finishing_keeps_when_it_began(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        answer_turn(connection, 1, bench="yes")
        answer_turn(connection, 1, age="41", status="finished", now=MORNING + DAY)
        row = connection.execute(select(participation)).one()
    assert (row.status, row.started_at, row.finished_at) == ("finished", MORNING, MORNING + DAY)


def test_stop_takes_the_person_out_and_still_says_goodbye(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        before = participation_of(connection, 1)
        goodbye = Reply("sms", "sms", before.contact_id, "sv", {"text": "Hej då", "language": "sv"})
        save_turn(connection, TurnRecord(before.id, "sms", "sv", {}, status="opted_out"), MORNING)
        opt_people_out(connection, [before.person_id], origin="sms", campaign_id="park", now=MORNING)
        queue_replies(connection, [goodbye], MORNING, person_id=before.person_id, participation_id=before.id)
        assert participation_of(connection, 1).status == "opted_out"
        assert [(row.purpose, row.status) for row in messages(connection)] == [
            ("invitation", "cancelled"),
            ("reply", "queued"),
        ]
        assert [leased.purpose for leased in take(connection)] == ["reply"]


def test_stop_after_finishing_does_not_undo_the_answers(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        answer_turn(connection, 1, bench="yes", status="finished")
        save_turn(
            connection, TurnRecord(participation_of(connection, 1).id, "sms", "sv", {}, status="opted_out"), MORNING
        )
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", campaign_id="park", now=MORNING)
        assert participation_of(connection, 1).status == "finished"
        assert find_participation(connection, "sms", fingerprint=fingerprint(1)).opted_out_at == MORNING


def test_people_who_share_a_phone_keep_their_own_answers(database: Database):
    with database.begin() as connection:
        shared = {"sms": "+46700000001"}
        settle_in(connection, resident(1, contacts=shared), resident(2, contacts=shared))
        start(connection)
        release(connection, "invitation")
        first, second = take(connection)
        settle(connection, [Outcome(first.message_id, first.fence, "sent")], MORNING)
        settle(connection, [Outcome(second.message_id, second.fence, "sent")], MORNING + DAY)
        found = find_participation(connection, "sms", fingerprint=fingerprint(1))
    assert found is not None
    assert (found.person_id, found.contact_id) == (second.person_id, second.contact_id)
