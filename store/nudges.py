"""Conversations that came to rest in the middle: each is taken up again once. How it is said lives in `bot.sendouts`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, insert, literal, literal_column, select, update

from store.frequencies import was_written_to
from store.outbox import BULK_PRIORITY
from store.releasing import Reached
from store.schema import campaign, message, participation, person
from store.sets import ids_of, moment


def nudge(
    connection: Connection, *, lanes: Mapping[str, str], before: datetime, now: datetime, limit: int = 20_000
) -> int:
    """Queue one nudge for each resident whose conversation has rested since `before`; gives their number.

    Each participation gets at most one, ever, and none after a reminder that came later than the resident's last word.
    It leaves like other mass messages, so within quiet hours, and counts neither as a reminder nor as a contact.
    """
    has_been_reminded = was_written_to(message.c.due_at > participation.c.last_said_at)
    resting = list(
        connection.execute(
            select(participation.c.id)
            .join(campaign, campaign.c.id == participation.c.campaign_id)
            .join(person, person.c.id == participation.c.person_id)
            .where(campaign.c.launched_at.is_not(None), campaign.c.closed_at.is_(None), campaign.c.closes_at > now)
            .where(participation.c.status == literal_column("'started'"), participation.c.nudged_at.is_(None))
            .where(participation.c.last_said_at <= before, ~has_been_reminded)
            .where(person.c.erased_at.is_(None), person.c.opted_out_at.is_(None))
            .order_by(participation.c.id)
            .limit(limit)
        ).scalars()
    )
    if not resting:
        return 0
    named = select(ids_of(connection.dialect.name, "resting", resting).c.id)
    connection.execute(update(participation).where(participation.c.id.in_(named)).values(nudged_at=now))
    return connection.execute(_queueing(named, lanes, now)).rowcount


def _queueing(named: Any, lanes: Mapping[str, str], now: datetime) -> Any:
    sources = participation.join(campaign, campaign.c.id == participation.c.campaign_id)
    reached = Reached.on(list(lanes), sources)
    values: dict[str, Any] = {
        "campaign_id": participation.c.campaign_id,
        "participation_id": participation.c.id,
        "person_id": participation.c.person_id,
        "contact_id": reached.contact_id,
        "channel": reached.channel,
        "lane": case(dict(lanes), value=reached.channel),
        "purpose": literal("nudge"),
        "language": participation.c.language,
        "priority": literal(BULK_PRIORITY),
        "status": literal("queued"),
        "due_at": moment(now),
        "expires_at": campaign.c.closes_at,
        "attempts": literal(0),
        "fence": literal(0),
        "segments": literal(0),
        "reason": literal(""),
        "created_at": moment(now),
    }
    chosen = (
        select(*values.values())
        .select_from(reached.sources)
        .where(participation.c.id.in_(named), reached.is_reached)
        .order_by(participation.c.id)
    )
    return insert(message).from_select(list(values), chosen)
