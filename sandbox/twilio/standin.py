"""The account itself: its API on a wire, its webhooks, and its subscribers' telephones as a `Wire`. No subscriber's habits live here."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.errands import UNREACHABLE, Errands
from sandbox.faults import CutResponse, Faults
from sandbox.twilio.errors import RefusalError, UndeliveredError
from sandbox.twilio.lists import page_of
from sandbox.twilio.messages import (
    PRICE_SECONDS,
    STATUS_AT_ERROR,
    Json,
    Message,
    callback_parameters,
    inbound_parameters,
    resource,
    sign,
)
from sandbox.wire import Arrival, Listener, NothingToPress

ACCOUNT_SID, AUTH_TOKEN = "AC" + "5" * 32, "sandbox-auth-token"
SERVICE_SID, NUMBER = "MG" + "5" * 32, "+46766000000"
E164 = re.compile(r"\+[1-9]\d{6,14}")
LINK = re.compile(r"https?://[^\s<>\"]+")
BODY_CHARS = 1600
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})


@dataclass(slots=True)
class Telephone:
    """What one subscriber has received."""

    arrivals: list[Arrival] = field(default_factory=list)
    line: asyncio.Lock = field(default_factory=asyncio.Lock)


class TwilioStandIn:
    """One account with one number and one messaging service.

    `inbound_url` and `fallback_url` are what is set for the number in Twilio's console. With `has_advanced_opt_out`
    keywords are named in OptOutType; either way a sender of STOP is blocked until START.
    """

    channel = "sms"

    def __init__(
        self,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        *,
        now: Callable[[], float],
        inbound_url: str = "",
        fallback_url: str = "",
        number: str = NUMBER,
        service_sid: str = SERVICE_SID,
        has_advanced_opt_out: bool = True,
    ) -> None:
        self.account_sid, self.auth_token = account_sid, auth_token
        self.inbound_url, self.fallback_url = inbound_url, fallback_url
        self.number, self.service_sid = number, service_sid
        self.account_status, self.account_type = "active", "Full"
        self.faults = Faults()
        self.sent: list[Arrival] = []
        self.opted_out: set[str] = set()
        self.messages: dict[str, Message] = {}
        self.telephones: defaultdict[str, Telephone] = defaultdict(Telephone)
        self.callback_failures: list[str] = []
        self.pages_read = 0
        self._has_advanced_opt_out = has_advanced_opt_out
        self._now = now
        self._listeners: list[Listener] = []
        self._errands = Errands()
        self._last = 0

    # The residents' side -----------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Be told of every message that reaches a telephone."""
        self._listeners.append(listener)

    def inbox(self, address: str) -> list[Arrival]:
        """Everything that has reached one telephone."""
        return self.telephones[address].arrivals

    async def say(self, address: str, text: str, *, to: Arrival | None = None) -> None:
        """Send a text to the number. Keywords take effect before the service hears of them."""
        await self._send(address, text, {})

    async def send_picture(self, address: str, text: str = "") -> None:
        """Send a picture (MMS), with or without words; Body is then there all the same (Twilio, "Request parameters")."""
        root = f"https://api.twilio.com/2010-04-01/Accounts/{self.account_sid}/Messages"
        media = {"NumMedia": "1", "MediaContentType0": "image/jpeg", "MediaUrl0": f"{root}/MM1/Media/ME1"}
        await self._send(address, text, media)

    async def _send(self, address: str, text: str, media: Mapping[str, str]) -> None:
        opt_out_type = self._heed(address, text)
        told = inbound_parameters(self.account_sid, self.service_sid, self.number, self._sid("SM"), address, text)
        parameters = {**told, **media}
        if opt_out_type and self._has_advanced_opt_out:
            parameters["OptOutType"] = opt_out_type
        for url in (self.inbound_url, self.fallback_url):
            if url and await self.post(url, parameters):
                return
        raise UndeliveredError("11200: the service did not answer with 2xx")

    async def press(self, address: str, arrival: Arrival, data: str) -> None:
        """There is nothing to press in a text message: always `NothingToPress`."""
        raise NothingToPress("a text message has no buttons: type the number or the words instead")

    def _heed(self, address: str, text: str) -> str:
        word = text.strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add(address)
            return "STOP"
        if word in START_WORDS:
            was_out = address in self.opted_out
            self.opted_out.discard(address)
            return "START" if was_out or word != "YES" else ""
        return "HELP" if word in HELP_WORDS else ""

    # Webhooks ----------------------------------------------------------------------------------------------------

    def running(self) -> AbstractAsyncContextManager[None]:
        """Hold the connections to the service's addresses; at the end no callback is left under way."""
        return self._errands.running()

    @property
    def is_busy(self) -> bool:
        """Whether messages or status callbacks are still under way."""
        return self._errands.is_busy

    async def settle(self) -> None:
        """Return when every status callback so far has been made."""
        await self._errands.settle()

    async def post(self, url: str, parameters: Mapping[str, str]) -> bool:
        """Post a signed form to the service; whether it was taken in."""
        headers = {"X-Twilio-Signature": sign(self.auth_token, url, parameters), "User-Agent": "TwilioProxy/1.1"}
        try:
            return (await self._errands.post(url, headers, data=parameters)).is_well
        except UNREACHABLE:
            return False

    def callback_parameters(self, message: Message) -> Mapping[str, str]:
        """What a status callback tells of a message as it now stands."""
        return callback_parameters(self.account_sid, message, self._now())

    async def _report(self, message: Message) -> None:
        """Take a message through its life, with a callback at each step; one subscriber's messages after one another."""
        async with self.telephones[message.to].line:
            await self._live(message)

    async def _live(self, message: Message) -> None:
        code = self.faults.undelivered.get(message.to) or (30005 if message.to in self.faults.gone else None)
        for status in ("queued", "sent", STATUS_AT_ERROR if code else "delivered"):
            message.status = status
            if status == "sent":
                message.sent_at = self._now()
            if status == STATUS_AT_ERROR:
                message.error_code = code
            elif status == "sent" and not code:
                self._arrive(message)
            if message.callback and not await self.post(message.callback, self.callback_parameters(message)):
                self.callback_failures.append(f"{message.sid} {status}")

    def _arrive(self, message: Message) -> None:
        arrival = Arrival(
            channel=self.channel,
            address=message.to,
            ref=message.sid,
            text=message.body,
            at=self._now(),
            links=tuple(LINK.findall(message.body)),
        )
        self.telephones[message.to].arrivals.append(arrival)
        self.sent.append(arrival)
        for listener in self._listeners:
            listener(arrival)

    # The API -----------------------------------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        """The part of the API's address space that concerns messages."""
        root = "/2010-04-01/Accounts/{account}/Messages"
        return [
            Route(root + ".json", self._create, methods=["POST"]),
            Route(root + ".json", self._list, methods=["GET"]),
            Route(root + "/{sid}.json", self._fetch, methods=["GET"]),
            Route("/2010-04-01/Accounts/{account}.json", self._fetch_account, methods=["GET"]),
            Route("/v1/Services/{service}", self._fetch_service, methods=["GET"]),
        ]

    async def _create(self, request: Request) -> Response:
        try:
            self._authorise(request)
            async with request.form() as form:
                message = self._accept({name: str(value) for name, value in form.items()})
        except RefusalError as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)
        self._errands.start(self._report(message))
        return CutResponse() if self.faults.cut else JSONResponse(resource(self.account_sid, message), status_code=201)

    async def _fetch(self, request: Request) -> Response:
        try:
            self._authorise(request)
            message = self.messages.get(request.path_params["sid"])
            if message is None:
                raise RefusalError(404, 20404, f"The requested resource {request.url.path} was not found")
        except RefusalError as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)
        return JSONResponse(self._resource(message))

    async def _list(self, request: Request) -> Response:
        try:
            self._authorise(request)
            if self.faults.throttles():
                raise RefusalError(429, 20429, "Too Many Requests")
            page = page_of(self.messages.values(), request.query_params, request.url.path)
        except RefusalError as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)
        self.pages_read += 1
        return JSONResponse({"messages": [self._resource(message) for message in page.messages], **page.frame})

    def _resource(self, message: Message) -> Json:
        """A message as it stands: its price comes some time after it has left, and for some never."""
        is_billed = message.sent_at is not None and self._now() >= message.sent_at + PRICE_SECONDS
        return resource(self.account_sid, message, is_priced=is_billed and message.to not in self.faults.unpriced)

    async def _fetch_account(self, request: Request) -> Response:
        try:
            self._authorise(request)
        except RefusalError as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)
        return JSONResponse({"sid": self.account_sid, "status": self.account_status, "type": self.account_type})

    async def _fetch_service(self, request: Request) -> Response:
        """Messaging services are kept at a host of their own, by the same credentials ("Messaging Service Resource")."""
        try:
            self._authorise(request)
            if request.path_params["service"] != self.service_sid:
                raise RefusalError(404, 20404, f"The requested resource {request.url.path} was not found")
        except RefusalError as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)
        return JSONResponse({"sid": self.service_sid, "account_sid": self.account_sid})

    def _authorise(self, request: Request) -> None:
        if self.faults.down:
            raise RefusalError(503, 20503, "Service unavailable")
        given = request.headers.get("authorization", "")
        expected = "Basic " + base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise RefusalError(401, 20003, "Authenticate")
        if request.path_params.get("account", self.account_sid) != self.account_sid:
            raise RefusalError(404, 20404, f"The requested resource {request.url.path} was not found")

    def _accept(self, form: Mapping[str, str]) -> Message:
        if self.faults.throttles():
            raise RefusalError(429, 20429, "Too Many Requests")
        to, body, service = form.get("To", ""), form.get("Body", ""), form.get("MessagingServiceSid", "")
        sender = form.get("From", "")
        self._check_sender(service, sender)
        self._check_recipient(to)
        if not body:
            raise RefusalError(400, 21602, "Message body is required.")
        if len(body) > BODY_CHARS:
            raise RefusalError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if to in self.faults.refuse:
            raise RefusalError(
                400, 21612, f"The 'To' phone number: {to}, is not currently reachable using the 'From' phone number"
            )
        message = Message(
            sid=self._sid("SM"),
            to=to,
            body=body,
            sender=sender or self.number,
            service=service,
            callback=form.get("StatusCallback", ""),
            created_at=self._now(),
            status="accepted" if service else "queued",
        )
        self.messages[message.sid] = message
        return message

    def _check_sender(self, service: str, sender: str) -> None:
        if service and service != self.service_sid:
            raise RefusalError(404, 21701, "The Messaging Service does not exist")
        if not service and not sender:
            raise RefusalError(400, 21603, "A 'From' phone number is required.")
        if sender.startswith("+") and sender != self.number:
            raise RefusalError(400, 21606, f"The 'From' phone number {sender} is not a valid, SMS-capable number")

    def _check_recipient(self, to: str) -> None:
        if not to:
            raise RefusalError(400, 21604, "A 'To' phone number is required.")
        if not E164.fullmatch(to):
            raise RefusalError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if to in self.opted_out or to in self.faults.blocked:
            raise RefusalError(400, 21610, "Attempt to send to unsubscribed recipient")

    def _sid(self, prefix: str) -> str:
        self._last += 1
        return (
            prefix
            + hashlib.md5(f"{self.account_sid}:{prefix}:{self._last}".encode(), usedforsecurity=False).hexdigest()
        )
