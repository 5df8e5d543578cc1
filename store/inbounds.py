"""Which inbounds were taken in already: their keys, so that a repetition changes nothing. What follows from one is written in `turns`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Executable, Select, String, and_, bindparam, delete, select

from store.prepared import Gathered, Prepared
from store.schema import answer, inbound_seen
from store.sets import insert_into, tuples_of

_SEEN: Final = ("channel", "external_id", "received_at", "participation_id")


def see(
    connection: Connection, channel: str, external_id: str, now: datetime, participation_id: int | None = None
) -> bool:
    """Take in an inbound's key, and whose it is where that is known. False when it was seen before: then nothing else may be done."""
    values = {"channel": channel, "external_id": external_id, "received_at": now, "participation_id": participation_id}
    return _SEEING.run(connection, values) == 1


def _seeing(dialect: str) -> Executable:
    named: dict[str, Any] = {name: bindparam(name) for name in _SEEN}
    return insert_into(dialect, inbound_seen).values(named).on_conflict_do_nothing()


_SEEING: Final = Prepared(_seeing)


def seen_among(connection: Connection, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these keys (channel, external id) that were taken in before."""
    return set(_LOOKING.all(connection, {"given_rows": keys}))


def _looking(dialect: str) -> Select[Any]:
    given = tuples_of(dialect, "given", {"channel": String(), "external_id": String()})
    is_it = and_(inbound_seen.c.channel == given.c.channel, inbound_seen.c.external_id == given.c.external_id)
    return select(inbound_seen.c.channel, inbound_seen.c.external_id).select_from(given.join(inbound_seen, is_it))


_LOOKING: Final = Gathered(_looking)


def forget_seen(connection: Connection, before: datetime) -> int:
    """Drop the keys of inbounds so old that no provider repeats them any more. Gives their number."""
    return connection.execute(delete(inbound_seen).where(inbound_seen.c.received_at < before)).rowcount


def attributed(connection: Connection, channel: str, external_id: str) -> int | None:
    """The participation in which an earlier inbound was taken; None when it was none of anybody's."""
    found: int | None = _ATTRIBUTED.scalar(connection, {"on_channel": channel, "key": external_id})
    return found


_ATTRIBUTED = Prepared(
    lambda _dialect: select(inbound_seen.c.participation_id).where(
        inbound_seen.c.channel == bindparam("on_channel"), inbound_seen.c.external_id == bindparam("key")
    )
)


def answered_by(connection: Connection, participation_id: int, channel: str, external_id: str) -> str:
    """The path of the answer that an inbound gave and that still stands; "" when it gave none."""
    values = {"wanted": participation_id, "on_channel": channel, "key": external_id}
    return _ANSWERED_BY.scalar(connection, values) or ""


_ANSWERED_BY = Prepared(
    lambda _dialect: (
        select(answer.c.path)
        .where(
            answer.c.participation_id == bindparam("wanted"),
            answer.c.channel == bindparam("on_channel"),
            answer.c.external_id == bindparam("key"),
            answer.c.set_aside_at.is_(None),
        )
        .limit(1)
    )
)
