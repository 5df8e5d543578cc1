"""The desk: one inbound is one turn and one transaction, and what a resident wants counts before anything else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.contents import Said
from channels.api import DeliveryReport
from service.loops import LoopGuard
from store.campaigns import close_campaign
from store.schema import answer, audit_entry, contact, inbound_seen, message, opt_out, person
from tests.console import village
from tests.service.hall import DAY, MINUTE, OPENS, Hall, number_of, resident

STOPS = {"sv": "STOPP", "en": "stop", "ar": "توقف", "fi": "lopeta", "so": "jooji"}


async def begin(hall: Hall, number: int = 1, channel: str = "sms") -> None:
    """The resident says yes and is asked the first question."""
    await hall.hear(number, "ja", channel)


async def test_an_answer_is_kept_and_the_next_question_asked(hall: Hall) -> None:
    hall.invite(resident(1))
    await begin(hall)
    await hall.hear(1, "2")
    assert [(row.question, row.value, row.channel) for row in hall.rows(answer)] == [("/data/first", "seats", "sms")]
    assert "När går du dit?" in hall.replies()[-1].text
    assert hall.participation(1).status == "started"


async def test_a_turn_that_breaks_leaves_nothing_and_can_be_said_again(hall: Hall) -> None:
    hall.invite(resident(1))
    await begin(hall)
    before = hall.participation(1).dialogue
    hall.do(lambda c: _forbid(c, "message"))
    with pytest.raises(Exception, match="no room in message") as broken:
        await hall.hear(1, "2", external_id="in-broken")
    assert "skugga" not in str(broken.value)  # what was to be written, told by the error, would reach a log
    assert hall.rows(answer) == []
    assert hall.participation(1).dialogue == before
    assert hall.count(inbound_seen, inbound_seen.c.external_id == "in-broken") == 0
    assert len(hall.replies()) == 1
    hall.do(lambda c: _allow(c, "message"))
    await hall.hear(1, "2", external_id="in-broken")
    assert [row.value for row in hall.rows(answer)] == ["seats"]
    assert len(hall.replies()) == 2


def _forbid(connection, table: str) -> None:
    """The database refuses new rows in a table, as a full disk would."""
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                f"CREATE TRIGGER no_room BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room in {table}'); END"
            )
        )
        return
    connection.execute(
        text(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'no room in {table}'; END $$"
        )
    )
    connection.execute(text(f"CREATE TRIGGER no_room BEFORE INSERT ON {table} EXECUTE FUNCTION no_room()"))


def _allow(connection, table: str) -> None:
    on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
    connection.execute(text(f"DROP TRIGGER no_room{on}"))


async def test_a_repeated_inbound_changes_nothing(hall: Hall) -> None:
    hall.invite(resident(1))
    await begin(hall)
    inbound = await hall.hear(1, "1")
    kept = (hall.rows(answer), hall.participation(1), hall.replies())
    hall.pass_time(MINUTE)
    await hall.service.desk.receive(inbound)
    assert (hall.rows(answer), hall.participation(1), hall.replies()) == kept


async def test_the_same_key_on_another_channel_is_another_inbound(hall: Hall) -> None:
    hall.invite(resident(1, sms=number_of(1), email="r1@post.example"))
    await hall.hear(1, "ja", external_id="7")
    await hall.hear(1, "1", "email", external_id="7")
    assert hall.count(answer) == 1


async def test_many_at_once_each_get_their_own_turn(hall: Hall) -> None:
    import asyncio

    hall.invite(*(resident(n) for n in range(1, 31)))
    await asyncio.gather(*(begin(hall, n) for n in range(1, 31)))
    await asyncio.gather(*(hall.hear(n, str(n % 3 + 1)) for n in range(1, 31)))
    assert hall.count(answer) == 30
    assert len(hall.replies()) == 60


async def test_a_conversation_goes_on_in_another_channel(hall: Hall) -> None:
    hall.invite(resident(1, sms=number_of(1), email="r1@post.example"))
    await begin(hall)
    await hall.hear(1, "1")
    await hall.hear(1, "2", "email")
    assert [(row.question, row.channel) for row in hall.rows(answer)] == [
        ("/data/first", "sms"),
        ("/data/when", "email"),
    ]
    assert hall.rows(message)[-1].channel == "email"


async def test_a_token_from_a_new_address_makes_it_the_persons_own(hall: Hall) -> None:
    hall.invite(resident(1, email="r1@post.example"))
    token = hall.links.token(hall.participation(1).id)
    await hall.hear(1, channel="telegram", kind="opened", token=token)
    [known] = hall.rows(contact, contact.c.channel == "telegram")
    assert known.person_id == hall.person(1).id
    assert known.address_hash == hall.vault.fingerprint("telegram", "7000001")
    assert "Vad är viktigast" in hall.replies()[-1].text
    await hall.hear(1, "1", "telegram")  # from now on the address is enough
    assert hall.count(answer) == 1


async def test_a_token_never_moves_the_replies_to_a_strangers_address(hall: Hall) -> None:
    hall.invite(resident(1, telegram="7000001", sms=number_of(1)))
    token = hall.links.token(hall.participation(1).id)
    await hall.hear(1, channel="telegram", kind="opened", token=token, address="666")
    [known] = hall.rows(contact, contact.c.channel == "telegram")
    assert known.address_hash == hall.vault.fingerprint("telegram", "7000001")


async def test_a_forged_token_is_nobodys(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja", token=hall.links.token(1)[:-3] + "aaa")
    assert hall.replies() == []
    assert await hall.service.desk.page("aaaa") is None
    assert not await hall.service.desk.unsubscribe("aaaa")


@pytest.mark.parametrize("language", sorted(STOPS))
async def test_stop_is_never_an_answer_and_cancels_what_is_queued(small_hall: Hall, language: str) -> None:
    hall = small_hall
    hall.invite(resident(1))
    await begin(hall)
    for answered in ("1", "1", "2"):
        await hall.hear(1, answered)
    before = hall.count(answer)
    assert before == 3  # what is left is a question that takes any text
    hall.do(lambda c: c.execute(message.update().where(message.c.status == "sent").values(status="queued")))
    await hall.hear(1, STOPS[language])
    assert hall.count(answer) == before
    assert hall.person(1).opted_out_at == OPENS
    assert [row.origin for row in hall.rows(opt_out)] == ["sms"]
    *old, farewell = hall.rows(message)
    assert {row.status for row in old} == {"cancelled"}
    assert farewell.status == "queued"


async def test_the_providers_own_opt_out_is_heeded(hall: Hall) -> None:
    hall.invite(resident(1), sent=False)
    await hall.hear(1, "Stop", kind="opted_out")
    assert hall.statuses() == {"cancelled": 1}
    assert hall.participation(1).status == "opted_out"


async def test_after_the_decision_a_late_answer_gets_the_result(hall: Hall) -> None:
    hall.invite(resident(1))
    await begin(hall)
    hall.clock.set(OPENS + 22 * DAY)
    await hall.hear(1, "1")
    assert hall.rows(answer) == []
    assert "Lekplatsen byggs i år" not in hall.replies()[-1].text
    told_before = hall.replies()[-1].text
    hall.do(lambda c: village.decide(c, village.definition(opens_at=OPENS)))
    await hall.hear(1, "1")
    assert "Lekplatsen byggs i år" in hall.replies()[-1].text
    assert told_before != hall.replies()[-1].text
    assert hall.rows(answer) == []


@pytest.mark.parametrize(("word", "expected"), [("HJÄLP", "STOPP"), ("VEM", "Vallby kommun"), ("MINA", "Lekplats")])
async def test_who_asks_after_closing_is_answered(small_hall: Hall, word: str, expected: str) -> None:
    hall = small_hall
    hall.invite(resident(1))
    await begin(hall)
    await hall.hear(1, "1")
    hall.do(lambda c: close_campaign(c, "park", OPENS + DAY))
    hall.clock.set(OPENS + DAY)
    await hall.hear(1, word)
    assert expected in hall.replies()[-1].text
    assert hall.participation(1).status == "started"


async def test_stop_after_closing_still_stops(hall: Hall) -> None:
    hall.invite(resident(1))
    hall.clock.set(OPENS + 30 * DAY)
    await hall.hear(1, "STOPP")
    assert hall.person(1).opted_out_at is not None
    assert hall.participation(1).status == "opted_out"


async def test_erasing_forgets_and_confirms(hall: Hall) -> None:
    hall.invite(resident(1), resident(2))
    await begin(hall)
    await hall.hear(1, "1")
    owner = hall.person(1).id
    await hall.hear(1, "RADERA")
    await hall.hear(1, "ja")
    assert hall.rows(answer) == []
    [erased] = hall.rows(person, person.c.id == owner)
    assert (erased.ref, erased.birth_year, erased.erased_at) == (None, None, OPENS)
    last = hall.rows(message)[-1]
    assert (last.purpose, last.status, last.person_id) == ("notice", "queued", owner)
    assert [entry.action for entry in hall.rows(audit_entry)] == ["erased"]
    await hall.hear(1, "hallå?")
    newest = hall.rows(message)[-1]
    assert (newest.campaign_id, newest.person_id == owner) == (None, False)  # nobody knows this number any more
    assert hall.participation(2).status == "invited"


async def test_what_asked_nothing_can_be_stopped(hall: Hall) -> None:
    hall.invite(resident(1), is_survey=False)
    await hall.hear(1, "Varför skriver ni?")
    assert "Vallby kommun" in hall.replies()[-1].text
    assert hall.person(1).opted_out_at is None
    await hall.hear(1, "stopp")
    assert hall.person(1).opted_out_at == OPENS
    assert hall.rows(message)[-1].status == "queued"


async def test_a_page_shows_where_the_chat_left_off_and_changes_nothing(hall: Hall) -> None:
    hall.invite(resident(1))
    await begin(hall)
    await hall.hear(1, "1")
    token = hall.links.token(hall.participation(1).id)
    kept = (hall.participation(1), hall.count(message), hall.count(inbound_seen))
    page = await hall.service.desk.page(token)
    assert page is not None
    assert page.is_open
    assert page.languages == ("sv", "en", "ar")
    assert "När går du dit?" in page.contents[-1].text
    assert (hall.participation(1), hall.count(message), hall.count(inbound_seen)) == kept


async def test_what_is_answered_on_the_page_goes_on_in_the_chat(hall: Hall) -> None:
    hall.invite(resident(1))
    token = hall.links.token(hall.participation(1).id)
    await hall.hear(1, channel="web", token=token, said=Said(choice="1.1"), address=token)
    page = await hall.service.desk.page(token)
    assert page is not None
    assert "När går du dit?" in page.contents[-1].text
    assert hall.replies() == []  # a page is read, not written to
    await hall.hear(1, "2")
    assert [row.channel for row in hall.rows(answer)] == ["web", "sms"]
    page = await hall.service.desk.page(token)
    assert page is not None
    assert "Hur många gånger" in page.contents[-1].text


async def test_a_page_after_closing_tells_what_came_of_it(hall: Hall) -> None:
    hall.invite(resident(1))
    token = hall.links.token(hall.participation(1).id)
    hall.do(lambda c: village.decide(c, village.definition(opens_at=OPENS)))
    page = await hall.service.desk.page(token)
    assert page is not None
    assert not page.is_open
    assert "Lekplatsen byggs i år" in page.contents[-1].text


async def test_the_page_of_what_asks_nothing_says_who_writes(hall: Hall) -> None:
    hall.invite(resident(1), is_survey=False)
    page = await hall.service.desk.page(hall.links.token(hall.participation(1).id))
    assert page is not None
    assert "Vallby kommun" in page.contents[0].text


async def test_unsubscribing_takes_out_of_everything(hall: Hall) -> None:
    hall.invite(resident(1), sent=False)
    token = hall.links.token(hall.participation(1).id)
    assert await hall.service.desk.unsubscribe(token)
    assert await hall.service.desk.unsubscribe(token)  # once more is no error
    assert hall.statuses() == {"cancelled": 1}
    assert [row.origin for row in hall.rows(opt_out)] == ["unsubscribe"]


async def test_an_address_that_the_provider_gave_up_is_gone_for_all_who_had_it(hall: Hall) -> None:
    hall.invite(resident(1, telegram="7000001"), resident(2, telegram="7000001"), resident(3, telegram="7000003"))
    report = DeliveryReport("telegram", "gone", address="7000001", reason="blocked")
    await hall.service.desk.report(report)
    await hall.service.desk.report(report)
    assert [row.gone_reason for row in hall.rows(contact)] == ["blocked", "blocked", ""]


async def test_whoever_writes_again_can_be_reached_again(hall: Hall) -> None:
    hall.invite(resident(1, telegram="7000001"))
    gone = DeliveryReport("telegram", "gone", address="7000001", reason="blocked", external_id="17")
    await hall.service.desk.report(gone)
    await hall.hear(1, "ja", channel="telegram")
    assert [(row.gone_at, row.gone_reason) for row in hall.rows(contact)] == [(None, "")]
    assert hall.statuses(message.c.purpose == "reply") == {"queued": 1}
    await hall.service.desk.report(gone)  # what is repeated was said before they came back
    assert [row.gone_at for row in hall.rows(contact)] == [None]


async def test_whoever_lets_us_in_again_can_be_written_to(hall: Hall) -> None:
    hall.invite(resident(1, telegram="7000001"))
    for status in ("gone", "back"):
        report = DeliveryReport("telegram", status, address="7000001", reason="blocked", external_id=status)  # type: ignore[arg-type]
        await hall.service.desk.report(report)
    assert [(row.gone_at, row.gone_reason) for row in hall.rows(contact)] == [(None, "")]


async def test_a_machines_word_brings_nobody_back(hall: Hall) -> None:
    hall.invite(resident(1))
    [sent] = hall.rows(message)
    await hall.service.desk.report(DeliveryReport("sms", "gone", message_id=sent.id, reason="twilio_30005"))
    await hall.hear(1, kind="auto_reply")
    assert [row.gone_reason for row in hall.rows(contact)] == ["twilio_30005"]


async def test_a_callback_that_is_played_again_takes_nobody_out_again(hall: Hall) -> None:
    hall.invite(resident(1))
    [sent] = hall.rows(message)
    told = DeliveryReport("sms", "gone", message_id=sent.id, reason="twilio_30005", external_id="SM1:undelivered")
    await hall.service.desk.report(told)
    await hall.hear(1, "ja")
    await hall.service.desk.report(told)
    assert [row.gone_at for row in hall.rows(contact)] == [None]


async def test_a_delivery_report_settles_the_message_it_names(hall: Hall) -> None:
    hall.invite(resident(1))
    [sent] = hall.rows(message)
    await hall.service.desk.report(DeliveryReport("sms", "delivered", message_id=sent.id))
    await hall.service.desk.report(DeliveryReport("sms", "sent", message_id=sent.id))
    await hall.service.desk.report(DeliveryReport("sms", "failed", message_id=999_999))
    assert [row.status for row in hall.rows(message)] == ["delivered"]


async def test_a_machine_is_never_answered(hall: Hall) -> None:
    hall.invite(resident(1, email="r1@post.example"))
    await hall.hear(1, "Jag är på semester. STOPP", "email", kind="auto_reply")
    assert hall.replies() == []
    assert hall.participation(1).status == "invited"


async def test_whoever_unsubscribed_by_link_is_not_drawn_in_again_by_a_late_word(hall: Hall) -> None:
    hall.invite(resident(1))
    await begin(hall)
    assert await hall.service.desk.unsubscribe(hall.links.token(hall.participation(1).id))
    said_before = len(hall.replies())
    await hall.hear(1, "1")
    assert hall.participation(1).status == "opted_out"
    assert hall.rows(answer) == []
    assert len(hall.replies()) == said_before
    await hall.hear(1, "START")
    assert hall.participation(1).status == "started"
    assert hall.person(1).opted_out_at is None


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_two_programs_that_answer_each_other_come_to_rest(hall: Hall, channel: str) -> None:
    address = {"email": "r1@post.example"} if channel == "email" else {}
    hall.invite(resident(1, **address), resident(2))
    hall.service.shelf.loops = LoopGuard(per_hour=30, per_day=45)
    for hours, expected in ((0, 30), (2, 45), (20, 45)):
        hall.pass_time(timedelta(hours=hours))
        for number in range(40):
            await hall.hear(1, f"nonsense {number}", channel=channel)
        assert hall.count(message, message.c.purpose == "reply") == expected
    assert hall.count(inbound_seen) == 120  # what was said is taken in all the same
    await hall.hear(2, "ja")
    assert hall.count(message, message.c.purpose == "reply") == 46
    hall.pass_time(timedelta(hours=30))
    await hall.hear(1, "ja", channel=channel)
    assert hall.count(message, message.c.purpose == "reply") == 47


async def test_a_restart_forgets_no_loop(hall: Hall) -> None:
    hall.invite(resident(1))
    found = []
    for _ in range(3):
        hall.service.shelf.loops = LoopGuard(per_hour=30, per_day=300)  # as a new process has it
        for number in range(60):
            await hall.hear(1, f"nonsense {number}")
        found.append(hall.count(message, message.c.purpose == "reply"))
    assert found == [30, 50, 70]  # few answers are given before the store is looked at


async def test_stop_is_heeded_in_a_loop_too(small_hall: Hall) -> None:
    small_hall.invite(resident(1))
    small_hall.service.shelf.loops = LoopGuard(per_hour=20, per_day=20)
    for number in range(40):
        await small_hall.hear(1, f"nonsense {number}")
    await small_hall.hear(1, "STOP")
    assert small_hall.person(1).opted_out_at is not None
