"""The stand-in as a whole: its address space for the bot, and its users' hands as a `Wire`. No user's habits live here."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import CutResponse, Faults
from sandbox.telegram.chats import CHANNEL, Chats, Device, told
from sandbox.telegram.errors import RefusalError
from sandbox.telegram.methods import Methods
from sandbox.telegram.parameters import Json, parameters_of
from sandbox.telegram.updates import Updates, Webhook
from sandbox.wire import Arrival, Listener, NothingToPress

TOKEN = "123456:sandbox"
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")  # Bot features, "Deep linking"
SENDING = frozenset({"sendMessage", "sendPhoto", "editMessageText", "editMessageReplyMarkup"})


class TelegramStandIn:
    """One bot and its users. A user who has not started the chat cannot be written to, as in reality.

    `retry_seconds` between two tries of the webhook, `attempts` before an update is left waiting.
    """

    channel = CHANNEL

    def __init__(
        self,
        token: str = TOKEN,
        *,
        now: Callable[[], float],
        username: str = "sjovik_bot",
        retry_seconds: float = 0.0,
        attempts: int = 5,
    ) -> None:
        self.token = token
        self.username = username
        self.faults = Faults()
        me = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Sjövik", "username": username}
        self.chats = Chats(me, now)
        self.methods = Methods(me, self.chats, self.faults, now)
        self.updates = Updates(self.methods.call, retry_seconds=retry_seconds, attempts=attempts)
        self.methods.updates = self.updates
        self._me, self._now = me, now

    @property
    def devices(self) -> dict[str, Device]:
        """What stands on each user's telephone, by address."""
        return self.chats.devices

    @property
    def languages(self) -> dict[str, str]:
        """The language of each user's app (IETF tag), where they let it be known."""
        return self.chats.languages

    @property
    def sent(self) -> list[Arrival]:
        """Everything that has reached anybody, edits included."""
        return self.chats.sent

    @property
    def unanswered(self) -> set[str]:
        """The presses that the bot has not answered."""
        return set(self.methods.unanswered)

    @property
    def webhook(self) -> Webhook | None:
        """Where updates are posted; None while they wait to be fetched."""
        return self.updates.webhook

    # The residents' side -----------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Be told of every message and edit that reaches a user."""
        self.chats.listeners.append(listener)

    def acquaint(self, addresses: Sequence[str]) -> None:
        """Users who have started the chat at some time before."""
        self.methods.started.update(addresses)

    def inbox(self, address: str) -> list[Arrival]:
        """Everything that has reached one user."""
        return self.chats.devices[address].arrivals

    async def start(self, address: str, payload: str = "") -> None:
        """Press START, coming through t.me/<bot>?start=<payload> when there is one."""
        if payload and not START_PAYLOAD.fullmatch(payload):
            raise ValueError("a deep link carries at most 64 of A-Z a-z 0-9 _ -")
        await self.say(address, f"/start {payload}".strip())

    async def say(self, address: str, text: str, *, to: Arrival | None = None) -> None:
        """Type a text. Writing starts the chat."""
        message: Json = {"text": text}
        if text.startswith("/"):
            length = len(text.split()[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        if to is not None and (replied := self.chats.devices[address].messages.get(int(to.ref))):
            message["reply_to_message"] = told(replied)
        await self.send(address, message)

    async def share_location(self, address: str, latitude: float, longitude: float) -> None:
        """Share a place."""
        await self.send(address, {"location": {"latitude": latitude, "longitude": longitude}})

    async def send_photo(self, address: str, caption: str = "") -> None:
        """Send a picture."""
        size = {"file_id": "p1", "file_unique_id": "u1", "width": 90, "height": 90}
        await self.send(address, {"photo": [size], **({"caption": caption} if caption else {})})

    async def send(self, address: str, what: Json) -> None:
        """Send a message of any kind: the fields of type Message beside its head. Writing starts the chat."""
        self.methods.started.add(address)
        self.faults.blocked.discard(address)
        await self.updates.deliver(address, {"message": told(self.chats.write(address, what))})

    async def edit(self, address: str, text: str) -> None:
        """Change the words of one's latest text: the bot is told of the same message with an `edit_date` (update `edited_message`)."""
        messages = self.chats.devices[address].messages.values()
        own = [m for m in messages if m["from"]["id"] == int(address) and "text" in m]
        own[-1].update(text=text, edit_date=int(self._now()))
        await self.updates.deliver(address, {"edited_message": told(own[-1])})

    async def press(self, address: str, arrival: Arrival, data: str) -> None:
        """Press a button: an inline one sends its data; one beside the keyboard types its words.

        A message is pressed as it now stands, whatever it looked like at first. Raises `NothingToPress` for a button
        that has gone since, and for a keyboard that has been removed or replaced.
        """
        device = self.chats.devices[address]
        message = device.messages[int(arrival.ref)]
        markup = message.get("reply_markup", {})
        if "keyboard" in markup:
            if device.keyboard != message["message_id"]:
                raise NothingToPress("that keyboard is no longer there")
            await self.say(address, data)
            return
        if not any(button.get("callback_data") == data for row in markup.get("inline_keyboard", ()) for button in row):
            raise NothingToPress("the message has no such button any more")
        query_id = str(4_000_000 + self.updates.last_id)
        self.methods.unanswered[query_id] = monotonic()
        query = {"id": query_id, "from": self.chats.user(address), "message": told(message), "chat_instance": "1"}
        await self.updates.deliver(address, {"callback_query": {**query, "data": data}})

    async def block(self, address: str) -> None:
        """Block the bot."""
        self.faults.blocked.add(address)
        await self._change_membership(address, "member", "kicked")

    async def unblock(self, address: str) -> None:
        """Let the bot write again."""
        self.faults.blocked.discard(address)
        await self._change_membership(address, "kicked", "member")

    async def _change_membership(self, address: str, old: str, new: str) -> None:
        """Update `my_chat_member`: for private chats it comes only when the bot is blocked or unblocked by the user (type Update)."""

        def member(status: str) -> Json:
            return {"user": self._me, "status": status, **({"until_date": 0} if status == "kicked" else {})}

        change = {"chat": self.chats.chat(address), "from": self.chats.user(address), "date": int(self._now())}
        states = {"old_chat_member": member(old), "new_chat_member": member(new)}
        await self.updates.deliver(address, {"my_chat_member": {**change, **states}})

    # The bot's side ----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the connections to the webhook."""
        async with self.updates.running():
            yield

    @property
    def is_busy(self) -> bool:
        """Whether updates that had to wait are being delivered now."""
        return self.updates.is_busy

    def routes(self) -> list[Route]:
        """The server's address space: /bot<token>/<method>."""
        return [Route("/bot{token}/{method}", self._serve, methods=["GET", "POST"])]

    async def _serve(self, request: Request) -> Response:
        try:
            result = await self._answer(request)
        except RefusalError as refusal:
            headers = {"Retry-After": str(s)} if (s := refusal.body.get("parameters", {}).get("retry_after")) else None
            return JSONResponse(refusal.body, status_code=refusal.body["error_code"], headers=headers)
        if self.faults.cut and request.path_params["method"] in SENDING:
            return CutResponse()
        return JSONResponse({"ok": True, "result": result})

    async def _answer(self, request: Request) -> Any:
        if self.faults.down:
            raise RefusalError(502, "Bad Gateway")
        if request.path_params["token"] != self.token:
            raise RefusalError(401, "Unauthorized")
        method, params = request.path_params["method"], await parameters_of(request)
        if method.lower() == "getupdates":
            return await self.updates.fetch(params)
        return self.methods.call(method, params)
