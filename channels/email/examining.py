"""Whether e-mail will get through: the mail server lets us in, and the domain's records vouch for us. Nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from channels.api import Finding, Misconfigured, SendError, Surroundings
from channels.email.connections import Connection
from channels.email.settings import EmailSettings

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

PATIENCE_SECONDS = 10.0


async def examine(
    settings: EmailSettings, surroundings: Surroundings, resolver: Resolver | None = None
) -> Sequence[Finding]:
    """How the mail server, the door and the domain's records stand. `resolver`: another than the system's."""
    from channels.email.records import look_up

    server, records = await asyncio.gather(_server(settings), look_up(settings, resolver))
    return [server, _door(settings), *records]


async def _server(settings: EmailSettings) -> Finding:
    """Connect, EHLO, STARTTLS and AUTH as every send does, then leave."""
    subject = "email server"
    patient = settings.model_copy(update={"timeout_seconds": min(settings.timeout_seconds, PATIENCE_SECONDS)})
    connection = Connection(patient)
    try:
        await connection.open()
    except SendError as error:
        connection.abandon()
        remedy = "check GENKLANG_EMAIL_HOST, GENKLANG_EMAIL_PORT and that this machine may reach it"
        if isinstance(error, Misconfigured):
            remedy = "check GENKLANG_EMAIL_USERNAME, GENKLANG_EMAIL_PASSWORD and GENKLANG_EMAIL_SECURITY"
        return Finding(subject, "wrong", f"the mail server does not let us in ({error.reason})", remedy)
    await connection.close()
    if settings.security == "none" and settings.username:
        what = "it lets us in, but the password crosses the network in clear"
        return Finding(subject, "note", what, "set GENKLANG_EMAIL_SECURITY to starttls or tls")
    return Finding(subject, "fine", "it lets us in")


def _door(settings: EmailSettings) -> Finding:
    if settings.door_port is None:
        what = "no door: answers by e-mail and bounces do not come back"
        return Finding("email door", "note", what, "set GENKLANG_EMAIL_DOOR_PORT and route replies and bounces to it")
    return Finding("email door", "fine", f"{settings.door_protocol} on {settings.door_host}")
