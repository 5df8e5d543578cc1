"""Doubts that Twilio's own word settles: our number travels in the callback address, so it is known of which message it speaks, whoever sent it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.twilio import TwilioStandIn
from store.costs import spending
from store.deliveries import doubtful
from store.schema import message
from tests.channels.serving import address_of, free_listener, serving
from tests.faults.halls import address_of_resident, correspondent, doubts, hall_with
from tests.service.hall import OPENS, Hall, until

COUNT = 3


@asynccontextmanager
async def hall_and_twilio(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Hall, TwilioStandIn, AsyncExitStack]]:
    """A hall that Twilio can call, with invitations waiting. No telephone takes anything, and so no callback comes, until the stack is closed."""
    ours, theirs = free_listener(), free_listener()
    provider = TwilioStandIn(now=OPENS.timestamp)
    changes = {"GENKLANG_PUBLIC_URL": address_of(ours), "GENKLANG_SMS_API_BASE": address_of(theirs)}
    async with (
        hall_with(url, folder, monkeypatch, "sms", **changes) as hall,
        serving(hall.service.channels["sms"].routes(hall.service.desk), ours),
        serving(provider.routes(), theirs),
        provider.running(),
        AsyncExitStack() as held,
    ):
        hall.invite(*(correspondent(n, "sms") for n in range(COUNT)), sent=False)
        for number in range(COUNT):
            await held.enter_async_context(provider.telephones[address_of_resident(number, "sms")].line)
        yield hall, provider, held


def in_doubt(hall: Hall) -> int:
    return len(hall.do(doubtful))


async def test_what_broke_on_the_wire_is_settled_by_the_callback(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hall_and_twilio(database_url, tmp_path, monkeypatch) as (hall, provider, held):
        provider.faults.cut = True
        provider.faults.undelivered[address_of_resident(0, "sms")] = 30003
        async with hall.service.outbox.running():
            await until(lambda: hall.statuses() == {"unknown": COUNT})
        assert in_doubt(hall) == COUNT
        await held.aclose()
        await provider.settle()
        assert provider.callback_failures == []
        assert hall.statuses() == {"delivered": COUNT - 1, "failed": 1}
        assert (in_doubt(hall), doubts(hall)) == (0, COUNT)
        assert all(row.provider_id in provider.messages for row in hall.rows(message))
        assert [(row.basis, row.messages) for row in hall.do(spending)] == [("awaited", COUNT)]


async def test_what_a_killed_process_had_on_the_wire_is_settled_by_the_callback(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hall_and_twilio(database_url, tmp_path, monkeypatch) as (hall, provider, held):
        leased = hall.rendered("sms")
        accepted = leased[:-1]
        await hall.service.channels["sms"].send(accepted)
        # Here the process is killed: nothing of it is written down, and the last message never left.
        hall.pass_time(timedelta(hours=1))
        await hall.service.ticker.tick()
        assert hall.statuses() == {"unknown": COUNT}
        await held.aclose()
        await provider.settle()
        assert provider.callback_failures == []
        assert hall.statuses() == {"delivered": COUNT - 1, "unknown": 1}
        [left] = hall.do(doubtful)
        assert left.message_id == leased[-1].message_id
