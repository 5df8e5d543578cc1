"""Leaving: opting out and erasure. That nothing leaves afterwards is checked again in `outbox.lease`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, and_, case, delete, func, insert, literal, null, select, update

from store.histories import IS_QUEUED, change
from store.schema import answer, contact, message, opt_out, participation, person, person_group, request, speaker
from store.sets import ids_of, moment

EVERY_CHANNEL = "*"
SHIELDED = "protected"  # the origin of an opting out that the register spoke, not the person


def opt_people_out(
    connection: Connection,
    person_ids: Sequence[int],
    *,
    origin: str,
    now: datetime,
    channel: str = EVERY_CHANNEL,
    campaign_id: str | None = None,
) -> int:
    """Take people out of everything, or of one `channel` only if they say so. Gives how many had not been out already.

    `origin` says through what they spoke ("sms", "unsubscribe", "provider" …), `campaign_id` during which campaign.
    What is queued for them is cancelled, replies included: queue a farewell after this, with the same `now` or later.
    """
    if not person_ids:
        return 0
    named = select(ids_of(connection.dialect.name, "leaving", sorted(set(person_ids))).c.id)
    _cancel(connection, named, "opted_out", now, channel)
    is_new = and_(person.c.id.in_(named), person.c.erased_at.is_(None), person.c.opted_out_at.is_(None))
    values = {
        "person_id": person.c.id,
        "channel": literal(channel),
        "campaign_id": literal(campaign_id) if campaign_id else null(),
        "origin": literal(origin),
        "at": moment(now),
    }
    noted = insert(opt_out).from_select(list(values), select(*values.values()).where(is_new))
    left = connection.execute(noted).rowcount
    if channel != EVERY_CHANNEL:
        at = func.coalesce(contact.c.gone_at, moment(now))
        is_theirs = and_(contact.c.person_id.in_(named), contact.c.channel == channel)
        connection.execute(update(contact).where(is_theirs).values(gone_at=at, gone_reason="opted_out"))
        return left
    connection.execute(update(person).where(is_new).values(opted_out_at=now))
    is_under_way = participation.c.status.in_(("invited", "started"))
    under_way = update(participation).where(participation.c.person_id.in_(named), is_under_way)
    connection.execute(under_way.values(status="opted_out"))
    return left


def complain(connection: Connection, person_id: int, channel: str, campaign_id: str | None, now: datetime) -> bool:
    """Take at their word who called a message spam: nothing more in that channel, and nothing more of that campaign.

    The rest of what they may be told stays, since a button in a mail program says nothing of letters or telephones (RFC 8058
    means one list, a feedback report one message: RFC 5965). False when they had complained before.
    """
    is_out = and_(contact.c.channel == channel, contact.c.gone_reason == "opted_out")
    if connection.execute(select(contact.c.id).where(contact.c.person_id == person_id, is_out).limit(1)).first():
        return False
    opt_people_out(connection, [person_id], origin="complaint", now=now, channel=channel, campaign_id=campaign_id)
    theirs = and_(participation.c.person_id == person_id, participation.c.campaign_id == campaign_id)
    connection.execute(
        update(participation)
        .where(theirs, participation.c.status.in_(("invited", "started")))
        .values(status="opted_out")
    )
    mine = select(participation.c.id).where(theirs)
    change(connection, and_(message.c.participation_id.in_(mine), IS_QUEUED), "cancelled", "opted_out", now)
    return True


def erase_person(
    connection: Connection, person_id: int, now: datetime, *, farewell_contact_id: int | None = None
) -> None:
    """Forget a resident: addresses, groups, answers, conversations and everything by which they could be known again.

    What stays is an empty row, so that counts of invitations and the audit trail hold. With `farewell_contact_id` that one
    address is kept, unfindable, until the confirmation queued to it (purpose `notice`, priority of a reply) has been settled.
    """
    named = select(literal(person_id).label("id"))
    _cancel(connection, named, "erased", now)
    mine = select(participation.c.id).where(participation.c.person_id == person_id)
    connection.execute(delete(answer).where(answer.c.participation_id.in_(mine)))
    connection.execute(
        update(message)
        .where(message.c.contact_id.in_(select(contact.c.id).where(contact.c.person_id == person_id)))
        .values(content=null(), updates_ref=None)
    )
    connection.execute(
        update(participation).where(participation.c.person_id == person_id).values(status="erased", dialogue=null())
    )
    connection.execute(delete(person_group).where(person_group.c.person_id == person_id))
    connection.execute(delete(request).where(request.c.person_id == person_id))
    _forget_speaker(connection, person_id)
    connection.execute(
        delete(contact).where(contact.c.person_id == person_id, contact.c.id != (farewell_contact_id or 0))
    )
    connection.execute(update(contact).where(contact.c.person_id == person_id).values(address_hash=b""))
    connection.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(erased_at=now, ref=None, area_code=None, birth_year=None, sex="", source="", lawful_basis="")
    )


def shield_people(connection: Connection, refs: Sequence[str], now: datetime) -> int:
    """Take out of everything those who were known before their personal data became protected. Gives how many were known.

    Addresses, groups, place and conversations go; nothing is sent to them; answers stay in the counts and leave in no export.
    """
    known = select(person.c.id).where(person.c.ref.in_(refs), person.c.erased_at.is_(None))
    ids = list(connection.execute(known).scalars())
    if not ids:
        return 0
    opt_people_out(connection, ids, origin=SHIELDED, now=now)
    named = select(ids_of(connection.dialect.name, "shielded", ids).c.id)
    marked = select(opt_out.c.person_id).where(opt_out.c.origin == SHIELDED)
    unmarked = select(person.c.id, literal(EVERY_CHANNEL), literal(SHIELDED), moment(now)).where(
        person.c.id.in_(named), person.c.id.not_in(marked)
    )
    connection.execute(insert(opt_out).from_select(["person_id", "channel", "origin", "at"], unmarked))
    for id_ in ids:
        _forget_speaker(connection, id_)
    connection.execute(delete(person_group).where(person_group.c.person_id.in_(named)))
    connection.execute(delete(contact).where(contact.c.person_id.in_(named)))
    connection.execute(update(participation).where(participation.c.person_id.in_(named)).values(dialogue=null()))
    connection.execute(update(person).where(person.c.id.in_(named)).values(area_code=None, birth_year=None, sex=""))
    return len(ids)


def _forget_speaker(connection: Connection, person_id: int) -> None:
    """Drop what is held at the person's addresses, also where they share them: whose words those are is not known."""
    theirs = and_(contact.c.person_id == person_id, contact.c.channel == speaker.c.channel)
    is_there = select(contact.c.id).where(theirs, contact.c.address_hash == speaker.c.address_hash).exists()
    connection.execute(delete(speaker).where(is_there))


def drop_farewell_addresses(connection: Connection) -> int:
    """Delete the addresses of erased people to whom nothing is on its way any more. Gives their number."""
    is_under_way = (
        select(message.c.id)
        .where(message.c.contact_id == contact.c.id, message.c.status.in_(("queued", "sending")))
        .exists()
    )
    erased = select(person.c.id).where(person.c.erased_at.is_not(None))
    return connection.execute(delete(contact).where(contact.c.person_id.in_(erased), ~is_under_way)).rowcount


def cancel_campaign(
    connection: Connection,
    campaign_id: str,
    now: datetime,
    *,
    purposes: Sequence[str] = ("invitation", "reminder", "nudge"),
    reason: str = "closed",
    most: int | None = None,
) -> int:
    """Cancel what a campaign has queued for these purposes; used when it closes. At `most` so many; gives the number of messages."""
    condition = and_(message.c.campaign_id == campaign_id, message.c.purpose.in_(purposes), IS_QUEUED)
    return change(connection, condition, "cancelled", reason, now, most=most)


def _cancel(
    connection: Connection,
    people: Select[int],
    reason: str,
    now: datetime,
    channel: str = EVERY_CHANNEL,
) -> int:
    addresses = select(contact.c.id).where(contact.c.person_id.in_(people))
    if channel != EVERY_CHANNEL:
        addresses = addresses.where(contact.c.channel == channel)
    condition = and_(message.c.contact_id.in_(addresses), IS_QUEUED)
    return change(connection, condition, "cancelled", reason, now)


def opt_people_in(connection: Connection, person_ids: Sequence[int]) -> int:
    """Take back an opting out at the person's own word. Gives how many had been out. The record of when they left stays.

    Their participations stand again where they stood, so that who had answered gets the feedback; what was cancelled stays so.
    """
    named = select(ids_of(connection.dialect.name, "coming_back", sorted(set(person_ids))).c.id)
    connection.execute(
        update(participation)
        .where(participation.c.person_id.in_(named), participation.c.status == "opted_out")
        .values(
            status=case(
                (participation.c.finished_at.is_not(None), "finished"),
                (participation.c.started_at.is_not(None), "started"),
                else_="invited",
            )
        )
    )
    connection.execute(
        update(contact)
        .where(contact.c.person_id.in_(named), contact.c.gone_reason == "opted_out")
        .values(gone_at=None, gone_reason="")
    )
    is_out = and_(person.c.id.in_(named), person.c.erased_at.is_(None), person.c.opted_out_at.is_not(None))
    return connection.execute(update(person).where(is_out).values(opted_out_at=None)).rowcount


def forget_strays(connection: Connection, source: str, before: datetime) -> int:
    """Delete people who only once wrote to us (`source`) before a moment, and their addresses. Gives their number.

    Whoever takes part in a campaign stays, and so does whoever opted out, so that it is remembered.
    """
    takes_part = select(participation.c.id).where(participation.c.person_id == person.c.id).exists()
    is_stray = and_(
        person.c.source == source, person.c.created_at < before, person.c.opted_out_at.is_(None), ~takes_part
    )
    connection.execute(delete(contact).where(contact.c.person_id.in_(select(person.c.id).where(is_stray))))
    return connection.execute(delete(person).where(is_stray)).rowcount
