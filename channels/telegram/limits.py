"""What a message of a bot can hold and how fast it may send. Light to import; nothing is sent here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.api import Limits

if TYPE_CHECKING:
    from channels.telegram.settings import TelegramSettings

TEXT_UNITS = 4096  # sendMessage: 1-4096 characters; counted in UTF-16 units to be on the safe side
MOST_OPTIONS = 10_000  # a longer list is shown in pages, so that only its reader's patience bounds it
LABEL_CHARS = 40  # longer ones are cut by telephones: the text then lists them, and the buttons hold their numbers

BURST_SECONDS = 0.2  # 25 a second with bursts of 5 are never more than 30 in any second, which is what Telegram allows


def limits(settings: TelegramSettings) -> Limits:
    """The limits of Telegram at this installation."""
    return Limits(
        text_chars=TEXT_UNITS,
        options=MOST_OPTIONS,
        option_chars=LABEL_CHARS,
        has_card_in_invitation=True,
        has_location_button=True,
        has_updates=True,
        rate_per_second=settings.rate_per_second,
        burst_seconds=BURST_SECONDS,
        concurrency=settings.connections,
    )
