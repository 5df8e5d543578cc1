"""Envelopes on their way to a mail server, singly and in batches. How they are handed over lives in `sessions`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from channels.errors import Refused, SendError, TryLater

Outcome = str | SendError  # a text, which may be empty, when the server has taken it
_STANDS = re.compile(r"[!-;=?-~]*")  # printable ASCII without blank and angle brackets


@dataclass(slots=True)
class Envelope:
    """One message ready for the wire: return path, recipient, and bytes with CRLF line ends.

    Whoever makes one that `is_dotless` knows that no line of it begins with a dot.
    """

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    data: bytes = field(repr=False)
    is_dotless: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether both addresses can stand in a command without becoming another command."""
        return _STANDS.fullmatch(self.sender + self.recipient) is not None

    @property
    def on_the_wire(self) -> bytes:
        """The message with the dots doubled that begin a line (RFC 5321, 4.5.2). To look for them is dear."""
        if self.is_dotless:
            return self.data
        return (b"." if self.data[:1] == b"." else b"") + self.data.replace(b"\n.", b"\n..")


Taken = Callable[[int], object]
"""What stands among the outcomes for an envelope that a server has taken, by its number; it is asked for as soon as that is known."""
_NONE: Final = Envelope("", "", b"")


class Batch:
    """Envelopes handed in together, each made when its turn comes, and what became of each."""

    def __init__(self, count: int, make: Callable[[int], Envelope], taken: Taken | None = None) -> None:
        self.outcomes: list[Any] = [TryLater("smtp_not_tried")] * count
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.make = make
        self._taken = taken
        self._left = count
        if not count:
            self.done.set_result(None)

    def write_down(self, place: int, outcome: Outcome) -> None:
        if self._taken is None or isinstance(outcome, SendError):
            self.outcomes[place] = outcome
        else:
            self.outcomes[place] = self._taken(place)
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result(None)


class Errand:
    """One envelope of a batch, to be settled once; what is said of it later is not heard."""

    __slots__ = ("batch", "envelope", "is_settled", "is_urgent", "place")

    def __init__(self, batch: Batch, place: int, *, is_urgent: bool) -> None:
        self.batch = batch
        self.place = place
        self.is_urgent = is_urgent
        self.is_settled = False
        self.envelope = _NONE

    def make(self) -> bool:
        """Make the envelope, if that has not been done. False when there is none to carry: that has been settled then."""
        if self.envelope is not _NONE:
            return True
        try:
            envelope = self.batch.make(self.place)
        except SendError as error:
            self.settle(error)
            return False
        if not envelope.is_sound:
            self.settle(Refused("smtp_address_malformed"))
            return False
        self.envelope = envelope
        return True

    def settle(self, outcome: Outcome) -> None:
        """Say what became of it: a text when the server has taken it, or a failure. Its bytes are not needed any more."""
        if not self.is_settled:
            self.is_settled = True
            self.envelope = _NONE
            self.batch.write_down(self.place, outcome)


Take = Callable[[], Errand | None]
