"""The SMS channel: sending through Twilio, and the routes that Twilio calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from math import inf
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from twilio.request_validator import RequestValidator

from bot.contents import Content
from channels.api import Desk, Heard, Outbound, PricePage, Receipt
from channels.calls import Webhook, residents, too_many
from channels.doors import Surroundings
from channels.errors import Refused, SendError
from channels.sending import send_each
from channels.sms.client import PooledHttpClient, twilio_client
from channels.sms.layout import laid_out
from channels.sms.limits import bodies, limits
from channels.sms.prices import first_page, page_at, read_page
from channels.sms.resources import MESSAGES_BASE, Accepted, accepted_from, receipt, sender_fields
from channels.sms.segments import costs
from channels.sms.settings import SmsSettings
from channels.sms.webhooks import (
    CHANNEL,
    INBOUND_PATH,
    LANE,
    NO_CONTENT,
    NOT_ADMITTED,
    SILENCE,
    STATUS_PATH,
    Doorkeeper,
    read_inbound,
    read_status,
    refusal,
)

LINKED = frozenset({"reminder", "notice"})  # what came of it is told with the address of the public page


class Sms:
    """One sender at Twilio. Options are numbered lines; the first message carries no link."""

    name = CHANNEL
    lane = LANE

    def __init__(self, settings: SmsSettings, surroundings: Surroundings) -> None:
        self.limits = limits(settings)
        self._settings = settings
        self._translation = surroundings.translation
        self._public_url = surroundings.public_url.rstrip("/")
        self._http = PooledHttpClient(settings)
        self._twilio = twilio_client(settings, self._http)
        self._address = f"{MESSAGES_BASE}/{settings.account_sid}/Messages.json"
        self._form = sender_fields(settings)
        self._doorkeeper = Doorkeeper(RequestValidator(settings.auth_token.get_secret_value()), self._public_url)
        self._residents = residents()
        self._begun: dict[int, list[Accepted]] = {}
        self._shared = ("", "")
        self._laid: tuple[Content | None, list[str]] = (None, [])
        self._weight: tuple[tuple[str, ...], int] = ((), 0)

    # What comes in -----------------------------------------------------------------------------------------------

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The addresses to set at Twilio: for incoming messages (also as fallback), and for status callbacks."""

        async def inbound(request: Request) -> Response:
            try:
                happening = read_inbound(await self._doorkeeper.admit(request))
            except NOT_ADMITTED as error:
                return refusal(error)
            if happening is None:
                return SILENCE
            if wait := self._residents.wait(happening.address):
                return too_many(wait)
            await desk.receive(happening)
            return SILENCE

        async def status(request: Request) -> Response:
            try:
                report = read_status(await self._doorkeeper.admit(request), request.query_params.get("message"))
            except NOT_ADMITTED as error:
                return refusal(error)
            if report is not None:
                await desk.report(report)
            return NO_CONTENT

        answers = {INBOUND_PATH: inbound, STATUS_PATH: status}
        return [Route(path, Webhook(answer), methods=["POST"]) for path, answer in answers.items()]

    def running(self, desk: Desk | None) -> AbstractAsyncContextManager[None]:
        """Close the connections in the end."""
        return self._running()

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self._http.close()

    # What goes out -----------------------------------------------------------------------------------------------

    async def send(
        self, batch: Sequence[Outbound], until: float = inf, heard: Heard | None = None
    ) -> Sequence[Receipt | SendError]:
        """Send each; a text in several messages goes on where it was interrupted."""
        return await send_each(batch, self._send_one, self.limits.concurrency, until, heard)

    async def _send_one(self, outbound: Outbound) -> Receipt:
        texts = self._texts(outbound)
        if not texts:
            raise Refused("text_empty")
        accepted = self._begun.pop(outbound.message_id, [])
        for text in texts[len(accepted) :]:
            try:
                accepted.append(await self._create(outbound, text))
            except SendError:
                if accepted:
                    self._begun[outbound.message_id] = accepted
                raise
        return receipt(outbound.message_id, accepted, self._weighed(texts), self._settings)

    async def prices(self, day: date, page: str = "") -> PricePage:
        """One page of the messages that left on a day, in one request; see `channels.api.Billing`."""
        query = page_at(page) if page else first_page(day)
        answer = await self._twilio.request_async("GET", self._address, params=query)
        return read_page(answer.status_code, answer.text)

    def _weighed(self, texts: Sequence[str]) -> int:
        """The segments of all parts. The same text goes to many: the last one is remembered."""
        key = tuple(texts)
        if key != self._weight[0]:
            self._weight = (key, sum(costs(part).segments for part in texts))
        return self._weight[1]

    def _texts(self, outbound: Outbound) -> list[str]:
        """The message as bodies, cut between words only where it is longer than Twilio makes one message of.

        A content is shared by all its recipients, so the last one is laid out once.
        """
        has_link = bool(outbound.personal_url) and outbound.purpose in LINKED
        if not has_link and self._laid[0] is outbound.content:
            return self._laid[1]
        texts = self._bodies(outbound, has_link=has_link)
        if not has_link:
            self._laid = (outbound.content, texts)
        return texts

    def _bodies(self, outbound: Outbound, *, has_link: bool) -> list[str]:
        text = laid_out(outbound.content)
        if has_link:
            offer = self._translation(outbound.content.language).gettext("Or on the web:")
            text = f"{text}\n{offer} {outbound.personal_url}"
        return bodies(self._settings, text)

    def _shared_fields(self, text: str) -> str:
        """Sender and body as a form has them. The same text goes to many: the last one is remembered."""
        if text != self._shared[0]:
            self._shared = (text, urlencode({**self._form, "Body": text}))
        return self._shared[1]

    async def _create(self, outbound: Outbound, text: str) -> Accepted:
        """Create a Message resource. The library's own instance of it is not made: it costs more than the request."""
        own = {
            "To": outbound.address,
            "StatusCallback": f"{self._public_url}{STATUS_PATH}?message={outbound.message_id}",
        }
        form = f"{self._shared_fields(text)}&{urlencode(own)}"
        answer = await self._twilio.request_async("POST", self._address, data=form)
        return accepted_from(answer.status_code, answer.text)
