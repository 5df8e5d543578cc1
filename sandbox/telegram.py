"""A stand-in for Telegram's Bot API server, speaking its wire, and its users' devices as a `Wire`. No user's habits live here."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import CutResponse, Faults
from sandbox.wire import Arrival, Button, Listener

TOKEN = "123456:sandbox"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
LINK = re.compile(r"https?://[^\s<>\"]+")
TEXT_UNITS, CAPTION_UNITS, DATA_BYTES, BUTTONS = 4096, 1024, 64, 100
SENDING = frozenset({"sendMessage", "sendPhoto", "editMessageText", "editMessageReplyMarkup"})

Json = dict[str, Any]


class RefusalError(Exception):
    """The Bot API refuses a request. `parameters` as in ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.body: Json = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


class UndeliveredError(Exception):
    """The bot did not acknowledge an update, however often it was tried."""


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


@dataclass(slots=True)
class Device:
    """What one user has on their telephone: arrivals in order, and the messages of the chat as they now stand."""

    arrivals: list[Arrival] = field(default_factory=list)
    messages: dict[int, Json] = field(default_factory=dict)
    last_id: int = 0

    def next_id(self) -> int:
        """Messages of a private chat are numbered from 1, whoever wrote them."""
        self.last_id += 1
        return self.last_id


class TelegramStandIn:
    """One bot and its users. A user who has not started the chat cannot be written to, as in reality.

    `retry_seconds` between two tries of the webhook, `attempts` before an update is left waiting.
    """

    channel = "telegram"

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
        self.sent: list[Arrival] = []
        self.started: set[str] = set()
        self.languages: dict[str, str] = {}
        self.devices: defaultdict[str, Device] = defaultdict(Device)
        self.unanswered: set[str] = set()
        self.webhook: Webhook | None = None
        self._now = now
        self._retry_seconds, self._attempts = retry_seconds, attempts
        self._listeners: list[Listener] = []
        self._last_update = 0
        self._waiting: dict[int, Pending] = {}
        self._queues: defaultdict[str, deque[Pending]] = defaultdict(deque)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._news = asyncio.Event()
        self._client: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._me = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Sjövik", "username": username}

    # The residents' side -----------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Be told of every message and edit that reaches a user."""
        self._listeners.append(listener)

    def acquaint(self, addresses: Sequence[str]) -> None:
        """Users who have started the chat at some time before."""
        self.started.update(addresses)

    def inbox(self, address: str) -> list[Arrival]:
        """Everything that has reached one user."""
        return self.devices[address].arrivals

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
        if to is not None and (replied := self.devices[address].messages.get(int(to.ref))):
            message["reply_to_message"] = replied
        await self._write(address, message)

    async def share_location(self, address: str, latitude: float, longitude: float) -> None:
        """Share a place."""
        await self._write(address, {"location": {"latitude": latitude, "longitude": longitude}})

    async def send_photo(self, address: str, caption: str = "") -> None:
        """Send a picture."""
        size = {"file_id": "p1", "file_unique_id": "u1", "width": 90, "height": 90}
        await self._write(address, {"photo": [size], **({"caption": caption} if caption else {})})

    async def edit(self, address: str, text: str) -> None:
        """Change the words of one's latest text."""
        own = [m for m in self.devices[address].messages.values() if m["from"]["id"] == int(address) and "text" in m]
        own[-1].update(text=text, edit_date=int(self._now()))
        await self._deliver(address, {"edited_message": dict(own[-1])})

    async def press(self, address: str, arrival: Arrival, data: str) -> None:
        """Press a button: an inline one sends its data; one beside the keyboard types its words."""
        message = self.devices[address].messages[int(arrival.ref)]
        if "keyboard" in message.get("reply_markup", {}):
            await self.say(address, data)
            return
        query_id = str(4_000_000 + self._last_update)
        self.unanswered.add(query_id)
        query = {"id": query_id, "from": self._user(address), "message": message, "chat_instance": "1", "data": data}
        await self._deliver(address, {"callback_query": query})

    async def block(self, address: str) -> None:
        """Block the bot."""
        self.faults.blocked.add(address)
        await self._change_membership(address, "member", "kicked")

    async def unblock(self, address: str) -> None:
        """Let the bot write again."""
        self.faults.blocked.discard(address)
        await self._change_membership(address, "kicked", "member")

    async def _write(self, address: str, what: Json) -> None:
        device = self.devices[address]
        self.started.add(address)
        self.faults.blocked.discard(address)
        message_id = device.next_id()
        message = {
            "message_id": message_id,
            "from": self._user(address),
            "chat": self._chat(address),
            "date": int(self._now()),
            **what,
        }
        device.messages[message_id] = message
        await self._deliver(address, {"message": message})

    async def _change_membership(self, address: str, old: str, new: str) -> None:
        def member(status: str) -> Json:
            return {"user": self._me, "status": status, **({"until_date": 0} if status == "kicked" else {})}

        change = {"chat": self._chat(address), "from": self._user(address), "date": int(self._now())}
        await self._deliver(
            address, {"my_chat_member": {**change, "old_chat_member": member(old), "new_chat_member": member(new)}}
        )

    def _user(self, address: str) -> Json:
        user: Json = {"id": int(address), "is_bot": False, "first_name": "Resident"}
        return {**user, "language_code": self.languages[address]} if address in self.languages else user

    def _chat(self, address: str) -> Json:
        return {"id": int(address), "type": "private", "first_name": "Resident"}

    # Updates -----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the connections to the webhook; nothing else needs time to pass."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as self._client:
            try:
                yield
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_busy(self) -> bool:
        """Whether updates that had to wait are being delivered now."""
        return bool(self._tasks)

    async def _deliver(self, address: str, what: Json) -> None:
        """Put an update into the queue; returns when the bot has acknowledged it."""
        kind = next(iter(what))
        if self.webhook is not None and self.webhook.allowed and kind not in self.webhook.allowed:
            return
        self._last_update += 1
        update = {"update_id": self._last_update, **what}
        pending = Pending(update, address, asyncio.get_running_loop().create_future())
        self._waiting[self._last_update] = pending
        self._queues[address].append(pending)
        self._news.set()
        if self.webhook is not None:
            await self._drain(address)
        await pending.acknowledged

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
        if self._client is None:
            raise UndeliveredError("the stand-in is not running")
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        for attempt in range(self._attempts):
            if attempt:
                await asyncio.sleep(self._retry_seconds)
            try:
                async with self._client.post(webhook.url, json=update, headers=headers) as response:
                    body = await response.read()
            except aiohttp.ClientError as error:
                webhook.last_error = type(error).__name__
                continue
            if 200 <= response.status < 300:
                self._perform_answer(body)
                return
            webhook.last_error = f"Wrong response from the webhook: {response.status} {response.reason}"
        raise UndeliveredError(f"update {update['update_id']}: {webhook.last_error}")

    def _perform_answer(self, body: bytes) -> None:
        """A webhook may answer with a method to call; its result is not told."""
        if body[:1] != b"{":
            return
        request = json.loads(body)
        method = request.pop("method", None)
        if method is not None:
            self._call(method, request)

    def _acknowledge(self, pending: Pending) -> None:
        self._waiting.pop(pending.update["update_id"], None)
        if not pending.acknowledged.done():
            pending.acknowledged.set_result(None)

    async def _get_updates(self, params: Mapping[str, Any]) -> list[Json]:
        if self.webhook is not None:
            raise RefusalError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        offset, limit = int(params.get("offset") or 0), int(params.get("limit") or 100)
        for update_id in [number for number in self._waiting if number < offset]:
            pending = self._waiting[update_id]
            self._queues[pending.chat].remove(pending)
            self._acknowledge(pending)
        if not self._waiting and float(params.get("timeout") or 0) > 0:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), float(params["timeout"]))
            except TimeoutError:
                return []
        return [self._waiting[number].update for number in sorted(self._waiting)[:limit]]

    # The Bot API -------------------------------------------------------------------------------------------------

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
        method, params = request.path_params["method"], await _parameters(request)
        if method == "getUpdates":
            return await self._get_updates(params)
        return self._call(method, params)

    def _call(self, method: str, params: Mapping[str, Any]) -> Any:
        handlers: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "getme": lambda _: {**self._me, "can_join_groups": False, "supports_inline_queries": False},
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "sendchataction": lambda p: bool(self._recipient(p)),
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "answercallbackquery": self._answer_query,
        }
        handler = handlers.get(method.lower())
        if handler is None:
            raise RefusalError(404, "Not Found")
        return handler(params)

    def _set_webhook(self, params: Mapping[str, Any]) -> bool:
        url = str(params.get("url") or "")
        if not url:
            return self._delete_webhook(params)
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise RefusalError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.get("secret_token")
        if secret is not None and not SECRET_TOKEN.fullmatch(secret):
            raise RefusalError(400, "Bad Request: secret token contains unallowed characters")
        allowed = frozenset(_structured(params.get("allowed_updates")) or ())
        self.webhook = Webhook(url, secret, allowed)
        for chat, queue in self._queues.items():
            if queue:
                task = asyncio.get_running_loop().create_task(self._catch_up(chat))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return True

    def _delete_webhook(self, params: Mapping[str, Any]) -> bool:
        self.webhook = None
        return True

    def _webhook_info(self, params: Mapping[str, Any]) -> Json:
        hook = self.webhook
        info: Json = {"url": hook.url if hook else "", "has_custom_certificate": False}
        info["pending_update_count"] = len(self._waiting)
        if hook and hook.last_error:
            info.update(last_error_date=int(self._now()), last_error_message=hook.last_error)
        return info

    def _send_message(self, params: Mapping[str, Any]) -> Json:
        address = self._recipient(params)
        text = _text_of(params, "text", TEXT_UNITS)
        return self._put(address, {"text": text}, _markup_of(params))

    def _send_photo(self, params: Mapping[str, Any]) -> Json:
        address = self._recipient(params)
        if not params.get("photo"):
            raise RefusalError(400, "Bad Request: there is no photo in the request")
        caption = _text_of(params, "caption", CAPTION_UNITS) if params.get("caption") else ""
        size = {"file_id": "p1", "file_unique_id": "u1", "width": 90, "height": 90}
        return self._put(address, {"photo": [size], **({"caption": caption} if caption else {})}, _markup_of(params))

    def _edit_text(self, params: Mapping[str, Any]) -> Json:
        return self._change(params, {"text": _text_of(params, "text", TEXT_UNITS)})

    def _edit_markup(self, params: Mapping[str, Any]) -> Json:
        return self._change(params, {})

    def _answer_query(self, params: Mapping[str, Any]) -> bool:
        query_id = str(params.get("callback_query_id") or "")
        if query_id not in self.unanswered:
            raise RefusalError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.unanswered.discard(query_id)
        return True

    def _recipient(self, params: Mapping[str, Any]) -> str:
        """The user to write to. Raises what Telegram says when that cannot be."""
        address = str(params.get("chat_id") or "")
        if not address:
            raise RefusalError(400, "Bad Request: chat_id is empty")
        if self.faults.throttles():
            seconds = self.faults.retry_after
            raise RefusalError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        if address in self.faults.gone or not address.isdecimal():
            raise RefusalError(400, "Bad Request: chat not found")
        if address in self.faults.blocked:
            raise RefusalError(403, "Forbidden: bot was blocked by the user")
        if address not in self.started:
            raise RefusalError(403, "Forbidden: bot can't initiate conversation with a user")
        if address in self.faults.refuse:
            raise RefusalError(400, "Bad Request: have no rights to send a message")
        return address

    def _put(self, address: str, what: Json, markup: Json | None) -> Json:
        message_id = self.devices[address].next_id()
        message = {
            "message_id": message_id,
            "from": self._me,
            "chat": self._chat(address),
            "date": int(self._now()),
            **what,
            **({"reply_markup": markup} if markup else {}),
        }
        self.devices[address].messages[message_id] = message
        self._arrive(address, message)
        return _told(message)

    def _change(self, params: Mapping[str, Any], what: Json) -> Json:
        address = self._recipient(params)
        message = self.devices[address].messages.get(int(params.get("message_id") or 0))
        if message is None:
            raise RefusalError(400, "Bad Request: message to edit not found")
        if message["from"] is not self._me:
            raise RefusalError(400, "Bad Request: message can't be edited")
        markup = _markup_of(params) or {}
        if "keyboard" in markup:
            raise RefusalError(400, "Bad Request: inline keyboard expected")
        changed = {**{k: v for k, v in message.items() if k != "reply_markup"}, **what}
        if markup:
            changed["reply_markup"] = markup
        if changed == message:
            raise RefusalError(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message",
            )
        message.clear()
        message.update(changed, edit_date=int(self._now()))
        self._arrive(address, message, edits=str(message["message_id"]))
        return _told(message)

    def _arrive(self, address: str, message: Json, edits: str | None = None) -> None:
        markup = message.get("reply_markup", {})
        inline = [button for row in markup.get("inline_keyboard", ()) for button in row]
        beside = [button for row in markup.get("keyboard", ()) for button in row]
        text = message.get("text") or message.get("caption") or ""
        arrival = Arrival(
            channel=self.channel,
            address=address,
            ref=str(message["message_id"]),
            text=text,
            at=self._now(),
            buttons=(
                *(Button(b["text"], b["callback_data"]) for b in inline if "callback_data" in b),
                *(Button(b["text"], b["text"]) for b in beside if not b.get("request_location")),
            ),
            edits=edits,
            links=(*LINK.findall(text), *(b["url"] for b in inline if "url" in b)),
            wants_location=any(button.get("request_location") for button in beside),
        )
        self.devices[address].arrivals.append(arrival)
        self.sent.append(arrival)
        for listener in self._listeners:
            listener(arrival)


async def _parameters(request: Request) -> Json:
    """Parameters from the address, a form, a multipart form or JSON: the four ways that the Bot API knows."""
    params: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        params.update(await request.json())
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            params.update({k: v.filename or k if isinstance(v, UploadFile) else v for k, v in form.items()})
    return params


def _structured(value: Any) -> Any:
    """A parameter that is JSON, whichever way it came."""
    if not isinstance(value, str) or not value:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise RefusalError(400, "Bad Request: can't parse JSON object") from None


def _text_of(params: Mapping[str, Any], name: str, most: int) -> str:
    text = str(params.get(name) or "").strip()
    if not text:
        raise RefusalError(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > most:
        raise RefusalError(400, f"Bad Request: message {'caption ' if name == 'caption' else ''}is too long")
    return text


def _markup_of(params: Mapping[str, Any]) -> Json | None:
    markup = _structured(params.get("reply_markup"))
    if not markup:
        return None
    inline = [button for row in markup.get("inline_keyboard", ()) for button in row]
    if len(inline) > BUTTONS:
        raise RefusalError(400, "Bad Request: reply markup is too long")
    for button in inline:
        if not button.get("text"):
            raise RefusalError(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= DATA_BYTES:
            raise RefusalError(400, "Bad Request: BUTTON_DATA_INVALID")
        if "url" in button and (urlsplit(button["url"]).hostname or "localhost") in LOOPBACK:
            raise RefusalError(400, "Bad Request: BUTTON_URL_INVALID")
    return dict(markup)


def _told(message: Json) -> Json:
    """A message as the bot is told of it: with inline keyboards, without those beside the text field."""
    markup = message.get("reply_markup", {})
    return {k: v for k, v in message.items() if k != "reply_markup" or "inline_keyboard" in markup}
