"""E-mail: the door that the entry point names, and its settings. Building imports the libraries; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence

from channels.api import Channel
from channels.doors import Door, Finding, Surroundings
from channels.email.addresses import normalise
from channels.email.limits import limits
from channels.email.settings import EmailSettings
from channels.errors import ChannelError


def build(settings: EmailSettings, surroundings: Surroundings) -> Channel | None:
    """The channel, or None when no mail server is set. Raises `ChannelError` naming the setting that is missing."""
    if not settings.host:
        return None
    if not settings.sender_address:
        raise ChannelError("e-mail has a server but no sender: set GENKLANG_EMAIL_SENDER_ADDRESS")
    if not settings.secret.get_secret_value():
        raise ChannelError("e-mail cannot sign its return addresses: set GENKLANG_EMAIL_SECRET to a long random text")
    from channels.email.adapter import Email

    return Email(settings, surroundings)


async def examine(settings: EmailSettings, surroundings: Surroundings) -> Sequence[Finding]:
    """What the provider says of these settings; see `examining`."""
    from channels.email import examining

    return await examining.examine(settings, surroundings)


door = Door(
    name="email",
    settings=EmailSettings,
    build=build,
    normalise=normalise,
    limits=limits,
    examine=examine,
)

__all__ = ["EmailSettings", "door"]
