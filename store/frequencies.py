"""How often and when people were written to first: by invitations and reminders, read from the messages themselves. Limits are applied in `releasing`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from store.schema import campaign, message, participation, wave
from store.sets import later, moment
from store.tables import Instant

COUNTED: Final = ("invitation", "reminder")
"""The waves and purposes of messages that count: what a person gets without having said anything."""


def _to_them(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .where(message.c.participation_id == participation.c.id, message.c.purpose.in_(COUNTED))
        .correlate(participation)
    )


def times_written_to() -> ColumnElement[int]:
    """How many invitations and reminders a participation was given, whatever became of them."""
    return _to_them(func.count()).scalar_subquery()


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


def _rivals(connection: Connection, campaign_id: str, since: datetime) -> Sequence[str]:
    has_written = and_(wave.c.campaign_id == campaign.c.id, wave.c.kind.in_(COUNTED), _is_under_way())
    query = select(campaign.c.id).where(campaign.c.id != campaign_id, campaign.c.closes_at > since)
    return connection.execute(query.where(select(wave.c.id).where(has_written).exists())).scalars().all()
