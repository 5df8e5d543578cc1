"""The Telegram channel: sending through the Bot API, and taking updates in by webhook or by polling."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import aiogram.exceptions as telegram
from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup, LinkPreviewOptions
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from channels.api import (
    DeliveryReport,
    Desk,
    Inbound,
    Limits,
    Outbound,
    Receipt,
    Refused,
    SendError,
    Surroundings,
    send_each,
)
from channels.connections import BodyTooLarge, bounded_body
from channels.telegram.errors import converted, is_not_editable, is_unchanged
from channels.telegram.keyboards import LABEL_CHARS, OPTIONS, TEXT_UNITS, Shape, shape
from channels.telegram.session import GetPlainUpdates, Session
from channels.telegram.settings import TelegramSettings
from channels.telegram.updates import ALLOWED_UPDATES, CHANNEL, LANE, Translated, translate

WEBHOOK_PATH = "/telegram/webhook"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
MOST_BODY_BYTES = 1 << 19
LONGEST_PAUSE_SECONDS = 60.0
LINKED = frozenset({"invitation", "reminder", "feedback", "notice"})
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

logger = logging.getLogger(__name__)


class Telegram:
    """One bot. A chat id is only known of those who started the chat, so any can be written to; updates edit what was pressed."""

    name = CHANNEL
    lane = LANE

    def __init__(self, settings: TelegramSettings, surroundings: Surroundings) -> None:
        self.limits = Limits(
            text_chars=TEXT_UNITS,
            options=OPTIONS,
            option_chars=LABEL_CHARS,
            has_card_in_invitation=True,
            has_location_button=True,
            has_updates=True,
            rate_per_second=settings.rate_per_second,
            concurrency=settings.connections,
        )
        self._settings = settings
        self._surroundings = surroundings
        self._secret = settings.secret().encode()
        self._bot = Bot(
            settings.token.get_secret_value(),
            session=Session(settings.api_base, settings.connections, settings.timeout_seconds),
        )
        self._begun: dict[int, int] = {}

    # What comes in -----------------------------------------------------------------------------------------------

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The webhook. The secret is compared, in constant time, before anything of the update is read."""

        async def webhook(request: Request) -> Response:
            if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
                return Response(status_code=403)
            try:
                update = json.loads(await bounded_body(request, MOST_BODY_BYTES))
                translated = translate(update)
            except BodyTooLarge:
                return Response(status_code=413)
            except (ValueError, LookupError, TypeError, AttributeError, ClientDisconnect):
                return Response(status_code=400)
            await _hand_over(desk, translated)
            return JSONResponse(_acknowledgement(translated)) if translated.callback_id else Response()

        return [Route(WEBHOOK_PATH, webhook, methods=["POST"])]

    def running(self, desk: Desk | None) -> AbstractAsyncContextManager[None]:
        """Register the webhook or poll, and close the session in the end."""
        return self._running(desk)

    @asynccontextmanager
    async def _running(self, desk: Desk | None) -> AsyncIterator[None]:
        task = asyncio.create_task(self._listen(desk)) if desk is not None else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self._bot.session.close()

    async def _listen(self, desk: Desk) -> None:
        if self._settings.has_webhook(self._surroundings.public_url):
            await self._register()
        else:
            await self._poll(desk)

    async def _register(self) -> None:
        """Tell Telegram where we are, until it has heard it."""
        pause = 1.0
        while True:
            try:
                await self._bot.set_webhook(
                    url=self._surroundings.public_url.rstrip("/") + WEBHOOK_PATH,
                    secret_token=self._secret.decode(),
                    allowed_updates=list(ALLOWED_UPDATES),
                )
            except telegram.AiogramError as error:
                pause = await self._rest("webhook not registered", error, pause)
            else:
                logger.info("telegram: webhook registered")
                return

    async def _poll(self, desk: Desk) -> None:
        """Fetch updates for ever. The offset moves on only after an update is committed, so none is lost with us."""
        offset: int | None = None
        has_webhook, pause = True, 1.0
        while True:
            try:
                if has_webhook:
                    await self._bot.delete_webhook()
                    has_webhook = False
                for update in await self._fetch(offset):
                    await self._take(desk, update)
                    offset = update["update_id"] + 1
                pause = 1.0
            except telegram.AiogramError as error:
                pause = await self._rest("no updates", error, pause)
            except Exception as error:  # the desk failed: the update stays with Telegram and is fetched again
                logger.error("telegram: update not taken in: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _fetch(self, offset: int | None) -> list[dict[str, Any]]:
        seconds = self._settings.poll_seconds
        method = GetPlainUpdates(offset=offset, timeout=seconds, allowed_updates=list(ALLOWED_UPDATES))
        return await self._bot(method, request_timeout=seconds + 10)

    async def _take(self, desk: Desk, update: dict[str, Any]) -> None:
        try:
            translated = translate(update)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            logger.warning("telegram: update that cannot be read is passed over: %s", type(error).__name__)
            return
        await _hand_over(desk, translated)
        if translated.callback_id:
            try:
                await self._bot.answer_callback_query(translated.callback_id)
            except telegram.AiogramError as error:  # the button merely shows that it is busy a little longer
                logger.info("telegram: press not answered: %s", converted(error).reason)

    async def _rest(self, what: str, error: telegram.AiogramError, pause: float) -> float:
        failure = converted(error)
        logger.warning("telegram: %s: %s", what, failure.reason)
        await asyncio.sleep(failure.after_seconds or pause)
        return min(2 * pause, LONGEST_PAUSE_SECONDS)

    # What goes out -----------------------------------------------------------------------------------------------

    async def send(self, batch: Sequence[Outbound]) -> Sequence[Receipt | SendError]:
        """Send each; a text in several messages goes on where it was interrupted."""
        return await send_each(batch, self._send_one, self.limits.concurrency)

    async def _send_one(self, outbound: Outbound) -> Receipt:
        content = outbound.content
        link = outbound.personal_url if outbound.purpose in LINKED else ""
        shaped = shape(content, self._surroundings.translation(content.language), link)
        try:
            if content.is_update and outbound.updates_ref and await self._edit(outbound, shaped):
                return Receipt(outbound.message_id, outbound.updates_ref)
            return await self._send_texts(outbound, shaped)
        except telegram.AiogramError as error:
            raise converted(error) from None

    async def _edit(self, outbound: Outbound, shaped: Shape) -> bool:
        """Edit the message that was pressed. False when it cannot be edited and a new one is due."""
        markup = shaped.markup
        if len(shaped.texts) > 1 or not (markup is None or isinstance(markup, InlineKeyboardMarkup)):
            return False
        chat_id, message_id = int(outbound.address), int(outbound.updates_ref or 0)
        try:
            if not shaped.texts:
                await self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id, reply_markup=markup)
                return True
            await self._bot.edit_message_text(
                shaped.texts[0],
                chat_id=chat_id,
                message_id=message_id,
                reply_markup=markup,
                link_preview_options=NO_PREVIEW,
            )
        except telegram.TelegramBadRequest as error:
            if is_not_editable(error):
                return False
            if not is_unchanged(error):
                raise
        return True

    async def _send_texts(self, outbound: Outbound, shaped: Shape) -> Receipt:
        if not shaped.texts:
            raise Refused("text_empty")
        provider_id = ""
        begun = min(self._begun.pop(outbound.message_id, 0), len(shaped.texts) - 1)
        for place, text in enumerate(shaped.texts):
            if place < begun:
                continue
            is_last = place == len(shaped.texts) - 1
            try:
                message = await self._bot.send_message(
                    int(outbound.address),
                    text,
                    reply_markup=shaped.markup if is_last else None,
                    link_preview_options=NO_PREVIEW,
                )
            except telegram.AiogramError:
                if place:
                    self._begun[outbound.message_id] = place
                raise
            provider_id = str(message.message_id)
        return Receipt(outbound.message_id, provider_id, segments=len(shaped.texts))


async def _hand_over(desk: Desk, translated: Translated) -> None:
    if isinstance(translated.happening, Inbound):
        await desk.receive(translated.happening)
    elif isinstance(translated.happening, DeliveryReport):
        await desk.report(translated.happening)


def _acknowledgement(translated: Translated) -> dict[str, str]:
    """The answer to a press, given in the response to the webhook, which saves a request (Bot API, "Making requests when getting updates")."""
    return {"method": "answerCallbackQuery", "callback_query_id": translated.callback_id or ""}
