"""Many are heard at the same time, by one service or by two: one person has one turn at a time, nothing counts twice, and what comes together ends as if it had come one by one."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.contents import Said
from channels.api import Inbound
from service.settings import Settings, load_settings
from service.wiring import Service
from store.bounces import mark_gone
from store.schema import answer, contact, inbound_seen, message
from tests.service.hall import OPENS, Hall, number_of, resident

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


BLOCK = 1000  # residents with the same story live a block apart
SHARING, WITH_MAIL, GONE, NEWCOMER = 3, 5, 6, 9


def neighbours(block: int) -> list[Any]:
    """Eight residents: two of them share a telephone, one is written to by e-mail too."""
    first = block * BLOCK
    made = [resident(first + n) for n in range(1, 9)]
    made[SHARING] = replace(made[SHARING], contacts=dict(made[SHARING - 1].contacts))
    mail = {"email": f"r{first + WITH_MAIL}@post.example"}
    made[WITH_MAIL - 1] = replace(made[WITH_MAIL - 1], contacts={**made[WITH_MAIL - 1].contacts, **mail})
    return made


def story(rng: random.Random) -> list[tuple[int, str, str, dict[str, Any]]]:
    """Who says what, in what order: much at once, much by the same, some of it twice."""
    words = [
        "ja",
        "1",
        "2",
        "parken",
        "stopp",
        "börja",
        "hjälp",
        "mina svar",
        "hoppa över",
        "ändra 1",
        "radera",
        "nej",
        "Hej!",
    ]
    told: list[tuple[int, str, str, dict[str, Any]]] = []
    for place in range(40):
        number, channel = rng.randint(1, NEWCOMER), "sms"
        if number == WITH_MAIL and rng.random() < 0.5:
            channel = "email"
        fields: dict[str, Any] = {"external_id": f"{place}"}
        if told and rng.random() < 0.15:
            earlier = rng.choice(told)
            fields = earlier[3] if rng.random() < 0.5 else {**fields, "edits": earlier[3]["external_id"]}
            number, channel = earlier[:2]
        told.append((number, channel, rng.choice(words), fields))
    return told


def inbound_of(hall: Hall, block: int, number: int, channel: str, text: str, fields: dict[str, Any]) -> Inbound:
    who = block * BLOCK + number
    keys = {name: f"{block}/{value}" for name, value in fields.items()}
    address = number_of(who - 1 if number == SHARING + 1 else who) if channel == "sms" else f"r{who}@post.example"
    return Inbound(channel=channel, lane=channel, address=address, said=Said(text=text), **keys)


def outcome(hall: Hall, block: int) -> list[Any]:
    """Everything that a block's residents have left behind, without the names of rows."""
    told: list[Any] = []
    for number in range(1, 9):
        mine = hall.participation(block * BLOCK + number)
        who = hall.person(block * BLOCK + number)
        answers = [
            (row.path, row.value, row.set_aside_at, row.external_id and row.external_id.partition("/")[2])
            for row in hall.rows(answer, answer.c.participation_id == mine.id)
        ]
        said = [
            (row.purpose, row.status, row.channel, row.language, re.sub(r"speaker\.\d+", "speaker", str(row.content)))
            for row in hall.rows(message, message.c.person_id == who.id)
        ]
        contacts = [(row.channel, row.gone_at) for row in hall.rows(contact, contact.c.person_id == who.id)]
        told.append((mine.status, mine.mode, mine.dialogue, mine.channel, who.opted_out_at, answers, said, contacts))
    keys = [
        row.external_id.partition("/")[2] for row in hall.rows(inbound_seen) if row.external_id.startswith(f"{block}/")
    ]
    return [*told, sorted(keys)]


@pytest.mark.parametrize("seed", range(4))
async def test_what_comes_together_ends_as_if_it_had_come_one_by_one(
    hall: Hall, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, blocks = story(random.Random(seed)), (1, 2)
    hall.invite(*(one for block in blocks for one in neighbours(block)))
    for block in blocks:
        contacts = hall.rows(contact, contact.c.person_id == hall.person(block * BLOCK + GONE).id)
        hall.do(lambda c, id_=contacts[0].id: mark_gone(c, id_, "550", OPENS))
    one_by_one, together = ([inbound_of(hall, block, *each) for each in told] for block in blocks)
    for inbound in one_by_one:
        await hall.service.desk.receive(inbound)
    turns, taken = hall.service.desk._turns, []
    take = turns.take

    def noted(connection: Connection, arrived: Sequence[Any]) -> None:
        taken.append(len(arrived))
        take(connection, arrived)

    monkeypatch.setattr(turns, "take", noted)
    is_free = threading.Event()
    holding = asyncio.create_task(hall.service.database.write(lambda _: is_free.wait(60)))
    waiting = [asyncio.create_task(hall.service.desk.receive(inbound)) for inbound in together]
    for _ in range(len(together)):  # until the loop has handed over all that it brought
        await asyncio.sleep(0)
    is_free.set()
    await asyncio.gather(holding, *waiting)
    assert taken == [len(together)]  # and not again each alone, as when something fails
    assert outcome(hall, 2) == outcome(hall, 1)
    assert any(row.status != "invited" for row in map(hall.participation, (1001, 1002)))
