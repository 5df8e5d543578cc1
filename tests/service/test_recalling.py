"""What a wave says is made once: who is told the same is told it without asking anybody, and who is told something of their own never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, update

from channels.api import Outbound
from store.leasing import Leased, lease
from store.schema import message
from tests.service.hall import DAY, MINUTE, Hall, number_of, resident
from tests.service.test_nothing_else_asked import yes_or_no

HOUR = timedelta(hours=1)


def leased(connection: Connection, hall: Hall) -> list[Leased]:
    return lease(connection, "sms", 100, hall.clock.now() + MINUTE, 60, bulk_open=True)


def test_the_second_batch_is_recalled_as_the_first_was_worded(hall: Hall) -> None:
    hall.invite(*(resident(n, "sv" if n % 2 else "en") for n in range(6)), sent=False)
    rows = hall.do(lambda c: leased(c, hall))
    rendering = hall.service.outbox._rendering
    assert rendering.recall(rows) == [None] * 6
    worded = hall.do(lambda c: rendering.word(c, rows[:4]))
    recalled = rendering.recall(rows)
    assert recalled[:4] == worded
    assert [one is two for one, two in zip(recalled[4:], worded[:2], strict=True)] == [True, True]
    [first, *_] = rendering.address(rows, recalled)
    assert isinstance(first, Outbound)
    assert first.content is worded[0][0]


def test_whom_an_address_belongs_to_besides_is_always_asked(hall: Hall) -> None:
    both = [replace(resident(n, sms=number_of(1)), birth_year=year) for n, year in ((1, 1980), (2, 2005))]
    hall.invite(resident(3), *both, sent=False)
    rows = hall.do(lambda c: leased(c, hall))
    rendering = hall.service.outbox._rendering
    hall.do(lambda c: rendering.word(c, rows))
    assert [words is None for words in rendering.recall(rows)] == [row.is_shared for row in rows]
    assert [row.is_shared for row in rows].count(True) == 2


async def test_a_reply_and_what_repeats_a_question_are_never_recalled(hall: Hall) -> None:
    hall.invite(resident(1), xform=yes_or_no())
    await hall.hear(1, "ja")
    [reply] = hall.do(lambda c: leased(c, hall))
    hall.do(lambda c: c.execute(update(message).values(status="sent")))
    hall.pass_time(25 * HOUR)
    await hall.service.ticker.tick()
    hall.pass_time(2 * DAY)
    await hall.service.ticker.tick()
    rows = [reply, *hall.do(lambda c: leased(c, hall))]
    assert {row.purpose for row in rows} >= {"reply", "nudge"}
    rendering = hall.service.outbox._rendering
    hall.do(lambda c: rendering.word(c, rows))
    assert rendering.recall(rows) == [None] * len(rows)
