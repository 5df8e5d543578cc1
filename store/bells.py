"""Who queues messages rings, and workers elsewhere wake: NOTIFY in the same transaction, LISTEN on a connection of its own (PostgreSQL).

A bell that nobody heard costs nothing but time: the next look finds what is due. SQLite has none: its processes look.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, event, select

from store.postgres import psycopg_arguments
from store.schema import message

if TYPE_CHECKING:
    from psycopg import AsyncConnection

Kind = Literal["reply", "bulk", "rest"]
KINDS: Final[tuple[Kind, ...]] = ("reply", "bulk", "rest")
CHANNEL: Final = "genklang"
_KEY: Final = "genklang_rung"
_TRIAL: Final = "genklang_doctor"
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _DEAF_SECONDS = 0.5, 30.0, 600.0
REMEDY: Final = "name PostgreSQL itself in GENKLANG_DATABASE_LISTEN_URL, or pool by session, not by transaction"
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

    def __init__(self, engine: Engine, url: str, patience_seconds: float) -> None:
        self._origin = secrets.token_hex(4)
        self._patience_seconds = patience_seconds
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

        A connection that breaks, or on which nothing comes back, is opened again, with growing pauses.
        """
        import psycopg

        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **self._arguments | {"autocommit": True, "application_name": "genklang bells"}
                ) as connection:
                    if not await self._is_heard(connection):
                        log.warning("bells not heard through this pooler", remedy=REMEDY)
                        pause = _DEAF_SECONDS
                    else:
                        await connection.execute(f"LISTEN {CHANNEL}")
                        on_ring(None)
                        pause = _FIRST_PAUSE_SECONDS
                        await self._listen(connection, on_ring)
            except (psycopg.Error, OSError) as error:
                log.warning("bells not heard", failure=type(error).__name__, pause_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _listen(self, connection: AsyncConnection[Any], on_ring: Callable[[Ring | None], None]) -> None:
        """Hear until the connection breaks. Raises `TimeoutError` when a word of ours is not answered: silence alone says nothing."""
        while True:
            async for heard in connection.notifies(timeout=self._patience_seconds):
                if (told := self._read(heard.payload)) is not None:
                    on_ring(told)
            async with asyncio.timeout(self._patience_seconds):
                await connection.execute("SELECT 1")

    async def _is_heard(self, connection: AsyncConnection[Any]) -> bool:
        """Whether this connection hears at all: one through a pooler may have another server at each statement."""
        async with asyncio.timeout(self._patience_seconds):
            row = await (await connection.execute("SELECT pg_backend_pid()")).fetchone()
        is_direct = row is not None and row[0] == connection.info.backend_pid
        return is_direct or await asyncio.to_thread(hears_notifications, self._arguments)

    def _read(self, payload: str) -> Ring | None:
        """What another process rang; None for our own, and for what a newer version may say."""
        origin, _, rest = payload.partition(" ")
        kind, _, lane = rest.partition(" ")
        return next((Ring(lane, known) for known in KINDS if known == kind and origin != self._origin), None)


def hears_notifications(arguments: Mapping[str, Any], seconds: float = 2.0) -> bool:
    """Whether what is notified on one connection to PostgreSQL is heard on another: not so behind some poolers, and on replicas."""
    import psycopg

    from store.silence import Bounded

    try:
        with Bounded.connect(**arguments, autocommit=True) as listener, Bounded.connect(**arguments) as speaker:
            listener.patience_seconds = speaker.patience_seconds = seconds + 10.0
            listener.execute(f"LISTEN {_TRIAL}")
            speaker.execute(f"NOTIFY {_TRIAL}")
            speaker.commit()
            return any(True for _ in listener.notifies(timeout=seconds, stop_after=1))
    except psycopg.Error:
        return False


def _forget(connection: Connection) -> None:
    if not connection.invalidated:  # what a lost connection knew is lost with it
        connection.info.pop(_KEY, None)
