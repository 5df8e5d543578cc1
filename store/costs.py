"""What messages cost, as far as their providers or the settings say. How they were settled lives in `outbox`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, bindparam, func, select, update

from store.schema import message

MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one message cost."""

    message_id: int
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Spending:
    """What the messages of one channel cost in one currency; `messages` of them had a price, with `segments` in all."""

    channel: str
    currency: str
    messages: int
    segments: int
    amount: Decimal


def note_costs(connection: Connection, costs: Sequence[Cost]) -> None:
    """Write what messages cost, in millionths of their currency; a later figure replaces an earlier one."""
    rows = [
        {"wanted": c.message_id, "micros": int((c.amount * MICROS).to_integral_value()), "unit": c.currency}
        for c in costs
    ]
    if rows:
        connection.execute(_NOTING, rows)


_NOTING = (
    update(message)
    .where(message.c.id == bindparam("wanted"))
    .values(cost_micros=bindparam("micros"), currency=bindparam("unit"))
)


def spending(connection: Connection, campaign_id: str | None = None) -> list[Spending]:
    """What was spent, by channel and currency; of one campaign or of everything."""
    query = select(
        message.c.channel,
        message.c.currency,
        func.count(),
        func.sum(message.c.segments),
        func.sum(message.c.cost_micros),
    ).where(message.c.cost_micros.is_not(None))
    if campaign_id is not None:
        query = query.where(message.c.campaign_id == campaign_id)
    rows = connection.execute(
        query.group_by(message.c.channel, message.c.currency).order_by(message.c.channel, message.c.currency)
    )
    return [
        Spending(channel, currency or "", count, int(segments), Decimal(int(micros)) / MICROS)
        for channel, currency, count, segments, micros in rows
    ]
