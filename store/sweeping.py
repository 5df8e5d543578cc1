"""What time does to messages: leases that run out, messages that expire, and when the next one is due. Leasing lives in `leasing`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, false, or_, select

from store.histories import IS_QUEUED, IS_SENDING, LEASE_RAN_OUT, change
from store.judging import BULK_PRIORITY, REPLY_PRIORITY
from store.schema import message

_MOST_ATTEMPTS = 5  # a message that ran out of its lease this often may be what kills the worker


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of leases that ran out."""

    requeued: int
    unknown: int


def sweep(connection: Connection, now: datetime, resends: Collection[tuple[str, str]] = ()) -> Swept:
    """Deal with leases that ran out: their holder died, and what it sent may or may not have arrived.

    Replies go back to the queue, and so does bulk whose (channel, purpose) is in `resends`; other bulk becomes `unknown`
    and waits for a report or a coordinator's word.
    """
    ran_out = and_(IS_SENDING, message.c.leased_until <= now)
    allowed = [and_(message.c.channel == name, message.c.purpose == purpose) for name, purpose in sorted(resends)]
    may_repeat = and_(or_(message.c.priority == REPLY_PRIORITY, *allowed, false()), message.c.attempts < _MOST_ATTEMPTS)
    requeued = change(connection, and_(ran_out, may_repeat), "queued", LEASE_RAN_OUT, now)
    return Swept(requeued, change(connection, ran_out, "unknown", LEASE_RAN_OUT, now))


def expire(connection: Connection, now: datetime, *, most: int | None = None) -> int:
    """Expire what is queued past its time, also on lanes that nobody leases from; at `most` so many. Gives the number of messages."""
    return change(connection, and_(IS_QUEUED, message.c.expires_at <= now), "expired", "expired", now, most=most)


def next_due(connection: Connection, lane: str, *, bulk_open: bool = True) -> datetime | None:
    """When the next message of a lane is due, which may be past; None when nothing is queued."""
    moments = [
        connection.execute(
            select(message.c.due_at)
            .where(IS_QUEUED, message.c.lane == lane, message.c.priority == priority)
            .order_by(message.c.due_at)
            .limit(1)
        ).scalar()
        for priority in ((REPLY_PRIORITY, BULK_PRIORITY) if bulk_open else (REPLY_PRIORITY,))
    ]
    return min((m for m in moments if m is not None), default=None)


def is_busy(connection: Connection, now: datetime, *, bulk_open: bool = True) -> bool:
    """Whether any message is on the wire or could leave now; bulk only counts while `bulk_open`."""
    is_due = and_(IS_QUEUED, message.c.due_at <= now)
    if not bulk_open:
        is_due = and_(is_due, message.c.priority == REPLY_PRIORITY)
    # Asked one after the other: together no index would serve, and every message ever sent would be looked at.
    return any(connection.execute(select(message.c.id).where(is_so).limit(1)).first() for is_so in (IS_SENDING, is_due))
