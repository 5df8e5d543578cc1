"""The writer thread: group commit of works that wait together. A work and how it is tried live in `works`, the front door in `database`."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from queue import Empty, SimpleQueue

from sqlalchemy import Connection, Engine

from store.engines import is_passing, is_unreached, trouble_of
from store.errors import DatabaseClosed
from store.tallying import Moved, Watcher, tallying
from store.works import Interrupted, Waiting, attempt, deliver, do, judge, resolve

_LONE_ATTEMPTS, _LONE_SECONDS = 5, 10.0
MOST_TOGETHER = 64
_COMMITS, _LONGEST_SECONDS = 10, 0.1
_PAUSE_SECONDS = 0.01
_CALM_SECONDS = 3.0  # a disk that is nearly full takes in one thing and not the next


class Writer:
    """One thread that runs works in batches: one transaction a batch, one COMMIT, and only then the answers.

    A work may be run again after a deadlock, a serialization failure, a lost connection or the failure of another work in its
    batch, so it has no effects outside its Connection.
    """

    def __init__(self, engine: Engine, *, batch_works: int, batch_seconds: float) -> None:
        self._engine = engine
        self._batch_works = batch_works
        self._batch_seconds = batch_seconds
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._lined_up: deque[Waiting | None] = deque()  # taken from the queue; None after the last
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._began: float | None = None
        self.watcher: Watcher | None = None
        self.on_trouble: Callable[[str], None] | None = None
        self.trouble = ""
        self._failed_at = 0.0
        self._commit_seconds = 0.0

    @property
    def busy_seconds(self) -> float:
        """For how long the thread has been at one batch; 0 when it waits for work."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def note(self, error: BaseException | None) -> None:
        """Remember that the database takes nothing in, or (None) that it has taken something in again."""
        trouble = trouble_of(error) if error is not None else ""
        if error is not None and trouble:
            self._failed_at = time.monotonic()
        elif error is not None or time.monotonic() - self._failed_at < _CALM_SECONDS:
            return
        if trouble != self.trouble:
            self.trouble = trouble
            if self.on_trouble is not None:
                self.on_trouble(trouble)

    def put(self, waiting: Waiting) -> None:
        """Line up a work. Raises `DatabaseClosed` after `close`."""
        with self._gate:
            if self._is_closed:
                raise DatabaseClosed("the database is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="genklang-writer", daemon=True)
                self._thread.start()
            self._queue.put(waiting)

    def put_all(self, works: Sequence[Waiting]) -> None:
        """Line up works that nobody waits to line up: after `close` each of them hears `DatabaseClosed`."""
        for waiting in works:
            try:
                self.put(waiting)
            except DatabaseClosed as error:
                waiting.error = error
                resolve([waiting])

    def close(self) -> None:
        """Take no more works, finish those that wait, and end the thread."""
        with self._gate:
            self._is_closed = True
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while batch := self._first():
            self._began = time.monotonic()
            try:
                self._commit(batch)
            except BaseException as error:  # whoever waits must hear of everything
                self._recover(batch, error)
            for waiting in batch:
                if waiting.error is not None:
                    self.note(waiting.error)
            deliver(batch)
            self._began = None

    @contextlib.contextmanager
    def _begin(self, batch: list[Waiting]) -> Iterator[Connection]:
        """A transaction around a batch; whoever watches hears of it once it is committed."""
        watcher = self.watcher
        began = time.monotonic()
        with self._engine.begin() as connection:
            with _counting(connection, watcher) as moved:
                yield connection
            ended = time.monotonic()
        now = time.monotonic()
        self._commit_seconds = now - ended
        if watcher is not None:
            watcher.committed(len(batch), now - began, self._commit_seconds, moved)

    def _commit(self, batch: list[Waiting]) -> None:
        """Run the first work and those that arrive meanwhile in one transaction.

        When one fails, all of them are run again, each behind a SAVEPOINT, so that its failure harms no other.
        """
        try:
            with self._begin(batch) as connection:
                for works in self._arriving(batch):
                    do(connection, works)
        except Interrupted as error:
            if is_passing(error.cause):
                raise
            with self._begin(batch) as connection:
                for waiting in batch:
                    attempt(connection, waiting)

    def _arriving(self, batch: list[Waiting]) -> Iterator[list[Waiting]]:
        """The first works, then those that wait by the time it is their turn, until the batch is large or old enough.

        Where a COMMIT takes long, more works share it, so that the disk sets the pace no more than it must.
        """
        shared = min(_COMMITS * self._commit_seconds, _LONGEST_SECONDS)
        until = time.monotonic() + max(self._batch_seconds, shared)
        works = list(batch)
        while works:
            yield works
            works = self._next(self._batch_works - len(batch)) if time.monotonic() < until else []
            batch += works

    def _first(self) -> list[Waiting]:
        """The next works, once there are any; none after the last."""
        if not self._lined_up:
            self._lined_up.append(self._queue.get())
        return self._next(self._batch_works)

    def _next(self, most: int) -> list[Waiting]:
        """The work whose turn it is, with those that follow it and can be done with it."""
        lined_up = self._lined_up
        with contextlib.suppress(Empty):
            while True:
                lined_up.append(self._queue.get_nowait())
        works: list[Waiting] = []
        while len(works) < min(most, MOST_TOGETHER) and lined_up and (following := lined_up[0]) is not None:
            if works and (following.take is None or following.take != works[0].take):
                break
            works.append(following)
            lined_up.popleft()
        return works

    def _recover(self, batch: list[Waiting], error: BaseException) -> None:
        """Nothing of the batch was kept: try each work alone where that helps, tell everybody where it does not.

        A connection that broke during COMMIT may have committed, so only works that never got that far are tried again. Where no
        connection can be made, the first finds out for all that wait.
        """
        cause, may_repeat = judge(error)
        for waiting in batch:
            waiting.result, waiting.error = None, cause
        is_away = is_unreached(error)
        if may_repeat:
            for waiting in batch:
                self._commit_alone(waiting)
                if is_away := is_unreached(waiting.error):
                    break
        if is_away:
            batch += self._turned_away(cause)

    def _turned_away(self, error: BaseException) -> list[Waiting]:
        """Those that wait by now, with word of it."""
        works: list[Waiting] = []
        while more := self._next(MOST_TOGETHER):
            works += more
        for waiting in works:
            waiting.error = error
        return works

    def _commit_alone(self, waiting: Waiting) -> None:
        until = time.monotonic() + _LONE_SECONDS
        for number in range(1, _LONE_ATTEMPTS + 1):
            waiting.result, waiting.error = None, None
            try:
                with self._begin([waiting]) as connection:
                    attempt(connection, waiting)
            except BaseException as error:  # whoever waits must hear of everything
                cause, may_repeat = judge(error)
                waiting.result, waiting.error = None, cause
                if not may_repeat or time.monotonic() > until:
                    return
                time.sleep(_PAUSE_SECONDS * number)
            else:
                return


def _counting(connection: Connection, watcher: Watcher | None) -> AbstractContextManager[list[Moved]]:
    return tallying(connection) if watcher is not None else nullcontext([])
