"""Telegram: the door that the entry point names, and its settings. Building imports the libraries; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence

from channels.api import Channel
from channels.doors import Door, Finding, Surroundings
from channels.errors import AddressRefused, ChannelError
from channels.telegram.limits import limits
from channels.telegram.settings import TelegramSettings

MOST_DIGITS = 16  # a chat id has at most 52 significant bits (Bot API, type Chat)


def normalise(address: str) -> str:
    """A private chat's id: digits only. Raises `AddressRefused` for names and groups, which a bot cannot write to first."""
    digits = address.strip()
    if not digits.isascii() or not digits.isdecimal() or not 0 < len(digits) <= MOST_DIGITS:
        raise AddressRefused("not a Telegram chat id — write the number that the bot received, not a name or a phone")
    return str(int(digits))


def build(settings: TelegramSettings, surroundings: Surroundings) -> Channel | None:
    """The channel, or None without a token. Raises `ChannelError` when the token cannot be one."""
    token = settings.token.get_secret_value()
    if not token:
        return None
    bot_id, _, secret = token.partition(":")
    if not bot_id.isdecimal() or not secret or any(character.isspace() for character in token):
        raise ChannelError(
            "Telegram has a token that cannot be one — set GENKLANG_TELEGRAM_TOKEN to the one from @BotFather"
        )
    from channels.telegram.deferring import import_aiogram

    import_aiogram()
    from channels.telegram.adapter import Telegram

    return Telegram(settings, surroundings)


async def examine(settings: TelegramSettings, surroundings: Surroundings) -> Sequence[Finding]:
    """What the provider says of these settings; see `examining`."""
    from channels.telegram.deferring import import_aiogram

    import_aiogram()
    from channels.telegram import examining

    return await examining.examine(settings, surroundings)


door = Door(
    name="telegram",
    settings=TelegramSettings,
    build=build,
    normalise=normalise,
    limits=limits,
    examine=examine,
)

__all__ = ["TelegramSettings", "door"]
