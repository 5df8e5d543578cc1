"""Two services on one database hear the same people at the same time: one person has one turn at a time, and nothing counts twice."""

from __future__ import annotations

import asyncio

from bot.contents import Said
from channels.api import Inbound
from service.settings import Settings, load_settings
from service.wiring import Service
from store.schema import answer, inbound_seen
from tests.service.hall import Hall, number_of, resident

PEOPLE, SENTENCES = 3, 10


def said(number: int, place: int, text: str) -> Inbound:
    return Inbound(
        channel="sms",
        lane="sms",
        external_id=f"{number}-{place}",
        address=number_of(number),
        kind="said",
        said=Said(text=text),
    )


async def test_turns_of_one_person_follow_each_other_wherever_they_are_heard(hall: Hall) -> None:
    """Every sentence that is not understood counts one try: a turn that did not see the one before it would lose one."""
    other = Service(load_settings(Settings))
    people = range(1, PEOPLE + 1)
    try:
        hall.invite(*(resident(number) for number in people))
        for number in people:
            await hall.hear(number, "ja")
        told = len(hall.replies())
        spoken = [said(number, place, "en mening om något annat") for place in range(SENTENCES) for number in people]
        here, there = hall.service.desk, other.desk
        desks = {inbound.external_id: (here, there) if n % 2 else (there, here) for n, inbound in enumerate(spoken)}
        await asyncio.gather(*(desks[inbound.external_id][0].receive(inbound) for inbound in spoken))
        await asyncio.gather(
            *(desks[inbound.external_id][1].receive(inbound) for inbound in spoken)
        )  # a provider's repetitions
    finally:
        other.database.close()
    assert [hall.participation(number).dialogue["tries"] for number in people] == [SENTENCES] * PEOPLE
    assert hall.count(inbound_seen) == PEOPLE * (1 + SENTENCES)
    assert len(hall.replies()) == told + len(spoken)


async def test_an_answer_that_two_services_hear_is_given_once(hall: Hall) -> None:
    other = Service(load_settings(Settings))
    try:
        hall.invite(resident(1))
        await hall.hear(1, "ja")
        twice = said(1, 1, "2")
        await asyncio.gather(*(service.desk.receive(twice) for service in (hall.service, other) * 5))
    finally:
        other.database.close()
    assert [row.value for row in hall.rows(answer)] == ["seats"]
    assert len(hall.replies()) == 2
