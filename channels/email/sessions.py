"""One session with a mail server: opened by aiosmtplib, then envelopes handed over, one command at a time or many at once. Which server, and how many, is decided by `connections`."""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import aiosmtplib

from channels.email import transactions
from channels.email.errors import from_reply
from channels.email.streams import Stream, group
from channels.email.wire import GarbledError, Reply, Wire, WireCutError
from channels.errors import Misconfigured, SendError, TryLater

if TYPE_CHECKING:
    import asyncio

    from channels.email.envelopes import Errand, Take
    from channels.email.settings import EmailSettings

_BROKEN = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)
_PARTING_SECONDS: Final = 2.0
_ENOUGH: Final = ("_421", "_452_4.5.3")


@dataclass(frozen=True, slots=True)
class Cut:
    """An errand that the server cannot have taken, since the wire broke first. On a fresh connection that says something of the server."""

    errand: Errand
    was_fresh: bool


class Session:
    """One connection to one mail server. Used by one hand at a time."""

    def __init__(self, settings: EmailSettings, host: str, port: int) -> None:
        self.handed_over = 0
        self._most = settings.messages_per_connection
        self._timeout = settings.timeout_seconds
        self._may_pipeline = settings.pipelining
        self.is_pipelining = False
        self._wire: Wire | None = None
        self._smtp = aiosmtplib.SMTP(
            hostname=host,
            port=port,
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
                await self._greet()
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
        except _BROKEN:
            raise TryLater("smtp_cannot_connect") from None
        except aiosmtplib.SMTPException:
            raise Misconfigured("smtp_login_or_tls_not_offered") from None
        self._take_over()

    async def _greet(self) -> None:
        """EHLO, or HELO where the server does not know it (RFC 5321, 3.2)."""
        try:
            await self._smtp.ehlo()
        except aiosmtplib.SMTPHeloError as error:
            if not 500 <= error.code < 600:
                raise
            await self._smtp.helo()

    def _take_over(self) -> None:
        """From here on we read the answers ourselves: aiosmtplib waits for each before the next command."""
        if self._smtp.transport is None:  # it has left already
            raise TryLater("smtp_cannot_connect")
        self.is_pipelining = self._may_pipeline and self._smtp.supports_extension("pipelining")
        self._wire = Wire(cast("asyncio.Transport", self._smtp.transport), self._timeout)  # uvloop's is no subclass

    @property
    def wire(self) -> Wire:
        if self._wire is None:
            raise WireCutError
        return self._wire

    @property
    def is_usable(self) -> bool:
        """Whether another envelope can go this way, as far as is known."""
        return self._wire is not None and self._wire.is_usable

    @property
    def is_worn(self) -> bool:
        """Whether it has had its number of envelopes."""
        return self.handed_over >= self._most

    async def carry(self, take: Take) -> Cut | None:
        """Hand over what `take` gives, settling each, until there is no more or the connection will not do any more.

        Whatever was taken has been settled afterwards, except what comes back as `Cut`. Raises nothing.
        """
        try:
            return await (self._carry_in_groups(take) if self.is_pipelining else self._carry_singly(take))
        except BaseException:
            self.abandon()
            raise

    # One command, one answer ------------------------------------------------------------------------------------------

    async def _carry_singly(self, take: Take) -> Cut | None:
        while self.is_usable and not self.is_worn and (errand := take()) is not None:
            was_fresh = self.handed_over == 0
            self.handed_over += 1
            try:
                opening = await transactions.opening(self.wire, transactions.commands(errand.envelope))
            except WireCutError:
                self.abandon()
                return Cut(errand, was_fresh)
            if opening.error is None:
                goes_on = await transactions.message(self.wire, errand, b"")
            elif self._has_had_enough(opening.error):
                self.abandon()
                return Cut(errand, was_fresh=False)
            else:
                errand.settle(opening.error)
                goes_on = await transactions.leave(self.wire, opening, b"")
            if not goes_on:
                self.abandon()
        return None

    # Many commands at once (RFC 2920) ---------------------------------------------------------------------------------

    async def _carry_in_groups(self, take: Take) -> Cut | None:
        """MAIL, RCPT and DATA in one write; those of the next envelope ride behind the end of the one before."""
        errand = take() if self.is_usable else None
        was_fresh = self.handed_over == 0
        if errand is not None:
            self.wire.write(group(errand.envelope))
        while errand is not None:
            self.handed_over += 1
            stream = Stream(errand, take, self.wire.write, self._most - self.handed_over)
            await self.wire.carry(stream)
            self.handed_over += stream.begun
            was_fresh = was_fresh and not stream.begun
            errand, following = stream.errand, stream.following
            if errand is None:
                return None
            if stream.is_written:
                goes_on = await transactions.verdict(self.wire, errand)
            else:
                self.wire.give_back(stream.granted, Reply(250, b""))
                try:
                    opening = await transactions.opening(self.wire)
                except WireCutError:
                    self.abandon()
                    return Cut(errand, was_fresh)
                if opening.error is not None and self._has_had_enough(opening.error):
                    self.abandon()
                    return Cut(errand, was_fresh=False)
                following, goes_on = await self._go_on(errand, opening, take)
            if not goes_on:
                self.abandon()
                return Cut(following, was_fresh=False) if following is not None else None
            errand, was_fresh = following, False
        return None

    async def _go_on(self, errand: Errand, opening: transactions.Opening, take: Take) -> tuple[Errand | None, bool]:
        """What follows an opening, with the next group behind it. Gives its errand, and whether the session goes on."""
        if opening.error is not None:
            errand.settle(opening.error)
        if opening.is_lost:
            return None, False
        following = None if self.is_worn else take()
        riding = group(following.envelope) if following is not None else b""
        if opening.error is not None:
            return following, await transactions.leave(self.wire, opening, riding)
        return following, await transactions.message(self.wire, errand, riding)

    def _has_had_enough(self, error: SendError) -> bool:
        """Whether the server takes no more over this connection, having taken some: another is opened, and nobody waits.

        421 ends a session, and 452 with 4.5.3 ("too many recipients") of a single one can only mean those before it.
        """
        return self.handed_over > 1 and any(words in error.reason for words in _ENOUGH)

    # Parting ----------------------------------------------------------------------------------------------------------

    def abandon(self) -> None:
        """Close without a word."""
        if self._wire is not None:
            self._wire.abandon()
        self._smtp.close()

    async def close(self) -> None:
        """Say goodbye and close."""
        if self._wire is not None and self._wire.is_usable:
            self._wire.write(b"QUIT\r\n")
            with suppress(WireCutError, GarbledError):  # it may leave first
                await self._wire.reply(_PARTING_SECONDS)
        self.abandon()
