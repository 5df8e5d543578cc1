"""A mail server that does as each envelope's script says: refuses, falls silent, breaks off, or goes on listening though it has refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CUT = "cut"  # break the connection instead of answering
SILENT = "silent"  # answer nothing, ever
GARBLED = "garbled"


@dataclass(frozen=True)
class Script:
    """What is answered to one envelope at each step: an SMTP answer, CUT, SILENT or GARBLED. `is_stubborn`: 354 to DATA though all were refused."""

    mail: str = "250 2.1.0 ok"
    rcpt: str = "250 2.1.5 ok"
    data: str = "354 go on"
    message: str = "250 2.0.0 taken"
    is_stubborn: bool = False


@dataclass
class ScriptedServer:
    """`taken` are recipient and bytes of each message it has answered for with 2xx; `groups` how many lines came at once.

    After `most_a_session` messages of one session it says `enough` to every further RCPT.
    """

    scripts: dict[str, Script]
    has_pipelining: bool = True
    has_ehlo: bool = True
    most_a_session: int = 1000
    enough: str = "452 4.5.3 Too many recipients"
    greetings: list[str] = field(default_factory=list)
    most_sessions: int = 1000
    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    half_messages: int = 0
    sessions: int = 0
    most_lines_at_once: int = 0
    open_sessions: int = 0


class _Session(asyncio.Protocol):
    def __init__(self, server: ScriptedServer) -> None:
        self._server = server
        self._heard = b""
        self._is_message = self._is_gone = False
        self._taken = 0
        self._reset()

    def _reset(self) -> None:
        self._script: Script | None = None
        self._recipient = ""
        self._has_recipient = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._server.sessions += 1
        self._server.open_sessions += 1
        greeting = self._server.greetings.pop(0) if self._server.greetings else "220 hello"
        if self._server.open_sessions > self._server.most_sessions:
            greeting = "421 4.7.0 too many of you"
        self._say(greeting)
        if not greeting.startswith("220"):
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.open_sessions -= 1
        self._server.half_messages += self._is_message

    def _say(self, words: str) -> None:
        if self._is_gone:
            return
        if words == CUT:
            self._is_gone = True
            self._transport.close()  # what was answered before still arrives
        elif words == SILENT:
            self._is_gone = True
        elif words == GARBLED:
            self._transport.write(b"what?\r\n")
        else:
            self._transport.write(words.encode() + b"\r\n")
            if words.startswith("421"):
                self._is_gone = True
                self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        self._server.most_lines_at_once = max(self._server.most_lines_at_once, data.count(b"\r\n"))
        while not self._is_gone:
            if self._is_message:
                ended, end, rest = (b"\r\n" + self._heard).partition(b"\r\n.\r\n")
                if not end:
                    return
                self._heard, self._is_message = rest, False
                self._end(ended[2:] + b"\r\n" if ended else b"")
                continue
            line, newline, rest = self._heard.partition(b"\r\n")
            if not newline:
                return
            self._heard = rest
            self._command(line.decode())

    def _command(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        match verb:
            case "EHLO" if not self._server.has_ehlo:
                self._say("502 5.5.1 command not implemented")
            case "HELO":
                self._say("250 scripted")
            case "EHLO":
                self._say("250-scripted\r\n250 PIPELINING" if self._server.has_pipelining else "250 scripted")
            case "MAIL" if self._script is not None:
                self._say("503 5.5.1 nested MAIL")
            case "MAIL":
                script = self._server.scripts[rest[len("FROM:<") : -1]]
                self._script = script if script.mail.startswith("2") else None
                self._say(script.mail)
            case "RCPT" if self._script is None:
                self._say("503 5.5.1 MAIL first")
            case "RCPT" if self._taken >= self._server.most_a_session:
                self._say(self._server.enough)
            case "RCPT":
                self._has_recipient = self._script.rcpt.startswith("2")
                self._recipient = rest[len("TO:<") : -1]
                self._say(self._script.rcpt)
            case "DATA" if self._script is None:
                self._say("503 5.5.1 MAIL first")
            case "DATA" if not self._has_recipient and not self._script.is_stubborn:
                self._say("554 5.5.1 no valid recipients")
            case "DATA":
                answer = self._script.data if self._has_recipient else "354 go on all the same"
                self._is_message = answer.startswith("3")
                self._say(answer)
            case "RSET":
                self._reset()
                self._say("250 2.0.0 ok")
            case "QUIT":
                self._say("221 2.0.0 bye")
                self._transport.close()
            case _:
                self._say("500 5.5.2 what was that")

    def _end(self, data: bytes) -> None:
        script, recipient, has_recipient = self._script, self._recipient, self._has_recipient
        self._reset()
        assert script is not None
        if not has_recipient:
            self._say("554 5.5.1 no valid recipients")
            return
        if script.message.startswith("2"):
            self._server.taken.append((recipient, data))
            self._taken += 1
        self._say(script.message)


@asynccontextmanager
async def scripted(server: ScriptedServer) -> AsyncIterator[ScriptedServer]:
    """Run it on a free port."""
    made: list[_Session] = []

    def answer() -> _Session:
        made.append(_Session(server))
        return made[-1]

    listener = await asyncio.get_running_loop().create_server(answer, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for session in made:
            session._transport.abort()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
