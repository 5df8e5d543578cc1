"""One resident's turn: taken in once, found, and saved whole. What is said in it is decided by `bot`; sending lives in `outbox`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, and_, case, delete, func, insert, literal, null, select, true, update

from store.departures import opt_people_out
from store.outbox import REPLY_PRIORITY
from store.schema import answer, campaign, contact, inbound_seen, message, participation, person
from store.sets import insert_into, moment, rows_from

STATUSES = frozenset({"invited", "started", "finished", "declined", "opted_out"})


@dataclass(frozen=True, slots=True)
class Found:
    """A participation as it stands, with what a turn needs to know. `contact_id` is the person's on the channel of the turn, if any."""

    participation_id: int
    campaign_id: str
    person_id: int
    contact_id: int | None
    survey_version_id: int | None
    channel: str
    language: str
    status: str
    dialogue: dict[str, Any] | None = field(repr=False)
    contact_count: int
    campaign_status: str
    opens_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    opted_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One answer; `language` is the one it was asked in."""

    question: str
    path: str
    value: str = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message back to a resident. `content` is `Content.to_data()`."""

    channel: str
    lane: str
    contact_id: int
    language: str
    content: dict[str, Any] = field(repr=False)
    purpose: str = "reply"
    updates_ref: str | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """Everything that one turn changes. `status` is None when the participation keeps its own; `channel` and `language` are those used now."""

    participation_id: int
    channel: str
    language: str
    dialogue: dict[str, Any] = field(repr=False)
    status: str | None = None
    answers: Sequence[AnswerRecord] = ()
    set_aside: Sequence[str] = ()
    replies: Sequence[Reply] = ()
    external_id: str | None = None


def see(connection: Connection, channel: str, external_id: str, now: datetime) -> bool:
    """Take in an inbound's key. False when it was seen before: then nothing else may be done."""
    adding = (
        insert_into(connection, inbound_seen)
        .values(channel=channel, external_id=external_id, received_at=now)
        .on_conflict_do_nothing()
    )
    return connection.execute(adding).rowcount == 1


def forget_seen(connection: Connection, before: datetime) -> int:
    """Drop the keys of inbounds so old that no provider repeats them any more. Gives their number."""
    return connection.execute(delete(inbound_seen).where(inbound_seen.c.received_at < before)).rowcount


def find_participation(
    connection: Connection,
    channel: str,
    *,
    participation_id: int | None = None,
    fingerprint: bytes | None = None,
    message_ref: str | None = None,
    is_locking: bool = True,
) -> Found | None:
    """Whose turn it is, by the id from a token or by the address's fingerprint; until commit nobody else has a turn of theirs.

    An address is taken to answer the message `message_ref`, if it is one of ours, or the newest that was sent to it, so that
    two surveys on one number do not mix; one that was never written to, its person's newest participation. Whoever only
    looks says so with `is_locking`.
    """
    if participation_id is None:
        if fingerprint is None:
            raise ValueError("a participation is found by its id or by a fingerprint")
        participation_id = _by_address(connection, channel, fingerprint, message_ref)
        if participation_id is None:
            return None
    if is_locking and connection.dialect.name == "postgresql":
        owner = select(participation.c.person_id).where(participation.c.id == participation_id).scalar_subquery()
        connection.execute(select(person.c.id).where(person.c.id == owner).with_for_update())
    is_here = and_(contact.c.person_id == participation.c.person_id, contact.c.channel == channel)
    if fingerprint is not None:
        is_here = and_(is_here, contact.c.address_hash == fingerprint)
    row = connection.execute(
        select(
            participation.c.id.label("participation_id"),
            contact.c.id.label("contact_id"),
            *(
                participation.c[name]
                for name in ("campaign_id", "person_id", "survey_version_id", "channel", "language")
            ),
            *(participation.c[name] for name in ("status", "dialogue", "contact_count")),
            campaign.c.status.label("campaign_status"),
            *(campaign.c[name] for name in ("opens_at", "closes_at", "closed_at")),
            person.c.opted_out_at,
        )
        .select_from(
            participation.join(campaign, campaign.c.id == participation.c.campaign_id)
            .join(person, person.c.id == participation.c.person_id)
            .outerjoin(contact, is_here)
        )
        .where(participation.c.id == participation_id, person.c.erased_at.is_(None))
    ).mappings()
    found = row.first()
    return Found(**found) if found is not None else None


def _by_address(connection: Connection, channel: str, fingerprint: bytes, message_ref: str | None) -> int | None:
    is_theirs = and_(contact.c.channel == channel, contact.c.address_hash == fingerprint)
    is_meant = message.c.provider_id == message_ref if message_ref is not None else literal(0) == 1
    written = connection.execute(
        select(message.c.participation_id)
        .join(contact, contact.c.id == message.c.contact_id)
        .where(is_theirs, message.c.participation_id.is_not(None), message.c.attempts > 0)
        .order_by(
            case((is_meant, 0), else_=1),
            func.coalesce(message.c.sent_at, message.c.leased_until, message.c.settled_at).desc(),
            message.c.id.desc(),
        )
        .limit(1)
    ).scalar()
    if written is not None:
        return int(written)
    return connection.execute(
        select(participation.c.id)
        .join(contact, contact.c.person_id == participation.c.person_id)
        .join(campaign, campaign.c.id == participation.c.campaign_id)
        .where(is_theirs)
        .order_by(case((campaign.c.closed_at.is_(None), 0), else_=1), participation.c.id.desc())
        .limit(1)
    ).scalar()


def save_turn(connection: Connection, turn: TurnRecord, now: datetime) -> None:
    """Write a whole turn: dialogue, status, answers, what lost its ground, opting out, and the replies."""
    if turn.status is not None and turn.status not in STATUSES:
        raise ValueError(f"no participation has the status {turn.status!r}")
    values: dict[str, Any] = {"dialogue": turn.dialogue, "channel": turn.channel, "language": turn.language}
    values |= {"last_said_at": now} | _status_values(turn.status, now)
    mine = participation.c.id == turn.participation_id
    row = connection.execute(
        update(participation)
        .where(mine)
        .values(values)
        .returning(participation.c.person_id, participation.c.campaign_id)
    ).one()
    _save_answers(connection, turn, now)
    if turn.status == "opted_out":
        opt_people_out(connection, [row.person_id], origin=turn.channel, campaign_id=row.campaign_id, now=now)
    queue_replies(
        connection,
        turn.replies,
        now,
        person_id=row.person_id,
        campaign_id=row.campaign_id,
        participation_id=turn.participation_id,
    )
    if turn.external_id is not None:
        connection.execute(
            update(inbound_seen)
            .where(inbound_seen.c.channel == turn.channel, inbound_seen.c.external_id == turn.external_id)
            .values(participation_id=turn.participation_id)
        )


def _status_values(status: str | None, now: datetime) -> dict[str, Any]:
    if status is None:
        return {}
    values: dict[str, Any] = {"status": status}
    if status in ("started", "finished"):
        values["started_at"] = func.coalesce(participation.c.started_at, moment(now))
        values["finished_at"] = (
            func.coalesce(participation.c.finished_at, moment(now)) if status == "finished" else null()
        )
    return values


def _save_answers(connection: Connection, turn: TurnRecord, now: datetime) -> None:
    if turn.answers:
        columns = {name: String() for name in ("question", "path", "value", "language")}
        newest = {given.path: {name: getattr(given, name) for name in columns} for given in turn.answers}
        given = rows_from(connection, "given", columns, list(newest.values()))
        owner = ("campaign_id", "survey_version_id")
        adding = insert_into(connection, answer).from_select(
            [*columns, *owner, "participation_id", "channel", "answered_at"],
            select(
                *(given.c[name] for name in columns),
                *(participation.c[name] for name in owner),
                participation.c.id,
                literal(turn.channel),
                moment(now),
            )
            .select_from(given.join(participation, participation.c.id == turn.participation_id))
            .where(true()),
        )
        kept = {
            name: adding.excluded[name] for name in ("value", "language", "channel", "answered_at", "survey_version_id")
        }
        connection.execute(
            adding.on_conflict_do_update(
                index_elements=["participation_id", "path"], set_={**kept, "set_aside_at": null()}
            )
        )
    if turn.set_aside:
        connection.execute(
            update(answer)
            .where(answer.c.participation_id == turn.participation_id, answer.c.path.in_(list(turn.set_aside)))
            .values(set_aside_at=now)
        )


def queue_replies(
    connection: Connection,
    replies: Sequence[Reply],
    now: datetime,
    *,
    person_id: int | None,
    campaign_id: str | None = None,
    participation_id: int | None = None,
) -> None:
    """Queue messages that go out before bulk and at any hour; they need not belong to a campaign."""
    rows = [
        {
            "campaign_id": campaign_id,
            "participation_id": participation_id,
            "person_id": person_id,
            "contact_id": reply.contact_id,
            "channel": reply.channel,
            "lane": reply.lane,
            "purpose": reply.purpose,
            "language": reply.language,
            "priority": REPLY_PRIORITY,
            "status": "queued",
            "content": reply.content,
            "updates_ref": reply.updates_ref,
            "due_at": reply.due_at or now,
            "expires_at": reply.expires_at,
            "attempts": 0,
            "fence": 0,
            "segments": 0,
            "reason": "",
            "created_at": now,
        }
        for reply in replies
    ]
    if rows:
        connection.execute(insert(message), rows)
