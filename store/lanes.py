"""How lanes stand, for all workers together: what each may send now, for how long it rests, what waits in it. Leasing lives in `outbox`, when a lane rests is decided by the service."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Executable,
    Float,
    Integer,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import NullType

from store.histories import IS_QUEUED, IS_SENDING
from store.outbox import BULK_PRIORITY, REPLY_PRIORITY
from store.prepared import Prepared
from store.rates import Rate, full_after, granted
from store.schema import campaign, lane, message, wave
from store.sets import insert_into
from store.tables import Instant

CONTENDED_SECONDS: Final = 0.02
IS_OVER: Final = or_(lane.c.resting_until.is_(None), lane.c.resting_until <= bindparam("now", type_=Instant()))


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in one lane: replies or bulk. `oldest_due_at` is None while nothing is due."""

    lane: str
    is_reply: bool
    waiting: int
    due: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a lane stands; see `store.tables.Lane`."""

    name: str
    failures: int = 0
    trips: int = 0
    resting_since: datetime | None = None
    resting_until: datetime | None = None
    reason: str = ""

    def is_resting(self, now: datetime) -> bool:
        """Whether nothing leaves on it now; after a trip, until a message that tried it has got through."""
        return self.trips > 0 or (self.resting_until is not None and self.resting_until > now)


@dataclass(frozen=True, slots=True)
class Admission:
    """How many messages may be leased. `again_seconds` is when to ask again (None: when the bell rings).

    `is_probe`: the lane rests, and one message may try it. `is_alert`: it is not known to be well.
    """

    count: int
    again_seconds: float | None = None
    is_probe: bool = False
    is_alert: bool = False


@dataclass(frozen=True, slots=True)
class LaneAgenda:
    """A lane's standing, and since when the first reply and the first bulk message are due; None when none is queued."""

    standing: Standing
    reply_due_at: datetime | None
    bulk_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a process could do now, in one look: campaigns to close, waves to release, leases that ran out, lanes.

    `told` is the moment by the database's own clock; None where that is this machine's.
    """

    has_closings: bool
    has_waves: bool
    has_dead_leases: bool
    lanes: tuple[LaneAgenda, ...]
    told: datetime | None = None


def ensure(connection: Connection, names: Collection[str]) -> None:
    """See that each lane is known. Waits for no worker that is at one which is."""
    known = set(connection.execute(select(lane.c.name)).scalars())
    fresh = {"full_at": 0.0, "granted": 0, "failures": 0, "trips": 0, "reason": ""}
    rows = [{"name": name} | fresh for name in sorted(set(names) - known)]
    if rows:
        adding = insert_into(connection.dialect.name, lane).on_conflict_do_nothing(index_elements=["name"])
        connection.execute(adding, rows)


def admit(
    connection: Connection, name: str, rate: Rate, most: int, now: datetime, probe_until: datetime, *, is_bulk: bool
) -> Admission:
    """Take up to `most` tokens of a lane for the lease that follows in this transaction; none while it rests.

    One statement, and nobody waits for another worker's transaction: who comes at the same time asks again a little later.
    `now` is the service's moment; tokens go by the database's own clock, which is the same for all workers. Of a lane
    that was laid to rest one message is let through when its time is over, and no other until `probe_until`.
    """
    asked = {"of_lane": name, "most": most, "now": now, "probe_until": probe_until, "at": time.time()}
    if rate.is_limited:
        asked |= {"burst": rate.burst, "per_second": rate.per_second, "kept": rate.reserve if is_bulk else 0.0}
    found = (_ADMITTING if rate.is_limited else _ADMITTING_UNLIMITED).first(connection, asked)
    if found is None:
        return _kept_out(connection, name, now)
    count, full_at, trips, at = found
    again = rate.wait_seconds(full_at, at, most, is_bulk=is_bulk) if not count and rate.is_limited else None
    return Admission(count, again, is_probe=trips > 0 and count > 0, is_alert=trips > 0)


def give_back(connection: Connection, name: str, rate: Rate, admission: Admission, unused: int, now: datetime) -> None:
    """Return tokens that found no message, in the transaction that took them; and the probe, if that was one."""
    if unused and admission.is_probe:
        connection.execute(update(lane).where(lane.c.name == name).values(resting_until=now))
    if unused and rate.is_limited:
        seconds = unused / rate.per_second
        connection.execute(update(lane).where(lane.c.name == name).values(full_at=lane.c.full_at - seconds))


def _kept_out(connection: Connection, name: str, now: datetime) -> Admission:
    """Why no row was given: the lane rests, or another worker is at it."""
    until = connection.execute(select(lane.c.resting_until).where(lane.c.name == name)).scalar()
    if until is not None and until > now:
        return Admission(0, is_alert=True)
    return Admission(0, CONTENDED_SECONDS)


def _at(dialect: str) -> ColumnElement[float]:
    """The moment in seconds since the epoch: one clock for all workers, and one moment for all of a statement."""
    if dialect == "postgresql":
        return cast(func.extract("epoch", func.statement_timestamp(type_=DateTime(timezone=True))), Float)
    return bindparam("at", type_=Float())


def _admitting(dialect: str, *, is_limited: bool) -> Executable:
    most = bindparam("most", type_=Integer())
    count: ColumnElement[int] = granted(dialect, lane.c.full_at, _at(dialect)) if is_limited else most
    count = case((and_(lane.c.trips > 0, count > 1), 1), else_=count)
    is_probing = and_(lane.c.trips > 0, count > 0)
    changed: dict[str, Any] = {
        "granted": count,
        "resting_until": case((is_probing, bindparam("probe_until", type_=Instant())), else_=null()),
        "resting_since": case((lane.c.trips > 0, lane.c.resting_since), else_=null()),
        "reason": case((lane.c.trips > 0, lane.c.reason), else_=""),
    }
    if is_limited:
        changed["full_at"] = full_after(lane.c.full_at, _at(dialect), count)
    return (
        update(lane)
        .where(lane.c.name.in_(_unheld(IS_OVER)))
        .values(changed)
        .returning(lane.c.granted, _as_it_comes(lane.c.full_at), lane.c.trips, _as_it_comes(_at(dialect)))
    )


def _as_it_comes(number: ColumnElement[float]) -> ColumnElement[Any]:
    """A float as the drivers give it: SQLAlchemy's own conversion wants to know the column's type in the database."""
    return type_coerce(number, NullType())


def _unheld(*conditions: ColumnElement[bool]) -> Any:
    """The lane, unless another transaction is at it: who waited while holding another lane could wait for ever."""
    chosen = select(lane.c.name).where(lane.c.name == bindparam("of_lane", type_=String()), *conditions)
    return chosen.with_for_update(skip_locked=True)


_ADMITTING: Final = Prepared(lambda dialect: _admitting(dialect, is_limited=True))
_ADMITTING_UNLIMITED: Final = Prepared(lambda dialect: _admitting(dialect, is_limited=False))

_STANDING: Final = [lane.c[field.name] for field in fields(Standing)]


def standings(connection: Connection) -> list[Standing]:
    """Every lane that was ever in use, by name."""
    return [Standing(*row) for row in connection.execute(select(*_STANDING).order_by(lane.c.name))]


def hold(connection: Connection, name: str) -> Standing | None:
    """A lane's standing, held until the transaction ends so that `save` overwrites nobody; None while another is at it."""
    chosen = select(*_STANDING).where(lane.c.name == name).with_for_update(skip_locked=True)
    row = connection.execute(chosen).first()
    return Standing(*row) if row is not None else None


def save(connection: Connection, standing: Standing) -> None:
    """Write how a lane that is held stands."""
    connection.execute(update(lane).where(lane.c.name == standing.name).values(asdict(standing)))


def resume(connection: Connection, name: str) -> bool:
    """End a lane's rest by hand. False when there is no such lane."""
    values = asdict(Standing(name))
    changing: Update = update(lane).where(lane.c.name == name).values(values)
    return connection.execute(changing).rowcount > 0


def look(connection: Connection, names: Sequence[str], now: datetime) -> Agenda:
    """What could be done now, in one statement that reads a few rows of indexes: all that an idle process asks."""
    rows = _LOOKING.all(connection, {"now": now})
    agendas = [LaneAgenda(Standing(*row[6:]), row[4], row[5]) for row in rows if row[6] in names]
    has_closings, has_waves, has_dead_leases = map(bool, rows[0][:3])
    return Agenda(has_closings, has_waves, has_dead_leases, tuple(agendas), told=rows[0][3])


def _looking(dialect: str) -> Executable:
    told = func.clock_timestamp(type_=Instant()) if dialect == "postgresql" else null()
    now = bindparam("now", type_=Instant())
    closings = select(campaign.c.id).where(
        campaign.c.launched_at.is_not(None), campaign.c.closed_at.is_(None), campaign.c.closes_at <= now
    )
    waves = (
        select(wave.c.id)
        .join(campaign, and_(campaign.c.id == wave.c.campaign_id, campaign.c.launched_at.is_not(None)))
        .where(wave.c.status.in_([literal_column("'planned'"), literal_column("'releasing'")]), wave.c.due_at <= now)
    )
    dead = select(message.c.id).where(IS_SENDING, message.c.leased_until <= now)
    once = select(literal_column("1").label("one")).subquery("once")
    return select(
        *(query.exists().label(f"has_{place}") for place, query in enumerate((closings, waves, dead))),
        told.label("told"),
        _first_due(REPLY_PRIORITY),
        _first_due(BULK_PRIORITY),
        *_STANDING,
    ).select_from(once.outerjoin(lane, literal_column("1") == once.c.one))


def _first_due(priority: int) -> ColumnElement[datetime | None]:
    found = select(func.min(message.c.due_at, type_=Instant())).where(IS_QUEUED, message.c.lane == lane.c.name)
    return found.where(message.c.priority == literal_column(str(priority))).correlate(lane).scalar_subquery()


_LOOKING: Final = Prepared(_looking)


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
