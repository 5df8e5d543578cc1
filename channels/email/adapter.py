"""The e-mail channel: letters out through connections, and the door for what comes back. The parts do the work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from channels.api import Desk, Heard, Outbound, Receipt
from channels.doors import Surroundings
from channels.email.addresses import OurAddresses, normalise
from channels.email.connections import Connections
from channels.email.envelopes import Envelope
from channels.email.letters import URGENT, Letters
from channels.email.limits import limits
from channels.email.settings import EmailSettings
from channels.email.signing import signer
from channels.errors import SendError, TooLate

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


class Email:
    """One sender identity on one mail server."""

    name = "email"

    def __init__(self, settings: EmailSettings, surroundings: Surroundings) -> None:
        self.lane = settings.lane
        self.limits = limits(settings)
        self.door_port: int | None = None
        self._settings = settings
        self._now = surroundings.now
        sender_address = normalise(settings.sender_address)
        self._ours = OurAddresses(settings.reply_domain, settings.secret.get_secret_value().encode(), sender_address)
        self._connections = Connections(settings)
        self._letters = Letters(
            self._ours,
            sender_address,
            settings.sender_name,
            surroundings.translation,
            signer(settings),
            house_name=surroundings.sender_name,
        )

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """None: mail comes by the door or the mailbox; the unsubscribe address is a page of the service."""
        return ()

    @asynccontextmanager
    async def running(self, desk: Desk | None) -> AsyncIterator[None]:
        """Keeps connections open and, where they are set, the door and the mailbox; `door_port` tells which port the door got."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._connections.running())
            if desk is not None:
                await self._take_in(stack, desk)
            yield

    async def _take_in(self, stack: AsyncExitStack, desk: Desk) -> None:
        """Open the ways in that are set: the door, the mailbox, or both."""
        from channels.email.receiving import Receiver

        receiver = Receiver(self._settings, self._ours, desk, self._now)
        if self._settings.door_port is not None:
            from channels.email.intake import open_door

            self.door_port = await stack.enter_async_context(open_door(self._settings, receiver))
        if self._settings.imap_host:
            from channels.email.collecting import collecting

            await stack.enter_async_context(collecting(self._settings, receiver))

    async def send(
        self, batch: Sequence[Outbound], until: float = inf, heard: Heard | None = None
    ) -> Sequence[Receipt | SendError]:
        """Send a batch. Receipts hold no name of the server's: replies and bounces carry ours, which says which message it was."""
        now = self._now()

        def make(place: int) -> Envelope:
            if monotonic() >= until:
                raise TooLate
            return self._letters.envelope(batch[place], now)

        def taken(place: int) -> Receipt:
            receipt = Receipt(batch[place].message_id)
            if heard is not None:
                heard(receipt)
            return receipt

        urgent = {place for place, outbound in enumerate(batch) if outbound.purpose in URGENT}
        return await self._connections.deliver(len(batch), make, urgent, taken)
