"""A mass send-out by e-mail from launch to the last message settled, beside django-post_office and the bare wire."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import uvloop
from sqlalchemy import func, select

from bench import wires, with_post_office
from bench.databases import folder, opened, server_url
from bench.figures import Figure
from bench.invited import launch_by, people_with_mail, plan
from bench.sinks import sink
from store.outbox import is_busy
from store.schema import message

if TYPE_CHECKING:
    from channels.api import Outbound
    from channels.email.envelopes import Envelope
    from channels.email.letters import Letters

MESSAGES = 50_000
ROUNDS = 5  # one after the other, since a machine's pace changes within minutes
SECRET = "a secret of the benchmarks, which is none"
CONNECTIONS = 40
BYTES = 6_280  # of the invitation on the wire, and so of every message of the references


def figures() -> Iterator[Figure]:
    rates: dict[str, list[float]] = {"wire": [], "office": [], "sqlite": [], "postgresql": []}
    sender = ""
    with sink() as port:
        for _ in range(ROUNDS):
            wire, sender = wires.rate(port, MESSAGES, BYTES, CONNECTIONS)
            rates["wire"].append(wire)
            if with_post_office.is_installed():
                rates["office"].append(with_post_office.rate(port))
            with folder() as made:
                rates["sqlite"].append(_ours(f"sqlite:///{made / 'bench.db'}", port))
            with server_url() as url:
                rates["postgresql"].append(_ours(url, port))
    wire, on_sqlite, on_postgres = (median(rates[kind]) for kind in ("wire", "sqlite", "postgresql"))
    office = median(rates["office"]) if rates["office"] else None
    unit = "messages/s"
    if office is not None:
        beside = "messages/s, django-post_office"
        yield Figure("email_end_to_end_sqlite", on_sqlite, unit, beside, office, least=25, is_rate=True)
        yield Figure("email_end_to_end_pg", on_postgres, unit, beside, office, least=15, is_rate=True)
    yield Figure("email_vs_wire", on_sqlite, unit, f"messages/s, {sender}", wire, least=0.4, is_rate=True)
    yield Figure("email_pg_vs_wire", on_postgres, unit, f"messages/s, {sender}", wire, is_rate=True)


def _ours(url: str, port: int) -> float:
    now = datetime.now(UTC)
    with opened(url) as database, database.begin() as connection:
        people_with_mail(connection, SECRET, MESSAGES, now)
    return uvloop.run(_send(url, port))  # the loop that `genklang worker` takes


async def _send(url: str, port: int) -> float:
    from service.commands.running import spare_what_stands
    from service.settings import Settings, load_settings
    from service.wiring import Service

    os.environ |= {
        "GENKLANG_SECRET_KEY": SECRET,
        "GENKLANG_CONTROLLER": "Vallby kommun",
        "GENKLANG_EMAIL_HOST": "127.0.0.1",
        "GENKLANG_EMAIL_PORT": str(port),
        "GENKLANG_EMAIL_SECURITY": "none",
        "GENKLANG_EMAIL_SENDER_ADDRESS": "dialog@vallby.example",
        "GENKLANG_EMAIL_SECRET": "signs bounce addresses in benchmarks",
        "GENKLANG_EMAIL_RATE_PER_SECOND": "0",
        "GENKLANG_EMAIL_CONNECTIONS": str(CONNECTIONS),
        "GENKLANG_EMAIL_MESSAGES_PER_CONNECTION": "1000000",
        "GENKLANG_LOG_LEVEL": "error",
    }
    service = Service(load_settings(Settings).model_copy(update={"database_url": url}))
    hours, look = service.outbox._hours, service.outbox._hours.look
    # The night is no part of the measure; to ask for it is.
    hours.look = lambda connection, now: replace(look(connection, now), is_open=True, resting={})  # type: ignore[method-assign]
    spare_what_stands()  # as `genklang worker` does
    now = datetime.now(UTC)
    made = plan(now)
    begun = time.perf_counter()
    with service.database.begin() as connection:
        launch_by(connection, "email", made, now)
    channel, sizes = service.channels["email"], list[int]()
    letters: Letters = channel._letters  # type: ignore[attr-defined]
    make = letters.envelope

    def measured(outbound: Outbound, now: datetime) -> Envelope:
        envelope = make(outbound, now)
        sizes.append(len(envelope.data))
        letters.envelope = make  # type: ignore[method-assign]  # one is enough
        return envelope

    letters.envelope = measured  # type: ignore[method-assign]
    async with channel.running(None), service.outbox.running():
        while await service.database.read(partial(is_busy, now=now)):  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.05)
        took = time.perf_counter() - begun
    with service.database.connect() as connection:
        sent = connection.execute(select(func.count()).where(message.c.status == "sent")).scalar_one()
    service.database.close()
    assert sent == MESSAGES, f"{sent} of {MESSAGES} were sent"
    assert abs(sizes[0] / BYTES - 1) < 0.05, f"a letter of {sizes[0]} bytes is measured beside messages of {BYTES}"
    return MESSAGES / took
