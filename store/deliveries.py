"""What is known of messages after the wire: providers' reports, doubtful ones and a coordinator's word on them, counts. Leases live in `outbox`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Select, String, Update, and_, bindparam, func, or_, select, update

from store.departures import opt_people_out
from store.histories import IN_DOUBT, LEASE_RAN_OUT, change, record
from store.outbox import mark_gone
from store.schema import message, message_transition
from store.sets import ids_of
from store.tables import Instant

# From which statuses a report may move a message. A message that was put back after a crash counts as `requeued`.
_FORWARD: Final = {
    "sent": frozenset({"requeued", "sending", "unknown"}),
    "delivered": frozenset({"requeued", "sending", "unknown", "sent"}),
    "failed": frozenset({"sending", "unknown", "sent"}),
}
_OUTCOMES: Final = {
    "sent": "sent",
    "delivered": "delivered",
    "failed": "failed",
    "gone": "failed",
    "opted_out": "failed",
}


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A message of which nobody knows, or for a time nobody knew, whether it arrived. Its `status` is `unknown` while a word is wanted."""

    message_id: int
    campaign_id: str | None
    channel: str
    purpose: str
    person_id: int | None
    attempts: int
    status: str
    reason: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many messages of one purpose on one channel have one status, and how many segments they took."""

    channel: str
    purpose: str
    status: str
    count: int
    segments: int


def report(
    connection: Connection,
    channel: str,
    *,
    status: str,
    now: datetime,
    message_id: int | None = None,
    provider_id: str | None = None,
    reason: str = "",
) -> bool:
    """Take in what a provider says of a message, named by our id or theirs. False when it changes nothing.

    A settled message never moves backwards. `gone` also stops the address, `opted_out` the person.
    """
    values = {"on_channel": channel, "ours": message_id, "theirs": provider_id}
    found = connection.execute(_finding(is_ours=message_id is not None), values).first()
    if found is None or found.attempts == 0:
        return False
    outcome = _OUTCOMES[status]
    is_moving = ("requeued" if found.status == "queued" else found.status) in _FORWARD[outcome]
    if is_moving:
        told = {"to_status": outcome, "why": reason, "theirs": provider_id or None, "now": now, "wanted": found.id}
        connection.execute(_moving(), told)
        record(connection, [found.id], now)
    if status == "gone":
        mark_gone(connection, found.contact_id, reason, now)
    if status == "opted_out" and found.person_id is not None:
        return opt_people_out(connection, [found.person_id], origin="provider", now=now) > 0 or is_moving
    return is_moving


@cache
def _finding(*, is_ours: bool) -> Select[Any]:
    named = message.c.id == bindparam("ours") if is_ours else message.c.provider_id == bindparam("theirs")
    return (
        select(message.c.id, message.c.status, message.c.attempts, message.c.contact_id, message.c.person_id)
        .where(named, message.c.channel == bindparam("on_channel"))
        .order_by(message.c.id.desc())
        .limit(1)
        .with_for_update()
    )


@cache
def _moving() -> Update:
    return (
        update(message)
        .where(message.c.id == bindparam("wanted"))
        .values(
            status=bindparam("to_status"),
            reason=bindparam("why"),
            provider_id=func.coalesce(bindparam("theirs", type_=String()), message.c.provider_id),
            settled_at=bindparam("now", type_=Instant()),
            leased_until=None,
        )
    )


def doubtful(connection: Connection, campaign_id: str | None = None, *, is_ever: bool = False) -> list[Doubtful]:
    """The messages that wait for a coordinator's word, oldest first.

    `is_ever`: also those that were in doubt at some time: sent again by policy or by a word, or settled by a report since.
    Whatever a provider got twice is among them.
    """
    names = ("campaign_id", "channel", "purpose", "person_id", "attempts", "status", "reason", "settled_at")
    query = select(message.c.id.label("message_id"), *(message.c[name] for name in names))
    query = query.where(message.c.id.in_(_doubted()) if is_ever else message.c.status == "unknown")
    if campaign_id is not None:
        query = query.where(message.c.campaign_id == campaign_id)
    return [Doubtful(**row) for row in connection.execute(query.order_by(message.c.id)).mappings()]


def _doubted() -> Select[Any]:
    """The ids of messages whose history has a doubt in it."""
    reason = message_transition.c.reason
    is_again: ColumnElement[bool] = or_(reason == LEASE_RAN_OUT, reason.startswith(IN_DOUBT, autoescape=True))
    return select(message_transition.c.message_id).where(
        or_(message_transition.c.status == "unknown", and_(message_transition.c.status == "queued", is_again))
    )


def resolve(
    connection: Connection, message_ids: Sequence[int], word: Literal["resend", "sent", "failed"], now: datetime
) -> int:
    """A coordinator's word on doubtful messages: send again, or take them for sent or failed. Gives how many were still in doubt."""
    named = ids_of(connection.dialect.name, "named", list(message_ids))
    condition = and_(message.c.id.in_(select(named.c.id)), message.c.status == "unknown")
    return change(connection, condition, "queued" if word == "resend" else word, "resolved", now)


def status_counts(connection: Connection, campaign_id: str | None = None) -> list[StatusCount]:
    """Messages by channel, purpose and status; of one campaign or of everything."""
    query = select(
        message.c.channel,
        message.c.purpose,
        message.c.status,
        func.count().label("count"),
        func.sum(message.c.segments).label("segments"),
    ).group_by(message.c.channel, message.c.purpose, message.c.status)
    if campaign_id is not None:
        query = query.where(message.c.campaign_id == campaign_id)
    return [StatusCount(**row) for row in connection.execute(query).mappings()]
