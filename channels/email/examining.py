"""Whether e-mail will get through: the mail server lets us in, and the domain's records vouch for us. Nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from channels.doors import Finding, Surroundings
from channels.email.sessions import Session
from channels.email.settings import EmailSettings
from channels.errors import Misconfigured, SendError

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

PATIENCE_SECONDS = 10.0


async def examine(
    settings: EmailSettings, surroundings: Surroundings, resolver: Resolver | None = None
) -> Sequence[Finding]:
    """How the mail server, the door and the domain's records stand. `resolver`: another than the system's."""
    from channels.email.records import look_up

    servers = asyncio.gather(*(_server(settings, place) for place in range(len(settings.relays))))
    found, ways_in, records = await asyncio.gather(servers, _ways_in(settings), look_up(settings, resolver))
    return [*found, *ways_in, *records]


async def _server(settings: EmailSettings, place: int) -> Finding:
    """Connect, EHLO, STARTTLS and AUTH as every send does, then leave."""
    host, port = settings.relays[place]
    subject = f"email server {host}:{port}" if place else "email server"
    patient = settings.model_copy(update={"timeout_seconds": min(settings.timeout_seconds, PATIENCE_SECONDS)})
    session = Session(patient, host, port)
    try:
        await session.open()
    except SendError as error:
        session.abandon()
        where = "GENKLANG_EMAIL_MORE_RELAYS" if place else "GENKLANG_EMAIL_HOST, GENKLANG_EMAIL_PORT"
        remedy = f"check {where} and that this machine may reach it"
        if isinstance(error, Misconfigured):
            remedy = "check GENKLANG_EMAIL_USERNAME, GENKLANG_EMAIL_PASSWORD and GENKLANG_EMAIL_SECURITY"
        return Finding(subject, "wrong", f"the mail server does not let us in ({error.reason})", remedy)
    await session.close()
    if settings.security == "none" and settings.username:
        what = "it lets us in, but the password crosses the network in clear"
        return Finding(subject, "note", what, "set GENKLANG_EMAIL_SECURITY to starttls or tls")
    return Finding(subject, "fine", "it lets us in")


async def _ways_in(settings: EmailSettings) -> list[Finding]:
    """The door and the mailbox, as far as they are set; one of them has to be."""
    found: list[Finding] = []
    if settings.door_port is not None:
        found.append(Finding("email door", "fine", f"{settings.door_protocol} on {settings.door_host}"))
    if settings.imap_host:
        found.append(await asyncio.to_thread(_mailbox, settings))
    if not found:
        what = "no door and no mailbox: answers by e-mail and bounces do not come back"
        remedy = "set GENKLANG_EMAIL_IMAP_HOST, or GENKLANG_EMAIL_DOOR_PORT and route replies and bounces to it"
        found.append(Finding("email door", "note", what, remedy))
    return found


def _mailbox(settings: EmailSettings) -> Finding:
    """Log in and select the folder, as the service does, and leave."""
    import imaplib

    from channels.email.mailbox import Mailbox

    subject = "email mailbox"
    try:
        mailbox = Mailbox(settings.model_copy(update={"timeout_seconds": PATIENCE_SECONDS}))
        waiting = len(mailbox.waiting())
    except (OSError, imaplib.IMAP4.error) as error:
        what = f"the mailbox does not let us in ({type(error).__name__})"
        return Finding(subject, "wrong", what, "check the settings GENKLANG_EMAIL_IMAP_…")
    mailbox.close()
    if settings.imap_security == "none":
        what = f"open, {waiting} waiting, but the password crosses the network in clear"
        return Finding(subject, "note", what, "set GENKLANG_EMAIL_IMAP_SECURITY to tls or starttls")
    return Finding(subject, "fine", f"open, {waiting} waiting")
