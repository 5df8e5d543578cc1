"""What an SMS can hold and how fast SMS may be sent, and what a content is billed as. Light to import; nothing is sent here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.api import Limits, Weight
from channels.rendering import numbered, split
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
    )


def weigh(settings: SmsSettings, content: Content) -> Weight:
    """What a content is billed as when it is sent as it stands, without a personal link."""
    written = numbered(content)
    text = plain(written)
    parts = [costs(part) for part in split(text, BODY_CHARS)]
    segments = sum(part.segments for part in parts)
    is_dear = any(part.encoding != "GSM-7" for part in parts)
    price = settings.price_per_segment
    return Weight(
        encoding="UCS-2" if is_dear else "GSM-7",
        segments=segments,
        costly=costs(text).costly if is_dear else (),
        price=None if price is None else price * segments,
        currency=settings.currency if price is not None else "",
    )
