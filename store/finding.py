"""Whose turn it is: the participation behind a token, a message or an address. What a turn changes lives in `turns`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
)

from store.prepared import Prepared
from store.schema import answer, campaign, contact, inbound_seen, message, participation, person

# What asks something of a resident; feedback and notices do not, so nothing said after them is taken for their answer.
QUESTIONING: Final = ("invitation", "reminder", "nudge", "reply")


class Found(NamedTuple):
    """A participation as it stands, with what a turn needs to know. `contact_id` is the person's on the channel of the turn, if any.

    `written` is the dialogue as `save_turn` wrote it down, to the letter. `registered_language` is the person's own, whether or not the campaign speaks it. `gone_at` is since when nothing has
    reached that contact. `sharing` is how many people have the address by which it was found; 0 when it was found without one.
    """

    participation_id: int
    campaign_id: str
    person_id: int
    contact_id: int | None
    survey_version_id: int | None
    channel: str
    language: str
    status: str
    written: str | None
    campaign_status: str
    opens_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    opted_out_at: datetime | None
    registered_language: str
    gone_at: datetime | None
    sharing: int = 0

    def __repr__(self) -> str:
        """Without the dialogue, so that it reaches no log."""
        return (
            f"Found(participation_id={self.participation_id}, campaign_id={self.campaign_id!r}, status={self.status!r})"
        )

    @property
    def dialogue(self) -> dict[str, Any] | None:
        """Where the conversation stands, read from what was written down; None before it was invited to begin."""
        return orjson.loads(self.written) if self.written is not None else None


def find_participation(
    connection: Connection,
    channel: str,
    *,
    participation_id: int | None = None,
    fingerprint: bytes | None = None,
    message_ref: str | None = None,
    is_answer: bool = True,
    is_locking: bool = True,
) -> Found | None:
    """Whose turn it is, by the id from a token or by the address's fingerprint; until commit nobody else has a turn of theirs.

    An address is taken to mean the message `message_ref`, if it is one of ours; else, when it `is_answer`, the open question
    that was sent to it last; else what was sent to it last. So two surveys on one number do not mix. One that was never
    written to means its person's newest participation. Whoever only looks says so with `is_locking`.
    """
    is_locking = is_locking and connection.dialect.name == "postgresql"
    if participation_id is None:
        if fingerprint is None:
            raise ValueError("a participation is found by its id or by a fingerprint")
        if message_ref is None and not is_locking:
            finding = _FINDING_ANSWERER if is_answer else _FINDING_MEANT
            row = finding.first(connection, {"on_channel": channel, "fingerprint": fingerprint})
            return Found(*row) if row is not None else None
        participation_id = _by_address(connection, channel, fingerprint, message_ref, is_answer=is_answer)
        if participation_id is None:
            return None
    if is_locking:
        _HOLDING.all(connection, {"wanted": participation_id})
    values: dict[str, Any] = {"wanted": participation_id, "on_channel": channel}
    if fingerprint is None:
        row = _FINDING.first(connection, values)
    else:
        row = _FINDING_AT.first(connection, {**values, "fingerprint": fingerprint})
    return Found(*row) if row is not None else None


def _holding(_dialect: str) -> Select[Any]:
    """Wait until nobody else has a turn of this person's."""
    owner = select(participation.c.person_id).where(participation.c.id == bindparam("wanted")).scalar_subquery()
    return select(person.c.id).where(person.c.id == owner).with_for_update()


_HOLDING = Prepared(_holding)


def _finding(wanted: ColumnElement[int], *, has_fingerprint: bool) -> Select[Any]:
    is_here = and_(contact.c.person_id == participation.c.person_id, contact.c.channel == bindparam("on_channel"))
    sharing: Any = literal(0)
    if has_fingerprint:
        is_here = and_(is_here, contact.c.address_hash == bindparam("fingerprint"))
        sharers = contact.alias("sharer")
        has_it = and_(sharers.c.channel == bindparam("on_channel"), sharers.c.address_hash == bindparam("fingerprint"))
        sharing = select(func.count()).select_from(sharers).where(has_it).scalar_subquery()
    elsewhere = {
        "sharing": sharing,
        "participation_id": participation.c.id,
        "written": cast(participation.c.dialogue, Text),
        "contact_id": contact.c.id,
        "campaign_status": campaign.c.status,
        "opens_at": campaign.c.opens_at,
        "closes_at": campaign.c.closes_at,
        "closed_at": campaign.c.closed_at,
        "opted_out_at": person.c.opted_out_at,
        "registered_language": person.c.language,
        "gone_at": contact.c.gone_at,
    }
    columns = [elsewhere[name] if name in elsewhere else participation.c[name] for name in Found._fields]
    return (
        select(*columns)
        .select_from(
            participation.join(campaign, campaign.c.id == participation.c.campaign_id)
            .join(person, person.c.id == participation.c.person_id)
            .outerjoin(contact, is_here)
        )
        .where(participation.c.id == wanted, person.c.erased_at.is_(None))
    )


_NAMED: BindParameter[int] = bindparam("wanted", type_=BigInteger())
_FINDING = Prepared(lambda _dialect: _finding(_NAMED, has_fingerprint=False))
_FINDING_AT = Prepared(lambda _dialect: _finding(_NAMED, has_fingerprint=True))


def _by_address(
    connection: Connection, channel: str, fingerprint: bytes, message_ref: str | None, *, is_answer: bool
) -> int | None:
    values = {"on_channel": channel, "fingerprint": fingerprint}
    if message_ref is not None and (named := written_as(connection, channel, fingerprint, message_ref)) is not None:
        return named
    meant: int | None = (_MEANT_BY_ANSWER if is_answer else _MEANT).scalar(connection, values)
    return meant


def written_as(connection: Connection, channel: str, fingerprint: bytes, message_ref: str) -> int | None:
    """The participation that a message to this address belongs to, by the provider's name for the message."""
    values = {"on_channel": channel, "fingerprint": fingerprint, "ref": message_ref}
    found: int | None = _WRITTEN_AS.scalar(connection, values)
    return found


_IS_THEIRS = and_(contact.c.channel == bindparam("on_channel"), contact.c.address_hash == bindparam("fingerprint"))


_WRITTEN_AS = Prepared(
    lambda _dialect: (
        select(message.c.participation_id)
        .join(contact, contact.c.id == message.c.contact_id)
        .where(_IS_THEIRS, message.c.participation_id.is_not(None), message.c.provider_id == bindparam("ref"))
        .limit(1)
    )
)


def _meant(*, is_answer: bool) -> Select[Any]:
    """Whose message was last sent to an address, or, where none was, whose participation there is the newest.

    Where there is but one, which is most often so, no messages are looked through.
    """
    found = (_only(), _sent(is_answer=is_answer), _newest())
    return select(func.coalesce(*(one.scalar_subquery() for one in found)))


def _only() -> Select[Any]:
    """The participation of those who have an address, where they have no other."""
    return (
        select(case((func.count() == 1, func.max(participation.c.id))))
        .select_from(participation.join(contact, contact.c.person_id == participation.c.person_id))
        .where(_IS_THEIRS)
    )


_MEANT_BY_ANSWER = Prepared(lambda _dialect: _meant(is_answer=True))
_MEANT = Prepared(lambda _dialect: _meant(is_answer=False))
# Both at once, where nobody else's turn has to be waited for in between.
_FINDING_ANSWERER = Prepared(lambda _dialect: _finding(_meant(is_answer=True).scalar_subquery(), has_fingerprint=True))
_FINDING_MEANT = Prepared(lambda _dialect: _finding(_meant(is_answer=False).scalar_subquery(), has_fingerprint=True))


def _sent(*, is_answer: bool) -> Select[Any]:
    """Whose message was last sent to an address; with `is_answer` those whose question is still open before all others."""
    is_open = and_(
        participation.c.status.in_(("invited", "started")),
        participation.c.survey_version_id.is_not(None),
        campaign.c.closed_at.is_(None),
        message.c.purpose.in_(QUESTIONING),
    )
    sent_at = func.coalesce(message.c.sent_at, message.c.leased_until, message.c.settled_at)
    first = [case((is_open, 0), else_=1)] if is_answer else []
    return (
        select(message.c.participation_id)
        .join(contact, contact.c.id == message.c.contact_id)
        .join(participation, participation.c.id == message.c.participation_id)
        .join(campaign, campaign.c.id == participation.c.campaign_id)
        .where(_IS_THEIRS, message.c.attempts > 0)
        .order_by(*first, sent_at.desc(), message.c.id.desc())
        .limit(1)
    )


def _newest() -> Select[Any]:
    """The newest participation of those who have an address, an open campaign's before any other."""
    return (
        select(participation.c.id)
        .join(contact, contact.c.person_id == participation.c.person_id)
        .join(campaign, campaign.c.id == participation.c.campaign_id)
        .where(_IS_THEIRS)
        .order_by(case((campaign.c.closed_at.is_(None), 0), else_=1), participation.c.id.desc())
        .limit(1)
    )


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
