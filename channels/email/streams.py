"""Envelopes one behind the other on a pipelining connection, for as long as the server grants everything. What to do when it does not is decided in `sessions`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from channels.email.wire import LONG_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels.email.envelopes import Envelope, Errand, Take

_GRANTS: Final = (b"250 ", b"250 ", b"354 ")  # of MAIL, RCPT and DATA
_TAKEN: Final = b"250 "
_ROUND: Final = re.compile(rb"(?:250 [^\n]*\n){3}354 [^\n]*\n")  # a message taken, and the next one's group granted


def group(envelope: Envelope) -> bytes:
    """MAIL, RCPT and DATA in one write (RFC 2920)."""
    commands = f"MAIL FROM:<{envelope.sender}>\r\nRCPT TO:<{envelope.recipient}>\r\nDATA\r\n"
    return commands.encode("ascii")


class Stream:
    """Hears answers as they come, without a task to be woken for each: a message costs one answer heard and one write.

    `errand` is the envelope under way, whose group has been written; None once no more was to be had (or `most` have been
    begun after it: `begun` counts them). When it `is_written` its message has left us, and the group of `following` with
    it. `granted` counts the answers to its group so far.
    """

    __slots__ = ("_most", "_take", "_write", "begun", "errand", "following", "granted", "is_written")

    def __init__(self, errand: Errand, take: Take, write: Callable[[bytes], object], most: int) -> None:
        self.errand: Errand | None = errand
        self.following: Errand | None = None
        self.granted = 0
        self.begun = 0
        self.is_written = False
        self._take = take
        self._write = write
        self._most = most

    def hear(self, line: bytes) -> bool:
        """Act on a line; False when it is not what all is well with: then it has not been acted on."""
        errand = self.errand
        if errand is None:
            return False
        if self.is_written:
            if line[:4] != _TAKEN:
                return False
            errand.settle("")
            self._turn_to_following()
            return True
        if line[:4] != _GRANTS[self.granted]:
            return False
        if self.granted == 2:
            return self._write_message(errand)
        self.granted += 1
        return True

    def hear_round(self, data: bytes) -> bool:
        """Act on all that a server mostly says at once, as on its four lines; False when it is not that: then it has not been acted on."""
        errand, following = self.errand, self.following
        if errand is None or following is None or not self.is_written:
            return False
        if not _ROUND.fullmatch(data) or len(following.envelope.on_the_wire) > LONG_BYTES:
            return False
        errand.settle("")
        self._turn_to_following()
        return self._write_message(following)

    def _turn_to_following(self) -> None:
        self.errand, self.following = self.following, None
        self.begun += self.errand is not None
        self.granted, self.is_written = 0, False

    def _write_message(self, errand: Errand) -> bool:
        """The server listens: the message, the dot that ends it, and the next group behind it. A long one is left to others."""
        data = errand.envelope.on_the_wire
        if len(data) > LONG_BYTES:
            return False
        self.is_written = True
        self.following = following = self._take() if self.begun < self._most else None
        if following is None:
            self._write(data + b".\r\n")
        else:
            self._write(b"".join((data, b".\r\n", group(following.envelope))))
        return True
