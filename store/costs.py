"""What messages cost, as far as their providers or the settings say. What is still to be asked of providers lives in `charges`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, update

from store.charges import await_prices
from store.schema import bill, charge, message

MICROS = 1_000_000
Basis = Literal["told", "estimated", "awaited", "unknown"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one message cost: None where nobody says. `unpriced` are the provider's ids of what it tells the price of later."""

    message_id: int
    amount: Decimal | None
    currency: str = ""
    channel: str = ""
    unpriced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spending:
    """What messages of one channel cost in one currency, with `segments` in all, and on what `basis` that is known.

    `told`: by the provider. `estimated`: from the settings, until the provider tells it, or for good where it never does.
    `awaited`: nobody has said yet; `unknown`: nobody has, and the provider is not asked any more. Of these two the `amount`
    is None, which is not the same as nothing.
    """

    channel: str
    currency: str
    basis: Basis
    messages: int
    segments: int
    amount: Decimal | None


def note_costs(connection: Connection, costs: Sequence[Cost], now: datetime) -> None:
    """Write what messages cost, in millionths of their currency, a later figure in place of an earlier one; and which prices are awaited."""
    rows = [
        {"wanted": c.message_id, "micros": micros_of(c.amount), "unit": c.currency}
        for c in costs
        if c.amount is not None
    ]
    if rows:
        connection.execute(_NOTING, rows)
    for channel in {c.channel for c in costs if c.unpriced}:
        sids = [(sid, c.message_id) for c in costs if c.channel == channel for sid in c.unpriced]
        await_prices(connection, channel, sids, now)


def micros_of(amount: Decimal) -> int:
    """An amount in millionths of its currency."""
    return int((amount * MICROS).to_integral_value())


_NOTING = (
    update(message)
    .where(message.c.id == bindparam("wanted"))
    .values(cost_micros=bindparam("micros"), currency=bindparam("unit"))
)


def spending(connection: Connection, campaign_id: str | None = None) -> list[Spending]:
    """What was spent, by channel, currency and basis; of one campaign or of everything."""
    is_open = func.max(case((bill.c.due_at.is_not(None), 1), else_=0)).label("is_open")
    bills = and_(bill.c.channel == charge.c.channel, bill.c.day == charge.c.day)
    untold = select(charge.c.message_id, is_open).outerjoin(bill, bills).group_by(charge.c.message_id).subquery()
    basis = case(
        (untold.c.message_id.is_(None), "told"),
        (message.c.cost_micros.is_not(None), "estimated"),
        (untold.c.is_open == 1, "awaited"),
        else_="unknown",
    ).label("basis")
    query = (
        select(
            message.c.channel,
            message.c.currency,
            basis,
            func.count(),
            func.sum(message.c.segments),
            func.sum(message.c.cost_micros),
        )
        .outerjoin(untold, untold.c.message_id == message.c.id)
        .where(or_(message.c.cost_micros.is_not(None), untold.c.message_id.is_not(None)))
    )
    if campaign_id is not None:
        query = query.where(message.c.campaign_id == campaign_id)
    rows = connection.execute(
        query.group_by(message.c.channel, message.c.currency, basis).order_by(message.c.channel, message.c.currency)
    )
    found = [
        Spending(channel, unit or "", how, count, int(segments), None if sum_ is None else Decimal(int(sum_)) / MICROS)
        for channel, unit, how, count, segments, sum_ in rows
    ]
    return sorted(found, key=lambda row: (row.channel, row.currency, row.basis))
