"""What an SMS can hold and how fast SMS may be sent, and what a content is billed as. Light to import; nothing is sent here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.api import Limits
from channels.doors import Weight
from channels.rendering import split, utf16_units
from channels.sms.layout import laid_out
from channels.sms.segments import costs, plain

if TYPE_CHECKING:
    from bot.contents import Content
    from channels.sms.settings import SmsSettings

BODY_CHARS = 1600  # the longest Body that Twilio takes: it makes one message of many segments out of it


def limits(settings: SmsSettings) -> Limits:
    """The limits of SMS at this installation."""
    return Limits(
        text_chars=BODY_CHARS,
        has_links_in_invitation=False,
        is_terse=True,
        rate_per_second=settings.rate_per_second,
        concurrency=settings.connections,
        batch=1000,
    )


def bodies(settings: SmsSettings, text: str) -> list[str]:
    """A text as the bodies that Twilio gets, cut between words only where it is longer than one message may be."""
    return split(plain(text) if settings.plain_typography else text, BODY_CHARS, utf16_units)


def weigh(settings: SmsSettings, content: Content) -> Weight:
    """What a content is billed as when it is sent as it stands, without a personal link."""
    sent = bodies(settings, laid_out(content))
    parts = [costs(part) for part in sent]
    costly = tuple(dict.fromkeys(pair for part in parts for pair in part.costly))
    segments = sum(part.segments for part in parts)
    price = settings.price_per_segment
    return Weight(
        encoding="UCS-2" if costly else "GSM-7",
        segments=segments,
        costly=costly,
        price=None if price is None else price * segments,
        currency=settings.currency if price is not None else "",
    )
