"""How a message comes to a status: the change and its entry in the history, always together. Which messages change is decided elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    String,
    and_,
    bindparam,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from store.bells import ring_for
from store.prepared import Prepared
from store.schema import message, message_transition
from store.sets import ids_of, moment
from store.tables import Instant
from store.tallying import count_meeting, count_named

# Spelled out in the statement instead of bound, so that both databases know that the partial indexes serve.
IS_QUEUED: Final = message.c.status == literal_column("'queued'")
IS_SENDING: Final = message.c.status == literal_column("'sending'")
# Why a message is in the queue again though it may have left: its holder died, or (behind the mark) how its wire broke.
LEASE_RAN_OUT: Final = "lease_ran_out"
IN_DOUBT: Final = "in_doubt:"
_COLUMNS = ["message_id", "status", "reason", "at"]


def change(
    connection: Connection,
    condition: ColumnElement[bool],
    status: str,
    reason: str,
    now: datetime,
    *,
    due_at: datetime | None = None,
    most: int | None = None,
) -> int:
    """Bring every message that meets `condition` to `status`, however many they are, or at `most` so many. Gives their number.

    What comes back to the queue rings the bells: whoever can send it may sleep in another process.
    """
    if most is not None:
        condition = and_(condition, message.c.id.in_(_some(connection, condition, most)))
    count_meeting(connection, condition, status)
    is_queued = status == "queued"
    if is_queued:
        ring_for(connection, condition)
    changing = (
        update(message)
        .where(condition)
        .values(status=status, reason=reason, leased_until=None, settled_at=None if is_queued else now)
    )
    if due_at is not None:
        changing = changing.values(due_at=due_at)
    if connection.dialect.name == "postgresql":
        changed = changing.returning(message.c.id).cte("changed")
        entries = select(changed.c.id, literal(status), literal(reason), moment(now))
        return connection.execute(insert(message_transition).from_select(_COLUMNS, entries)).rowcount
    # SQLite changes nothing inside WITH, but nobody else writes during this transaction either.
    entries = select(message.c.id, literal(status), literal(reason), moment(now)).where(condition)
    connection.execute(insert(message_transition).from_select(_COLUMNS, entries))
    return connection.execute(changing).rowcount


def _some(connection: Connection, condition: ColumnElement[bool], most: int) -> Select[Any]:
    """The keys of some of those that meet a condition, noted down: two statements look at the same."""
    found = connection.execute(select(message.c.id).where(condition).limit(most)).scalars()
    return select(ids_of(connection.dialect.name, "portion", list(found)).c.id)


def record(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Enter the present status of these messages into their history."""
    if ids:
        _RECORDING.run(connection, {"recorded_ids": list(ids), "now": now})
        count_named(connection, ids)


def enter(connection: Connection, ids: Sequence[int], status: str, reason: str, now: datetime) -> None:
    """Enter into the history of these messages that they have come to `status`; the change itself has been made."""
    if ids:
        _ENTERING.run(connection, {"entered_ids": list(ids), "status": status, "reason": reason, "now": now})
        count_named(connection, ids)


def _recording(dialect: str) -> Insert:
    named = ids_of(dialect, "recorded")
    entries = select(message.c.id, message.c.status, message.c.reason, bindparam("now", type_=Instant())).select_from(
        message.join(named, named.c.id == message.c.id)
    )
    return insert(message_transition).from_select(_COLUMNS, entries)


def _entering(dialect: str) -> Insert:
    said = bindparam("status", type_=String()), bindparam("reason", type_=String()), bindparam("now", type_=Instant())
    return insert(message_transition).from_select(_COLUMNS, select(ids_of(dialect, "entered").c.id, *said))


_RECORDING: Final = Prepared(_recording)
_ENTERING: Final = Prepared(_entering)
