"""The SMTP that the mail stand-in speaks: one session of RFC 5321 with PIPELINING, SIZE, 8BITMIME, ENHANCEDSTATUSCODES, DSN and AUTH. What is accepted is decided by its keeper."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

_PATH = re.compile(rb"^(?:FROM|TO):\s*<([^<>\r\n]*)>((?:\s+\S+)*)\s*$", re.IGNORECASE)
_LONGEST_LINE = 4096


class Cut(Exception):
    """The keeper wants the connection broken here, without an answer."""


class Keeper(Protocol):
    """Who decides what a session answers. Each method gives a reply such as "250 2.1.0 Ok" or raises `Cut`."""

    hostname: str
    most_bytes: int
    login: tuple[str, str] | None

    def greet(self) -> str:
        """To a new connection."""

    def sender(self, address: str) -> str:
        """To MAIL FROM."""

    def recipient(self, sender: str, address: str) -> str:
        """To RCPT TO."""

    def begun(self) -> None:
        """When the first bytes of a message have come."""

    def message(self, sender: str, recipients: list[str], data: bytes) -> str:
        """To the final dot. `data` is as sent, dots unstuffed."""


@dataclass(slots=True)
class _Mail:
    sender: str
    recipients: list[str]


class SmtpSession(asyncio.Protocol):
    """The server's side of one connection. Commands are answered in order, however many come at once."""

    def __init__(self, keeper: Keeper, on_end: Callable[[SmtpSession], None]) -> None:
        self._keeper = keeper
        self._on_end = on_end
        self._buffer = bytearray()
        self._mail: _Mail | None = None
        self._is_data = False
        self._searched = 0
        self._login: list[bytes] | None = None
        self._is_known = keeper.login is None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = stream = cast("asyncio.Transport", transport)  # uvloop's streams are no subclass
        try:
            self._reply(self._keeper.greet())
        except Cut:
            stream.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._on_end(self)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while self._transport is not None and not self._transport.is_closing():
                if not (self._take_message() if self._is_data else self._take_line()):
                    return
        except Cut:
            if self._transport is not None:
                self._transport.abort()

    def _reply(self, text: str) -> None:
        if self._transport is not None:
            self._transport.write(text.encode("utf-8") + b"\r\n")
            if text.startswith(("221", "421")):
                self._transport.close()

    def _take_line(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > _LONGEST_LINE:
                self._buffer.clear()
                self._reply("500 5.5.2 Line too long")
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        if self._login is not None:
            self._login_line(line)
            return True
        verb, _, rest = line.partition(b" ")
        action = self._verbs.get(verb.upper())
        if action is None:
            self._reply("502 5.5.1 Not known here")
        else:
            action(self, rest.strip())
        return True

    def _take_message(self) -> bool:
        if self._buffer:
            self._keeper.begun()
        if self._buffer.startswith(b".\r\n"):
            end = 0
        else:
            found = self._buffer.find(b"\r\n.\r\n", max(0, self._searched - 4))
            if found < 0:
                self._searched = len(self._buffer)
                return False
            end = found + 2
        data = bytes(self._buffer[:end])
        del self._buffer[: end + 3]
        mail, self._mail, self._is_data, self._searched = self._mail, None, False, 0
        if mail is None:
            raise AssertionError("a message without an envelope")
        if len(data) > self._keeper.most_bytes:
            self._reply("552 5.3.4 Too big")
            return True
        if data.startswith(b".."):
            data = data[1:]
        self._reply(self._keeper.message(mail.sender, mail.recipients, data.replace(b"\r\n..", b"\r\n.")))
        return True

    def _ehlo(self, rest: bytes) -> None:
        self._mail = None
        offers = ["PIPELINING", f"SIZE {self._keeper.most_bytes}", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN"]
        if self._keeper.login is not None:
            offers.append("AUTH PLAIN LOGIN")
        lines = [self._keeper.hostname, *offers]
        self._reply("\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines))

    def _helo(self, rest: bytes) -> None:
        self._mail = None
        self._reply(f"250 {self._keeper.hostname}")

    def _mail_from(self, rest: bytes) -> None:
        found = _PATH.match(rest)
        if self._mail is not None:
            self._reply("503 5.5.1 One sender at a time")
        elif found is None:
            self._reply("501 5.5.4 MAIL FROM:<address>")
        elif not self._is_known:
            self._reply("530 5.7.0 Authentication required")
        elif self._declared(found[2]) > self._keeper.most_bytes:
            self._reply("552 5.3.4 Too big")
        else:
            sender = found[1].decode("utf-8", "replace")
            reply = self._keeper.sender(sender)
            if reply.startswith("2"):
                self._mail = _Mail(sender, [])
            self._reply(reply)

    @staticmethod
    def _declared(options: bytes) -> int:
        found = re.search(rb"(?i)\bSIZE=(\d{1,15})", options)
        return int(found[1]) if found else 0

    def _rcpt_to(self, rest: bytes) -> None:
        found = _PATH.match(rest)
        if self._mail is None:
            self._reply("503 5.5.1 MAIL first")
        elif found is None or not found[1]:
            self._reply("501 5.5.4 RCPT TO:<address>")
        else:
            address = found[1].decode("utf-8", "replace")
            reply = self._keeper.recipient(self._mail.sender, address)
            if reply.startswith("2"):
                self._mail.recipients.append(address)
            self._reply(reply)

    def _data(self, rest: bytes) -> None:
        if self._mail is None or not self._mail.recipients:
            self._reply("503 5.5.1 RCPT first" if self._mail is None else "554 5.5.1 No valid recipients")
            return
        self._is_data = True
        self._reply("354 Go on")

    def _rset(self, rest: bytes) -> None:
        self._mail = None
        self._reply("250 2.0.0 Ok")

    def _noop(self, rest: bytes) -> None:
        self._reply("250 2.0.0 Ok")

    def _quit(self, rest: bytes) -> None:
        self._reply("221 2.0.0 Bye")

    def _auth(self, rest: bytes) -> None:
        method, _, initial = rest.partition(b" ")
        if self._keeper.login is None or method.upper() not in (b"PLAIN", b"LOGIN"):
            self._reply("504 5.5.4 Not offered")
            return
        self._login = [method.upper()]
        if initial:
            self._login_line(initial)
        else:
            self._reply("334 " + ("" if method.upper() == b"PLAIN" else "VXNlcm5hbWU6"))

    def _login_line(self, line: bytes) -> None:
        state = self._login or []
        try:
            state.append(base64.b64decode(line, validate=True))
        except binascii.Error:
            self._login = None
            self._reply("501 5.5.2 Not base64")
            return
        if state[0] == b"LOGIN" and len(state) == 2:
            self._reply("334 UGFzc3dvcmQ6")
            return
        given = state[1].split(b"\0")[-2:] if state[0] == b"PLAIN" else state[1:]
        self._login = None
        self._is_known = tuple(part.decode("utf-8", "replace") for part in given) == self._keeper.login
        self._reply("235 2.7.0 Welcome" if self._is_known else "535 5.7.8 Not the right name and password")

    _verbs: dict[bytes, Callable[[SmtpSession, bytes], None]] = {  # noqa: RUF012
        b"EHLO": _ehlo,
        b"HELO": _helo,
        b"MAIL": _mail_from,
        b"RCPT": _rcpt_to,
        b"DATA": _data,
        b"RSET": _rset,
        b"NOOP": _noop,
        b"QUIT": _quit,
        b"AUTH": _auth,
    }
