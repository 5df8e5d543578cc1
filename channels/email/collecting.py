"""Taking in what lies in a mailbox: one message after another to the desk, and out of the folder once its effect is committed. The protocol lives in `mailbox`.

The folder is the queue: what is in it has not been taken in. Whoever dies between the desk's commit and the move finds the
message again, and the desk knows it by its Message-ID (or by its content, where it has none).
"""

from __future__ import annotations

import asyncio
import imaplib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Final, Literal, TypeVar

from channels.api import DeliveryReport, Inbound
from channels.email.headers import header
from channels.email.mailbox import Mailbox
from channels.email.reading import parse
from channels.email.receiving import Receiver
from channels.email.settings import EmailSettings

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
MOST_FAILURES: Final = 5  # of one message, while others are taken in
# Where mail servers note whom a message was for, the envelope's recipient first; what the author wrote comes last.
_ENVELOPE = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-RCPT-TO")
_WRITTEN = ("To", "Cc", "Resent-To", "Resent-Cc")

Happening = Inbound | DeliveryReport
Verdict = Literal["done", "aside", "later"]
T = TypeVar("T")


@asynccontextmanager
async def collecting(settings: EmailSettings, receiver: Receiver) -> AsyncIterator[None]:
    """Take in what comes to the mailbox while inside."""
    collector = Collector(settings, receiver)
    task = asyncio.get_running_loop().create_task(collector.run())
    try:
        yield
    finally:
        task.cancel()
        collector.stop()
        with suppress(asyncio.CancelledError):
            await task


class Collector:
    """Reads one mailbox for ever. A server that is away is asked again, after pauses that grow to a minute."""

    def __init__(self, settings: EmailSettings, receiver: Receiver) -> None:
        self._settings = settings
        self._receiver = receiver
        self._thread = ThreadPoolExecutor(1, "imap")
        self._mailbox: Mailbox | None = None
        self._is_stopping = False
        self._failures: dict[int, int] = {}

    async def run(self) -> None:
        """Connect, empty the folder, wait for more; and again."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                self._mailbox = mailbox = await self._call(self._open)
                self._failures.clear()  # UIDs hold for a session only
                while True:
                    is_clear = await self._empty(mailbox)
                    pause = FIRST_PAUSE_SECONDS if is_clear else min(2 * pause, LONGEST_PAUSE_SECONDS)
                    await self._rest(mailbox, None if is_clear else pause)
            except (OSError, imaplib.IMAP4.error) as error:
                log.warning("email: the mailbox is out of reach: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            except (
                Exception
            ) as error:  # the server says what no server should, or the defect is ours: neither ends the reading
                log.error("email: the mailbox cannot be read: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            finally:
                self._hang_up()

    def stop(self) -> None:
        """End what is waiting in the thread."""
        self._is_stopping = True
        self._hang_up()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _hang_up(self) -> None:
        if self._mailbox is not None:
            self._mailbox.interrupt()
            self._mailbox = None

    def _open(self) -> Mailbox:
        mailbox = Mailbox(self._settings)
        if self._is_stopping:  # told to while it was connecting
            mailbox.interrupt()
        return mailbox

    async def _call(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def _rest(self, mailbox: Mailbox, seconds: float | None) -> None:
        """Until there may be more: as long as the server likes when it tells us, else as long as is set, or `seconds`."""
        if seconds is not None:
            await asyncio.sleep(seconds)
        elif mailbox.has_idle:
            await self._call(mailbox.wait, 10 * self._settings.imap_poll_seconds)
        else:
            await asyncio.sleep(self._settings.imap_poll_seconds)

    async def _empty(self, mailbox: Mailbox) -> bool:
        """Take in what is there. False when something has to wait for another round."""
        verdicts: dict[int, Verdict] = {}
        for uid in await self._call(mailbox.waiting):
            verdicts[uid] = verdict = await self._take_in(mailbox, uid)
            if verdict != "later":
                await self._put_away(mailbox, uid, verdict)
        if "done" in verdicts.values():  # the desk is well, so what it did not take is the message's own fault
            for uid, verdict in verdicts.items():
                if verdict == "later" and self._failures.get(uid, 0) >= MOST_FAILURES:
                    log.error("email: a message in the mailbox was put aside after %d failures", MOST_FAILURES)
                    await self._put_away(mailbox, uid, "aside")
                    verdicts[uid] = "aside"
        return "later" not in verdicts.values()

    async def _put_away(self, mailbox: Mailbox, uid: int, verdict: Verdict) -> None:
        done = verdict == "done"
        await self._call(
            mailbox.move, uid, self._settings.imap_done_folder if done else self._settings.imap_aside_folder
        )
        self._failures.pop(uid, None)

    async def _take_in(self, mailbox: Mailbox, uid: int) -> Verdict:
        """One message. What cannot be read is put aside; what the desk cannot take now stays."""
        size = await self._call(mailbox.size, uid)
        if size is not None and size > self._settings.door_size_bytes:
            log.warning("email: a message in the mailbox is too large and was put aside")
            return "aside"
        raw = await self._call(mailbox.message, uid)
        if raw is None:
            return "done"  # another reader of the same mailbox was quicker
        try:
            happenings = happenings_of(raw, self._receiver)
        except Exception as error:
            log.error("email: a message in the mailbox cannot be read: %s", type(error).__name__)
            return "aside"
        try:
            for happening in happenings:
                await self._receiver.take(happening)
        except (
            Exception
        ) as error:  # the store's trouble, or a message that it chokes on: seen by what becomes of others
            self._failures[uid] = self._failures.get(uid, 0) + 1
            log.error("email: a message in the mailbox was not taken in: %s", type(error).__name__)
            return "later"
        return "done" if happenings else "aside"


def happenings_of(raw: bytes, receiver: Receiver) -> list[Happening]:
    """What a message in a mailbox says, once for each of our addresses that it was for; empty when it says nothing to us."""
    message = parse(raw)
    sender = _sender(message)
    found = [receiver.translated(raw, sender, address) for address in recipients(message, receiver) or [""]]
    return [happening for happening in found if happening is not None]


def recipients(message: EmailMessage, receiver: Receiver) -> list[str]:
    """The addresses of ours that a message was for: those of the envelope, where a server has noted any, else those written."""
    for names in ((name,) for name in _ENVELOPE):
        if found := _ours(message, names, receiver):
            return found
    return _ours(message, _WRITTEN, receiver)


def _ours(message: EmailMessage, names: tuple[str, ...], receiver: Receiver) -> list[str]:
    values = [str(value) for name in names for value in _values(message, name)]
    addresses = dict.fromkeys(address for _, address in getaddresses(values))
    return [address for address in addresses if receiver.is_ours(address)]


def _values(message: EmailMessage, name: str) -> list[str]:
    """Every header of that name, as far as they can be read at all."""
    try:
        return [str(value) for value in message.get_all(name, [])]
    except Exception:  # the standard library's header parser has many ways to fail on what spammers write
        return []


def _sender(message: EmailMessage) -> str:
    """The envelope's sender as the last server noted it (RFC 5321, 4.4: Return-Path), else who wrote: "" is said, never assumed."""
    noted = header(message, "Return-Path")
    if noted:
        return "" if noted == "<>" else noted.strip("<> ")
    return next((address for _, address in getaddresses([header(message, "From")])), "") or "unknown"
