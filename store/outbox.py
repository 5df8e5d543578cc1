"""Messages on their way out: leased before the wire, settled after it, swept after a crash. What providers report later lives in `deliveries`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    false,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeEngine

from store.departures import opt_people_out
from store.histories import IS_QUEUED, IS_SENDING, LEASE_RAN_OUT, change, record
from store.schema import campaign, contact, message, participation, person
from store.sets import ids_of, later, plain, rows_of
from store.tables import Instant

REPLY_PRIORITY: Final = 0
BULK_PRIORITY: Final = 10
ASKING_PURPOSES: Final = ("invitation", "reminder", "nudge")  # those that make no sense once the campaign has closed
HELD: Final = "held"  # the resident is in the middle of another conversation on the same number
RESTING: Final = "resting"  # the campaign's quiet hours
_LOOKS = 20  # how many portions of unsendable messages one lease clears away before it gives up for now
_MOST_ATTEMPTS = 5  # a message that ran out of its lease this often may be what kills the worker

OutcomeStatus = Literal["sent", "failed", "gone", "opted_out", "queued", "unknown"]


@dataclass(frozen=True, slots=True)
class Leased:
    """One message that this holder alone may send until its lease runs out. `content` is None for bulk, which is rendered from its wave."""

    message_id: int
    fence: int
    lane: str
    channel: str
    purpose: str
    language: str
    priority: int
    attempts: int
    due_at: datetime
    expires_at: datetime | None
    contact_id: int
    address_sealed: bytes = field(repr=False)
    content: dict[str, Any] | None = field(repr=False)
    updates_ref: str | None
    person_id: int | None
    participation_id: int | None
    campaign_id: str | None
    wave_id: int | None
    survey_version_id: int | None
    participation_status: str | None
    dialogue: dict[str, Any] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one send went. `queued` puts it back until `due_at`; `gone` and `opted_out` also stop the address or the person."""

    message_id: int
    fence: int
    status: OutcomeStatus
    provider_id: str = ""
    segments: int = 0
    reason: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """How many outcomes were written, and the ids of those refused because a newer lease holds the message or it is settled."""

    count: int
    fenced: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of leases that ran out."""

    requeued: int
    unknown: int


def lease(
    connection: Connection,
    lane: str,
    limit: int,
    now: datetime,
    lease_seconds: float,
    *,
    bulk_open: bool,
    resting: Mapping[str, datetime] = MappingProxyType({}),
    hold: timedelta = timedelta(0),
) -> list[Leased]:
    """Take up to `limit` due messages of a lane, replies first; bulk only while `bulk_open` (quiet hours).

    Commit before the wire is touched. The statement that takes them also cancels those that must not be sent any more
    (opted out, erased, closed, contact gone) and expires those past their time, each with its reason. Two kinds wait instead:
    bulk of the campaigns in `resting` until the moment named there, and invitations and reminders to a number at which
    another conversation is in the middle, until `hold` after the last word there.
    """
    asked = {"of_lane": lane, "now": now, "until": now + timedelta(seconds=lease_seconds)}
    asked |= {"held_since": now - hold, "hold_seconds": hold.total_seconds()}
    rows = [{"campaign_id": id_, "until": opens} for id_, opens in resting.items()]
    asked["resting_rows"] = plain(connection.dialect.name, rows, moments=("until",))
    taken: list[int] = []
    for priority in (REPLY_PRIORITY, BULK_PRIORITY) if bulk_open else (REPLY_PRIORITY,):
        taken += _take(connection, asked | {"of_priority": priority, "most": limit - len(taken)}, now)
    return _fetch(connection, taken)


def _take(connection: Connection, asked: Mapping[str, Any], now: datetime) -> list[int]:
    taken: list[int] = []
    limit = asked["most"]
    taking = _taking(connection.dialect.name, is_bulk=asked["of_priority"] == BULK_PRIORITY)
    for _ in range(_LOOKS if limit > 0 else 0):
        seen = connection.execute(taking, asked).all()
        record(connection, [row.id for row in seen if row.status != "queued"], now)
        taken = [row.id for row in seen if row.status == "sending"]
        if taken or len(seen) < limit:
            break
    return taken


@cache
def _taking(dialect: str, *, is_bulk: bool) -> ReturningUpdate[Any]:
    """The leasing statement: look at the next due messages, judge each, and write the judgement."""
    now = bindparam("now", type_=Instant())
    sources: FromClause = (
        message.outerjoin(contact, contact.c.id == message.c.contact_id)
        .outerjoin(person, person.c.id == message.c.person_id)
        .outerjoin(campaign, campaign.c.id == message.c.campaign_id)
    )
    why_not, later_at = _verdict(now), message.c.due_at.label("later_at")
    if is_bulk:
        resting = rows_of(dialect, "resting", {"campaign_id": String(), "until": Instant()})
        sources = sources.outerjoin(resting, resting.c.campaign_id == func.coalesce(message.c.campaign_id, ""))
        talked_at = case((message.c.purpose.in_(("invitation", "reminder")), _talked_at()))
        waits = [(resting.c.until.is_not(None), RESTING), (talked_at.is_not(None), HELD)]
        why_not = case((why_not != "", why_not), *waits, else_="")
        held_until = later(talked_at, bindparam("hold_seconds", type_=Float()))
        later_at = func.coalesce(resting.c.until, held_until, message.c.due_at).label("later_at")
    picked = (
        select(message.c.id, why_not.label("verdict"), later_at)
        .select_from(sources)
        .where(IS_QUEUED, message.c.lane == bindparam("of_lane"))
        .where(message.c.priority == bindparam("of_priority"), message.c.due_at <= now)
        .order_by(message.c.due_at, message.c.id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(of=message, skip_locked=True)
        .cte("picked")
    )
    is_fit = picked.c.verdict == ""
    waits_on = picked.c.verdict.in_((HELD, RESTING))
    return (
        update(message)
        .where(message.c.id == picked.c.id)
        .values(
            status=case(
                (is_fit, "sending"),
                (waits_on, "queued"),
                (picked.c.verdict == "expired", "expired"),
                else_="cancelled",
            ),
            reason=picked.c.verdict,
            due_at=case((waits_on, picked.c.later_at), else_=message.c.due_at),
            fence=message.c.fence + case((is_fit, 1), else_=0),
            attempts=message.c.attempts + case((is_fit, 1), else_=0),
            leased_until=case((is_fit, bindparam("until", type_=Instant())), else_=null()),
            settled_at=case((or_(is_fit, waits_on), null()), else_=now),
        )
        .returning(message.c.id, message.c.status)
    )


def _talked_at() -> ColumnElement[datetime]:
    """When anybody at this message's number was last in the middle of another conversation; null when nobody is.

    A nudge counts as a word: what it asks again may be answered before another campaign speaks.
    """
    sharer, other, other_campaign = contact.alias("sharer"), participation.alias("other"), campaign.alias("others")
    newest = case((other.c.nudged_at > other.c.last_said_at, other.c.nudged_at), else_=other.c.last_said_at)
    return (
        select(func.max(newest, type_=Instant()))
        .select_from(
            sharer.join(other, other.c.person_id == sharer.c.person_id).join(
                other_campaign, other_campaign.c.id == other.c.campaign_id
            )
        )
        .where(sharer.c.channel == contact.c.channel, sharer.c.address_hash == contact.c.address_hash)
        .where(other.c.id != message.c.participation_id, other.c.channel == message.c.channel)
        .where(other.c.status == "started", other_campaign.c.closed_at.is_(None))
        .where(newest > bindparam("held_since", type_=Instant()))
        .correlate(message, contact)
        .scalar_subquery()
    )


def _verdict(now: ColumnElement[datetime]) -> ColumnElement[str]:
    """Why a message must not be sent any more; empty when it may.

    What is written back to a resident after they opted out passes, and after erasure only its confirmation (GDPR art. 12.3).
    """
    is_reply = message.c.priority == REPLY_PRIORITY
    is_farewell = and_(is_reply, message.c.created_at >= person.c.opted_out_at)
    is_confirmation = and_(is_reply, message.c.purpose == "notice", message.c.created_at >= person.c.erased_at)
    is_over = and_(
        message.c.purpose.in_(ASKING_PURPOSES), or_(campaign.c.closed_at.is_not(None), campaign.c.closes_at <= now)
    )
    goes_on = (
        select(participation.c.id)
        .where(participation.c.id == message.c.participation_id)
        .where(or_(participation.c.status != "started", participation.c.last_said_at >= message.c.created_at))
        .correlate(message)
        .exists()
    )
    return case(
        (and_(person.c.erased_at.is_not(None), ~is_confirmation), "erased"),
        (and_(person.c.erased_at.is_(None), person.c.opted_out_at.is_not(None), ~is_farewell), "opted_out"),
        (or_(contact.c.id.is_(None), contact.c.gone_at.is_not(None)), "contact_gone"),
        (message.c.expires_at <= now, "expired"),
        (is_over, "closed"),
        (and_(message.c.purpose == "nudge", goes_on), "answered"),
        else_="",
    )


_LEASED_FROM: dict[str, ColumnElement[Any]] = {
    "message_id": message.c.id,
    "address_sealed": contact.c.address_sealed,
    "survey_version_id": participation.c.survey_version_id,
    "participation_status": participation.c.status,
    "dialogue": participation.c.dialogue,
}
_LEASED_COLUMNS: list[ColumnElement[Any]] = [
    _LEASED_FROM[field.name] if field.name in _LEASED_FROM else message.c[field.name] for field in fields(Leased)
]


def _fetch(connection: Connection, ids: list[int]) -> list[Leased]:
    if not ids:
        return []
    rows = connection.execute(_fetching(connection.dialect.name), {"leased_ids": ids})
    return [Leased(*row) for row in rows.all()]


@cache
def _fetching(dialect: str) -> Select[Any]:
    named = ids_of(dialect, "leased")
    return (
        select(*_LEASED_COLUMNS)
        .select_from(
            message.join(named, named.c.id == message.c.id)
            .join(contact, contact.c.id == message.c.contact_id)
            .outerjoin(participation, participation.c.id == message.c.participation_id)
        )
        .order_by(message.c.priority, message.c.due_at, message.c.id)
    )


def settle(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> Settled:
    """Write how a batch went. Only the holder of the newest lease is heard, and a report that came first stands."""
    if not outcomes:
        return Settled(0)
    dialect = connection.dialect.name
    told = plain(dialect, map(_told, outcomes), moments=("due_at",))
    rows = connection.execute(_settling(dialect), {"told_rows": told, "now": now}).all()
    written = {row.id: row for row in rows}
    record(connection, list(written), now)
    gone = [o for o in outcomes if o.status == "gone" and o.message_id in written]
    for outcome in gone:
        mark_gone(connection, written[outcome.message_id].contact_id, outcome.reason, now)
    out = [written[o.message_id].person_id for o in outcomes if o.status == "opted_out" and o.message_id in written]
    opt_people_out(connection, [p for p in out if p is not None], origin="provider", now=now)
    return Settled(len(written), tuple(o.message_id for o in outcomes if o.message_id not in written))


def _told(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.message_id,
        "fence": outcome.fence,
        "status": "failed" if outcome.status in ("gone", "opted_out") else outcome.status,
        "provider_id": outcome.provider_id or None,
        "segments": outcome.segments,
        "reason": outcome.reason or ("" if outcome.status in ("sent", "queued") else outcome.status),
        "due_at": outcome.due_at,
    }


@cache
def _settling(dialect: str) -> ReturningUpdate[Any]:
    columns: dict[str, TypeEngine[Any]] = {"id": BigInteger(), "fence": Integer(), "segments": Integer()}
    columns |= {"status": String(), "provider_id": String(), "reason": String(), "due_at": Instant()}
    told = rows_of(dialect, "told", columns)
    now = bindparam("now", type_=Instant())
    is_held = message.c.status.in_(("sending", "unknown", "queued"))
    is_back = told.c.status == "queued"
    return (
        update(message)
        .where(message.c.id == told.c.id, message.c.fence == told.c.fence)
        .where(message.c.status.in_(("sending", "unknown", "queued", "sent", "delivered", "failed")))
        .values(
            status=case((is_held, told.c.status), else_=message.c.status),
            reason=case((is_held, told.c.reason), else_=message.c.reason),
            provider_id=func.coalesce(told.c.provider_id, message.c.provider_id),
            segments=case((told.c.segments > 0, told.c.segments), else_=message.c.segments),
            due_at=case(
                (and_(is_held, is_back), func.coalesce(told.c.due_at, message.c.due_at)), else_=message.c.due_at
            ),
            sent_at=case((told.c.status == "sent", now), else_=message.c.sent_at),
            settled_at=case((and_(is_held, is_back), null()), (is_held, now), else_=message.c.settled_at),
            leased_until=None,
        )
        .returning(message.c.id, message.c.contact_id, message.c.person_id)
    )


def mark_gone(connection: Connection, contact_id: int, reason: str, now: datetime) -> None:
    """No further message goes to this address."""
    connection.execute(
        update(contact)
        .where(contact.c.id == contact_id, contact.c.gone_at.is_(None))
        .values(gone_at=now, gone_reason=reason or "gone")
    )


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


def expire(connection: Connection, now: datetime) -> int:
    """Expire what is queued past its time, also on lanes that nobody leases from. Gives the number of messages."""
    return change(connection, and_(IS_QUEUED, message.c.expires_at <= now), "expired", "expired", now)


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
    query = select(message.c.id).where(or_(IS_SENDING, is_due)).limit(1)
    return connection.execute(query).first() is not None
