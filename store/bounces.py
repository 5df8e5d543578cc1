"""Addresses that are gone, nearly gone and back again. What a failure says of an address is judged by `campaigns.bounces`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Integer, String, select, update
from sqlalchemy.types import TypeEngine

from campaigns.bounces import SoftBounces, Streak, is_dead, lengthened
from store.schema import contact
from store.sets import ids_of, moment, plain, rows_of
from store.tables import Instant

NO_STREAK: Final[Mapping[str, Any]] = MappingProxyType({"soft_count": 0, "soft_since": None, "soft_at": None})


def mark_gone(connection: Connection, contact_id: int, reason: str, now: datetime) -> None:
    """No further message goes to this address."""
    mark_all_gone(connection, {contact_id: reason}, now)


def mark_all_gone(connection: Connection, reasons: Mapping[int, str], now: datetime) -> None:
    """No further message goes to these addresses; the reasons are by contact."""
    rows = [{"id": id_, "reason": reason or "gone"} for id_, reason in reasons.items()]
    told = rows_of(connection.dialect.name, "dead", {"id": BigInteger(), "reason": String()}, rows)
    connection.execute(
        update(contact)
        .where(contact.c.id == told.c.id, contact.c.gone_at.is_(None))
        .values(gone_at=moment(now), gone_reason=told.c.reason)
    )


def count_soft(connection: Connection, reasons: Mapping[int, str], now: datetime, rule: SoftBounces) -> list[int]:
    """One more soft bounce for each of these contacts; gives those for whom it was the one too many, and marks them gone."""
    streaks = {
        id_: lengthened(streak, now) for id_, streak in _streaks(connection, list(reasons)).items() if id_ in reasons
    }
    _keep(connection, streaks)
    dead = {id_: reasons[id_] for id_, streak in streaks.items() if is_dead(streak, rule)}
    if dead:
        mark_all_gone(connection, dead, now)
    return list(dead)


def _streaks(connection: Connection, contact_ids: list[int]) -> dict[int, Streak]:
    named = select(ids_of(connection.dialect.name, "bounced", contact_ids).c.id)
    query = select(contact.c.id, contact.c.soft_count, contact.c.soft_since, contact.c.soft_at)
    rows = connection.execute(query.where(contact.c.id.in_(named)).order_by(contact.c.id).with_for_update())
    return {id_: Streak(count, since, at) for id_, count, since, at in rows}


def _keep(connection: Connection, streaks: Mapping[int, Streak]) -> None:
    dialect = connection.dialect.name
    rows: list[dict[str, Any]] = [
        {"id": id_, "count": streak.count, "since": streak.since, "at": streak.at} for id_, streak in streaks.items()
    ]
    columns: dict[str, TypeEngine[Any]] = {"id": BigInteger(), "count": Integer(), "since": Instant(), "at": Instant()}
    told = rows_of(dialect, "counted", columns, plain(dialect, rows, moments=("since", "at")))
    connection.execute(
        update(contact)
        .where(contact.c.id == told.c.id)
        .values(soft_count=told.c["count"], soft_since=told.c.since, soft_at=told.c.at)
    )


def forget_soft(connection: Connection, contact_ids: Sequence[int]) -> None:
    """Something was delivered at these addresses: what bounced there before counts no more."""
    named = select(ids_of(connection.dialect.name, "lively", list(contact_ids)).c.id)
    connection.execute(update(contact).where(contact.c.id.in_(named), contact.c.soft_count > 0).values(**NO_STREAK))
