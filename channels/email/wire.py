"""The bytes between us and a mail server: whole answers in their order, and writing that waits for its turn. What answers mean lives in `sessions`."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from channels.email.streams import Stream

LONG_BYTES: Final = (
    32_768  # above this the final dot waits until the rest has left, so that a cut on the way is no doubt
)
_LONGEST_REPLY = 65_536
_MOST_WAITING = 64  # answers that nobody has asked for yet; we never have so many commands under way


class WireCutError(Exception):
    """The connection broke, or the server fell silent."""


class GarbledError(Exception):
    """The server said something that is no answer (RFC 5321, 4.2)."""


class Reply(NamedTuple):
    """An answer: its code, and its lines without codes as they came."""

    code: int
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")


class Wire(asyncio.Protocol):
    """Takes over a connection on which the session has been opened. Nobody else may read from it afterwards."""

    def __init__(self, transport: asyncio.Transport, timeout_seconds: float) -> None:
        self._transport = transport
        self._timeout = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._call_later = self._loop.call_later
        self._heard = b""
        self._lines: list[bytes] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._drain: asyncio.Future[None] | None = None
        self._is_cut = transport.is_closing()
        self._is_garbled = False
        self._stream: Stream | None = None
        self._heard_at = self._loop.time()
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=0)  # so that being paused means: not everything has left us

    @property
    def is_usable(self) -> bool:
        """Whether a command can be written whose answer will be the next one."""
        return not (self._is_cut or self._is_garbled or self._replies or self._transport.is_closing())

    @property
    def is_cut(self) -> bool:
        """Whether nothing that is written now will leave us."""
        return self._is_cut or self._transport.is_closing()

    @property
    def has_spoken(self) -> bool:
        """Whether an answer waits to be read, or none will come any more."""
        return bool(self._replies) or self._is_cut or self._is_garbled

    def write(self, data: bytes) -> None:
        """Send bytes off. A broken connection is told by the next answer."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drained(self) -> None:
        """Return when all that was written has left us, or the server has spoken. Raises `WireCutError`."""
        if self._drain is not None and not self.has_spoken:
            silence = self._call_later(self._timeout, self.abandon)
            try:
                await self._drain
            finally:
                silence.cancel()
        if self._is_cut and not self._replies:
            raise WireCutError

    async def reply(self, within_seconds: float | None = None) -> Reply:
        """The next answer. Raises `WireCutError` or `GarbledError`; the connection is closed then."""
        while not self._replies:
            if self._is_garbled:
                raise GarbledError
            if self._is_cut:
                raise WireCutError
            self._waiter = self._loop.create_future()
            silence = self._call_later(within_seconds or self._timeout, self.abandon)
            try:
                await self._waiter
            finally:
                silence.cancel()
                self._waiter = None
        return self._replies.popleft()

    async def carry(self, stream: Stream) -> None:
        """Let `stream` hear the answers, from those that wait on, until it is over or the connection is.

        An answer that it did not act on waits to be read.
        """
        while self._replies and stream.hear(b"%d " % self._replies[0].code):
            self._replies.popleft()
        if self.has_spoken or stream.errand is None:
            return
        self._stream, self._waiter = stream, self._loop.create_future()
        self._heard_at = self._loop.time()
        self._silence = self._call_later(self._timeout, self._mind_silence)
        try:
            await self._waiter
        finally:
            self._silence.cancel()
            self._stream = self._waiter = None

    def _mind_silence(self) -> None:
        """Abandon a connection on which no answer was heard for too long. Looked at once in a while, not set anew for each answer."""
        left = self._heard_at + self._timeout - self._loop.time()
        if left <= 0:
            self.abandon()
        else:
            self._silence = self._call_later(left, self._mind_silence)

    def give_back(self, count: int, reply: Reply) -> None:
        """Answers that were heard and have to be read again, before all others."""
        self._replies.extendleft([reply] * count)

    def abandon(self) -> None:
        """Close without a word; what has not left us yet never will."""
        self._is_cut = True
        self._transport.abort()
        self._wake()

    # What the event loop calls ----------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._stream is not None and not self._heard and self._stream.hear_round(data):
            self._heard_at = self._loop.time()
            return
        *lines, self._heard = (self._heard + data if self._heard else data).split(b"\n")
        stream = self._stream
        if lines:  # part of a line is no answer: who sends it drop by drop is silent
            self._heard_at = self._loop.time()
        for line in lines:
            if stream is not None:
                if stream.hear(line):
                    continue
                stream = None
            self._hear(line)
        if (self._heard or self._lines or self._replies) and self._is_too_much():
            self._is_garbled = True
        if self._is_garbled:
            self._transport.abort()
        if stream is None or stream.errand is None or self._is_garbled:
            self._stream = None
            self._wake()

    def _is_too_much(self) -> bool:
        return len(self._heard) + sum(map(len, self._lines)) > _LONGEST_REPLY or len(self._replies) > _MOST_WAITING

    def _hear(self, line: bytes) -> None:
        code, mark = line[:3], line[3:4]
        if len(code) < 3 or not code.isdigit() or mark not in (b" ", b"-", b"\r", b""):
            self._is_garbled = True
        if self._is_garbled:
            return
        if mark == b"-":
            self._lines.append(line[4:].strip())
        elif self._lines:
            self._replies.append(Reply(int(code), b"\n".join((*self._lines, line[4:].strip()))))
            self._lines.clear()
        else:
            self._replies.append(Reply(int(code), line[4:].strip()))

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_cut = True
        self._wake()

    def pause_writing(self) -> None:
        if self._drain is None:
            self._drain = self._loop.create_future()

    def resume_writing(self) -> None:
        drain, self._drain = self._drain, None
        if drain is not None and not drain.done():
            drain.set_result(None)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)
