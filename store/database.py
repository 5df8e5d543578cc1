"""The front door of the store: one writer with group commit, a few readers, and migrations. What is written and read lives beside this."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from store.bells import Bells
from store.bursts import Bursts
from store.engines import open_reader, open_writer
from store.errors import DatabaseClosed
from store.postgres import take_time, taking_time
from store.tallying import Watcher
from store.works import Waiting
from store.writing import MOST_TOGETHER, Writer

STATEMENT_SECONDS: Final = 30.0  # longer than any statement of the service takes while disk and database are well
T = TypeVar("T")
_TOUCHING = text(
    "UPDATE alembic_version SET version_num = version_num"
)  # changes nothing, and has to be written all the same


class Database:
    """SQLite (`sqlite:///path`) or PostgreSQL (`postgresql+psycopg://…`) behind the same few calls.

    `batch_works` and `batch_seconds` bound one group commit, and with it the time for which other processes wait for SQLite's lock;
    on a slow disk it may last for ten times what a COMMIT takes, 0.1 s at most. It ends earlier when nobody waits.

    In `write` and `read` PostgreSQL has `statement_seconds` for each statement; a connection on which no answer has come
    after a third more is given up like a lost one. `begin` and `connect` wait for as long as it takes. `listen_url` is where
    NOTIFY is heard when `url` leads through a pooler that cannot pass it on.
    """

    def __init__(
        self,
        url: str,
        *,
        readers: int = 4,
        batch_works: int = 256,
        batch_seconds: float = 0.02,
        statement_seconds: float = STATEMENT_SECONDS,
        listen_url: str = "",
    ) -> None:
        self._writing = open_writer(url, statement_seconds)
        self._reading = open_reader(url, self._writing, readers)
        self._writer = Writer(self._writing, batch_works=batch_works, batch_seconds=batch_seconds)
        self._bursts = Bursts(self._writer.put_all, MOST_TOGETHER)
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="genklang-reader")
        self._is_closed = False
        self.bells = None if self.is_sqlite else Bells(self._writing, listen_url or url, statement_seconds)

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self._writing.dialect.name == "sqlite"

    @property
    def busy_seconds(self) -> float:
        """For how long the writer has been at one group commit; 0 when it waits for work."""
        return self._writer.busy_seconds

    @property
    def trouble(self) -> str:
        """Why nothing is taken in at present, such as "disk full"; "" while all is well as far as is known."""
        return self._writer.trouble

    def on_trouble(self, tell: Callable[[str], None]) -> None:
        """Have somebody hear, in the writer's thread, of trouble that begins, and ("") that it is over."""
        self._writer.on_trouble = tell

    async def recovers(self) -> bool:
        """Whether things are taken in. While there is trouble, this writes a little to find out; it ends when that has gone well for some seconds."""
        if not self.trouble:
            return True
        try:
            await self.write(_touch)
        except DBAPIError:
            if not self.is_sqlite:
                self._writing.dispose()  # a server that only reads keeps its connections: who writes may stand elsewhere now
            return False
        self._writer.note(None)
        return not self.trouble

    def watch(self, watcher: Watcher) -> None:
        """Have somebody hear of every group commit from now on."""
        self._writer.watcher = watcher

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the writer thread and give its result once it is committed.

        An exception undoes only this work. A work may be run more than once before it is committed (a deadlock, a lost
        connection, another one's failure), so its only effects are those on its Connection, and it neither commits nor rolls
        back. Cancelling the
        wait drops a work that has not begun; one that has is committed with the others.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writer.put(Waiting(work, loop, future))
        return await future

    async def write_together(self, take: Callable[[Connection, Sequence[T]], None], item: T) -> None:
        """Have `take` take `item` in the writer thread, with all that wait there to be taken by it; come back once it is committed.

        Items are taken in their order. They reach the thread when the loop has nothing more at hand, so a `write` that is asked for
        meanwhile goes before them. When something fails, each is taken again alone; else as `write` has it.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._bursts.add(Waiting(lambda connection: take(connection, [item]), loop, future, take, item), loop)
        await future

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a reader thread; it sees one moment and cannot write."""
        if self._is_closed:
            raise DatabaseClosed("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self.look() as connection:
            return work(connection)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction of one's own, committed at the end of the block, undone by an exception. It may take its time."""
        with self._writing.connect() as connection, taking_time(connection), connection.begin():
            take_time(connection)
            yield connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection that sees one moment and cannot write. It may take its time."""
        with self._reading.connect() as connection, taking_time(connection):
            take_time(connection)
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection that sees one moment and cannot write, in the caller's thread. What it asks is bounded as in `read`."""
        with self._reading.connect() as connection:
            yield connection

    def migrate(self) -> list[str]:
        """Bring the tables up to date; gives the revisions that were applied. Safe to call from several processes at once."""
        from store.migrations import migrate

        with self.begin() as connection:
            return migrate(connection)

    def pending_migrations(self) -> list[str]:
        """The revisions that `migrate` would apply, oldest first."""
        from store.migrations import pending

        with self.look() as connection:
            return pending(connection)

    def close(self) -> None:
        """Finish every work that waits, then let go of all connections."""
        self._is_closed = True
        self._writer.close()
        self._threads.shutdown(wait=True)
        self._reading.dispose()
        self._writing.dispose()


def _touch(connection: Connection) -> None:
    connection.execute(_TOUCHING)
