"""How long a client may take to say what it wants, and with how many words: an HTTP protocol of uvicorn's that does not wait for ever. Bodies are bounded in `gate`."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from channels.calls import WHOLE
from service.answering import Joining

HEAD_SECONDS: Final = 10.0
MOST_HEAD_BYTES: Final = 1 << 15
MOST_FOLLOWING_BYTES: Final = 1 << 21  # twice the largest body: chunks have heads of their own
MOST_PIPELINED: Final = 64
READING_SECONDS: Final = 60.0
_ANSWER: Final = "HTTP/1.1 {} {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class PatientProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # whichever parser is installed
    """Answers 408 when a request's head is not whole in time (from the first byte, or from the connection's beginning), and 431 when it is too long.

    What follows a head is counted as it comes over the wire, since the parser keeps trailers that no application asks for: 413
    when it does not end. Who asks far more than has been answered is cut off, and so is who does not read the answers: what is
    waiting to be read (the transport's 64 kB) has to be fetched within `READING_SECONDS`.

    A request whose body came with its head, as nearly all do, brings it along in the extension `WHOLE`: nobody needs to wait for it.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(Joining(transport))
        self._head_bytes = self._following_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._reading_timer: asyncio.TimerHandle | None = None
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        before: Any = self.cycle
        is_head = before is None or before.response_complete
        super().data_received(data)
        cycle: Any = self.cycle
        if cycle is not before:
            self._forget_head()
            self._following_bytes = 0
            if not cycle.more_body:
                cycle.scope.setdefault("extensions", {})[WHOLE] = cycle.body
            self._bound_pipeline()
        elif is_head:
            self._await_head(len(data))
        else:
            self._await_rest(len(data))

    def on_response_complete(self) -> None:
        self.transport.flush()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading_timer = self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._forget_reading()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """What is not read by now, nobody reads: to wait for it would keep the connection for ever."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        self._forget_reading()
        super().connection_lost(exc)

    def _await_head(self, length: int) -> None:
        if self._head_timer is None:
            self._expect_head()
        self._head_bytes += length
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(431, "Request Header Fields Too Large")

    def _await_rest(self, length: int) -> None:
        self._following_bytes += length
        if self._following_bytes > MOST_FOLLOWING_BYTES:
            self._refuse(413, "Content Too Large")

    def _bound_pipeline(self) -> None:
        if len(getattr(self, "pipeline", ())) > MOST_PIPELINED:  # h11 reads no further than the request at hand
            self.transport.close()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, 408, "Request Timeout")

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _forget_reading(self) -> None:
        if self._reading_timer is not None:
            self._reading_timer.cancel()
            self._reading_timer = None

    def _refuse(self, status: int, phrase: str) -> None:
        self._forget_head()
        if not self.transport.is_closing():
            self.transport.write(_ANSWER.format(status, phrase).encode())
            self.transport.close()
