"""The mail stand-in: a mail server with every resident's mailbox behind it. What it answers is in `reception`, its SMTP in `smtp`, how mail programs write in `mail_programs`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

import aiohttp
import aiosmtplib
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.imap import ImapServer
from sandbox.lmtp import RefusedError, hand_over
from sandbox.mail_programs import bounce, reply, style_of
from sandbox.mailboxes import read_arrival
from sandbox.reception import Reception
from sandbox.smtp import Cut, SmtpSession
from sandbox.wire import Arrival, Listener

_TROUBLE = (aiosmtplib.SMTPException, RefusedError, OSError)


class NotByMail(Exception):
    """A resident cannot do this in a mail program, or has nothing to do it with."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message that the server took responsibility for."""

    sender: str
    recipient: str
    data: bytes
    at: float
    number: int


class Mail(Reception):
    """The mail world. `door` is where the service takes in replies and bounces, host and port; give it before they are due.
    With a `mailbox` they lie there instead, for the service to fetch.

    With `login`, senders must log in with that name and password. `attempts` is how often the door is tried, with at most
    `longest_pause_seconds` between two tries, and `speaks_lmtp` how: by LMTP in place of SMTP.
    """

    channel = "email"

    def __init__(
        self,
        now: Callable[[], float],
        *,
        door: tuple[str, int] | None = None,
        mailbox: ImapServer | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        hostname: str = "mx.post.example",
        login: tuple[str, str] | None = None,
        style: Callable[[str], str] = style_of,
        attempts: int = 6,
        longest_pause_seconds: float = 60.0,
        speaks_lmtp: bool = False,
    ) -> None:
        super().__init__(hostname)
        self.door = door
        self.mailbox = mailbox
        self.host, self.port = host, port
        self.login = login
        self.most_bytes = 20_000_000
        self.accepted: list[Accepted] = []
        self.undeliverable: list[str] = []
        self._now = now
        self._style = style
        self._attempts = attempts
        self._longest_pause_seconds = longest_pause_seconds
        self._speaks_lmtp = speaks_lmtp
        self._listeners: list[Listener] = []
        self._latest: dict[str, Arrival] = {}
        self._numbers = itertools.count(1)
        self._sessions: set[SmtpSession] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    # Running ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take mail while inside; `port` then tells which port it is."""
        server = await asyncio.get_running_loop().create_server(self._session, self.host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for session in list(self._sessions):
                session.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    def _session(self) -> SmtpSession:
        session = SmtpSession(self, self._sessions.discard)
        self._sessions.add(session)
        return session

    @property
    def is_busy(self) -> bool:
        """Whether bounces are still on their way."""
        return bool(self._tasks)

    async def settled(self) -> None:
        """Return when all bounces have been sent or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def routes(self) -> list[BaseRoute]:
        """One page: what lies in a mailbox, newest first."""
        return [Route("/sandbox/mail/{address}", self._mailbox)]

    async def _mailbox(self, request: Request) -> Response:
        address = request.path_params["address"].lower()
        return JSONResponse(
            [
                {"at": a.at, "subject": a.subject, "text": a.text, "html": a.html}
                for a in (self._read(m) for m in reversed(self.accepted) if m.recipient == address)
            ]
        )

    # What comes in ---------------------------------------------------------------------------------------------

    def message(self, sender: str, recipients: list[str], data: bytes) -> str:
        """To the final dot: put it into the mailboxes, or return it."""
        number = len(self.accepted) + 1
        for recipient in recipients:
            self._put(Accepted(sender, recipient.lower(), data, self._now(), len(self.accepted) + 1))
        if self.faults.cut:
            raise Cut
        return f"250 2.0.0 Ok: queued as {number:08X}"

    def _put(self, mail: Accepted) -> None:
        self.accepted.append(mail)
        if mail.recipient in self.faults.bounce:
            self._start(self._return(mail))
            return
        if not self._listeners:
            return
        arrival = self._read(mail)
        self._latest[mail.recipient] = arrival
        for listener in self._listeners:
            listener(arrival)

    def _read(self, mail: Accepted) -> Arrival:
        return read_arrival(mail.data, address=mail.recipient, ref=f"mail-{mail.number}", at=mail.at)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _return(self, mail: Accepted) -> None:
        """Send the bounce; as with real ones, when the door stays shut it is lost, and noted."""
        if not mail.sender:
            return
        message = bounce(
            sender=mail.sender,
            recipient=mail.recipient,
            original=mail.data,
            hostname=self.hostname,
            message_id=self._message_id(),
            at=self._now(),
        )
        try:
            await self._submit("", mail.sender, message)
        except _TROUBLE as error:
            self.undeliverable.append(f"bounce: {type(error).__name__}")

    # What residents do ------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Be told of every message that arrives for anybody."""
        self._listeners.append(listener)

    def arrivals(self, address: str) -> list[Arrival]:
        """Everything that lies in a mailbox, oldest first."""
        return [self._read(mail) for mail in self.accepted if mail.recipient == address.lower()]

    async def say(self, address: str, text: str, *, to: Arrival | None = None, style: str | None = None) -> None:
        """Reply to a message, by default the latest one. Raises `NotByMail` when there is none."""
        arrival = to or self._latest.get(address.lower()) or next(reversed(self.arrivals(address)), None)
        if arrival is None:
            raise NotByMail("there is no message to reply to")
        message = reply(
            text, arrival, style=style or self._style(address), message_id=self._message_id(), at=self._now()
        )
        await self.send(message)

    async def press(self, address: str, arrival: Arrival, data: str) -> None:
        """There are no buttons in mail."""
        raise NotByMail("mail has no buttons to press")

    async def unsubscribe(self, arrival: Arrival) -> None:
        """One click in the mail program (RFC 8058): a POST without cookies. Raises `NotByMail` when it is not offered or fails."""
        if not arrival.unsubscribe_url:
            raise NotByMail("the message offers no one-click unsubscribe")
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(arrival.unsubscribe_url, data={"List-Unsubscribe": "One-Click"}) as response,
        ):
            if response.status >= 300:
                raise NotByMail(f"unsubscribing was answered with {response.status}")

    async def send(self, message: EmailMessage, *, sender: str | None = None) -> None:
        """Send any message to the address in its To header, through the service's door. Returns when it was taken in, or lies in the mailbox."""
        envelope_sender = parseaddr(str(message["From"]))[1] if sender is None else sender
        await self._submit(envelope_sender, parseaddr(str(message["To"]))[1], message)

    async def _submit(self, sender: str, recipient: str, message: EmailMessage) -> None:
        """By SMTP, and again after a while when the door says "later", as mail servers do; or into the mailbox."""
        data = message.as_bytes(policy=SMTP)
        if self.mailbox is not None:
            noted = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
            self.mailbox.put(noted.encode() + data)
            return
        if self.door is None:
            raise NotByMail("the service's door is not known")
        for attempt in itertools.count(1):
            try:
                await self._transfer(sender, recipient, data)
            except _TROUBLE as error:
                if attempt >= self._attempts or _is_final(error):
                    raise
            else:
                return
            await asyncio.sleep(min(0.05 * 2.0 ** min(attempt, 20), self._longest_pause_seconds))

    async def _transfer(self, sender: str, recipient: str, data: bytes) -> None:
        host, port = self.door or ("", 0)
        if self._speaks_lmtp:
            await hand_over((host, port), sender, recipient, data, hostname=self.hostname)
            return
        async with aiosmtplib.SMTP(
            hostname=host, port=port, start_tls=False, local_hostname=self.hostname, timeout=30
        ) as session:
            await session.mail(sender)
            await session.rcpt(recipient)
            await session.data(data)

    def _message_id(self) -> str:
        return f"<{next(self._numbers)}.{int(self._now() * 1000)}@{self.hostname}>"


def _is_final(error: BaseException) -> bool:
    return isinstance(error, aiosmtplib.SMTPResponseException | RefusedError) and error.code >= 500
