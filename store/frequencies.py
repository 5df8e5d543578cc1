"""How often and when people were written to first: by invitations and reminders, read from the messages themselves. Limits are applied in `releasing` and again in `outbox.lease`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Float, FromClause, Select, and_, bindparam, case, func, or_, select

from store.schema import campaign, message, participation, wave
from store.sets import later, moment
from store.tables import Instant

COUNTED: Final = ("invitation", "reminder")
"""The waves and purposes of messages that count: what a person gets without having said anything."""


LOOK_AGAIN_SECONDS: Final = 3600.0
"""When a message looks again that waits for one which is late itself."""


def _to_them(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .where(message.c.participation_id == participation.c.id, message.c.purpose.in_(COUNTED))
        .correlate(participation)
    )


def times_written_to() -> ColumnElement[int]:
    """How many invitations and reminders a participation was given, whatever became of them.

    What goes on in another channel because it had not arrived is still the same one.
    """
    return _to_them(func.count()).where(message.c.follows_id == 0).scalar_subquery()


def was_written_to(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a participation was given any, of the messages that meet `conditions`."""
    return _to_them(message.c.id).where(*conditions).exists()


def has_begun(connection: Connection, campaign_id: str, *, besides: int) -> bool:
    """Whether a campaign has written to anybody first, in any other wave than `besides`."""
    others = select(wave.c.id).where(wave.c.campaign_id == campaign_id, wave.c.kind.in_(COUNTED), _is_under_way())
    return connection.execute(others.where(wave.c.id != besides).limit(1)).first() is not None


def _is_under_way() -> ColumnElement[bool]:
    return wave.c.message_count > 0


def spaced(connection: Connection, campaign_id: str, due_at: datetime, gap: timedelta) -> ColumnElement[datetime]:
    """A wave's moment for each participation, or `gap` after the newest that another campaign wrote to the same person.

    A campaign that closed longer ago than `gap` has written to nobody since, so only the others' messages are looked at.
    """
    rivals = _rivals(connection, campaign_id, due_at - gap) if gap else ()
    if not rivals:
        return moment(due_at)
    other = participation.alias("other")
    newest = (
        select(func.max(message.c.due_at, type_=Instant()))
        .select_from(other.join(message, message.c.participation_id == other.c.id))
        .where(other.c.person_id == participation.c.person_id, other.c.campaign_id.in_(rivals))
        .where(message.c.purpose.in_(COUNTED), message.c.due_at > moment(due_at - gap))
        .correlate(participation)
        .scalar_subquery()
    )
    return func.coalesce(later(newest, gap.total_seconds()), moment(due_at))


def spaced_until(of: FromClause, now: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """Until when an invitation or reminder that is about to leave has to wait for another campaign's; null when it need not.

    All addresses of a person count together. Another's that left since `spaced_since` is in its way, and so is one that is
    queued before it and may still leave: of two that are launched at once the first goes, whoever leases them and wherever.
    `of` are messages. Wants `spaced_since` and `gap_seconds`.
    """
    other, rival, rivals = participation.alias("neighbour"), message.alias("rival"), campaign.alias("rivals")
    left_at = func.coalesce(rival.c.sent_at, case((rival.c.status == "sending", now)), rival.c.settled_at)
    has_left = and_(
        rival.c.status.in_(("sending", "sent", "delivered", "unknown")),
        left_at > bindparam("spaced_since", type_=Instant()),
    )
    is_first = or_(rival.c.due_at < of.c.due_at, and_(rival.c.due_at == of.c.due_at, rival.c.id < of.c.message_id))
    may_leave = and_(
        rivals.c.closed_at.is_(None),
        rivals.c.closes_at > now,
        or_(rival.c.expires_at.is_(None), rival.c.expires_at > now),
    )
    goes_first = and_(rival.c.status == "queued", is_first, may_leave)
    # The rival messages of each participation apart, not in a join: PostgreSQL, which knows little soon after a launch, would
    # begin with all that is queued, for each message anew.
    theirs = (
        select(func.max(case((goes_first, rival.c.due_at), else_=left_at), type_=Instant()))
        .where(rival.c.participation_id == other.c.id, rival.c.purpose.in_(COUNTED), or_(has_left, goes_first))
        .correlate(of, other, rivals)
        .scalar_subquery()
    )
    newest = (
        select(func.max(theirs, type_=Instant()))
        .select_from(other.join(rivals, rivals.c.id == other.c.campaign_id))
        .where(other.c.person_id == of.c.person_id, other.c.id != of.c.participation_id)
        .correlate(of)
        .scalar_subquery()
    )
    until = later(newest, bindparam("gap_seconds", type_=Float()))
    return case((until > now, until), (newest.is_not(None), later(now, LOOK_AGAIN_SECONDS)))


def keep_still(connection: Connection, *, is_releasing: bool) -> None:
    """While one releases invitations, nobody leases any, on PostgreSQL: until commit, as far as the other would look past it.

    Of two that happen at once neither would see what the other writes. SQLite has one writer anyway. A deadlock (each waits
    for the other's lease) is tried again by the writer.
    """
    if connection.dialect.name == "postgresql":
        take = func.pg_advisory_xact_lock if is_releasing else func.pg_advisory_xact_lock_shared
        connection.execute(select(take(_LOCK)))


_LOCK: Final = 0x47_65_6E_6B_6C_61_6E_67  # "Genklang", a number that nobody else on the server locks


def _rivals(connection: Connection, campaign_id: str, since: datetime) -> Sequence[str]:
    has_written = and_(wave.c.campaign_id == campaign.c.id, wave.c.kind.in_(COUNTED), _is_under_way())
    query = select(campaign.c.id).where(campaign.c.id != campaign_id, campaign.c.closes_at > since)
    return connection.execute(query.where(select(wave.c.id).where(has_written).exists())).scalars().all()
