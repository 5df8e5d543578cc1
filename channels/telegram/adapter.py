"""The Telegram channel: one bot, and sending through the Bot API. How updates come in lives in `listening`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from math import inf

import aiogram.exceptions as telegram
from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup, LinkPreviewOptions
from starlette.routing import BaseRoute

from channels.api import Desk, Heard, Outbound, Receipt
from channels.doors import Surroundings
from channels.errors import Refused, SendError, TryLater
from channels.sending import send_each
from channels.telegram.chats import Chats
from channels.telegram.errors import converted, is_not_editable, is_unchanged
from channels.telegram.keyboards import Shape, shape
from channels.telegram.limits import limits
from channels.telegram.listening import Listening
from channels.telegram.session import Session
from channels.telegram.settings import TelegramSettings
from channels.telegram.updates import CHANNEL, LANE

LINKED = frozenset({"invitation", "reminder"})  # what came of it is told with the address of the public page
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Telegram:
    """One bot. A chat id is only known of those who started the chat, so any can be written to; updates edit what was pressed.

    Texts are sent as they are, without a `parse_mode`: nothing that a resident or a coordinator wrote is markup.
    """

    name = CHANNEL
    lane = LANE

    def __init__(self, settings: TelegramSettings, surroundings: Surroundings) -> None:
        self.limits = limits(settings)
        self._surroundings = surroundings
        self._bot = Bot(
            settings.token.get_secret_value(),
            session=Session(settings.api_base, settings.connections, settings.timeout_seconds),
        )
        self._listening = Listening(self._bot, settings, surroundings)
        self._chats = Chats()
        self._begun: dict[int, int] = {}

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The webhook."""
        return self._listening.routes(desk)

    def running(self, desk: Desk | None) -> AbstractAsyncContextManager[None]:
        """Register the webhook or poll, and close the session in the end."""
        return self._running(desk)

    @asynccontextmanager
    async def _running(self, desk: Desk | None) -> AsyncIterator[None]:
        try:
            async with self._listening.running(desk):
                yield
        finally:
            await self._bot.session.close()

    async def send(
        self, batch: Sequence[Outbound], until: float = inf, heard: Heard | None = None
    ) -> Sequence[Receipt | SendError]:
        """Send each; a text in several messages goes on where it was interrupted."""
        return await send_each(batch, self._send_one, self.limits.concurrency, until, heard)

    async def _send_one(self, outbound: Outbound) -> Receipt:
        try:
            return await self._send_to(outbound)
        except telegram.TelegramMigrateToChat as error:
            moved = outbound._replace(address=str(error.migrate_to_chat_id), updates_ref=None)
        except telegram.AiogramError as error:
            raise self._converted(error, outbound) from None
        try:
            return (await self._send_to(moved))._replace(moved_to=moved.address)
        except telegram.AiogramError as error:
            raise self._converted(error, moved) from None

    def _converted(self, error: telegram.AiogramError, outbound: Outbound) -> SendError:
        return converted(error, is_chat_busy=self._chats.is_busy(int(outbound.address)))

    async def _send_to(self, outbound: Outbound) -> Receipt:
        content = outbound.content
        link = outbound.personal_url if outbound.purpose in LINKED else ""
        shaped = shape(content, self._surroundings.translation(content.language), link)
        if content.is_update and outbound.updates_ref and await self._edit(outbound, shaped):
            return Receipt(outbound.message_id, outbound.updates_ref)
        return await self._send_parts(outbound, shaped)

    async def _edit(self, outbound: Outbound, shaped: Shape) -> bool:
        """Edit the message that was pressed. False when it cannot be edited and a new one is due.

        Ticks change the buttons only: what stood above the question stays.
        """
        markup = shaped.markup
        if len(shaped.parts) > 1 or not (markup is None or isinstance(markup, InlineKeyboardMarkup)):
            return False
        chat_id, message_id = int(outbound.address), int(outbound.updates_ref or 0)
        try:
            if shaped.is_same_text or not shaped.parts:
                await self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id, reply_markup=markup)
                return True
            await self._bot.edit_message_text(
                shaped.parts[0].text,
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

    async def _send_parts(self, outbound: Outbound, shaped: Shape) -> Receipt:
        if not shaped.parts:
            raise Refused("text_empty")
        provider_id = ""
        begun = min(self._begun.pop(outbound.message_id, 0), len(shaped.parts) - 1)
        for place, part in enumerate(shaped.parts):
            if place < begun:
                continue
            try:
                self._take_turn(int(outbound.address))
                message = await self._bot.send_message(
                    int(outbound.address), part.text, reply_markup=part.markup, link_preview_options=NO_PREVIEW
                )
            except (telegram.AiogramError, TryLater):
                if place:
                    self._begun[outbound.message_id] = place
                raise
            provider_id = str(message.message_id)
        return Receipt(outbound.message_id, provider_id, segments=len(shaped.parts))

    def _take_turn(self, chat: int) -> None:
        """Note that the chat is written to. Raises `TryLater` where it has to be left alone: nobody else waits for it."""
        if wait := self._chats.wait_seconds(chat):
            raise TryLater("chat_busy", after_seconds=wait, concerns="message")
        self._chats.wrote(chat)
