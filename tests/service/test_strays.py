"""Those who write without being part of any dialogue: answered once a day, never invited for it, and forgotten again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.strays import SOURCE
from store.departures import forget_strays
from store.launching import audience_size
from store.schema import contact, message, person
from tests.service.hall import DAY, OPENS, Hall, resident

STRANGER = "+46701740999"


async def test_a_stranger_is_told_where_they_came_to(hall: Hall) -> None:
    await hall.hear(0, "Hej, vem är ni?", address=STRANGER)
    [reply] = hall.replies()
    assert "Vallby kommun" in reply.text
    assert "/dialogues" in reply.text
    [row] = hall.rows(message)
    assert (row.purpose, row.status, row.priority) == ("notice", "queued", 0)


async def test_two_machines_do_not_talk_to_each_other_for_ever(hall: Hall) -> None:
    for _ in range(5):
        await hall.hear(0, "Detta är ett automatiskt svar.", address=STRANGER)
    assert len(hall.replies()) == 1
    hall.pass_time(DAY + timedelta(minutes=1))
    await hall.hear(0, "Hej igen", address=STRANGER)
    assert len(hall.replies()) == 2


@pytest.mark.parametrize(("client", "spoken"), [("fi-FI", "fi"), ("nb", "sv"), ("rom", "rmy"), ("tlh", "sv")])
async def test_the_clients_language_is_a_first_guess(hall: Hall, client: str, spoken: str) -> None:
    """A language that is not spoken here is served by a near one."""
    await hall.hear(0, "Hello", address="7000999", channel="telegram", language=client)
    assert hall.replies()[0].language == spoken


async def test_a_stranger_who_wants_nothing_is_let_go(hall: Hall) -> None:
    await hall.hear(0, "STOPP", address=STRANGER)
    [stranger] = hall.rows(person)
    assert stranger.opted_out_at == OPENS
    assert "inga fler" in hall.replies()[0].text


async def test_a_made_up_reply_address_is_not_answered(hall: Hall) -> None:
    await hall.hear(0, "Hej", address="victim@post.example", channel="email", token="aaaaaaaaaaaaaaaaaaaa")
    assert hall.rows(message) == []
    assert hall.rows(contact) == []


async def test_strangers_are_in_no_audience(hall: Hall) -> None:
    await hall.hear(0, "Hej", address=STRANGER)
    assert hall.do(lambda c: audience_size(c, {"kind": "everyone"}, 2027)) == 0


async def test_strangers_are_forgotten_but_not_those_who_opted_out_or_take_part(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(0, "Hej", address=STRANGER)
    await hall.hear(0, "STOPP", address="+46701740998")
    hall.do(lambda c: forget_strays(c, SOURCE, OPENS + DAY))
    assert [row.ref for row in hall.rows(person, person.c.opted_out_at.is_(None))] == ["r1"]
    assert len(hall.rows(contact)) == 2
