"""A work that waits for the writer: how it is tried inside a transaction, what its failure means, and who hears how it went. The transactions are `writing`'s."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from store.engines import is_conflict, is_passing
from store.prepared import Prepared
from store.tallying import tally_of

_BEGINNING = Prepared(lambda _dialect: text("SAVEPOINT work"))
_KEEPING = Prepared(lambda _dialect: text("RELEASE SAVEPOINT work"))
_UNDOING = Prepared(lambda _dialect: text("ROLLBACK TO SAVEPOINT work"))


@dataclass(slots=True, eq=False)
class Waiting:
    """One work, who waits for it, and how it went. Where it can be done with others of its kind, `take` takes their items together."""

    work: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    take: Callable[[Connection, Sequence[Any]], None] | None = None
    item: Any = field(default=None, repr=False)
    result: Any = None
    error: BaseException | None = None


class Interrupted(Exception):
    """A failure before COMMIT that ends the whole transaction, but that another attempt may survive."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__()
        self.cause = cause


def judge(error: BaseException) -> tuple[BaseException, bool]:
    """What really failed, and whether it may be tried again without doing anything twice."""
    if isinstance(error, Interrupted):
        return error.cause, True
    return error, is_conflict(error)


def do(connection: Connection, works: list[Waiting]) -> None:
    """Run one work, or several of a kind together. Raises `Interrupted` when that fails, however it does: the batch begins again."""
    wanted = [waiting for waiting in works if not waiting.future.cancelled()]
    if not wanted:
        return
    first = wanted[0]
    try:
        if first.take is None:
            first.result = first.work(connection)
        else:
            first.take(connection, [waiting.item for waiting in wanted])
    except BaseException as error:  # whoever waits must hear of everything
        raise Interrupted(error) from error


def attempt(connection: Connection, waiting: Waiting) -> None:
    """Run one work behind a SAVEPOINT, so that its failure harms no other. Raises `Interrupted` when all must begin again."""
    if waiting.future.cancelled():
        return
    tally = tally_of(connection)
    counted = len(tally or ())
    try:
        _BEGINNING.run(connection)
        waiting.result = waiting.work(connection)
        _KEEPING.run(connection)
    except BaseException as error:  # whoever waits must hear of everything
        if is_passing(error):
            raise Interrupted(error) from error
        _undo(connection, error)
        waiting.result, waiting.error = None, error
        if tally is not None:
            del tally[counted:]


def _undo(connection: Connection, error: BaseException) -> None:
    """Take one work back. Raises `error` when its failure has undone the whole transaction already, as a full disk does on SQLite."""
    try:
        _UNDOING.run(connection)
        _KEEPING.run(connection)
    except DBAPIError:
        raise error from None


def deliver(batch: list[Waiting]) -> None:
    """Wake each event loop once for all its works."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for waiting in batch:
        by_loop.setdefault(waiting.loop, []).append(waiting)
    for loop, settled in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(resolve, settled)


def resolve(settled: list[Waiting]) -> None:
    for waiting in settled:
        if waiting.future.done():
            continue
        if waiting.error is not None:
            waiting.future.set_exception(waiting.error)
        else:
            waiting.future.set_result(waiting.result)
