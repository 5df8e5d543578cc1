"""What speaks against sending a message, as SQL for the look that leases: it must not leave any more, or not yet. What follows is done in `leasing`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, case, func, or_, select

from store.failover import CONTACT_GONE
from store.schema import campaign, contact, message, participation, person
from store.tables import Instant

REPLY_PRIORITY: Final = 0
BULK_PRIORITY: Final = 10
ASKING_PURPOSES: Final = ("invitation", "reminder", "nudge")  # those that make no sense once the campaign has closed


def why_not(now: ColumnElement[datetime]) -> ColumnElement[str]:
    """Why a message must not be sent any more; empty when it may.

    What is written back to a resident after they opted out passes, and after erasure only its confirmation (GDPR art. 12.3).
    """
    is_reply = message.c.priority == REPLY_PRIORITY
    is_farewell = and_(is_reply, message.c.created_at >= person.c.opted_out_at)
    is_confirmation = and_(is_reply, message.c.purpose == "notice", message.c.created_at >= person.c.erased_at)
    is_over = and_(
        message.c.purpose.in_(ASKING_PURPOSES), or_(campaign.c.closed_at.is_not(None), campaign.c.closes_at <= now)
    )
    goes_on = or_(participation.c.status != "started", participation.c.last_said_at >= message.c.created_at)
    return case(
        (and_(person.c.erased_at.is_not(None), ~is_confirmation), "erased"),
        (and_(person.c.erased_at.is_(None), person.c.opted_out_at.is_not(None), ~is_farewell), "opted_out"),
        (or_(contact.c.id.is_(None), contact.c.gone_at.is_not(None)), CONTACT_GONE),
        (message.c.expires_at <= now, "expired"),
        (is_over, "closed"),
        (and_(message.c.purpose == "nudge", goes_on), "answered"),
        else_="",
    )


def talked_at(of: FromClause) -> ColumnElement[datetime]:
    """When anybody at a message's number was last in the middle of another conversation; null when nobody is.

    `of` are messages with the `address_hash` that they go to. Wants `held_since`.
    A nudge counts as a word: what it asks again may be answered before another campaign speaks.
    """
    sharer, other, other_campaign = contact.alias("sharer"), participation.alias("other"), campaign.alias("others")
    newest = case((other.c.nudged_at > other.c.last_said_at, other.c.nudged_at), else_=other.c.last_said_at)
    # No joins: PostgreSQL, which knows little soon after a launch, would begin with everybody in every open campaign, or with
    # all who are in the middle of a conversation, for each message anew.
    closed_at = select(other_campaign.c.closed_at).where(other_campaign.c.id == other.c.campaign_id).scalar_subquery()
    theirs = (
        select(func.max(newest, type_=Instant()))
        .where(other.c.person_id == sharer.c.person_id, other.c.id != of.c.participation_id)
        .where(other.c.channel == of.c.channel, other.c.status == "started", closed_at.is_(None))
        .where(newest > bindparam("held_since", type_=Instant()))
        .correlate(of, sharer)
        .scalar_subquery()
    )
    return (
        select(func.max(theirs, type_=Instant()))
        .where(sharer.c.channel == of.c.channel, sharer.c.address_hash == of.c.address_hash)
        .correlate(of)
        .scalar_subquery()
    )
