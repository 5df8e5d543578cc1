"""The server: one user's mailbox on a port, and what can be made to go wrong with it. What is said on a connection lives in `sessions`."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.imap.folders import Folder
from sandbox.imap.sessions import Hangup, ImapSession


@dataclass(slots=True)
class ImapFaults:
    """Switches, all off at first. `down`: connections are closed unanswered. `cut_at`: the connection breaks once when this command comes, before it is done. `cut_after`: the same, after it was done.

    `nonsense_at`: this command is answered once with what it cannot mean.
    """

    down: bool = False
    cut_at: str = ""
    cut_after: str = ""
    nonsense_at: str = ""


class ImapServer:
    """One user's mailbox. `lacks` names capabilities that it is to do without: IDLE, MOVE, UIDPLUS, AUTH=PLAIN."""

    def __init__(
        self,
        login: tuple[str, str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        is_starttls: bool = False,
        lacks: frozenset[str] = frozenset(),
    ) -> None:
        self.login = login
        self.host, self.port = host, port
        self.faults = ImapFaults()
        self.folders: dict[str, Folder] = {"INBOX": Folder()}
        self.commands: list[str] = []
        self.tls, self.is_starttls = tls, is_starttls
        self.lacks = lacks
        self._changed: set[asyncio.Event] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer while inside; `port` then tells which port it is."""
        tls = None if self.is_starttls else self.tls
        server = await asyncio.start_server(self._serve, self.host, self.port, ssl=tls, limit=1 << 26)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            self.hang_up()
            await server.wait_closed()

    def hang_up(self) -> None:
        """Break every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    def put(self, data: bytes, folder: str = "INBOX") -> None:
        """Deliver a message; whoever idles is told."""
        self.folders.setdefault(folder, Folder()).add(data)
        for event in self._changed:
            event.set()

    def capabilities(self, *, is_encrypted: bool) -> str:
        is_closed = self.is_starttls and not is_encrypted
        login = ("STARTTLS", "LOGINDISABLED") if is_closed else ("AUTH=PLAIN",)
        found = ["IMAP4rev1", *(name for name in (*login, "IDLE", "MOVE", "UIDPLUS") if name not in self.lacks)]
        return " ".join(found)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        event = asyncio.Event()
        self._changed.add(event)
        try:
            if not self.faults.down:
                await ImapSession(self, reader, writer, event).run()
        except (Hangup, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.transport.abort()
        finally:
            self._changed.discard(event)
            self._writers.discard(writer)
            writer.close()
