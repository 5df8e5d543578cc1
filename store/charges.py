"""Prices that providers tell only after a message has left: which are awaited, and how far each day of a provider's list has been read.

A day is read again and again, each time after half its age, until every price is known or a week is over; who reads it
is decided by whoever takes its bill. What messages cost in sum lives in `costs`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Date,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.sql.dml import Insert

from store.prepared import Prepared
from store.schema import bill, charge, message
from store.sets import ids_of, insert_into, tuples_of
from store.tables import Instant

DAY: Final = timedelta(days=1)
FIRST_LOOK: Final = timedelta(hours=1)  # most prices are there minutes after a message has left
HELD: Final = timedelta(minutes=10)  # for how long whoever reads a day has it for themselves; each page begins it anew
GIVEN_UP: Final = timedelta(days=7)  # after the day's end


class Priced(NamedTuple):
    """What a provider says of one of its messages: the price in millionths of `currency` (ISO 4217), and its segments (0: not told)."""

    provider_id: str
    micros: int
    currency: str
    segments: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """One day (UTC) of a channel's list of messages that is to be read now, beginning at `page` ("": at the beginning)."""

    channel: str
    day: date
    page: str = ""


def await_prices(connection: Connection, channel: str, sids: Sequence[tuple[str, int]], now: datetime) -> None:
    """Note that the provider has accepted these of its messages (its id, ours) and has told no price. What is noted already stays.

    A message may leave after midnight: the list of the next day is read as well.
    """
    day = now.astimezone(UTC).date()
    _CHARGING.run(connection, {"on_channel": channel, "on_day": day, "sids_rows": [list(pair) for pair in sids]})
    looks = ((day, now + FIRST_LOOK), (day + DAY, _begin(day + DAY) + FIRST_LOOK))
    _BILLING.run_each(
        connection, [{"on_channel": channel, "on_day": each, "first_due_at": due_at} for each, due_at in looks]
    )


def is_any_due(connection: Connection, channels: Collection[str], now: datetime) -> bool:
    """Whether a day is to be read."""
    return connection.execute(_due(channels, now)).first() is not None


def take_bill(connection: Connection, channels: Collection[str], now: datetime) -> Bill | None:
    """Take the day that has waited longest; None when nothing is due. A day on which no price is missing is not read."""
    while (found := connection.execute(_due(channels, now).with_for_update(skip_locked=True)).first()) is not None:
        taken = Bill(found.channel, found.day, found.page)
        if _is_missing_any(connection, taken):
            _postpone(connection, taken, taken.page, now + HELD)
            return taken
        _close(connection, taken, now)
    return None


def enter_prices(connection: Connection, read: Bill, prices: Sequence[Priced], next_page: str, now: datetime) -> bool:
    """Write what a page of a day told, and where the reading goes on ("": it was the last). Gives whether it is to go on at once."""
    _tell(connection, read, prices)
    if next_page and _is_missing_any(connection, read):
        _postpone(connection, read, next_page, now + HELD)
        return True
    _close(connection, read, now)
    return False


def put_back(connection: Connection, read: Bill, due_at: datetime) -> None:
    """Read a day later, from where `read` stands; with an empty page from its beginning."""
    _postpone(connection, read, read.page, due_at)


def next_look(day: date, now: datetime) -> datetime | None:
    """When a day is read again that was read now: after half its age, at least an hour; None when it is given up."""
    last = _begin(day + DAY) + GIVEN_UP
    if now >= last:
        return None
    return min(last, now + max(FIRST_LOOK, (now - _begin(day)) / 2))


def _tell(connection: Connection, read: Bill, prices: Sequence[Priced]) -> None:
    """Note what parts cost, and write it to the messages of which every part is known now."""
    told = {each.provider_id: each for each in prices}
    asked = {**_where(read), "told_rows": [[sid] for sid in told]}
    found = connection.execute(_finding(connection.dialect.name), asked).all()
    if not found:
        return
    each_told = [(row.day, told[row.provider_id]) for row in found]
    connection.execute(
        _pricing(),
        [
            {
                "on_channel": read.channel,
                "on_day": day,
                "sid": price.provider_id,
                "micros": price.micros,
                "unit": price.currency,
                "parts": price.segments,
            }
            for day, price in each_told
        ],
    )
    _sum_up(connection, sorted({row.message_id for row in found}))


def _sum_up(connection: Connection, message_ids: list[int]) -> None:
    """Write to messages what their parts cost together, where all of them have a price."""
    whole = connection.execute(_sums(connection.dialect.name), {"ours_ids": message_ids}).all()
    if not whole:
        return
    connection.execute(
        _settling(),
        [
            {"wanted": row.message_id, "micros": int(row.micros), "unit": row.unit, "parts": int(row.parts or 0)}
            for row in whole
        ],
    )
    done = ids_of(connection.dialect.name, "done", [row.message_id for row in whole])
    connection.execute(delete(charge).where(charge.c.message_id.in_(select(done.c.id))))


def _is_missing_any(connection: Connection, read: Bill) -> bool:
    """Whether a price is missing that this day's list may tell: of what was sent on it, or on the day before."""
    missing = select(literal(1)).where(_is_near(), charge.c.cost_micros.is_(None)).limit(1)
    return connection.execute(missing, _where(read)).first() is not None


def _close(connection: Connection, read: Bill, now: datetime) -> None:
    """The list was read to its end, or had nothing to tell. It goes when nothing is missing and nothing more can come."""
    is_over = now >= _begin(read.day + DAY) + FIRST_LOOK
    if is_over and not _is_missing_any(connection, read):
        connection.execute(delete(bill).where(bill.c.channel == read.channel, bill.c.day == read.day))
    else:
        _postpone(connection, read, "", next_look(read.day, now))


def _postpone(connection: Connection, read: Bill, page: str, due_at: datetime | None) -> None:
    changed = update(bill).where(bill.c.channel == read.channel, bill.c.day == read.day)
    connection.execute(changed.values(page=page, due_at=due_at))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _where(read: Bill) -> dict[str, Any]:
    return {"on_channel": read.channel, "on_day": read.day, "day_before": read.day - DAY}


def _is_near() -> ColumnElement[bool]:
    days = (bindparam("on_day", type_=Date()), bindparam("day_before", type_=Date()))
    return and_(charge.c.channel == bindparam("on_channel"), charge.c.day.in_(days))


def _due(channels: Collection[str], now: datetime) -> Select[Any]:
    is_due = and_(bill.c.channel.in_(sorted(channels)), bill.c.due_at <= now)
    return select(bill.c.channel, bill.c.day, bill.c.page).where(is_due).order_by(bill.c.due_at, bill.c.day).limit(1)


def _charging(dialect: str) -> Insert:
    sids = tuples_of(dialect, "sids", {"provider_id": String(), "message_id": BigInteger()})
    where = (bindparam("on_channel", type_=String()), bindparam("on_day", type_=Date()))
    told = select(*where, sids.c.provider_id, sids.c.message_id).where(literal(True))
    names = ["channel", "day", "provider_id", "message_id"]
    return insert_into(dialect, charge).from_select(names, told).on_conflict_do_nothing()


def _billing(dialect: str) -> Insert:
    values = {
        "channel": bindparam("on_channel", type_=String()),
        "day": bindparam("on_day", type_=Date()),
        "due_at": bindparam("first_due_at", type_=Instant()),
        "page": literal(""),
    }
    return insert_into(dialect, bill).values(values).on_conflict_do_nothing()


@cache
def _finding(dialect: str) -> Select[Any]:
    told = tuples_of(dialect, "told", {"provider_id": String()})
    return select(charge.c.day, charge.c.provider_id, charge.c.message_id).where(
        _is_near(), charge.c.provider_id == told.c.provider_id
    )


@cache
def _sums(dialect: str) -> Select[Any]:
    """What messages cost whose parts all have a price, and their segments (0: not told of each)."""
    ours = ids_of(dialect, "ours")
    names = ("message_id", "provider_id", "cost_micros", "currency", "segments")
    parts = select(*(charge.c[name] for name in names)).where(charge.c.message_id.in_(select(ours.c.id)))
    each = parts.distinct().subquery()  # what was settled around midnight by two may be noted on both days
    segments = case((func.min(each.c.segments) > 0, func.sum(each.c.segments)), else_=0)
    micros, unit = func.sum(each.c.cost_micros), func.max(each.c.currency)
    return (
        select(each.c.message_id, micros.label("micros"), unit.label("unit"), segments.label("parts"))
        .group_by(each.c.message_id)
        .having(func.count() == func.count(each.c.cost_micros))
        .order_by(each.c.message_id)
    )


@cache
def _pricing() -> Update:
    named = (
        charge.c.channel == bindparam("on_channel"),
        charge.c.day == bindparam("on_day"),
        charge.c.provider_id == bindparam("sid"),
    )
    return (
        update(charge)
        .where(*named)
        .values(cost_micros=bindparam("micros"), currency=bindparam("unit"), segments=bindparam("parts"))
    )


@cache
def _settling() -> Update:
    parts = bindparam("parts", type_=message.c.segments.type)
    return (
        update(message)
        .where(message.c.id == bindparam("wanted"))
        .values(
            cost_micros=bindparam("micros"),
            currency=bindparam("unit"),
            segments=func.coalesce(func.nullif(parts, 0), message.c.segments),
        )
    )


_CHARGING: Final = Prepared(_charging)
_BILLING: Final = Prepared(_billing)
