"""A mail server that breaks off at a chosen step of its first sessions, and is well afterwards. It offers STARTTLS and wants a login, so that every step there is can break."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

STEPS = ("banner", "EHLO", "STARTTLS", "handshake", "AUTH", "MAIL", "RCPT", "DATA", "body", "dot", "QUIT")


@dataclass
class BreakingServer:
    """`cuts` says how often it breaks off at each step, `answers` what it says once in place of its usual answer.

    `accepted` counts the recipients of messages that it has taken responsibility for: it had the final dot.
    """

    cuts: Counter[str] = field(default_factory=Counter)
    answers: dict[str, list[str]] = field(default_factory=dict)
    is_pipelining: bool = True
    accepted: Counter[str] = field(default_factory=Counter)
    port: int = 0
    tls: ssl.SSLContext | None = None


class _Cut(Exception):
    """The connection ends here."""


@dataclass
class _Visit:
    """One session."""

    server: BreakingServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_encrypted: bool = False
    is_open: bool = False
    recipient: str = ""

    async def serve(self) -> None:
        self._say("banner", "220 breaking.example ESMTP")
        while line := await self.reader.readline():
            verb = line.split()[0].decode().upper() if line.split() else ""
            await self._heed(verb, line)
            if verb == "QUIT":
                return

    async def _heed(self, verb: str, line: bytes) -> None:
        match verb:
            case "EHLO":
                offers = ["PIPELINING"] if self.server.is_pipelining else []
                offers += ["AUTH PLAIN"] if self.is_encrypted or self.server.tls is None else ["STARTTLS"]
                lines = ["breaking.example", *offers]
                told = "\r\n".join(f"250{'-' if each is not lines[-1] else ' '}{each}" for each in lines)
                self._say("EHLO", told)
            case "STARTTLS":
                self._say("STARTTLS", "220 2.0.0 Go ahead")
                self._break_off("handshake")
                assert self.server.tls is not None
                await self.writer.start_tls(self.server.tls)
                self.is_encrypted = True
            case "AUTH":
                self._say("AUTH", "235 2.7.0 Welcome")
            case "MAIL":
                self.recipient = ""
                self.is_open = self._say("MAIL", "250 2.1.0 Ok").startswith("2")
            case "RCPT":
                answer = self._say("RCPT", "250 2.1.5 Ok" if self.is_open else "503 5.5.1 MAIL first")
                if answer.startswith("2"):
                    self.recipient = line.partition(b"<")[2].partition(b">")[0].decode()
            case "DATA" if not self.recipient:
                self._say("no DATA", "554 5.5.1 No valid recipients")
            case "DATA":
                if self._say("DATA", "354 Go on").startswith("354"):
                    await self._message()
            case "QUIT":
                self._say("QUIT", "221 2.0.0 Bye")
            case "RSET":
                self.is_open, self.recipient = False, ""
                self._say("RSET", "250 2.0.0 Ok")
            case _:
                self._say("?", "500 5.5.2 What was that")

    async def _message(self) -> None:
        while await self.reader.readline() != b".\r\n":
            self._break_off("body")
        if not self.server.answers.get("dot"):
            self.server.accepted[self.recipient] += 1
        self.is_open, self.recipient = False, ""
        self._say("dot", "250 2.0.0 Taken")

    def _say(self, step: str, usual: str) -> str:
        self._break_off(step)
        waiting = self.server.answers.get(step)
        answer = waiting.pop(0) if waiting else usual
        self.writer.write(answer.encode() + b"\r\n")
        if answer.startswith("421"):
            raise _Cut
        return answer

    def _break_off(self, step: str) -> None:
        if self.server.cuts[step] > 0:
            self.server.cuts[step] -= 1
            raise _Cut


@asynccontextmanager
async def breaking(server: BreakingServer) -> AsyncIterator[BreakingServer]:
    """Run it on a free port."""
    visits: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        visits.add(task)
        writers.append(writer)
        try:
            await _Visit(server, reader, writer).serve()
            writer.close()
        except _Cut:
            writer.close()  # what was answered before still arrives
        except (ConnectionError, ssl.SSLError):
            writer.transport.abort()
        finally:
            visits.discard(task)

    listener = await asyncio.start_server(visit, "127.0.0.1", server.port)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in visits:
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)  # until they have noticed
