"""The door for incoming mail: an SMTP or LMTP server for our reply and bounce addresses only. What a message says is worked out in `receiving`.

A message is acknowledged after the desk has committed it; when the desk cannot, the sender is told to come back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakSet

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.email.receiving import Receiver
from channels.email.settings import EmailSettings

log = logging.getLogger(__name__)

_ACCEPTED = "250 2.0.0 Taken in"
_LATER = "451 4.3.0 Try again later"
_UNKNOWN = "550 5.1.1 No such address here"


@asynccontextmanager
async def open_door(settings: EmailSettings, receiver: Receiver) -> AsyncIterator[int]:
    """Take in mail while inside; gives the port."""
    # aiosmtpd logs every envelope's addresses and whole lines of messages; ours must not reach a log.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
    loop = asyncio.get_running_loop()
    protocol = LMTP if settings.door_protocol == "lmtp" else SMTP
    doorkeeper = Doorkeeper(receiver, is_lmtp=settings.door_protocol == "lmtp")
    open_sessions: WeakSet[SMTP] = WeakSet()

    def answer() -> SMTP:
        session = protocol(
            doorkeeper,
            data_size_limit=settings.door_size_bytes,
            hostname=settings.reply_domain,
            ident="Genklang",
            enable_SMTPUTF8=True,
            loop=loop,
        )
        open_sessions.add(session)
        return session

    server = await loop.create_server(answer, settings.door_host, settings.door_port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for session in list(open_sessions):
            if session.transport is not None:
                session.transport.close()
        await server.wait_closed()


class Doorkeeper:
    """Decides who may come in, and tells the sender when what they brought is safe with us."""

    def __init__(self, receiver: Receiver, *, is_lmtp: bool) -> None:
        self._receiver = receiver
        self._is_lmtp = is_lmtp

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only addresses that we made ourselves, and the one for complaints."""
        if not self._receiver.is_ours(address):
            return _UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Settle the message for every recipient; LMTP (RFC 2033) wants a reply for each of them."""
        data = envelope.content or b""
        raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
        answers = [await self._take_in(raw, envelope.mail_from or "", address) for address in envelope.rcpt_tos]
        if self._is_lmtp:
            return "\r\n".join(answers)
        return _LATER if _LATER in answers else _ACCEPTED

    async def _take_in(self, raw: bytes, sender: str, address: str) -> str:
        try:
            await self._receiver.take(self._receiver.translated(raw, sender, address))
        except Exception as error:  # the sender keeps the message and comes back, whatever went wrong here
            log.error("incoming mail was not taken in: %s", type(error).__name__)
            return _LATER
        return _ACCEPTED
