"""What goes out beside a survey question asks nothing of its own, says for whom it is and from whom, and lets go of who has left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.contents import Said
from bot.xlsform import read_xlsform
from store.campaigns import close_campaign
from store.schema import answer, message, participation, person
from tests.service.hall import DAY, OPENS, Hall, number_of, resident

HOUR = timedelta(hours=1)
ADDRESSES = {"sms": number_of(1), "email": "r1@post.example", "telegram": "7000001"}
YES_OR_NO = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) | required |
| | select_one yn | bench | Behövs en bänk? | Is a bench needed? | هل نحتاج إلى مقعد؟ | yes |
| | select_one yn | light | Behövs mer ljus? | Is more light needed? | هل نحتاج إلى ضوء أكثر؟ | yes |
| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) |
| | yn | y | Ja | Yes | نعم |
| | yn | n | Nej | No | لا |
"""


def yes_or_no() -> str:
    return read_xlsform(YES_OR_NO.encode(), "survey.md").xform


def answers(hall: Hall) -> dict[str, str]:
    return {row.question.rpartition("/")[2]: row.value for row in hall.rows(answer)}


@pytest.mark.parametrize("channel", ["sms", "telegram", "email"])
async def test_a_yes_to_a_nudge_answers_the_question_that_it_shows(hall: Hall, channel: str) -> None:
    hall.invite(resident(1, **{channel: ADDRESSES[channel]}), xform=yes_or_no())
    if channel != "email":  # where the first question stands in the invitation
        await hall.hear(1, "ja", channel)
    await hall.hear(1, "nej", channel)
    hall.do(lambda c: c.execute(update(message).values(status="sent")))
    hall.pass_time(25 * HOUR)
    await hall.service.ticker.tick()
    [nudge] = hall.rendered(channel)
    assert nudge.purpose == "nudge"
    assert [line for line in nudge.content.text.splitlines() if "?" in line] == ["Behövs mer ljus?"]
    assert nudge.content.title.startswith("Nästa fråga: ")  # the campaign's own title may ask
    await hall.hear(1, "ja", channel)
    assert answers(hall) == {"bench": "n", "light": "y"}


async def test_a_yes_to_a_reminder_answers_the_question_that_it_shows(hall: Hall) -> None:
    hall.invite(resident(1), xform=yes_or_no())
    for said in ("ja", "nej"):
        await hall.hear(1, said)
    hall.do(lambda c: c.execute(update(message).values(status="sent")))
    hall.pass_time(3 * DAY)
    await hall.service.ticker.tick()
    asked = [each for each in hall.rendered("sms") if each.purpose == "reminder"]
    for each in asked:
        assert [line for line in each.content.text.splitlines() if "?" in line] == ["Behövs mer ljus?"]
    await hall.hear(1, "ja")
    assert answers(hall) == {"bench": "n", "light": "y"}
    assert len(asked) == 1


# --- whom it is for, and from


def family(*years: int | None, **contacts: str):
    return [
        replace(resident(n, **(contacts or {"sms": number_of(1)})), birth_year=year) for n, year in enumerate(years, 1)
    ]


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_each_of_a_family_is_told_whose_invitation_it_is(hall: Hall, channel: str) -> None:
    alone = resident(9, **{channel: {"sms": number_of(9), "email": "r9@post.example"}[channel]})
    hall.invite(*family(1951, 2004, **{channel: ADDRESSES[channel]}), alone, sent=False)
    texts = [each.content.text for each in hall.rendered(channel)]
    assert ["född 1951" in text for text in texts] == [True, False, False]
    assert ["född 2004" in text for text in texts] == [False, True, False]
    assert "född" not in texts[2]


@pytest.mark.parametrize("years", [(1980, 1980), (None, 2004)])
async def test_whom_the_years_do_not_tell_apart_is_told_that_each_gets_one(
    hall: Hall, years: tuple[int | None, ...]
) -> None:
    hall.invite(*family(*years), sent=False)
    for each in hall.rendered("sms"):
        assert "Var och en av er som nås här får ett eget meddelande." in each.content.text
        assert "född" not in each.content.text


@pytest.mark.parametrize("left", ["opted_out_at", "erased_at"])
async def test_who_is_left_of_a_family_needs_no_telling_apart(hall: Hall, left: str) -> None:
    hall.invite(*family(1951, 2004), sent=False)
    hall.do(lambda c: c.execute(update(person).where(person.c.ref == "r2").values({left: OPENS})))
    [only] = hall.rendered("sms")
    assert "född" not in only.content.text


async def test_the_sender_is_named_in_each_readers_language(hall: Hall) -> None:
    hall.invite(resident(1, "sv", email=ADDRESSES["email"]), resident(2, "en", email="r2@post.example"), sent=False)
    named = {each.content.language: each.sender for each in hall.rendered("email")}
    assert set(named) == {"sv", "en"}
    assert all(each and each in text for each, text in zip(named.values(), _texts(hall), strict=True))
    assert named["sv"] != named["en"]


def _texts(hall: Hall) -> list[str]:
    hall.do(lambda c: c.execute(update(message).values(status="queued", leased_until=None)))
    return [each.content.text for each in hall.rendered("email")]


# --- who has left


@pytest.mark.parametrize("has_finished", [False, True])
async def test_the_letter_after_stop_offers_neither_to_leave_nor_to_answer(hall: Hall, has_finished: bool) -> None:
    hall.invite(resident(1, email=ADDRESSES["email"]), xform=yes_or_no())
    for said in ("ja", "ja") if has_finished else ("ja",):
        await hall.hear(1, said, "email")
    before = hall.rendered("email")
    assert all(each.unsubscribe_url and each.personal_url for each in before)
    await hall.hear(1, "STOPP", "email")
    [farewell] = hall.rendered("email")
    assert (farewell.unsubscribe_url, farewell.personal_url) == ("", "")
    assert "START" in farewell.content.text
    await hall.hear(1, "VEM", "email")
    assert hall.rendered("email")[-1].unsubscribe_url == ""
    await hall.hear(1, "START", "email")
    assert hall.rendered("email")[-1].unsubscribe_url


async def test_a_page_shows_who_unsubscribed_by_link_that_they_have_left(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    token = hall.links.token(hall.participation(1).id)
    assert await hall.service.desk.unsubscribe(token)
    page = await hall.service.desk.page(token)
    assert page is not None
    assert page.has_left
    assert "inga fler meddelanden" in page.contents[-1].text
    await hall.hear(1, channel="web", token=token, address=token, said=Said(choice="!begin"))
    page = await hall.service.desk.page(token)
    assert page is not None
    assert not page.has_left
    assert "Vad är viktigast i parken?" in page.contents[-1].text


# --- after the end


async def test_a_no_to_being_erased_holds_after_the_end_too(hall: Hall) -> None:
    hall.invite(resident(1))
    hall.do(lambda c: close_campaign(c, "park", OPENS))
    for said in ("RADERA", "nej", "ja"):
        await hall.hear(1, said)
    assert hall.count(person, person.c.erased_at.is_not(None)) == 0
    assert hall.rows(participation)[0].status == "invited"


async def test_after_the_end_no_question_stands_beside_what_was_asked_for(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    hall.do(lambda c: close_campaign(c, "park", OPENS))
    for said in ("MÄNNISKA", "VEM", "MINA", "HJÄLP"):
        await hall.hear(1, said)
        assert "Vad är viktigast i parken?" not in hall.replies()[-1].text
