"""What is known of messages after the wire: providers' reports, doubtful ones and a coordinator's word on them, counts. Leases live in `outbox`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Select, String, Update, and_, bindparam, func, or_, select, update

from store.bounces import forget_soft, mark_gone
from store.charges import await_prices
from store.departures import complain, opt_people_out
from store.failover import call_off, queue_next
from store.failures import STANDARD, Failed, FailureRules, follow
from store.histories import IN_DOUBT, LEASE_RAN_OUT, change, record
from store.schema import contact, message, message_transition
from store.sets import ids_of
from store.tables import Instant

# From which statuses a report may move a message: sent < failed < delivered, so that it ends alike in whatever order they
# come. A message that was put back after a crash counts as `requeued`: what failed then is tried again anyway.
_FORWARD: Final = {
    "sent": frozenset({"requeued", "sending", "unknown"}),
    "delivered": frozenset({"requeued", "sending", "unknown", "sent", "failed"}),
    "failed": frozenset({"sending", "unknown", "sent"}),
}
COMPLAINT: Final = "complaint"
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
    failures: FailureRules = STANDARD,
    is_billed: bool = False,
) -> bool:
    """Take in what a provider says of a message, named by our id or theirs. False when it changes nothing.

    A settled message never moves backwards. `gone` also stops the address, `opted_out` the person (a complaint: the channel
    and the campaign). One that fails now goes on as `failures` says; one that was delivered after all calls that off again.
    A message in doubt has no receipt: that it was accepted is heard here first, and its price is awaited where it `is_billed`.
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
        if is_billed and provider_id and found.status == "unknown":
            await_prices(connection, channel, [(provider_id, found.id)], now)
    if status == "opted_out":
        return _leave(connection, found, channel, reason, now) or is_moving
    if status == "gone" and not is_moving:
        mark_gone(connection, found.contact_id, reason, now)
    elif is_moving and outcome == "failed":
        follow(connection, [Failed(found.id, found.contact_id, reason, status == "gone")], now, failures)
    elif is_moving and outcome == "delivered":
        _arrive(connection, found, now)
    return is_moving


def _leave(connection: Connection, found: Any, channel: str, reason: str, now: datetime) -> bool:
    """The provider says that the resident wants no more: whoever complains of one channel's messages leaves that channel."""
    if found.person_id is None:
        return False
    if reason == COMPLAINT:
        return complain(connection, found.person_id, channel, found.campaign_id, now)
    return opt_people_out(connection, [found.person_id], origin="provider", now=now) > 0


def _arrive(connection: Connection, found: Any, now: datetime) -> None:
    if found.soft_count:
        forget_soft(connection, [found.contact_id])
    if found.status == "failed":
        call_off(connection, found.id, now)


@cache
def _finding(*, is_ours: bool) -> Select[Any]:
    named = message.c.id == bindparam("ours") if is_ours else message.c.provider_id == bindparam("theirs")
    columns = ("id", "status", "attempts", "contact_id", "person_id", "campaign_id")
    return (
        select(*(message.c[name] for name in columns), contact.c.soft_count)
        .select_from(message.outerjoin(contact, contact.c.id == message.c.contact_id))
        .where(named, message.c.channel == bindparam("on_channel"))
        .order_by(message.c.id.desc())
        .limit(1)
        .with_for_update(of=message)
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
    connection: Connection,
    message_ids: Sequence[int],
    word: Literal["resend", "sent", "failed"],
    now: datetime,
    failures: FailureRules = STANDARD,
) -> int:
    """A coordinator's word on doubtful messages: send again, or take them for sent or failed. Gives how many were still in doubt.

    What is taken for failed goes on in another channel as `failures` says.
    """
    named = select(ids_of(connection.dialect.name, "named", list(message_ids)).c.id)
    condition = and_(message.c.id.in_(named), message.c.status == "unknown")
    query = select(message.c.id).where(condition).order_by(message.c.id).with_for_update()
    in_doubt = list(connection.execute(query).scalars())
    count = change(connection, condition, "queued" if word == "resend" else word, "resolved", now)
    if word == "failed":
        queue_next(connection, in_doubt, now, failures.lanes)
    return count


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
