"""What an incoming message means, whichever way it came: a complaint, a bounce or a resident's reply, for the desk. How messages come in lives in `intake` and `mailbox`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from channels.api import DeliveryReport, Desk, Inbound
from channels.email.addresses import OurAddresses
from channels.email.bounces import complaint, delivery_report
from channels.email.loops import LoopGuard
from channels.email.reading import answered, inbound, parse
from channels.email.settings import EmailSettings


class Receiver:
    """Translates messages to our addresses, and hands them to the desk."""

    def __init__(self, settings: EmailSettings, ours: OurAddresses, desk: Desk, now: Callable[[], datetime]) -> None:
        self._lane = settings.lane
        self._ours = ours
        self._desk = desk
        self._now = now
        self._loops = LoopGuard(settings.most_per_hour)
        self._complaints = f"{settings.complaints_to}@{settings.reply_domain}".lower()

    def is_ours(self, address: str) -> bool:
        """Whether an address is one that we made ourselves, or the one for complaints."""
        return (
            self._ours.token_in(address) is not None
            or self._ours.bounced(address) is not None
            or self._is_for_complaints(address)
        )

    def translated(self, raw: bytes, sender: str, address: str) -> Inbound | DeliveryReport | None:
        """What a message to one of our addresses says; None when that is nothing to act upon.

        `sender` is the envelope's, "" for none. With no `address` of ours a message is heard when it answers one of our
        Message-IDs, whose signature only its recipient has, or is a bounce that repeats one.
        """
        message = parse(raw)
        token = self._ours.token_in(address)
        number = self._ours.bounced(address)
        report = complaint(message, raw, self._ours, number)
        if report is None and not self._is_for_complaints(address):
            report = delivery_report(message, raw, self._ours, number, sender)
        if report is not None:
            return report
        if token or (not address and answered(message, self._ours) is not None):
            return inbound(message, raw, self._ours, self._lane, token, sender, self._loops, self._now())
        return None

    async def take(self, happening: Inbound | DeliveryReport | None) -> None:
        """Hand it to the desk. Returns once its effect is committed; the same once more changes nothing."""
        if isinstance(happening, DeliveryReport):
            await self._desk.report(happening)
        elif happening is not None:
            await self._desk.receive(happening)

    def _is_for_complaints(self, address: str) -> bool:
        return address.lower() == self._complaints
