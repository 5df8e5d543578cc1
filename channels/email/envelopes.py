"""Envelopes on their way to a mail server, singly and in batches. How they are handed over lives in `sessions`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from channels.api import Refused, SendError, TryLater

Outcome = str | SendError  # a text, which may be empty, when the server has taken it
_STANDS = re.compile(r"[!-;=?-~]*")  # printable ASCII without blank and angle brackets


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message ready for the wire: return path, recipient, and bytes with CRLF line ends, and the Message-ID they carry.

    An urgent one overtakes others. Whoever makes one that `is_dotless` knows that no line of it begins with a dot.
    """

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    data: bytes = field(repr=False)
    is_urgent: bool = False
    message_id: str = ""
    is_dotless: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether both addresses can stand in a command without becoming another command."""
        return bool(_STANDS.fullmatch(self.sender) and _STANDS.fullmatch(self.recipient))

    @property
    def on_the_wire(self) -> bytes:
        """The message with the dots doubled that begin a line (RFC 5321, 4.5.2). To look for them is dear."""
        if self.is_dotless:
            return self.data
        return (b"." if self.data[:1] == b"." else b"") + self.data.replace(b"\n.", b"\n..")


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
        """Say what became of it: a text when the server has taken it, or a failure."""
        if not self.is_settled:
            self.is_settled = True
            self.batch.write_down(self.place, outcome)


Take = Callable[[], Errand | None]
