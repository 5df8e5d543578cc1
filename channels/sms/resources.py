"""Twilio's Message resource: what is asked for when one is created, and what its answer tells of segments and price. Requests are made in `adapter`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson

from channels.api import Receipt
from channels.errors import Doubtful
from channels.sms.errors import from_code
from channels.sms.settings import SmsSettings

MESSAGES_BASE: Final = "https://api.twilio.com/2010-04-01/Accounts"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message as the API has accepted it.

    `segments` is 0 and `price` None as long as Twilio does not know: with a messaging service the sender is chosen later,
    and a price is there only once a message has been sent ("Message Resource", num_segments and price).
    """

    sid: str
    segments: int = 0
    price: Decimal | None = None
    currency: str = ""


def sender_fields(settings: SmsSettings) -> dict[str, str]:
    """What is the same in every request: who sends, and for how long it is tried."""
    service = settings.messaging_service_sid
    fields = {"MessagingServiceSid": service} if service else {"From": settings.sender}
    if settings.validity_seconds is not None:
        fields["ValidityPeriod"] = str(settings.validity_seconds)
    return fields


def accepted_from(status: int, text: str) -> Accepted:
    """What an answer says. Raises the `SendError` that a refusal means, or `Doubtful` when it cannot be read."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        told = None
    if not 200 <= status < 300:
        code = told.get("code") if isinstance(told, dict) else None
        raise from_code(status, code if isinstance(code, int) else None)
    if not isinstance(told, dict) or not isinstance(told.get("sid"), str):
        raise Doubtful("answer_unreadable")
    return Accepted(
        told["sid"], whole_of(told.get("num_segments")), amount_of(told.get("price")), str(told.get("price_unit") or "")
    )


def receipt(message_id: int, accepted: Sequence[Accepted], weighed: int, settings: SmsSettings) -> Receipt:
    """What a message takes and costs, all its parts together: as Twilio says where it does, else as we count and the settings say.

    What Twilio has not priced yet is asked for later (see `prices`).
    """
    said = [part.segments for part in accepted]
    segments = sum(said) if all(said) else weighed
    prices = [part.price for part in accepted if part.price is not None]
    cost: Decimal | None = None
    currency = ""
    if len(prices) == len(accepted):
        cost, currency = sum(prices, Decimal(0)), accepted[0].currency.upper()
    elif settings.price_per_segment is not None:
        cost, currency = settings.price_per_segment * segments, settings.currency
    unpriced = () if len(prices) == len(accepted) else tuple(part.sid for part in accepted)
    return Receipt(message_id, accepted[-1].sid, segments, cost, currency, unpriced=unpriced)


def whole_of(value: Any) -> int:
    """A whole number as Twilio writes it, in a string; 0 for what is none."""
    return int(value) if isinstance(value, str) and value.isdecimal() else 0


def amount_of(value: Any) -> Decimal | None:
    """A price without its sign: Twilio writes what it takes as a negative number."""
    if not isinstance(value, str):
        return None
    try:
        return abs(Decimal(value))
    except InvalidOperation:
        return None
