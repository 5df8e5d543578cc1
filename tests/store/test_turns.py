"""A turn is taken in once, finds whose it is, and is kept whole or not at all."""

from __future__ import annotations

import asyncio
import threading
import time

from sqlalchemy import select

from store.database import Database
from store.departures import opt_people_out
from store.finding import find_participation
from store.inbounds import forget_seen, see
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


def test_an_address_that_was_never_written_to_finds_its_persons_survey(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        bind_address(connection, person_id(connection, 1), "telegram", "4711", VAULT)
        found = find_participation(connection, "telegram", fingerprint=VAULT.fingerprint("telegram", "4711"))
    assert found is not None
    assert (found.campaign_id, found.channel) == ("park", "sms")


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
