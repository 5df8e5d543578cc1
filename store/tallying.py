"""How many messages came to which status in one transaction, for whoever watches. Nothing is counted unless somebody does; history is kept in `histories`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Select, func, select

from store.schema import message
from store.sets import ids_of

_KEY: Final = "genklang_tally"
_GROUP: Final = (message.c.lane, message.c.channel, message.c.purpose)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many messages of one lane, channel and purpose came to one status ("queued": they were put back)."""

    lane: str
    channel: str
    purpose: str
    status: str
    count: int


class Watcher(Protocol):
    """Hears of every group commit, in the writer's thread, once it is durable. Raises nothing and is quick."""

    def committed(self, works: int, seconds: float, commit_seconds: float, moved: Sequence[Moved]) -> None:
        """`works` were committed together; `seconds` is the whole transaction, `commit_seconds` its COMMIT."""


@contextmanager
def tallying(connection: Connection) -> Iterator[list[Moved]]:
    """Count what moves in this transaction while inside."""
    info = connection.info
    tally: list[Moved] = []
    info[_KEY] = tally
    try:
        yield tally
    finally:
        info.pop(_KEY, None)


def tally_of(connection: Connection) -> list[Moved] | None:
    """The present transaction's tally; None while nobody watches."""
    return connection.info.get(_KEY)


def count_named(connection: Connection, ids: Sequence[int]) -> None:
    """Tally these messages under the status that they now have."""
    tally = tally_of(connection)
    if tally is None:
        return
    tally += [Moved(*row) for row in connection.execute(_counting(connection.dialect.name), {"counted_ids": list(ids)})]


def count_meeting(connection: Connection, condition: ColumnElement[bool], status: str) -> None:
    """Tally every message that meets a condition under the status to which it is about to come."""
    tally = tally_of(connection)
    if tally is None:
        return
    rows = connection.execute(select(*_GROUP, func.count()).where(condition).group_by(*_GROUP))
    tally += [Moved(lane, channel, purpose, status, count) for lane, channel, purpose, count in rows]


@cache
def _counting(dialect: str) -> Select[Any]:
    named = ids_of(dialect, "counted")
    return (
        select(*_GROUP, message.c.status, func.count())
        .select_from(message.join(named, named.c.id == message.c.id))
        .group_by(*_GROUP, message.c.status)
    )
