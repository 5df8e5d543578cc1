"""Who queues messages rings, and workers elsewhere wake: NOTIFY in the same transaction, LISTEN on a connection of its own (PostgreSQL).

A bell that nobody heard costs nothing but time: the next look finds what is due. SQLite has none: its processes look.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, event, select

from store.engines import psycopg_arguments
from store.schema import message

Kind = Literal["reply", "bulk", "rest"]
KINDS: Final[tuple[Kind, ...]] = ("reply", "bulk", "rest")
CHANNEL: Final = "genklang"
_KEY: Final = "genklang_rung"
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30.0
log = structlog.get_logger("bells")


@dataclass(frozen=True, slots=True)
class Ring:
    """That replies or bulk were queued on a lane, or that its rest began or ended."""

    lane: str
    kind: Kind


def ring(connection: Connection, lane: str, kind: Kind) -> None:
    """Wake the workers of other processes once this transaction is committed, once for a lane and kind however often it is called."""
    if connection.dialect.name == "postgresql":
        connection.info.setdefault(_KEY, set()).add(Ring(lane, kind))


def ring_for(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Wake those who send the messages that meet `condition`."""
    if connection.dialect.name == "postgresql":
        concerned = select(message.c.lane, message.c.priority).where(condition).distinct()
        for lane, priority in connection.execute(concerned):
            ring(connection, lane, "bulk" if priority else "reply")


class Bells:
    """One process's bells on PostgreSQL: what its transactions ring is sent with their COMMIT, what others rang is heard."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._origin = secrets.token_hex(4)
        self._arguments = psycopg_arguments(url)
        event.listen(engine, "commit", self._send)
        event.listen(engine, "rollback", _forget)

    def _send(self, connection: Connection) -> None:
        rung = connection.info.pop(_KEY, None)
        if rung:
            words = [
                f"{self._origin} {one.kind} {one.lane}" for one in sorted(rung, key=lambda one: (one.lane, one.kind))
            ]
            driver: Any = connection.connection.dbapi_connection
            driver.execute("SELECT pg_notify(%s, word) FROM unnest(%s::text[]) AS word", (CHANNEL, words))

    async def hear(self, on_ring: Callable[[Ring | None], None]) -> None:
        """Call `on_ring` for each ring of another process until cancelled; with None when some may have been missed.

        A connection that breaks is opened again, with growing pauses.
        """
        import psycopg

        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **self._arguments | {"autocommit": True, "application_name": "genklang bells"}
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    on_ring(None)
                    pause = _FIRST_PAUSE_SECONDS
                    async for heard in connection.notifies():
                        if (told := self._read(heard.payload)) is not None:
                            on_ring(told)
            except (psycopg.Error, OSError) as error:
                log.warning("bells not heard", failure=type(error).__name__, pause_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _read(self, payload: str) -> Ring | None:
        """What another process rang; None for our own, and for what a newer version may say."""
        origin, _, rest = payload.partition(" ")
        kind, _, lane = rest.partition(" ")
        return next((Ring(lane, known) for known in KINDS if known == kind and origin != self._origin), None)


def _forget(connection: Connection) -> None:
    if not connection.invalidated:  # what a lost connection knew is lost with it
        connection.info.pop(_KEY, None)
