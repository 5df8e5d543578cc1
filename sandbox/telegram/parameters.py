"""Parameters of a Bot API request, whichever way they came, and the limits they are held to. No method lives here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.telegram.errors import RefusalError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
TEXT_UNITS, CAPTION_UNITS, DATA_BYTES, BUTTONS, BUTTONS_A_ROW = 4096, 1024, 64, 100, 8
COMMAND = re.compile(r"[a-z0-9_]{1,32}")  # type BotCommand
LANGUAGE = re.compile(r"[a-z]{2}|")  # setMyCommands: "A two-letter ISO 639-1 language code", or empty
MOST_COMMANDS, MOST_DESCRIPTION = 100, 256

Json = dict[str, Any]
Params = Mapping[str, Any]


async def parameters_of(request: Request) -> Json:
    """Parameters from the address, a form, a multipart form or JSON: the four ways that the Bot API knows."""
    params: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        params.update(await request.json())
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            params.update({k: v.filename or k if isinstance(v, UploadFile) else v for k, v in form.items()})
    return params


def structured(value: Any) -> Any:
    """A parameter that is JSON, whichever way it came."""
    if not isinstance(value, str) or not value:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise RefusalError(400, "Bad Request: can't parse JSON object") from None


def text_of(params: Params, name: str, most: int) -> str:
    """A text within its limit, counted in UTF-16 units; Telegram trims it."""
    text = str(params.get(name) or "").strip()
    if not text:
        raise RefusalError(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > most:
        raise RefusalError(400, f"Bad Request: message {'caption ' if name == 'caption' else ''}is too long")
    return text


def markup_of(params: Params) -> Json | None:
    """The reply markup, if there is any: an inline keyboard, one beside the text field, or the removal of that."""
    markup = structured(params.get("reply_markup"))
    if not markup:
        return None
    rows = markup.get("inline_keyboard", ())
    if sum(map(len, rows)) > BUTTONS or any(len(row) > BUTTONS_A_ROW for row in rows):
        raise RefusalError(400, "Bad Request: reply markup is too long")
    for button in (button for row in rows for button in row):
        _check_button(button)
    if any(not button.get("text") for row in markup.get("keyboard", ()) for button in row):
        raise RefusalError(400, "Bad Request: keyboard button text must be non-empty")
    return dict(markup) if rows or not is_inline(markup) else None


def is_inline(markup: Params) -> bool:
    """Whether it is an InlineKeyboardMarkup."""
    return "inline_keyboard" in markup


def _check_button(button: Params) -> None:
    if not button.get("text"):
        raise RefusalError(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= DATA_BYTES:
        raise RefusalError(400, "Bad Request: BUTTON_DATA_INVALID")
    if "url" in button and (urlsplit(button["url"]).hostname or "localhost") in LOOPBACK:
        raise RefusalError(400, "Bad Request: BUTTON_URL_INVALID")


def commands_of(params: Params) -> tuple[str, str, list[Json]]:
    """(scope, language, commands) of setMyCommands, held to what type BotCommand and the method allow."""
    commands = structured(params.get("commands")) or []
    if len(commands) > MOST_COMMANDS:
        raise RefusalError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND.fullmatch(command.get("command", "").removeprefix("/")):
            raise RefusalError(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "").strip()) <= MOST_DESCRIPTION:
            raise RefusalError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    return *commands_place(params), [dict(command) for command in commands]


def commands_place(params: Params) -> tuple[str, str]:
    """(scope, language) that commands are set or looked up for."""
    language = str(params.get("language_code") or "")
    if not LANGUAGE.fullmatch(language):
        raise RefusalError(400, "Bad Request: invalid language code specified")
    scope = structured(params.get("scope")) or {}
    return str(scope.get("type", "default")), language
