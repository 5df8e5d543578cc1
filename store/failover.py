"""Messages that did not arrive go on in the next channel, each at most once in each. Which channels stand in for each other is ruled by `campaigns.failover`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from campaigns import plain_data
from campaigns.definition import Plan
from campaigns.failover import ANSWERING, ASKING, FOLLOWED, TELLING, ways
from store.bells import ring_for
from store.histories import IS_QUEUED, change
from store.schema import campaign, contact, message, participation, person
from store.sets import ids_of, insert_into, rows_of
from store.tables import Instant

CONTACT_GONE: Final = "contact_gone"
DELIVERED_AFTER_ALL: Final = "delivered_after_all"
_UNDER_WAY: Final = ("queued", "sending", "sent", "delivered", "unknown")
_COPIED: Final = (
    "campaign_id", "wave_id", "participation_id", "person_id", "purpose", "language", "priority", "content", "expires_at",
)  # fmt: skip


def queue_next(connection: Connection, message_ids: Sequence[int], now: datetime, lanes: Mapping[str, str]) -> int:
    """Queue what follows those of these messages that failed, where their campaign's plan says so; gives how many.

    Each goes to the person's address in the first channel of the plan that is in use (`lanes`: its sender identity), has
    not gone, and was not tried. What asks goes on only while the campaign takes answers and neither the resident nor a
    newer message has spoken since; nothing goes to one who has opted out. Whoever has said nothing yet is then written to there, and counts as invited where the invitation went last.
    """
    standing_in = _ways(connection, message_ids, lanes) if message_ids and lanes else []
    if not standing_in:
        return 0
    dialect, failed = connection.dialect.name, {"failed_ids": list(message_ids)}
    count = connection.execute(_following(dialect), failed | {"way_rows": standing_in, "now": now}).rowcount
    if count:
        connection.execute(_moving(dialect), failed)
        named = select(ids_of(dialect, "followed", list(message_ids)).c.id)
        ring_for(connection, and_(message.c.follows_id.in_(named), message.c.follows_id != 0, IS_QUEUED))
    return count


def _ways(connection: Connection, message_ids: Sequence[int], lanes: Mapping[str, str]) -> list[dict[str, Any]]:
    """The channels of the campaigns that these messages belong to, as far as their plans fail over."""
    named = select(ids_of(connection.dialect.name, "failed", list(message_ids)).c.id)
    concerned = select(message.c.campaign_id).where(message.c.id.in_(named))
    rows = connection.execute(select(campaign.c.id, campaign.c.definition).where(campaign.c.id.in_(concerned)))
    return [
        {"campaign_id": id_, "channel": channel, "lane": lanes[channel], "place": place}
        for id_, definition in rows
        for place, channel in enumerate(ways(plain_data.from_data(Plan, definition.get("plan", {})), lanes))
    ]


@cache
def _following(dialect: str) -> Any:
    now = bindparam("now", type_=Instant())
    named = ids_of(dialect, "failed")
    way = rows_of(dialect, "way", {"campaign_id": String(), "channel": String(), "lane": String(), "place": Integer()})
    chain = _chain(dialect)
    tried = exists().where(
        chain.c.failed_id == message.c.id, or_(chain.c.channel == way.c.channel, chain.c.status == "delivered")
    )
    follower, before = message.alias("follower"), contact.alias("before")
    place = func.row_number().over(partition_by=message.c.id, order_by=(way.c.place, contact.c.id)).label("place")
    columns: dict[str, ColumnElement[Any]] = {name: message.c[name] for name in _COPIED}
    columns |= {"follows_id": message.c.id, "contact_id": contact.c.id, "channel": way.c.channel, "lane": way.c.lane}
    found = (
        select(*(column.label(name) for name, column in columns.items()), place)
        .select_from(
            message.join(named, named.c.id == message.c.id)
            .join(participation, participation.c.id == message.c.participation_id)
            .join(person, person.c.id == message.c.person_id)
            .join(campaign, campaign.c.id == message.c.campaign_id)
            .join(before, before.c.id == message.c.contact_id)
            .join(way, way.c.campaign_id == message.c.campaign_id)
            .join(contact, and_(contact.c.person_id == message.c.person_id, contact.c.channel == way.c.channel))
        )
        .where(contact.c.gone_at.is_(None), before.c.gone_reason != "opted_out")
        .where(person.c.opted_out_at.is_(None), person.c.erased_at.is_(None))
        .where(_has_failed(), _goes_on(now), ~tried, ~exists().where(follower.c.follows_id == message.c.id))
        .subquery("found")
    )
    values: dict[str, Any] = {name: found.c[name] for name in columns}
    values |= {"status": literal("queued"), "created_at": now, "due_at": now, "reason": literal("")}
    values |= {name: literal(0) for name in ("attempts", "fence", "segments")}
    chosen = select(*values.values()).where(found.c.place == 1).order_by(found.c.follows_id)
    adding = insert_into(dialect, message).from_select(list(values), chosen)
    return adding.on_conflict_do_nothing()


@cache
def _moving(dialect: str) -> Any:
    named = select(ids_of(dialect, "failed").c.id)
    follower = message.alias("follower")
    is_invitation = follower.c.purpose == "invitation"
    return (
        update(participation)
        .where(participation.c.id == follower.c.participation_id, participation.c.last_said_at.is_(None))
        .where(follower.c.follows_id.in_(named), follower.c.follows_id != 0, follower.c.purpose.in_(ASKING))
        .values(
            channel=follower.c.channel,
            contact_id=case((is_invitation, follower.c.contact_id), else_=participation.c.contact_id),
        )
    )


def _chain(dialect: str) -> CTE:
    """Each failed message, what it followed, what that followed …"""
    named = ids_of(dialect, "failed")
    columns = (message.c.follows_id, message.c.channel, message.c.status)
    first = select(message.c.id.label("failed_id"), *columns).join(named, named.c.id == message.c.id)
    chain = first.cte("chain", recursive=True)
    earlier = message.alias("earlier")
    return chain.union_all(
        select(chain.c.failed_id, earlier.c.follows_id, earlier.c.channel, earlier.c.status).join(
            earlier, earlier.c.id == chain.c.follows_id
        )
    )


def _has_failed() -> ColumnElement[bool]:
    """Failed on the wire or afterwards, or was kept from it because its address had gone meanwhile."""
    was_kept = and_(message.c.status == "cancelled", message.c.reason == CONTACT_GONE)
    return or_(message.c.status == "failed", was_kept)


def _goes_on(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether there is still reason to send it; an edit of an earlier message makes sense only where that one stands."""
    newer = message.alias("newer")
    is_asked_again = exists().where(
        newer.c.participation_id == message.c.participation_id,
        newer.c.purpose.in_(ASKING),
        newer.c.created_at > message.c.created_at,
        newer.c.status.in_(_UNDER_WAY),
    )
    is_last_word = and_(
        func.coalesce(participation.c.last_said_at, message.c.created_at) <= message.c.created_at, ~is_asked_again
    )
    is_open = and_(
        campaign.c.closed_at.is_(None),
        campaign.c.closes_at > now,
        or_(message.c.expires_at.is_(None), message.c.expires_at > now),
        participation.c.status.in_(("invited", "started")),
    )
    is_mass = message.c.wave_id.is_not(None)
    is_own = participation.c.mode == "self"  # one who answers for another reads it on their own telephone
    return and_(
        message.c.purpose.in_(FOLLOWED),
        message.c.updates_ref.is_(null()),
        or_(
            and_(message.c.purpose.in_(ASKING), is_open, is_last_word),
            and_(message.c.purpose.in_(TELLING), is_mass),
            and_(message.c.purpose.in_(ANSWERING), is_own, is_last_word),
        ),
    )


def call_off(connection: Connection, message_id: int, now: datetime) -> int:
    """A message that had failed was delivered after all: what follows it and has not left is not sent. Gives how many."""
    dialect, ids = connection.dialect.name, [message_id]
    count = 0
    while ids:
        named = select(ids_of(dialect, "late", ids).c.id)
        is_after = and_(message.c.follows_id.in_(named), message.c.follows_id != 0)
        ids = list(connection.execute(select(message.c.id).where(is_after)).scalars())
        if ids:
            those = select(ids_of(dialect, "after", ids).c.id)
            condition = and_(message.c.id.in_(those), IS_QUEUED)
            count += change(connection, condition, "cancelled", DELIVERED_AFTER_ALL, now)
    return count
