"""How sends went, written down in sets: only the holder of the newest lease is heard. What providers report later lives in `deliveries`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Integer,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from store.departures import opt_people_out
from store.failures import STANDARD, Failed, FailureRules, follow
from store.histories import enter
from store.prepared import Gathered, Prepared
from store.schema import message, message_transition
from store.sets import plain, rows_of, tuples_of
from store.tables import Instant
from store.tallying import count_named

OutcomeStatus = Literal["sent", "failed", "gone", "opted_out", "queued", "unknown"]


class Outcome(NamedTuple):
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


def settle(
    connection: Connection, outcomes: Sequence[Outcome], now: datetime, failures: FailureRules = STANDARD
) -> Settled:
    """Write how a batch went. Only the holder of the newest lease is heard, and a report that came first stands.

    What failed is followed as `failures` says: its address is marked or counted, and it goes on in another channel.
    """
    if not outcomes:
        return Settled(0)
    if _have_all_left(connection, outcomes, now):  # nothing follows from that
        return Settled(len(outcomes))
    asked = {"told_rows": plain(connection.dialect.name, map(_told, outcomes), moments=("due_at",)), "now": now}
    if connection.dialect.name == "sqlite":
        _SETTLING.run(connection, asked)
    _ENTERING.run(connection, asked)
    heard = _HEARING.all(connection, asked)
    count_named(connection, [row[0] for row in heard if row[-1]])
    whose = {id_: (status, contact_id, person_id) for id_, status, contact_id, person_id, _ in heard}
    _draw_conclusions(connection, outcomes, whose, now, failures)
    return Settled(len(whose), tuple(o.message_id for o in outcomes if o.message_id not in whose))


def _have_all_left(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> bool:
    """Whether all were sent and each is heard: that is written in short. Else they have to be settled one by one, which says the same again of these."""
    if any(outcome.status != "sent" or outcome.reason for outcome in outcomes):
        return False
    taken = [(outcome.message_id, outcome.fence, outcome.segments, outcome.provider_id or None) for outcome in outcomes]
    if _LEAVING.run(connection, {"taken_rows": taken, "now": now}) < len(outcomes):
        return False
    enter(connection, [outcome.message_id for outcome in outcomes], "sent", "", now)
    return True


def _draw_conclusions(
    connection: Connection,
    outcomes: Sequence[Outcome],
    whose: dict[int, tuple[str, int, int | None]],
    now: datetime,
    failures: FailureRules,
) -> None:
    """What follows for addresses and people, and in which channel a message goes on; `whose` are the messages of which the outcome was heard.

    What a report had delivered before does not count as failed; an address that is dead since is marked all the same.
    """
    leaving, failed = [], []
    for outcome in outcomes:
        if outcome.status not in ("failed", "gone", "opted_out") or outcome.message_id not in whose:
            continue
        status, contact_id, person_id = whose[outcome.message_id]
        if outcome.status == "gone" or (outcome.status == "failed" and status == "failed"):
            failed.append(Failed(outcome.message_id, contact_id, outcome.reason, outcome.status == "gone"))
        elif outcome.status == "opted_out" and person_id is not None:
            leaving.append(person_id)
    if failed:
        follow(connection, failed, now, failures)
    opt_people_out(connection, leaving, origin="provider", now=now)


def _told(outcome: Outcome) -> dict[str, Any]:
    status, reason = outcome.status, outcome.reason
    told: dict[str, Any] = {"id": outcome.message_id, "fence": outcome.fence, "segments": outcome.segments}
    told["status"] = "failed" if status in ("gone", "opted_out") else status
    told["reason"] = reason or ("" if status in ("sent", "queued") else status)
    if outcome.provider_id:
        told["provider_id"] = outcome.provider_id
    if outcome.due_at is not None:
        told["due_at"] = outcome.due_at
    return told


_HELD: Final = ("sending", "unknown", "queued")


def _leaving(dialect: str) -> Update:
    columns: dict[str, TypeEngine[Any]] = {"id": BigInteger(), "fence": Integer()}
    taken = tuples_of(dialect, "taken", columns | {"segments": Integer(), "provider_id": String()})
    now = bindparam("now", type_=Instant())
    return (
        update(message)
        .where(message.c.id == taken.c.id, message.c.fence == taken.c.fence, message.c.status.in_(_HELD))
        .values(
            status="sent",
            reason="",
            provider_id=func.coalesce(taken.c.provider_id, message.c.provider_id),
            segments=func.coalesce(func.nullif(taken.c.segments, 0), message.c.segments),
            sent_at=now,
            settled_at=now,
            leased_until=null(),
        )
    )


def _outcomes(dialect: str) -> tuple[FromClause, ColumnElement[bool]]:
    """What is told, as a table, and of which messages it is heard: before they are settled and afterwards alike."""
    columns: dict[str, TypeEngine[Any]] = {"id": BigInteger(), "fence": Integer(), "segments": Integer()}
    columns |= {"status": String(), "provider_id": String(), "reason": String(), "due_at": Instant()}
    told = rows_of(dialect, "told", columns)
    has_status = message.c.status.in_((*_HELD, "sent", "delivered", "failed"))
    return told, and_(message.c.id == told.c.id, message.c.fence == told.c.fence, has_status)


def _is_new() -> ColumnElement[bool]:
    """What a report settled before keeps its moment: that it came to this status is in its history already."""
    return or_(message.c.status == "queued", message.c.settled_at == bindparam("now", type_=Instant()))


def _settling(dialect: str) -> Update:
    told, is_heard = _outcomes(dialect)
    now = bindparam("now", type_=Instant())
    is_held = message.c.status.in_(_HELD)
    is_back = told.c.status == "queued"
    return (
        update(message)
        .where(is_heard)
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
            leased_until=null(),
        )
    )


def _entering(dialect: str) -> Insert:
    """Their entries in the history; on PostgreSQL one statement with the settling, which SQLite cannot have inside WITH."""
    entry = (message.c.id, message.c.status, message.c.reason)
    if dialect == "postgresql":
        settled = _settling(dialect).returning(*entry, _is_new().label("is_new")).cte("settled")
        found = select(settled.c.id, settled.c.status, settled.c.reason, _NOW).where(settled.c.is_new)
    else:
        told, is_heard = _outcomes(dialect)
        found = select(*entry, _NOW).select_from(told.join(message, is_heard)).where(_is_new())
    return insert(message_transition).from_select(["message_id", "status", "reason", "at"], found)


def _hearing(dialect: str) -> Select[Any]:
    told, is_heard = _outcomes(dialect)
    return select(message.c.id, message.c.status, message.c.contact_id, message.c.person_id, _is_new()).select_from(
        told.join(message, is_heard)
    )


_NOW: Final = bindparam("now", type_=Instant())
_LEAVING: Final = Prepared(_leaving)
_SETTLING: Final = Prepared(_settling)
_ENTERING: Final = Prepared(_entering)
_HEARING: Final = Gathered(_hearing)
