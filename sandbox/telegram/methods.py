"""The methods of the Bot API that the stand-in knows, with the rules that Telegram holds them to. How requests come in lives in `standin`."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from sandbox.faults import Faults
from sandbox.telegram.chats import Chats
from sandbox.telegram.errors import RefusalError
from sandbox.telegram.parameters import (
    CAPTION_UNITS,
    LOOPBACK,
    TEXT_UNITS,
    Json,
    Params,
    commands_of,
    commands_place,
    markup_of,
    structured,
    text_of,
)
from sandbox.telegram.updates import Updates, Webhook

SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
NOTICE_CHARS = 200  # answerCallbackQuery, `text`
# How long a press can be answered. Telegram documents no figure; presses answered after some quarter of a minute are
# refused with "query is too old".
QUERY_SECONDS = 15.0


class Methods:
    """What the bot can ask for. `started` are the users who have started the chat; others cannot be written to."""

    def __init__(self, me: Json, chats: Chats, faults: Faults, now: Callable[[], float]) -> None:
        self.started: set[str] = set()
        self.unanswered: dict[str, float] = {}
        self.notices: list[str] = []
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.updates: Updates
        self._me, self._chats, self._faults, self._now = me, chats, faults, now
        self._handlers: dict[str, Callable[[Params], Any]] = {
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
            "setmycommands": self._set_commands,
            "getmycommands": lambda p: self.commands.get(commands_place(p), []),
            "deletemycommands": lambda p: self.commands.pop(commands_place(p), None) is not None or True,
            "leavechat": self._leave,
        }

    def call(self, method: str, params: Params) -> Any:
        """The result of a method, whose name counts without case. Raises `RefusalError`."""
        handler = self._handlers.get(method.lower())
        if handler is None:
            raise RefusalError(404, "Not Found")
        return handler(params)

    # Updates -----------------------------------------------------------------------------------------------------

    def _set_webhook(self, params: Params) -> bool:
        url = str(params.get("url") or "")
        if not url:
            return self._delete_webhook(params)
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise RefusalError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.get("secret_token")
        if secret is not None and not SECRET_TOKEN.fullmatch(secret):
            raise RefusalError(400, "Bad Request: secret token contains unallowed characters")
        self.updates.set_webhook(Webhook(url, secret, frozenset(structured(params.get("allowed_updates")) or ())))
        return True

    def _delete_webhook(self, params: Params) -> bool:
        self.updates.webhook = None
        return True

    def _webhook_info(self, params: Params) -> Json:
        hook = self.updates.webhook
        info: Json = {"url": hook.url if hook else "", "has_custom_certificate": False}
        info["pending_update_count"] = self.updates.waiting
        if hook and hook.last_error:
            info.update(last_error_date=int(self._now()), last_error_message=hook.last_error)
        return info

    # Messages ----------------------------------------------------------------------------------------------------

    def _send_message(self, params: Params) -> Json:
        address = self._recipient(params)
        return self._chats.put(address, {"text": text_of(params, "text", TEXT_UNITS)}, markup_of(params))

    def _send_photo(self, params: Params) -> Json:
        address = self._recipient(params)
        if not params.get("photo"):
            raise RefusalError(400, "Bad Request: there is no photo in the request")
        caption = text_of(params, "caption", CAPTION_UNITS) if params.get("caption") else ""
        size = {"file_id": "p1", "file_unique_id": "u1", "width": 90, "height": 90}
        return self._chats.put(
            address, {"photo": [size], **({"caption": caption} if caption else {})}, markup_of(params)
        )

    def _edit_text(self, params: Params) -> Json:
        return self._change(params, {"text": text_of(params, "text", TEXT_UNITS)})

    def _edit_markup(self, params: Params) -> Json:
        return self._change(params, {})

    def _change(self, params: Params, what: Json) -> Json:
        address = self._recipient(params)
        return self._chats.change(address, int(params.get("message_id") or 0), what, markup_of(params) or {})

    def _answer_query(self, params: Params) -> bool:
        """A press is answered once and soon; the notice is 0-200 characters (answerCallbackQuery)."""
        asked_at = self.unanswered.pop(str(params.get("callback_query_id") or ""), None)
        if asked_at is None or monotonic() - asked_at > QUERY_SECONDS:
            raise RefusalError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        notice = str(params.get("text") or "")
        if len(notice) > NOTICE_CHARS:
            raise RefusalError(400, "Bad Request: MESSAGE_TOO_LONG")
        self.notices.append(notice)
        return True

    def _set_commands(self, params: Params) -> bool:
        scope, language, commands = commands_of(params)
        self.commands[scope, language] = commands
        return True

    def _leave(self, params: Params) -> bool:
        """leaveChat: "Use this method for your bot to leave a group, supergroup or channel"."""
        if int(params.get("chat_id") or 0) >= 0:
            raise RefusalError(400, "Bad Request: chat not found")
        return True

    def _recipient(self, params: Params) -> str:
        """The user to write to. Raises what Telegram says when that cannot be."""
        address = str(params.get("chat_id") or "")
        if not address:
            raise RefusalError(400, "Bad Request: chat_id is empty")
        if self._faults.throttles():
            seconds = self._faults.retry_after
            raise RefusalError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        if address in self._faults.moved:  # ResponseParameters, `migrate_to_chat_id`
            told = "Bad Request: group chat was upgraded to a supergroup chat"
            raise RefusalError(400, told, migrate_to_chat_id=int(self._faults.moved[address]))
        if address in self._faults.gone or not address.removeprefix("-").isdecimal():
            raise RefusalError(400, "Bad Request: chat not found")
        if address in self._faults.blocked:
            raise RefusalError(403, "Forbidden: bot was blocked by the user")
        if address not in self.started:
            raise RefusalError(403, "Forbidden: bot can't initiate conversation with a user")
        if address in self._faults.refuse:
            raise RefusalError(400, "Bad Request: have no rights to send a message")
        return address
