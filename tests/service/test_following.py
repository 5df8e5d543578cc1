"""What only a person can do reaches the coordinator; nudges, information send-outs, links for staff, and the client's language."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.contents import Content, Said
from service.settings import Settings, load_settings
from store.campaigns import close_campaign
from store.frequencies import times_written_to
from store.outbox import lease
from store.requests import finish_request, list_requests
from store.schema import answer, audit_entry, message, participation, person, request
from tests.console import village
from tests.service.hall import DAY, MINUTE, OPENS, Hall, resident

HOUR = timedelta(hours=1)


# --- a person is asked for


async def test_who_asks_for_a_person_is_noted_once_and_told(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    await hall.hear(1, "MÄNNISKA")
    assert "dialog@vallby.example" in hall.replies()[-1].text
    hall.pass_time(HOUR)
    await hall.hear(1, "MÄNNISKA")
    [asked] = hall.do(lambda c: list_requests(c, "park"))
    assert (asked.ref, asked.kind, asked.channel, asked.language, asked.at) == ("r1", "person", "sms", "sv", OPENS)
    assert [(entry.actor, entry.action) for entry in hall.rows(audit_entry)] == [("resident", "asked")]
    assert hall.do(lambda c: finish_request(c, asked.id, "Åsa", hall.clock.now()))
    assert not hall.do(lambda c: finish_request(c, asked.id, "Åsa", hall.clock.now()))
    await hall.hear(1, "MÄNNISKA")
    assert len(hall.do(lambda c: list_requests(c))) == 1
    assert len(hall.do(lambda c: list_requests(c, is_open=False))) == 2


async def test_a_request_is_heard_after_closing_and_vanishes_with_the_person(hall: Hall) -> None:
    hall.invite(resident(1))
    hall.do(lambda c: close_campaign(c, "park", OPENS))
    await hall.hear(1, "MÄNNISKA")
    assert hall.count(request) == 1
    for said in ("RADERA", "ja"):
        await hall.hear(1, said)
    assert hall.count(request) == 0
    assert hall.rows(message)[-1].purpose == "notice"


# --- a conversation that rests


async def rest(hall: Hall, span: timedelta) -> list[str]:
    """Let time pass and the clock tick; gives the nudges so far by status."""
    hall.pass_time(span)
    await hall.service.ticker.tick()
    return [row.status for row in hall.rows(message, message.c.purpose == "nudge")]


async def test_who_falls_silent_is_nudged_once(hall: Hall) -> None:
    hall.invite(resident(1), resident(2))
    await hall.hear(1, "ja")
    assert await rest(hall, 23 * HOUR) == []
    assert await rest(hall, 2 * HOUR) == ["queued"]
    assert await rest(hall, DAY) == ["queued"]
    [row] = hall.rows(message, message.c.purpose == "nudge")
    leased = hall.do(lambda c: lease(c, "sms", 10, row.due_at, 60, bulk_open=True))
    [nudged] = [each for each in leased if each.purpose == "nudge"]
    [outbound] = hall.do(lambda c: hall.service.outbox._rendering.render(c, [nudged]))
    assert "Vad är viktigast i parken?" in outbound.content.text
    assert "1 Lekplats" not in outbound.content.text  # the channel numbers the options itself
    assert outbound.content.options[0].label == "Lekplats"
    assert hall.do(lambda c: c.execute(select(times_written_to()).select_from(participation)).scalars().first()) == 1


async def test_a_nudge_leaves_only_in_decent_hours(hall: Hall) -> None:
    hall.invite(resident(1))
    hall.clock.set(OPENS + 10 * HOUR)  # eight in the evening
    await hall.hear(1, "ja")
    hall.do(lambda c: c.execute(update(message).values(status="sent", sent_at=hall.clock.now())))
    assert await rest(hall, 24 * HOUR + MINUTE) == ["queued"]
    standing = hall.do(lambda c: hall.service.outbox._hours.look(c, hall.clock.now()))
    assert not standing.is_open


@pytest.mark.parametrize("last", ["2", "STOPP"])
async def test_a_word_stops_the_nudge_that_waits(hall: Hall, last: str) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    await rest(hall, 25 * HOUR)
    await hall.hear(1, last)
    hall.do(lambda c: lease(c, "sms", 10, hall.clock.now() + MINUTE, 60, bulk_open=True))
    assert [row.status for row in hall.rows(message, message.c.purpose == "nudge")] == ["cancelled"]


async def test_a_reminder_that_came_is_enough(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    reminded = update(message).where(message.c.purpose == "invitation").values(purpose="reminder", due_at=OPENS + HOUR)
    hall.do(lambda c: c.execute(reminded))
    assert await rest(hall, 2 * DAY) == []


async def test_nobody_is_nudged_after_the_end(hall: Hall) -> None:
    hall.invite(resident(1), resident(2))
    for said in ("ja", "1", "1", "2", "nej"):
        await hall.hear(1, said)
    await hall.hear(2, "ja")
    hall.do(lambda c: close_campaign(c, "park", OPENS + HOUR))
    assert await rest(hall, 2 * DAY) == []


async def test_nudging_can_be_turned_off(monkeypatch: pytest.MonkeyPatch, hall: Hall, tmp_path: Path) -> None:
    monkeypatch.setenv("GENKLANG_NUDGE_HOURS", "0")
    other = Hall.open(tmp_path, load_settings(Settings))
    other.invite(resident(1))
    await other.hear(1, "ja")
    assert await rest(other, 2 * DAY) == []
    other.service.database.close()


# --- what asks nothing


@pytest.mark.parametrize(
    ("said", "expected"),
    [("HJÄLP", "STOPP"), ("VEM", "Vallby kommun"), ("SPRÅK", "العربية"), ("engelska", "English"), ("hm?", "Parken")],
)
async def test_an_information_send_out_hears_every_command(hall: Hall, said: str, expected: str) -> None:
    hall.invite(resident(1), is_survey=False)
    await hall.hear(1, said)
    assert expected.casefold() in f"{hall.replies()[-1].text}{hall.replies()[-1].actions}".casefold()
    assert hall.participation(1).status == "invited"


async def test_an_information_send_out_erases_and_lets_come_back(hall: Hall) -> None:
    hall.invite(resident(1), resident(2), is_survey=False)
    for said in ("RADERA", "ja"):
        await hall.hear(1, said)
    assert hall.count(person, person.c.erased_at.is_not(None)) == 1
    await hall.hear(2, "STOPP")
    assert hall.person(2).opted_out_at == OPENS
    await hall.hear(2, "START")
    assert hall.person(2).opted_out_at is None
    assert hall.participation(2).status == "invited"
    assert "MÄNNISKA" not in hall.replies()[-1].text
    await hall.hear(2, "engelska")
    assert hall.participation(2).language == "en"


# --- in somebody's place


async def test_a_link_for_staff_tags_what_is_answered(hall: Hall) -> None:
    hall.invite(resident(1), resident(2))
    mine = hall.participation(1).id
    token = hall.links.token(mine, "staff")
    assert hall.links.participation_id(token) == mine
    await hall.hear(1, channel="web", token=token, address=token, said=Said(choice="1.1"))
    await hall.hear(2, channel="web", token=hall.links.token(hall.participation(2).id), said=Said(choice="1.1"))
    assert [hall.participation(n).mode for n in (1, 2)] == ["staff", "self"]
    page = await hall.service.desk.page(token)
    assert page is not None
    assert "När går du dit?" in page.contents[-1].text


async def test_a_proxy_says_so(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    from bot.dialogues import Turn
    from bot.events import Asked, ProxyDeclared

    engine = hall.service.desk._turns._engine
    reply = engine.reply
    try:
        engine.reply = lambda form, dialogue, said, **rest: Turn(dialogue, (ProxyDeclared(), Asked(dialogue.position)))
        await hall.hear(1, "jag svarar för min mamma")
    finally:
        engine.reply = reply
    assert hall.participation(1).mode == "proxy"
    await hall.hear(1, "2")
    assert hall.participation(1).mode == "proxy"
    assert hall.count(answer) == 1


# --- the client's language


@pytest.mark.parametrize(
    ("registered", "client", "spoken"),
    [("fi", "ar", "ar"), ("fi", "en-GB", "en"), ("fi", "so", "sv"), ("sv", "ar", "sv")],
)
async def test_the_clients_language_stands_in_for_one_the_survey_lacks(
    hall: Hall, registered: str, client: str, spoken: str
) -> None:
    hall.invite(resident(1, registered))
    token = hall.links.token(hall.participation(1).id)
    await hall.hear(1, channel="telegram", kind="opened", token=token, language=client)
    assert hall.participation(1).language == spoken
    assert hall.replies()[-1].language == spoken


# --- too late


@pytest.mark.parametrize("channel", ["sms", "telegram", "email", "web"])
async def test_a_late_answer_is_told_so_on_every_channel_and_nothing_is_kept(hall: Hall, channel: str) -> None:
    hall.invite(resident(1, sms="+46701740001", telegram="7000001", email="r1@post.example"))
    token = hall.links.token(hall.participation(1).id)
    named = {"token": token, "address": token} if channel == "web" else {}
    await hall.hear(1, channel=channel, said=Said(choice="!begin"), **named)
    before = hall.participation(1)
    hall.clock.set(OPENS + 22 * DAY)
    hall.do(lambda c: village.decide(c, village.definition(opens_at=OPENS)))
    await hall.hear(1, channel=channel, said=Said(choice="1.1"), **named)
    assert hall.rows(answer) == []
    assert hall.participation(1).dialogue == before.dialogue
    page = await hall.service.desk.page(token)
    assert page is not None
    told: Content = page.contents[-1] if channel == "web" else hall.replies()[-1]
    assert "Lekplatsen byggs i år" in told.text


async def test_after_closing_neither_help_nor_ones_own_answers_offer_what_is_over(hall: Hall) -> None:
    hall.invite(resident(1, sms="+46701740001"))
    await hall.hear(1, said=Said(choice="!begin"))
    await hall.hear(1, said=Said(choice="1.1"))
    assert len(hall.rows(answer)) == 1
    told = {}
    for day, moment in (("open", None), ("closed", OPENS + 22 * DAY)):
        if moment is not None:
            hall.clock.set(moment)
        for word in ("HJÄLP", "MINA"):
            await hall.hear(1, said=Said(text=word))
            told[day, word] = hall.replies()[-1].text
    assert "ÄNDRA" in told["open", "HJÄLP"]
    assert "ÄNDRA" in told["open", "MINA"]
    assert "ÄNDRA" not in told["closed", "HJÄLP"]
    assert "STOPP" in told["closed", "HJÄLP"]
    assert "ÄNDRA" not in told["closed", "MINA"]
    assert "Dina svar:" in told["closed", "MINA"]
