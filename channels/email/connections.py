"""The hands that carry envelopes to the mail servers: so many sessions at a time, kept open between batches. One session's talk lives in `sessions`."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from channels.email.envelopes import Batch, Errand
from channels.email.relays import REST_SECONDS, Relays
from channels.errors import Doubtful, SendError, TryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Container

    from channels.email.envelopes import Envelope, Taken
    from channels.email.relays import Relay
    from channels.email.sessions import Session
    from channels.email.settings import EmailSettings


class Connections:
    """Envelopes of all batches wait in one line, urgent ones in front; each hand takes the next one as soon as it can.

    So a reply waits for no batch, and connections stay busy from one batch to the next.
    """

    def __init__(self, settings: EmailSettings) -> None:
        self._most = settings.most_connections
        self._relays = Relays(settings)
        self._urgent: deque[Errand] = deque()
        self._others: deque[Errand] = deque()
        self._idle: list[tuple[Relay, Session]] = []
        self._hands: dict[asyncio.Task[None], _Hand] = {}
        self._room, self._crowded_until = self._most, 0.0  # how many were let in when the next one was not

    async def deliver(
        self,
        count: int,
        make: Callable[[int], Envelope],
        urgent: Container[int] = (),
        taken: Taken | None = None,
    ) -> list[Any]:
        """Hand over so many envelopes; one outcome each, in order. Those whose numbers are `urgent` overtake all others.

        An outcome is a failure, or what the server said when it took the envelope; or else what `taken` gives for its number then.
        `make` gives the envelope with a number, from 0, or raises `SendError`; it is asked when that envelope's turn comes,
        so that servers have something to do meanwhile. When no server can be reached or lets us in, all that waits shares
        that outcome untried.
        """
        batch = Batch(count, make, taken)
        for place in range(count):
            is_urgent = place in urgent
            (self._urgent if is_urgent else self._others).append(Errand(batch, place, is_urgent=is_urgent))
        self._hire()
        try:
            await batch.done
        except asyncio.CancelledError:
            await self._give_up(batch)
            raise
        return batch.outcomes

    def take(self) -> Errand | None:
        """The next errand in line, None when nothing waits."""
        line = self._urgent or self._others
        return line.popleft() if line else None

    def put_back(self, errand: Errand) -> None:
        """Back to the front of the line."""
        (self._urgent if errand.is_urgent else self._others).appendleft(errand)

    def _hire(self) -> None:
        room = self._most if time.monotonic() > self._crowded_until else self._room
        for _ in range(min(room - self._at_work, len(self._urgent) + len(self._others))):
            hand = _Hand(self)
            task = asyncio.create_task(hand.work(), name="email hand")
            self._hands[task] = hand
            task.add_done_callback(self._dismiss)

    def _dismiss(self, task: asyncio.Task[None]) -> None:
        """A hand has left. Nobody must wait for what it held, nor for a line at which nobody works any more."""
        hand = self._hands.pop(task)
        hand.has_left = True
        defect = None if task.cancelled() else task.exception()
        for errand in hand.held:
            if defect is not None and not errand.batch.done.done():
                errand.batch.done.set_exception(defect)
            errand.settle(Doubtful("smtp_given_up"))
        if defect is not None or task.cancelled():
            self._hire()

    async def _give_up(self, batch: Batch) -> None:
        for line in (self._urgent, self._others):
            kept = [errand for errand in line if errand.batch is not batch]
            line.clear()
            line.extend(kept)
        held = [
            task for task, hand in self._hands.items() if any(e.batch is batch and not e.is_settled for e in hand.held)
        ]
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    # What hands ask for -----------------------------------------------------------------------------------------------

    async def fresh(self) -> tuple[Relay, Session]:
        """A new session with the first mail server that lets us in. Raises `SendError` when none does: the first one's reason."""
        first: SendError | None = None
        for relay in self._relays.candidates():
            session = self._relays.session(relay)
            try:
                with self._relays.using(relay):
                    await session.open()
            except SendError as error:
                session.abandon()
                self._relays.failed(relay)
                first = first or error
            except BaseException:
                session.abandon()
                raise
            else:
                self._relays.answered(relay)
                return relay, session
        raise first or TryLater("smtp_no_server")

    async def usable(self) -> tuple[Relay, Session]:
        """A session that waits to be used, or a new one. Raises `SendError`."""
        while self._idle:
            relay, session = self._idle.pop()
            if session.is_usable and not session.is_worn:
                return relay, session
            await session.close()
        return await self.fresh()

    async def carry(self, relay: Relay, session: Session, hand: _Hand) -> None:
        """Let a session carry what waits; keep it for later if it still will do."""
        with self._relays.using(relay):
            cut = await session.carry(hand.take)
        if cut is not None:
            hand.is_to_begin_anew = not cut.was_fresh
            if cut.was_fresh:
                cut.errand.settle(TryLater("smtp_cut_before_data"))
            else:
                hand.mine.append(cut.errand)
        if session.is_usable and not session.is_worn:
            self._idle.append((relay, session))
        else:
            await session.close()

    def nobody_lets_us_in(self, hand: _Hand, error: SendError) -> None:
        """Another hand may have been let in, for servers bound how many of us there are; else this is the outcome of all."""
        hand.has_left = True
        if self._at_work:
            self._room, self._crowded_until = self._at_work, time.monotonic() + REST_SECONDS
            while hand.mine:
                self.put_back(hand.mine.pop())
            return
        while (errand := hand.take()) is not None:
            errand.settle(error)

    @property
    def _at_work(self) -> int:
        return sum(not hand.has_left for hand in self._hands.values())

    @property
    def is_waiting(self) -> bool:
        """Whether anything waits in line."""
        return bool(self._urgent or self._others)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside, connections may be kept; afterwards all are closed."""
        try:
            yield
        finally:
            await asyncio.gather(*self._hands, return_exceptions=True)
            idle, self._idle = self._idle, []
            await asyncio.gather(*(session.close() for _, session in idle))


class _Hand:
    """One who works on the line with one session at a time. `mine` are errands that lost their connection and get a new one."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.mine: deque[Errand] = deque()
        self.held: deque[Errand] = deque(maxlen=4)  # those last taken: at most two are under way on one session
        self.is_to_begin_anew = False
        self.has_left = False

    def take(self) -> Errand | None:
        """The next errand that there is an envelope for."""
        while (errand := self.mine.popleft() if self.mine else self._connections.take()) is not None:
            self.held.append(errand)
            if errand.make():
                return errand
        return None

    async def work(self) -> None:
        while self.mine or self._connections.is_waiting:
            try:
                opening = self._connections.fresh() if self.is_to_begin_anew else self._connections.usable()
                relay, session = await opening
            except SendError as error:
                return self._connections.nobody_lets_us_in(self, error)
            self.is_to_begin_anew = False
            await self._connections.carry(relay, session, self)
        self.has_left = True
        return None
