"""The HTTP session that aiogram's Bot speaks through: our pool, our timeouts, answers that are no JSON. No method lives here."""

from __future__ import annotations

from typing import Any

import aiogram.exceptions as telegram
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientSession

from channels.connections import new_session


class StatusError(telegram.TelegramAPIError):
    """The server, or what stands before it, is throttling or failing; what else it says is not looked at."""

    def __init__(self, method: TelegramMethod[Any], status: int) -> None:
        super().__init__(method=method, message=f"status {status}")
        self.status = status


class Session(AiohttpSession):
    """Speaks to the Bot API at any address. Closes at once; a gateway's page in place of an answer keeps its status."""

    def __init__(self, api_base: str, connections: int, timeout_seconds: float) -> None:
        super().__init__(api=TelegramAPIServer.from_base(api_base.rstrip("/")), timeout=timeout_seconds)
        self._connections = connections

    async def create_session(self) -> ClientSession:
        if self._session is None or self._session.closed:
            self._session = new_session(self._connections, self.timeout)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        try:
            return super().check_response(bot, method, status_code, content)
        except (telegram.ClientDecodeError, telegram.TelegramAPIError) as error:
            if isinstance(error, telegram.TelegramRetryAfter) or not (status_code == 429 or status_code >= 500):
                raise
            raise StatusError(method, status_code) from None


class GetPlainUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates with the updates as they came, so that one that is newer than the library still moves the queue on."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None
