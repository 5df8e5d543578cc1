"""Several people on one phone are asked who answers, before a word of theirs reaches a survey; nothing said is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.contents import Said
from store.schema import answer, message, opt_out, request, speaker
from tests.service.hall import DAY, MINUTE, OPENS, Hall, number_of, resident

PHONE = number_of(1)
CHAT = "7000001"


def family(*years: int | None, language: str = "sv", **contacts: str):
    """People of these years of birth on one phone."""
    return [
        replace(resident(n, language, **(contacts or {"sms": PHONE})), birth_year=year)
        for n, year in enumerate(years, 1)
    ]


def answers(hall: Hall) -> dict[int, list[str]]:
    """What each person has answered, by number."""
    whose = {hall.participation(n).id: n for n in (1, 2, 3) if _is_there(hall, n)}
    found: dict[int, list[str]] = {}
    for row in hall.rows(answer):
        found.setdefault(whose[row.participation_id], []).append(row.value)
    return found


def _is_there(hall: Hall, number: int) -> bool:
    from store.schema import person

    return hall.count(person, person.c.ref == f"r{number}") == 1


def last(hall: Hall):
    return hall.replies()[-1]


async def test_who_answers_is_asked_before_anything_is_taken(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    await hall.hear(1, "ja")
    asked = last(hall)
    assert [option.label for option in asked.options] == ["1980", "2005", "Någon annan"]
    assert asked.select == "one"
    assert [hall.participation(n).status for n in (1, 2)] == ["invited", "invited"]


async def test_what_was_said_first_is_taken_as_soon_as_it_is_known(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    await hall.hear(1, "ja")
    await hall.hear(1, "2005")
    assert [hall.participation(n).status for n in (1, 2)] == ["invited", "started"]
    assert "Vad är viktigast" in last(hall).text
    await hall.hear(1, "2")
    assert answers(hall) == {2: ["seats"]}
    assert hall.rows(speaker)[0].held == []


async def test_a_number_names_the_person_too(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    for said in ("ja", "1", "2"):
        await hall.hear(1, said)
    assert answers(hall) == {1: ["seats"]}


async def test_what_cannot_be_a_person_waits_with_the_rest(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    await hall.hear(1, "ja")
    await hall.hear(1, "utegym")
    assert "2005" in [option.label for option in last(hall).options]
    assert answers(hall) == {}
    await hall.hear(1, "2005")
    assert answers(hall) == {2: ["gym"]}


async def test_it_is_remembered_while_they_talk_and_asked_again_after_a_rest(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    for said in ("ja", "2005", "2"):
        await hall.hear(1, said)
        hall.pass_time(timedelta(hours=11))
    await hall.hear(1, "1")
    assert answers(hall) == {2: ["seats", "day"]}
    hall.pass_time(timedelta(hours=12, minutes=1))
    await hall.hear(1, "3")
    assert answers(hall) == {2: ["seats", "day"]}
    await hall.hear(1, "2005")
    assert answers(hall) == {2: ["seats", "day", "3"]}


async def test_somebody_else_takes_over_with_a_word(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    for said in ("ja", "2005", "2", "INTE JAG", "1980"):
        await hall.hear(1, said)
    assert "Vallby kommun" in last(hall).text  # nothing waited, so they read where they stand
    for said in ("ja", "1"):
        await hall.hear(1, said)
    assert answers(hall) == {2: ["seats"], 1: ["play"]}


async def test_when_one_has_finished_the_next_yes_is_not_theirs(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    for said in ("ja", "2005", "2", "1", "3", "inget"):
        await hall.hear(1, said)
    assert hall.participation(2).status == "finished"
    before = len(hall.replies())
    await hall.hear(1, "tack")
    assert len(hall.replies()) == before
    await hall.hear(1, "MINA")  # a command is still theirs
    assert "Sittplatser" in last(hall).text
    await hall.hear(1, "ja")
    assert "2005" in [option.label for option in last(hall).options]
    await hall.hear(1, "1980")
    assert "Vad är viktigast" in last(hall).text
    assert hall.participation(1).status == "started"


async def test_somebody_else_answers_for_one_of_them(hall: Hall) -> None:
    hall.invite(*family(1940, 1975))
    for said in ("ja", "någon annan"):
        await hall.hear(1, said)
    assert [option.label for option in last(hall).options] == ["1940", "1975"]
    for said in ("1940", "2"):
        await hall.hear(1, said)
    assert answers(hall) == {1: ["seats"]}
    assert [hall.participation(n).mode for n in (1, 2)] == ["proxy", "self"]


async def test_a_press_tells_who_answers(hall: Hall) -> None:
    hall.invite(*family(1980, 2005, telegram=CHAT))
    await hall.hear(1, channel="telegram", said=Said(choice="!begin"))
    option = last(hall).options[1]
    await hall.hear(1, channel="telegram", said=Said(choice=option.value))
    await hall.hear(1, channel="telegram", said=Said(choice="1.1"))
    assert answers(hall) == {2: ["play"]}
    await hall.hear(1, channel="telegram", said=Said(choice=last(hall).options[0].value), message_ref="unknown")
    await hall.hear(1, channel="telegram", said=Said(choice="!speaker.1"))  # the button above still works
    await hall.hear(1, channel="telegram", said=Said(choice="!speaker.999999"))
    assert "2005" in [option.label for option in last(hall).options]


async def test_a_token_is_ones_own(hall: Hall) -> None:
    hall.invite(*family(1980, 2005, telegram=CHAT))
    token = hall.links.token(hall.participation(2).id)
    await hall.hear(1, channel="telegram", kind="opened", token=token)
    await hall.hear(1, "2", "telegram")
    assert answers(hall) == {2: ["seats"]}


async def test_an_answer_to_ones_own_question_is_ones_own(hall: Hall) -> None:
    hall.invite(*family(1980, 2005, telegram=CHAT))
    token = hall.links.token(hall.participation(2).id)
    await hall.hear(1, channel="telegram", kind="opened", token=token)
    hall.do(lambda c: c.execute(message.update().where(message.c.content.is_not(None)).values(provider_id="m7")))
    hall.pass_time(DAY)
    await hall.hear(1, channel="telegram", said=Said(choice="1.2"), message_ref="m7")
    assert answers(hall) == {2: ["seats"]}


@pytest.mark.parametrize("first", [(), ("ja",)])
async def test_stop_is_never_a_question_back(hall: Hall, first: tuple[str, ...]) -> None:
    hall.invite(*family(1980, 2005))
    for said in first:
        await hall.hear(1, said)
    await hall.hear(1, "STOPP")
    assert [hall.person(n).opted_out_at for n in (1, 2)] == [OPENS, OPENS]
    assert hall.count(opt_out) == 2
    assert "inga fler" in last(hall).text


async def test_a_known_speakers_stop_is_their_own(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    for said in ("ja", "2005", "STOPP"):
        await hall.hear(1, said)
    assert [hall.person(n).opted_out_at is None for n in (1, 2)] == [True, False]
    await hall.hear(1, "ja")  # only one is left, so nobody needs to be asked
    assert hall.participation(1).status == "started"


async def test_the_providers_word_holds_for_the_whole_phone(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    await hall.hear(1, "Stop", kind="opted_out")
    assert [hall.person(n).opted_out_at for n in (1, 2)] == [OPENS, OPENS]


async def test_help_is_answered_before_anybody_is_known(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    await hall.hear(1, "VEM")
    assert "Vallby kommun" in last(hall).text
    await hall.hear(1, "ja")
    await hall.hear(1, "HJÄLP")
    assert "STOPP" in last(hall).text
    await hall.hear(1, "2005")
    assert hall.participation(2).status == "started"


async def test_erasing_waits_for_who_it_is_and_forgets_what_was_held(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    await hall.hear(1, "RADERA")
    assert "2005" in [option.label for option in last(hall).options]
    for said in ("2005", "ja"):
        await hall.hear(1, said)
    assert hall.participation(1).status == "invited"
    assert hall.rows(speaker) == []
    assert not _is_there(hall, 2)


async def test_a_rewritten_word_that_waits_is_the_one_that_counts(hall: Hall) -> None:
    hall.invite(*family(1980, 2005, telegram=CHAT))
    await hall.hear(1, "ja", "telegram", external_id="m1")
    await hall.hear(1, "utegym", "telegram", external_id="m2")
    await hall.hear(1, "lekplats", "telegram", external_id="m3", edits="m2")
    await hall.hear(1, "2005", "telegram")
    assert answers(hall) == {2: ["play"]}


async def test_without_years_they_are_numbered(hall: Hall) -> None:
    hall.invite(*family(None, 2005))
    await hall.hear(1, "ja")
    assert [option.label for option in last(hall).options] == ["Person 1", "Person 2", "Någon annan"]
    for said in ("2", "1"):
        await hall.hear(1, said)
    assert answers(hall) == {2: ["play"]}


async def test_each_reads_the_question_in_their_own_language(hall: Hall) -> None:
    one, two = family(1980, 2005)
    hall.invite(one, replace(two, language="ar"))
    await hall.hear(1, "ja")
    asked = last(hall)
    assert "svarar" in asked.text
    assert any("\u0600" <= char <= "\u06ff" for char in asked.text)
    await hall.hear(1, "٢٠٠٥")
    assert hall.participation(2).status == "started"


async def test_a_phone_of_ones_own_is_never_asked(hall: Hall) -> None:
    hall.invite(resident(1), resident(2))
    await hall.hear(1, "ja")
    assert hall.rows(speaker) == []
    assert hall.participation(1).status == "started"


async def test_who_never_said_is_forgotten_after_a_week(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    await hall.hear(1, "ja")
    hall.pass_time(8 * DAY)
    await hall.service.ticker.tick()
    assert hall.rows(speaker) == []


async def test_a_repeated_word_is_held_once(hall: Hall) -> None:
    hall.invite(*family(1980, 2005))
    inbound = await hall.hear(1, "ja")
    await hall.service.desk.receive(inbound)
    hall.pass_time(MINUTE)
    assert len(hall.rows(speaker)[0].held) == 1
    assert hall.count(request) == 0
