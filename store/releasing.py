"""A wave's messages queued for everybody who is due to get them: where they last spoke, in sets. Who takes part lives in `launching`, what is due when in `campaigns`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, literal, null, or_, select, update

from store.bells import ring
from store.frequencies import COUNTED, has_begun, keep_still, spaced, times_written_to, was_written_to
from store.judging import BULK_PRIORITY
from store.schema import answer, contact, message, participation, person, wave
from store.sets import insert_into, moment


@dataclass(frozen=True, slots=True)
class Released:
    """What one call of `release_wave` queued, whether the wave is through, and whether it was this call that brought it there."""

    count: int
    is_complete: bool
    has_completed: bool = False


def release_wave(
    connection: Connection,
    wave_id: int,
    *,
    lanes: Mapping[str, str],
    now: datetime,
    max_contacts: int = 3,
    gap: timedelta = timedelta(0),
    expires_at: datetime | None = None,
    limit: int | None = None,
) -> Released:
    """Queue a wave's messages: invitations to whom none was sent, reminders to those who have not finished, feedback to all who answered.

    `lanes` names the sender identity of each channel in use; only addresses on these are written to. Each person gets it
    where and in the language they last spoke, else where they were invited, else at any address left. Nobody gets more than
    `max_contacts` invitations and reminders; one whom another campaign wrote to less than `gap` before is written to later.
    With `limit` at most so many participations are dealt with, so that a large wave shares the writer: call until complete.
    """
    due = connection.execute(
        select(wave).where(wave.c.id == wave_id, wave.c.status.in_(("planned", "releasing"))).with_for_update()
    ).first()
    if due is None:
        return Released(0, True)
    highest = _portion_end(connection, due.campaign_id, due.released_to, limit)
    count = 0
    if highest is not None:
        if gap and due.kind in COUNTED:
            keep_still(connection, is_releasing=True)
        portion = and_(participation.c.id > due.released_to, participation.c.id <= highest)
        is_meant = and_(
            participation.c.campaign_id == due.campaign_id, portion, _is_due_to(connection, due, max_contacts)
        )
        count = connection.execute(_releasing(connection, due, is_meant, lanes, now, gap, expires_at)).rowcount
        for lane in lanes.values():
            ring(connection, lane, "bulk")
    is_complete = highest is None or limit is None
    _note_released(connection, due, highest, count, now if is_complete else None)
    return Released(count, is_complete, has_completed=is_complete)


def _note_released(connection: Connection, due: Any, highest: int | None, count: int, at: datetime | None) -> None:
    """How far a wave has come; `at` is when it was complete."""
    connection.execute(
        update(wave)
        .where(wave.c.id == due.id)
        .values(
            status="releasing" if at is None else "released",
            released_at=at,
            released_to=due.released_to if highest is None else highest,
            message_count=wave.c.message_count + count,
        )
    )


def _portion_end(connection: Connection, campaign_id: str, after: int, limit: int | None) -> int | None:
    ids = select(participation.c.id).where(participation.c.campaign_id == campaign_id, participation.c.id > after)
    if limit is not None:
        ids = ids.order_by(participation.c.id).limit(limit)
    return connection.execute(select(func.max(ids.subquery("portion").c.id))).scalar()


def _is_due_to(connection: Connection, due: Any, max_contacts: int) -> ColumnElement[bool]:
    kind = due.kind
    if kind == "invitation":
        is_invited = participation.c.status == "invited"
        # SQLite would keep a whole portion aside to look into the table it writes to, so it looks only where it must.
        return (
            and_(is_invited, ~was_written_to())
            if has_begun(connection, due.campaign_id, besides=due.id)
            else is_invited
        )
    if kind == "reminder":
        is_unfinished = participation.c.status.in_(("invited", "started"))
        return and_(is_unfinished, times_written_to().between(1, max_contacts - 1))
    if kind == "feedback":
        took_part = select(answer.c.id).where(answer.c.participation_id == participation.c.id).exists()
        return and_(participation.c.status.in_(("started", "finished", "declined")), took_part)
    if kind == "notice":
        return participation.c.status.in_(("invited", "started", "finished"))
    raise ValueError(f"no wave is called {kind!r}")


def _releasing(
    connection: Connection,
    due: Any,
    is_meant: ColumnElement[bool],
    lanes: Mapping[str, str],
    now: datetime,
    gap: timedelta,
    expires_at: datetime | None,
) -> Any:
    reached = Reached.on(list(lanes), participation.join(person, person.c.id == participation.c.person_id))
    values: dict[str, Any] = {
        "campaign_id": participation.c.campaign_id,
        "wave_id": literal(due.id),
        "participation_id": participation.c.id,
        "person_id": participation.c.person_id,
        "contact_id": reached.contact_id,
        "channel": reached.channel,
        "lane": case(dict(lanes), value=reached.channel),
        "purpose": literal(due.kind),
        "language": participation.c.language,
        "priority": literal(BULK_PRIORITY),
        "status": literal("queued"),
        "due_at": _due_at(connection, due, gap),
        "expires_at": moment(expires_at),
        **dict.fromkeys(("attempts", "fence", "segments"), literal(0)),
        "reason": literal(""),
        "created_at": moment(now),
    }
    chosen = (
        select(*values.values())
        .select_from(reached.sources)
        .where(is_meant, reached.is_reached, person.c.erased_at.is_(None), person.c.opted_out_at.is_(None))
        .order_by(participation.c.id)
    )
    return (
        insert_into(connection.dialect.name, message)
        .from_select(list(values), chosen)
        .on_conflict_do_nothing(index_elements=["participation_id", "wave_id", "follows_id"])
    )


@dataclass(frozen=True, slots=True)
class Reached:
    """Participations beside the address to write to: on the channel last used, else the one invited on, else any that works."""

    sources: FromClause
    contact_id: ColumnElement[int]
    channel: ColumnElement[str]
    is_reached: ColumnElement[bool]

    @classmethod
    def on(cls, channels: Sequence[str], sources: FromClause) -> Reached:
        """`sources` hold `participation`. Only those without an address where they last spoke are looked at a second time."""
        last, other = contact.alias("last"), contact.alias("other_address")
        is_usable = and_(last.c.gone_at.is_(None), participation.c.channel.in_(channels))
        # Nothing is joined to the channel, so that PostgreSQL, which knows little soon after an import, takes the index by
        # person and not the one by channel, through which it would read everybody's address for each person.
        is_last = and_(last.c.person_id == participation.c.person_id, last.c.channel + "" == participation.c.channel)
        is_other = other.c.id == case((last.c.id.is_(None), _other_address(channels)), else_=null())
        return cls(
            sources.outerjoin(last, and_(is_last, is_usable)).outerjoin(other, is_other),
            func.coalesce(last.c.id, other.c.id),
            func.coalesce(last.c.channel, other.c.channel),
            or_(last.c.id.is_not(None), other.c.id.is_not(None)),
        )


def _other_address(channels: Sequence[str]) -> ColumnElement[int]:
    candidate = contact.alias("candidate")
    usable = (
        select(candidate.c.id)
        .where(candidate.c.person_id == participation.c.person_id, candidate.c.gone_at.is_(None))
        .where(candidate.c.channel.in_(channels))
        .correlate(participation)
    )
    return func.coalesce(
        usable.where(candidate.c.id == participation.c.contact_id).scalar_subquery(),
        usable.order_by(candidate.c.rank, candidate.c.id).limit(1).scalar_subquery(),
    )


def _due_at(connection: Connection, due: Any, gap: timedelta) -> ColumnElement[datetime]:
    return spaced(connection, due.campaign_id, due.due_at, gap if due.kind in COUNTED else timedelta(0))
