"""Connections to the mail server: opened, kept, renewed, and envelopes handed over through them. What a message holds is made elsewhere.

aiosmtplib does connecting, TLS, EHLO and AUTH. Handing over goes command by command, so that it is known whether the
server may already have taken the message when the wire breaks.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiosmtplib

from channels.api import Doubtful, Misconfigured, SendError, TryLater
from channels.email.errors import Step, from_reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from channels.email.settings import EmailSettings

_LEADING_DOT = re.compile(rb"(?m)^\.")
_WIRE = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message ready for the wire: return path, recipient, and bytes with CRLF line ends."""

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    data: bytes = field(repr=False)


class WireCutError(Exception):
    """The connection broke before the server can have taken the message."""


class Connection:
    """One session with the mail server. Used by one envelope at a time."""

    def __init__(self, settings: EmailSettings) -> None:
        self.handed_over = 0
        self._timeout = settings.timeout_seconds
        self._smtp = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password.get_secret_value() or None if settings.username else None,
            local_hostname=settings.reply_domain,
            timeout=settings.timeout_seconds,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=ssl.create_default_context(cafile=settings.ca_file) if settings.security != "none" else None,
        )

    async def open(self) -> None:
        """Connect, encrypt, log in. Raises `TryLater` or `Misconfigured`."""
        try:
            await self._smtp.connect()
            if self._smtp.is_ehlo_or_helo_needed:
                await self._smtp.ehlo()
        except aiosmtplib.SMTPAuthenticationError as error:
            raise from_reply("login", error.code, error.message) from None
        except aiosmtplib.SMTPResponseException as error:
            raise from_reply("connect", error.code, error.message) from None
        except ssl.SSLCertVerificationError:
            raise Misconfigured("smtp_certificate_not_trusted") from None
        except aiosmtplib.SMTPConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise Misconfigured("smtp_certificate_not_trusted") from None
            raise TryLater("smtp_cannot_connect") from None
        except _WIRE:
            raise TryLater("smtp_cannot_connect") from None
        except aiosmtplib.SMTPException:
            raise Misconfigured("smtp_login_or_tls_not_offered") from None

    async def hand_over(self, envelope: Envelope) -> str:
        """The server's words of acceptance. Raises `SendError`; `WireCutError` when it broke before it mattered."""
        self.handed_over += 1
        try:
            return await self._hand_over(envelope)
        except asyncio.CancelledError:
            self.abandon()
            raise

    async def _hand_over(self, envelope: Envelope) -> str:
        try:
            await self._command("sender", b"MAIL FROM:<%b>" % envelope.sender.encode("ascii"))
            await self._command("recipient", b"RCPT TO:<%b>" % envelope.recipient.encode("ascii"))
            await self._command("data", b"DATA", expected=354)
        except aiosmtplib.SMTPResponseException:
            self.abandon()
            raise TryLater("smtp_answer_not_understood") from None
        except _WIRE:
            self.abandon()
            raise WireCutError from None
        return await self._message(envelope.data)

    async def _command(self, step: Step, line: bytes, expected: int = 250) -> None:
        reply = await self._smtp.execute_command(line)
        if reply.code == expected or (expected == 250 and reply.code == 251):
            return
        error = from_reply(step, reply.code, reply.message)
        if self.is_usable:
            await self._forget()
        raise error

    async def _message(self, data: bytes) -> str:
        """Write the message and wait for the word on it: from here on, a broken wire leaves doubt."""
        protocol = self._smtp.protocol
        if protocol is None:
            raise WireCutError
        try:
            protocol.write(_LEADING_DOT.sub(b"..", data) + b".\r\n")
            reply = await protocol.read_response(timeout=self._timeout)
        except (*_WIRE, aiosmtplib.SMTPResponseException):
            self.abandon()
            raise Doubtful("smtp_cut_after_data") from None
        if reply.code == 421:
            self.abandon()
        if not 200 <= reply.code < 300:
            raise from_reply("message", reply.code, reply.message)
        return reply.message

    async def _forget(self) -> None:
        """Leave the envelope that was refused behind, or the connection if that cannot be done."""
        try:
            await self._smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            self.abandon()

    @property
    def is_usable(self) -> bool:
        """Whether another envelope can go this way, as far as is known."""
        return self._smtp.is_connected

    def abandon(self) -> None:
        """Close without a word."""
        self._smtp.close()

    async def close(self) -> None:
        """Say goodbye and close."""
        if self._smtp.is_connected:
            try:
                await self._smtp.quit(timeout=2)
            except (aiosmtplib.SMTPException, OSError):
                self.abandon()


class Connections:
    """At most so many sessions at a time, kept open between batches."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(settings.connections)
        self._idle: list[Connection] = []

    async def deliver(self, envelopes: Sequence[Envelope]) -> list[str | SendError]:
        """Hand over every envelope; one outcome each, in order.

        When the server cannot be reached or does not let us in, the rest of the batch shares that outcome untried.
        """
        outcomes: list[str | SendError] = [TryLater("smtp_not_tried")] * len(envelopes)
        queue = iter(enumerate(envelopes))
        workers = min(self._settings.connections, len(envelopes))
        await asyncio.gather(*(self._work(queue, outcomes) for _ in range(workers)))
        return outcomes

    async def _work(self, queue: Iterator[tuple[int, Envelope]], outcomes: list[str | SendError]) -> None:
        async with self._places:
            connection: Connection | None = None
            for place, envelope in queue:
                try:
                    connection = await self._usable(connection)
                except SendError as error:
                    outcomes[place] = error
                    for other, _ in queue:
                        outcomes[other] = error
                    return
                outcomes[place], connection = await self._attempt(connection, envelope)
            if connection is not None and connection.is_usable:
                self._idle.append(connection)

    async def _attempt(self, connection: Connection, envelope: Envelope) -> tuple[str | SendError, Connection]:
        """One envelope; a connection that had gone stale while idle is renewed once."""
        was_fresh = connection.handed_over == 0
        try:
            return await connection.hand_over(envelope), connection
        except SendError as error:
            return error, connection
        except WireCutError:
            if was_fresh:
                return TryLater("smtp_cut_before_data"), connection
        try:
            connection = await self._fresh()
            return await connection.hand_over(envelope), connection
        except SendError as error:
            return error, connection
        except WireCutError:
            return TryLater("smtp_cut_before_data"), connection

    async def _usable(self, connection: Connection | None) -> Connection:
        while connection is None or not connection.is_usable:
            if not self._idle:
                return await self._fresh()
            connection = self._idle.pop()
        if connection.handed_over < self._settings.messages_per_connection:
            return connection
        await connection.close()
        return await self._fresh()

    async def _fresh(self) -> Connection:
        connection = Connection(self._settings)
        try:
            await connection.open()
        except BaseException:
            connection.abandon()
            raise
        return connection

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside, connections may be kept; afterwards all are closed."""
        try:
            yield
        finally:
            idle, self._idle = self._idle, []
            await asyncio.gather(*(connection.close() for connection in idle))
