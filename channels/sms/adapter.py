"""The SMS channel: sending through Twilio, and the routes that Twilio calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from channels.api import Desk, Doubtful, Outbound, Receipt, Refused, SendError, Surroundings, send_each
from channels.connections import residents, too_many
from channels.sms.client import PooledHttpClient, twilio_client
from channels.sms.errors import from_code
from channels.sms.layout import laid_out
from channels.sms.limits import bodies, limits
from channels.sms.segments import costs
from channels.sms.settings import SmsSettings
from channels.sms.webhooks import (
    CHANNEL,
    INBOUND_PATH,
    LANE,
    NOT_ADMITTED,
    STATUS_PATH,
    Doorkeeper,
    answer,
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
        self._messages = twilio_client(settings, self._http).messages
        self._doorkeeper = Doorkeeper(RequestValidator(settings.auth_token.get_secret_value()), self._public_url)
        self._residents = residents()
        self._begun: dict[int, int] = {}

    # What comes in -----------------------------------------------------------------------------------------------

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The addresses to set at Twilio: for incoming messages (also as fallback), and for status callbacks."""

        async def inbound(request: Request) -> Response:
            try:
                happening = read_inbound(await self._doorkeeper.admit(request))
            except NOT_ADMITTED as error:
                return refusal(error)
            if happening is None:
                return answer()
            if wait := self._residents.wait(happening.address):
                return too_many(wait)
            await desk.receive(happening)
            return answer()

        async def status(request: Request) -> Response:
            try:
                report = read_status(await self._doorkeeper.admit(request), request.query_params.get("message"))
            except NOT_ADMITTED as error:
                return refusal(error)
            if report is not None:
                await desk.report(report)
            return answer()

        return [Route(INBOUND_PATH, inbound, methods=["POST"]), Route(STATUS_PATH, status, methods=["POST"])]

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

    async def send(self, batch: Sequence[Outbound]) -> Sequence[Receipt | SendError]:
        """Send each; a text in several messages goes on where it was interrupted."""
        return await send_each(batch, self._send_one, self.limits.concurrency)

    async def _send_one(self, outbound: Outbound) -> Receipt:
        texts = self._texts(outbound)
        if not texts:
            raise Refused("text_empty")
        provider_id = ""
        for place in range(self._begun.pop(outbound.message_id, 0), len(texts)):
            try:
                provider_id = await self._create(outbound, texts[place])
            except SendError:
                if place:
                    self._begun[outbound.message_id] = place
                raise
        segments = sum(costs(part).segments for part in texts)
        price = self._settings.price_per_segment
        return Receipt(outbound.message_id, provider_id, segments, None if price is None else price * segments)

    def _texts(self, outbound: Outbound) -> list[str]:
        """The message as bodies, cut between words only where it is longer than Twilio makes one message of."""
        text = laid_out(outbound.content)
        if outbound.personal_url and outbound.purpose in LINKED:
            offer = self._translation(outbound.content.language).gettext("Or on the web:")
            text = f"{text}\n{offer} {outbound.personal_url}"
        return bodies(self._settings, text)

    async def _create(self, outbound: Outbound, text: str) -> str:
        service = self._settings.messaging_service_sid
        sender = {"messaging_service_sid": service} if service else {"from_": self._settings.sender}
        try:
            message = await self._messages.create_async(
                to=outbound.address,
                body=text,
                status_callback=f"{self._public_url}{STATUS_PATH}?message={outbound.message_id}",
                **sender,
            )
        except TwilioRestException as error:
            raise from_code(error.status, error.code) from None
        except ValueError:
            raise Doubtful("answer_unreadable") from None
        return str(message.sid)
