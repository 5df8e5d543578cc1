"""How lanes stand: what waits in each, and for how long the first of it has been due. Leasing lives in `outbox`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from store.histories import IS_QUEUED, IS_SENDING
from store.outbox import REPLY_PRIORITY
from store.schema import message
from store.tables import Instant


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in one lane: replies or bulk. `oldest_due_at` is None while nothing is due."""

    lane: str
    is_reply: bool
    waiting: int
    due: int
    oldest_due_at: datetime | None


def queues(connection: Connection, now: datetime) -> list[Queue]:
    """Every lane's queues, read from the index of what is queued; lanes without a message in the queue are left out."""
    due_at = case((message.c.due_at <= now, message.c.due_at))
    rows = connection.execute(
        select(
            message.c.lane,
            message.c.priority,
            func.count(),
            func.count(due_at),
            func.min(due_at, type_=Instant()),
        )
        .where(IS_QUEUED)
        .group_by(message.c.lane, message.c.priority)
    )
    return [
        Queue(lane, priority == REPLY_PRIORITY, waiting, due, oldest) for lane, priority, waiting, due, oldest in rows
    ]


def sending_count(connection: Connection) -> int:
    """How many messages are leased, by all workers together."""
    return connection.execute(select(func.count()).select_from(message).where(IS_SENDING)).scalar_one()
