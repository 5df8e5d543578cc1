"""The list of messages as the API gives it: by day, in pages, the newest first (Twilio, "Read multiple Message resources"). Who may read it is the account's business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from sandbox.twilio.errors import RefusalError
from sandbox.twilio.messages import Json, Message

PAGE_SIZE, MOST_PAGE_SIZE = 50, 1000
FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the messages that were asked for, and what goes around them in the answer."""

    messages: list[Message]
    frame: Json


def page_of(messages: Iterable[Message], query: Mapping[str, str], path: str) -> Page:
    """The page that a query asks for. Raises `RefusalError` for a page that never was."""
    size = _size(query.get("PageSize", str(PAGE_SIZE)))
    found = sorted((m for m in messages if _is_wanted(m, query)), key=lambda m: (m.sent_at or m.created_at, m.sid))
    found.reverse()
    begin = 0
    if token := query.get("PageToken", ""):  # names the last message of the page before
        begin = next((n for n, m in enumerate(found, 1) if f"PA{m.sid}" == token), 0)
        if not begin:
            raise RefusalError(400, 20001, "Invalid PageToken")
    shown = found[begin : begin + size]
    number = int(query.get("Page", "0"))
    filters = {name: query[name] for name in FILTERS if name in query}

    def uri(page: int, token: str = "") -> str:
        more = {"PageToken": token} if token else {}
        return f"{path}?{urlencode({**filters, 'PageSize': size, 'Page': page, **more})}"

    has_more = begin + size < len(found)
    frame = {
        "uri": uri(number, token),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, f"PA{shown[-1].sid}") if has_more else None,
        "previous_page_uri": uri(number - 1) if number else None,
        "page": number,
        "page_size": size,
        "start": begin,
        "end": begin + len(shown) - 1,
    }
    return Page(shown, frame)


def _size(told: str) -> int:
    if not told.isdecimal() or not int(told):
        raise RefusalError(400, 20001, "Invalid PageSize")
    return min(int(told), MOST_PAGE_SIZE)


def _is_wanted(message: Message, query: Mapping[str, str]) -> bool:
    if query.get("To", message.to) != message.to or query.get("From", message.sender) != message.sender:
        return False
    days = {name: _day(query[name]) for name in FILTERS if name.startswith("Date") and name in query}
    if not days:
        return True
    if message.sent_at is None:
        return False
    day = datetime.fromtimestamp(message.sent_at, UTC).date()
    return all(
        (day == d) if n == "DateSent" else (day <= d) if n == "DateSent<" else (day >= d) for n, d in days.items()
    )


def _day(told: str) -> date:
    try:
        return date.fromisoformat(told[:10])
    except ValueError:
        raise RefusalError(400, 20001, "Invalid DateSent") from None
