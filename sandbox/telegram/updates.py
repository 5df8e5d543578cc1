"""Updates on their way to the bot: posted to its webhook, or waiting to be fetched. What happened lives in the updates themselves."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any

from sandbox.errands import UNREACHABLE, Errands, NotRunning
from sandbox.telegram.errors import RefusalError, UndeliveredError
from sandbox.telegram.parameters import Json, Params

MOST_UPDATES = 100


@dataclass(slots=True)
class Webhook:
    """Where updates are posted."""

    url: str
    secret: str | None
    allowed: frozenset[str]
    last_error: str = ""


@dataclass(slots=True)
class Pending:
    """An update that has not been acknowledged yet."""

    update: Json
    chat: str
    acknowledged: asyncio.Future[None]


class Updates:
    """The queue, in order for each chat. `perform` calls the method that a webhook's answer names.

    `retry_seconds` between two tries of the webhook, `attempts` before an update is left waiting.
    """

    def __init__(self, perform: Callable[[str, Params], Any], *, retry_seconds: float, attempts: int) -> None:
        self.webhook: Webhook | None = None
        self.last_id = 0
        self._perform = perform
        self._retry_seconds, self._attempts = retry_seconds, attempts
        self._waiting: dict[int, Pending] = {}
        self._queues: defaultdict[str, deque[Pending]] = defaultdict(deque)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._news = asyncio.Event()
        self._fetches = 0
        self._errands = Errands()

    def running(self) -> AbstractAsyncContextManager[None]:
        """Hold the connections to the webhook; nothing else needs time to pass."""
        return self._errands.running()

    @property
    def is_busy(self) -> bool:
        """Whether updates that had to wait are being delivered now."""
        return self._errands.is_busy

    async def deliver(self, address: str, what: Json) -> None:
        """Put an update into the queue; returns when the bot has acknowledged it. Kinds it did not allow are dropped."""
        kind = next(iter(what))
        if self.webhook is not None and self.webhook.allowed and kind not in self.webhook.allowed:
            return
        self.last_id += 1
        pending = Pending({"update_id": self.last_id, **what}, address, asyncio.get_running_loop().create_future())
        self._waiting[self.last_id] = pending
        self._queues[address].append(pending)
        self._news.set()
        if self.webhook is not None:
            await self._drain(address)
        await pending.acknowledged

    def set_webhook(self, webhook: Webhook) -> None:
        """Post updates there from now on, those that have waited first."""
        self.webhook = webhook
        for chat, queue in self._queues.items():
            if queue:
                self._errands.start(self._catch_up(chat))

    @property
    def waiting(self) -> int:
        """How many updates have not been acknowledged."""
        return len(self._waiting)

    async def fetch(self, params: Params) -> list[Json]:
        """getUpdates: an `offset` acknowledges every update before it; `timeout` waits for one (long polling).

        Of two who wait the earlier is ended with 409.
        """
        if self.webhook is not None:
            raise RefusalError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        offset, limit = int(params.get("offset") or 0), int(params.get("limit") or MOST_UPDATES)
        for update_id in [number for number in self._waiting if number < offset]:
            pending = self._waiting[update_id]
            self._queues[pending.chat].remove(pending)
            self._acknowledge(pending)
        if not self._waiting and float(params.get("timeout") or 0) > 0:
            self._fetches = mine = self._fetches + 1
            self._news.set()
            self._news = asyncio.Event()
            try:
                await asyncio.wait_for(self._news.wait(), float(params["timeout"]))
            except TimeoutError:
                return []
            if mine != self._fetches:
                raise RefusalError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
        return [self._waiting[number].update for number in sorted(self._waiting)[:limit]]

    async def _drain(self, chat: str) -> None:
        """Post a chat's updates one after the other. Raises `UndeliveredError` when one stays unacknowledged."""
        async with self._locks[chat]:
            queue = self._queues[chat]
            while queue and self.webhook is not None:
                await self._post(queue[0].update, self.webhook)
                self._acknowledge(queue.popleft())

    async def _catch_up(self, chat: str) -> None:
        """Post what waited for a webhook. What stays unacknowledged is told to those who wait, and tried with the next update."""
        try:
            await self._drain(chat)
        except UndeliveredError as error:
            for pending in self._queues[chat]:
                if not pending.acknowledged.done():
                    pending.acknowledged.set_exception(error)
                    pending.acknowledged.exception()  # seen: perhaps nobody waits any more

    async def _post(self, update: Json, webhook: Webhook) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        for attempt in range(self._attempts):
            if attempt:
                await asyncio.sleep(self._retry_seconds)
            try:
                answered = await self._errands.post(webhook.url, headers, json=update)
            except (*UNREACHABLE, NotRunning) as error:
                webhook.last_error = type(error).__name__
                continue
            if answered.is_well:
                self._perform_answer(answered.body)
                return
            webhook.last_error = f"Wrong response from the webhook: {answered.status} {answered.reason}"
        raise UndeliveredError(f"update {update['update_id']}: {webhook.last_error}")

    def _perform_answer(self, body: bytes) -> None:
        """A webhook may answer with a method to call; its result is not told (Bot API, "Making requests when getting updates")."""
        if body[:1] != b"{":
            return
        request = json.loads(body)
        method = request.pop("method", None)
        if method is not None:
            with suppress(RefusalError):  # the bot is not told of it, here or there
                self._perform(method, request)

    def _acknowledge(self, pending: Pending) -> None:
        self._waiting.pop(pending.update["update_id"], None)
        if not pending.acknowledged.done():
            pending.acknowledged.set_result(None)
