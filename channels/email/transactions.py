"""One mail transaction on a wire (RFC 5321, 3.3): its opening, the message, the verdict, and how a refused one is left behind. Which transactions follow each other is decided in `sessions`.

Where a function gives whether the session goes on and it does not, the wire is to be abandoned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels.email.errors import Step, from_reply
from channels.email.wire import LONG_BYTES, GarbledError, Reply, WireCutError
from channels.errors import Doubtful, SendError, TryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.email.envelopes import Envelope, Errand
    from channels.email.wire import Wire


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of MAIL, RCPT and DATA: a failure or None, and what the server now waits for."""

    error: SendError | None = None
    is_listening: bool = False  # 354: whatever we write is the message
    is_lost: bool = False  # nobody knows what state the server is in, or it is leaving


def commands(envelope: Envelope) -> tuple[bytes, bytes, bytes]:
    """The lines that open a transaction."""
    sender, recipient = envelope.sender.encode("ascii"), envelope.recipient.encode("ascii")
    return b"MAIL FROM:<%b>\r\n" % sender, b"RCPT TO:<%b>\r\n" % recipient, b"DATA\r\n"


async def opening(wire: Wire, lines: Sequence[bytes] | None = None) -> Opening:
    """Hear the answers to MAIL, RCPT and DATA; `lines` are written one by one, each when the one before was granted.

    Without `lines` all three were written already and all three answers are awaited, whatever the first is
    (RFC 2920, 3.1: every status must be checked). Raises `WireCutError` when nothing had been refused before the cut.
    """
    # Of a code that nobody knows the first digit counts (RFC 5321, 4.2.1).
    steps: tuple[tuple[Step, int], ...] = (("sender", 2), ("recipient", 2), ("data", 3))
    error: SendError | None = None
    is_lost = is_recipient_refused = False
    reply = Reply(0, b"")
    for place, (step, granted) in enumerate(steps):
        if lines is not None:
            wire.write(lines[place])
        try:
            reply = await wire.reply()
        except WireCutError:
            if error is None:
                raise
            return Opening(error, is_lost=True)
        except GarbledError:
            return Opening(error or TryLater("smtp_answer_not_understood"), is_lost=True)
        if reply.code // 100 == granted:
            continue
        error = error or from_reply(step, reply.code, reply.text)
        is_recipient_refused |= step == "recipient" and reply.code >= 400
        is_lost |= reply.code == 421 or not (400 <= reply.code < 600)
        if lines is not None or is_lost:
            return Opening(error, is_lost=is_lost)
    is_listening = reply.code // 100 == 3
    # Told to go on although we were refused: a dot on its own ends it, and goes to nobody if nobody was accepted.
    return Opening(error, is_listening, is_lost=error is not None and is_listening and not is_recipient_refused)


async def message(wire: Wire, errand: Errand, riding: bytes) -> bool:
    """Write the message with what rides behind it, and settle it by the server's word. Gives whether the session goes on.

    Once the final dot may have left us, a broken wire leaves doubt.
    """
    data = errand.envelope.on_the_wire
    if wire.is_cut:
        errand.settle(TryLater("smtp_cut_before_data"))
        return False
    if len(data) > LONG_BYTES:
        wire.write(data)
        if (early := await _before_the_dot(wire)) is not None:
            errand.settle(early)
            return False
        data = b""
    wire.write(data + b".\r\n" + riding)
    return await verdict(wire, errand)


async def verdict(wire: Wire, errand: Errand) -> bool:
    """Settle a message that was written by the server's word. Gives whether the session goes on."""
    try:
        reply = await wire.reply()
    except (WireCutError, GarbledError):
        errand.settle(Doubtful("smtp_cut_after_data"))
        return False
    errand.settle(reply.text if 200 <= reply.code < 300 else from_reply("message", reply.code, reply.text))
    return reply.code != 421 and (200 <= reply.code < 300 or 400 <= reply.code < 600)


async def _before_the_dot(wire: Wire) -> SendError | None:
    """What kept a long message from leaving us whole: surely it was not taken. None when all of it has left."""
    try:
        await wire.drained()
        if not wire.has_spoken:
            return None
        reply = await wire.reply()
    except (WireCutError, GarbledError):
        return TryLater("smtp_cut_in_message")
    return from_reply("message", reply.code, reply.text)


async def leave(wire: Wire, opening: Opening, riding: bytes) -> bool:
    """Leave a refused envelope behind, or the connection if that cannot be done. Gives whether the session goes on."""
    if opening.is_lost:
        return False
    wire.write((b".\r\n" if opening.is_listening else b"") + b"RSET\r\n" + riding)
    try:
        if opening.is_listening:
            await wire.reply()
        reply = await wire.reply()
    except (WireCutError, GarbledError):
        reply = Reply(0, b"")
    return reply.code == 250
