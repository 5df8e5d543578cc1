"""What messages cost, read in Twilio's list of them: a create request is answered before there is a price, and no status callback carries one.

"Message Resource": `price` is there some time after a message has left ("Understanding SMS message fees": mostly within
minutes, rarely within 24 hours, and for some messages never). "Read multiple Message resources": DateSent is a day in GMT,
a page holds at most 1000, the next one is named by `next_page_uri`.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import orjson

from channels.api import Price, PricePage
from channels.errors import Refused, SendError, TryLater
from channels.sms.errors import from_code
from channels.sms.resources import amount_of, whole_of

PAGE_SIZE: Final = 1000


def first_page(day: date) -> dict[str, str]:
    """The query for the first page of a day."""
    return {"DateSent": day.isoformat(), "PageSize": str(PAGE_SIZE)}


def page_at(uri: str) -> dict[str, str]:
    """The query for a page named by `next_page_uri`. Only its query is followed: whoever answers cannot lead us elsewhere."""
    return dict(parse_qsl(urlsplit(uri).query, keep_blank_values=True))


def read_page(status: int, text: str) -> PricePage:
    """What a page of the list says of prices. Raises the `SendError` that a refusal means, `TryLater` for what is no list.

    Of a message nothing is looked at but its name, its price and its segments.
    """
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        told = None
    if status != 200:
        raise _refused(status, told)
    if not isinstance(told, dict) or not isinstance(told.get("messages"), list):
        raise TryLater("answer_unreadable")
    prices = [price for each in told["messages"] if (price := _price(each)) is not None]
    return PricePage(prices, str(told.get("next_page_uri") or ""))


def _refused(status: int, told: Any) -> SendError:
    """A page is not known any more where the request is refused as wrong: the day begins anew."""
    code = told.get("code") if isinstance(told, dict) else None
    failure = from_code(status, code if isinstance(code, int) else None)
    return Refused(failure.reason) if status in (400, 404, 410) else failure


def _price(each: Any) -> Price | None:
    if not isinstance(each, dict) or not isinstance(each.get("sid"), str):
        return None
    amount, currency = amount_of(each.get("price")), each.get("price_unit")
    if amount is None or not isinstance(currency, str):
        return None
    return Price(each["sid"], amount, currency.upper(), whole_of(each.get("num_segments")))
