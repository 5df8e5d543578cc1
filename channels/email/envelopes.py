"""Envelopes on their way to a mail server, singly and in batches. How they are handed over lives in `sessions`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from channels.api import Refused, SendError, TryLater

Outcome = str | SendError


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message ready for the wire: return path, recipient, and bytes with CRLF line ends, and the Message-ID they carry. An urgent one overtakes others."""

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    data: bytes = field(repr=False)
    is_urgent: bool = False
    message_id: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether both addresses can stand in a command without becoming another command."""
        return _stands(self.sender) and _stands(self.recipient)


def _stands(address: str) -> bool:
    return address.isascii() and address.isprintable() and not any(char in address for char in " <>")


class Batch:
    """Envelopes handed in together, and what became of each."""

    def __init__(self, envelopes: Sequence[Envelope]) -> None:
        self.outcomes: list[Outcome] = [TryLater("smtp_not_tried")] * len(envelopes)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = len(envelopes)
        self.errands = [Errand(self, place, envelope) for place, envelope in enumerate(envelopes)]
        for errand in self.errands:
            if not errand.envelope.is_sound:
                errand.settle(Refused("smtp_address_malformed"))
        if not envelopes:
            self.done.set_result(None)

    def write_down(self, place: int, outcome: Outcome) -> None:
        self.outcomes[place] = outcome
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result(None)


class Errand:
    """One envelope of a batch, to be settled once; what is said of it later is not heard."""

    __slots__ = ("batch", "envelope", "is_settled", "place")

    def __init__(self, batch: Batch, place: int, envelope: Envelope) -> None:
        self.batch = batch
        self.place = place
        self.envelope = envelope
        self.is_settled = False

    def settle(self, outcome: Outcome) -> None:
        """Say what became of it: the server's words of acceptance or a failure."""
        if not self.is_settled:
            self.is_settled = True
            self.batch.write_down(self.place, outcome)


Take = Callable[[], Errand | None]
