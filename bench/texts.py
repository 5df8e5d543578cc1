"""A mass send-out by SMS from launch to the last message settled, beside a bare pooled loop that posts the same forms to the same provider."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median

import aiohttp
import uvloop
from sqlalchemy import func, select

from bench.databases import folder, opened
from bench.figures import Figure
from bench.invited import launch_by, people_with, plan
from bench.providers import provider
from store.database import Database
from store.schema import message

MESSAGES = 20_000
ROUNDS = 3
CONNECTIONS = 20
SECRET = "a secret of the benchmarks, which is none"
ACCOUNT, TOKEN, SERVICE = "AC" + "0" * 32, "a token of the benchmark", "MG" + "0" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def figures() -> Iterator[Figure]:
    with provider() as port:
        pairs = []
        for _ in range(ROUNDS):
            with folder() as made:
                url = f"sqlite:///{made / 'bench.db'}"
                ours, text = _ours(url, port)
            pairs.append((ours, uvloop.run(_bare(port, text))))
    ours, bare = (median(rates) for rates in zip(*pairs, strict=True))
    beside = "messages/s, a bare pooled aiohttp loop"
    yield Figure("sms_vs_client", ours, "messages/s", beside, bare, least=0.6, is_rate=True)


def _number(n: int) -> str:
    return f"+4670{1740000 + n}"


async def _bare(port: int, text: str) -> float:
    """As many workers as connections; each posts the next form and reads the answer as JSON."""
    numbers = iter(range(MESSAGES))
    auth = aiohttp.BasicAuth(ACCOUNT, TOKEN)
    url = f"http://127.0.0.1:{port}{PATH}"

    async def work(session: aiohttp.ClientSession) -> None:
        for n in numbers:
            form = {
                "To": _number(n),
                "Body": text,
                "MessagingServiceSid": SERVICE,
                "StatusCallback": f"http://genklang.example/sms/status?message={n}",
            }
            async with session.post(url, data=form) as answer:
                assert answer.status == 201
                assert (await answer.json())["sid"]

    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, auth=auth) as session:
        begun = time.perf_counter()
        await asyncio.gather(*(work(session) for _ in range(CONNECTIONS)))
        return MESSAGES / (time.perf_counter() - begun)


def _ours(url: str, port: int) -> tuple[float, str]:
    now = datetime.now(UTC)
    with opened(url) as database, database.begin() as connection:
        people_with(connection, SECRET, "sms", map(_number, range(MESSAGES)), now)
    return uvloop.run(_send(url, port))  # the loop that `genklang worker` takes


async def _send(url: str, port: int) -> tuple[float, str]:
    """Launch, and wait until everything is settled. Gives the messages a second, and the text that was sent."""
    from service.commands.running import spare_what_stands
    from service.settings import Settings, load_settings
    from service.wiring import Service

    os.environ |= {
        "GENKLANG_SECRET_KEY": SECRET,
        "GENKLANG_CONTROLLER": "Vallby kommun",
        "GENKLANG_PUBLIC_URL": "http://genklang.example",
        "GENKLANG_SMS_ACCOUNT_SID": ACCOUNT,
        "GENKLANG_SMS_AUTH_TOKEN": TOKEN,
        "GENKLANG_SMS_MESSAGING_SERVICE_SID": SERVICE,
        "GENKLANG_SMS_API_BASE": f"http://127.0.0.1:{port}",
        "GENKLANG_SMS_RATE_PER_SECOND": "1000000",
        "GENKLANG_SMS_CONNECTIONS": str(CONNECTIONS),
        "GENKLANG_LOG_LEVEL": "error",
    }
    service = Service(load_settings(Settings).model_copy(update={"database_url": url}))
    hours, look = service.outbox._hours, service.outbox._hours.look
    # The night is no part of the measure; to ask for it is.
    hours.look = lambda connection, now: replace(look(connection, now), is_open=True, resting={})  # type: ignore[method-assign]
    channel = service.channels["sms"]
    spare_what_stands()  # as `genklang worker` does
    now = datetime.now(UTC)
    made = plan(now)
    begun = time.perf_counter()
    with service.database.begin() as connection:
        launch_by(connection, "sms", made, now)
    async with channel.running(None), service.outbox.running():
        while await service.database.read(_unsettled):  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.05)
        took = time.perf_counter() - begun
    text = _checked(service.database)
    service.database.close()
    return MESSAGES / took, text


def _checked(database: Database) -> str:
    """Every message must have left once, under a name of the provider's own; gives a text as long as theirs."""
    with database.connect() as connection:
        is_sent = message.c.status == "sent"
        sent, named = connection.execute(
            select(func.count(), func.count(message.c.provider_id.distinct())).where(is_sent)
        ).one()
    assert (sent, named) == (MESSAGES, MESSAGES), f"{sent} of {MESSAGES} were sent, under {named} names"
    return "x" * 300


def _unsettled(connection: object) -> bool:
    query = select(message.c.id).where(message.c.status.in_(("queued", "sending"))).limit(1)
    return connection.execute(query).first() is not None  # type: ignore[attr-defined]
