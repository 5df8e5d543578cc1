"""Whether the bot will do: asks Telegram who it is and where its updates go. Nothing is sent or changed."""

from __future__ import annotations

from collections.abc import Sequence

import aiogram.exceptions as telegram
from aiogram import Bot
from aiogram.types import WebhookInfo

from channels.doors import Finding, Surroundings
from channels.errors import Misconfigured
from channels.telegram.errors import converted
from channels.telegram.listening import WEBHOOK_PATH
from channels.telegram.session import GetPlainUpdates, Session
from channels.telegram.settings import TelegramSettings
from channels.telegram.updates import ALLOWED_UPDATES

PATIENCE_SECONDS = 10.0
LISTENING_SECONDS = 3  # whoever polls asks again at once, which ends our own request
MANY_WAITING = 100


async def examine(settings: TelegramSettings, surroundings: Surroundings) -> Sequence[Finding]:
    """How the token, the bot and its webhook stand (Bot API: getMe, getWebhookInfo)."""
    session = Session(settings.api_base, 1, min(settings.timeout_seconds, PATIENCE_SECONDS))
    bot = Bot(settings.token.get_secret_value(), session=session)
    try:
        me = await bot.get_me()
        found = [Finding("telegram bot", "fine", f"@{me.username} answers")]
        info = await bot.get_webhook_info()
        if not info.url and not settings.has_webhook(surroundings.public_url):
            return [*found, await _polling(bot)]
        return [*found, *_webhook(info, settings, surroundings)]
    except telegram.AiogramError as error:
        failure = converted(error)
        remedy = "check GENKLANG_TELEGRAM_API_BASE and that this machine may reach it"
        if isinstance(failure, Misconfigured):
            remedy = "set GENKLANG_TELEGRAM_TOKEN to the one that @BotFather gave"
        return [Finding("telegram bot", "wrong", f"Telegram does not accept us ({failure.reason})", remedy)]
    finally:
        await session.close()


async def _polling(bot: Bot) -> Finding:
    """Whether somebody else fetches this bot's updates: of two at a time Telegram ends the earlier with 409.

    What is fetched here stays with Telegram, because no offset confirms it (Bot API, getUpdates); another's request is
    ended by ours once, and made again.
    """
    subject = "telegram updates"
    try:
        await bot(GetPlainUpdates(timeout=LISTENING_SECONDS, limit=1, allowed_updates=list(ALLOWED_UPDATES)))
    except telegram.TelegramConflictError:
        what = "another process fetches this bot's updates"
        remedy = "nothing, if that is your own service; otherwise two share one token: make a bot for each"
        return Finding(subject, "note", what, remedy)
    return Finding(subject, "fine", "by polling")


def _webhook(info: WebhookInfo, settings: TelegramSettings, surroundings: Surroundings) -> list[Finding]:
    """Where updates go, and whether they arrive."""
    subject = "telegram updates"
    if not settings.has_webhook(surroundings.public_url):
        if info.url:
            return [
                Finding(subject, "note", "a webhook is set, and polling will remove it", "nothing, if that is meant")
            ]
        return [Finding(subject, "fine", "by polling")]
    expected = surroundings.public_url.rstrip("/") + WEBHOOK_PATH
    if info.url != expected:
        what = "another webhook is set" if info.url else "no webhook is set yet"
        return [Finding(subject, "note", what, f"start the service: it registers {expected}")]
    waiting = info.pending_update_count
    if info.last_error_date is not None and waiting:
        what = f"{waiting} updates wait, because Telegram could not deliver them"
        return [Finding(subject, "wrong", what, f"see that {expected} can be reached from outside")]
    if waiting > MANY_WAITING:
        return [Finding(subject, "note", f"{waiting} updates wait", "see that the service runs")]
    return [Finding(subject, "fine", f"by webhook, {waiting} waiting")]
