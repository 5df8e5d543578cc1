"""How updates come in: posted to the webhook, or fetched where there is no public address. What they tell is read in `updates`."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import aiogram.exceptions as telegram
from aiogram import Bot
from aiogram.types import BotCommandScopeAllPrivateChats
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from channels.api import DeliveryReport, Desk, Inbound
from channels.calls import BodyTooLarge, Webhook, bounded_body, header, residents, too_many
from channels.doors import Surroundings
from channels.telegram.commands import menus
from channels.telegram.errors import converted, is_not_editable, is_unchanged
from channels.telegram.session import GetPlainUpdates
from channels.telegram.settings import TelegramSettings
from channels.telegram.tidying import Spent
from channels.telegram.updates import ALLOWED_UPDATES, Translated, naming, translate

WEBHOOK_PATH = "/telegram/webhook"
SECRET_HEADER = b"x-telegram-bot-api-secret-token"
MOST_BODY_BYTES = 1 << 19
LONGEST_PAUSE_SECONDS = 60.0
MOST_FAILURES = 5  # of one update, while others are taken in
TIDIED_A_SECOND = 5  # keyboards: the requests that answers need come first
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)

logger = logging.getLogger(__name__)


class Listening:
    """The ear of one bot. What is done on the side (keyboards tidied, groups left) never holds up an update."""

    def __init__(self, bot: Bot, settings: TelegramSettings, surroundings: Surroundings) -> None:
        self._bot, self._settings, self._surroundings = bot, settings, surroundings
        self._secret = settings.secret().encode()
        token = settings.token.get_secret_value().encode()
        self._name = naming(hmac.new(token, b"genklang message names", hashlib.sha256).digest())
        self._residents = residents()
        self._aside: set[asyncio.Task[None]] = set()
        self._tidied: deque[float] = deque(maxlen=TIDIED_A_SECOND)

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The webhook. The secret is compared, in constant time, before anything of the update is read."""

        async def webhook(request: Request) -> Response:
            if not hmac.compare_digest(header(request, SECRET_HEADER), self._secret):
                return Response(status_code=403)
            try:
                translated = translate(json.loads(await bounded_body(request, MOST_BODY_BYTES)), self._name)
            except BodyTooLarge:
                return Response(status_code=413)
            except (*UNREADABLE, ClientDisconnect):
                return Response(status_code=400)
            happening = translated.happening
            if isinstance(happening, Inbound) and (wait := self._residents.wait(happening.address)):
                return too_many(wait)
            await self._hand_over(desk, translated)
            return JSONResponse(_acknowledgement(translated)) if translated.callback_id else Response()

        return [Route(WEBHOOK_PATH, Webhook(webhook), methods=["POST"])]

    @asynccontextmanager
    async def running(self, desk: Desk | None) -> AsyncIterator[None]:
        """Listen while it lasts; without a desk, nothing. What is under way on the side is dropped in the end."""
        if desk is not None:
            self._on_the_side(self._listen(desk))
        try:
            yield
        finally:
            for task in self._aside:
                task.cancel()
            await asyncio.gather(*self._aside, return_exceptions=True)

    async def _listen(self, desk: Desk) -> None:
        if self._settings.has_webhook(self._surroundings.public_url):
            await self._register()
            await self._set_menus()
        else:
            self._on_the_side(self._set_menus())
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

    async def _set_menus(self) -> None:
        """The commands in every language. Residents can do without: what fails is told to the log and left to the next start."""
        scope = BotCommandScopeAllPrivateChats()
        try:
            for code, commands in menus(self._surroundings.languages, self._surroundings.translation).items():
                await self._bot.set_my_commands(commands, scope=scope, language_code=code or None)
        except telegram.AiogramError as error:
            logger.warning("telegram: commands not registered: %s", converted(error).reason)

    async def _poll(self, desk: Desk) -> None:
        """Fetch updates for ever. The offset moves on only after an update is committed, so none is lost with us.

        Each one is taken again until it is: but for one that the desk chokes on while it takes those behind it.
        """
        offset: int | None = None
        has_webhook, pause, failures = True, 1.0, 0
        while True:
            try:
                if has_webhook:
                    await self._bot.delete_webhook()
                    has_webhook = False
                updates = await self._fetch(offset)
                for place, update in enumerate(updates):
                    if failures < MOST_FAILURES or not await self._is_poison(desk, updates[place + 1 :]):
                        await self._take(desk, update)
                    offset, failures = update["update_id"] + 1, 0
                pause = 1.0
            except telegram.AiogramError as error:
                pause = await self._rest("no updates", error, pause)
            except Exception as error:  # the desk failed: the update stays with Telegram and is fetched again
                logger.error("telegram: update not taken in: %s", type(error).__name__)
                failures += 1
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _is_poison(self, desk: Desk, behind: Sequence[dict[str, Any]]) -> bool:
        """Whether the fault is the first update's own: one behind it can be taken, which is then no loss to take again."""
        for update in behind:
            try:
                await self._take(desk, update)
            except Exception as error:  # perhaps the desk itself is not well
                logger.error("telegram: update not taken in: %s", type(error).__name__)
            else:
                logger.error("telegram: an update was passed over after %d failures", MOST_FAILURES)
                return True
        return False

    async def _fetch(self, offset: int | None) -> list[dict[str, Any]]:
        seconds = self._settings.poll_seconds
        method = GetPlainUpdates(offset=offset, timeout=seconds, allowed_updates=list(ALLOWED_UPDATES))
        return await self._bot(method, request_timeout=seconds + 10)

    async def _take(self, desk: Desk, update: dict[str, Any]) -> None:
        try:
            translated = translate(update, self._name)
        except UNREADABLE as error:
            logger.warning("telegram: update that cannot be read is passed over: %s", type(error).__name__)
            return
        await self._hand_over(desk, translated)
        if translated.callback_id:
            self._on_the_side(self._acknowledge(translated.callback_id))

    async def _hand_over(self, desk: Desk, translated: Translated) -> None:
        if isinstance(translated.happening, Inbound):
            await desk.receive(translated.happening)
        elif isinstance(translated.happening, DeliveryReport):
            await desk.report(translated.happening)
        if translated.spent is not None and self._has_time_to_tidy():
            self._on_the_side(self._tidy(translated.spent))
        if translated.leaves is not None:
            self._on_the_side(self._leave(*translated.leaves))

    # On the side -------------------------------------------------------------------------------------------------

    def _on_the_side(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    def _has_time_to_tidy(self) -> bool:
        """Whether fewer keyboards than `TIDIED_A_SECOND` were tidied in the last second. Counts this one."""
        now = monotonic()
        if len(self._tidied) == TIDIED_A_SECOND and now - self._tidied[0] < 1.0:
            return False
        self._tidied.append(now)
        return True

    async def _acknowledge(self, callback_id: str) -> None:
        try:
            await self._bot.answer_callback_query(callback_id)
        except telegram.AiogramError as error:  # the button merely shows that it is busy a little longer
            logger.info("telegram: press not answered: %s", converted(error).reason)

    async def _tidy(self, spent: Spent) -> None:
        try:
            await self._bot.edit_message_reply_markup(
                chat_id=spent.chat_id, message_id=spent.message_id, reply_markup=spent.markup
            )
        except telegram.AiogramError as error:  # an old button pressed again says so, or corrects the answer
            if not (is_unchanged(error) or is_not_editable(error)):
                logger.info("telegram: keyboard not tidied: %s", converted(error).reason)

    async def _leave(self, chat_id: int, language: str) -> None:
        """Say where to write instead, and go: what residents answer is nobody else's business."""
        text = self._surroundings.translation(language or "en").gettext("Please write to me in a chat of our own.")
        try:
            with suppress(
                telegram.TelegramForbiddenError, telegram.TelegramBadRequest
            ):  # perhaps we may not speak there
                await self._bot.send_message(chat_id, text)
            await self._bot.leave_chat(chat_id)
        except telegram.AiogramError as error:
            logger.info("telegram: group not left: %s", converted(error).reason)

    async def _rest(self, what: str, error: telegram.AiogramError, pause: float) -> float:
        failure = converted(error)
        logger.warning("telegram: %s: %s", what, failure.reason)
        await asyncio.sleep(failure.after_seconds or pause)
        return min(2 * pause, LONGEST_PAUSE_SECONDS)


def _acknowledgement(translated: Translated) -> dict[str, str]:
    """The answer to a press, given in the response to the webhook, which saves a request (Bot API, "Making requests when getting updates")."""
    return {"method": "answerCallbackQuery", "callback_query_id": translated.callback_id or ""}
