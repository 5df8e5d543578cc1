"""Whose turn it is: the participation behind a token, a message or an address. What a turn changes lives in `turns`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from store.prepared import Gathered, Prepared
from store.schema import campaign, contact, message, participation, person
from store.sets import ids_of, tuples_of

# What asks something of a resident; feedback and notices do not, so nothing said after them is taken for their answer.
QUESTIONING: Final = ("invitation", "reminder", "nudge", "reply")


class Found(NamedTuple):
    """A participation as it stands, with what a turn needs to know. `contact_id` is the person's on the channel of the turn, if any.

    `written` is the dialogue as it was written down, to the letter. `registered_language` is the person's own, whether or not the campaign speaks it.
    `gone_at` is since when nothing has reached that contact. `sharing` is how many people have the address by which it was
    found; 0 when it was found without one. `is_named`: the message that was pressed or replied to says which it is.
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
    is_named: bool = False

    def __repr__(self) -> str:
        """Without the dialogue, so that it reaches no log."""
        return (
            f"Found(participation_id={self.participation_id}, campaign_id={self.campaign_id!r}, status={self.status!r})"
        )

    @property
    def dialogue(self) -> dict[str, Any] | None:
        """Where the conversation stands, read from what was written down; None before it was invited to begin."""
        return orjson.loads(self.written) if self.written is not None else None


class Sought(NamedTuple):
    """What a turn says of whose it is: the address it came from, by its fingerprint, or the participation that a token named; or both.

    `message_ref` is the provider's name for the message that was pressed or replied to, `message_id` ours. `is_answer`: it sounds like an answer.
    """

    channel: str
    fingerprint: bytes | None = None
    participation_id: int | None = None
    message_ref: str | None = None
    is_answer: bool = True
    message_id: int | None = None

    def __repr__(self) -> str:
        """Without the fingerprint."""
        return f"Sought(channel={self.channel!r}, participation_id={self.participation_id!r})"


def find_participation(
    connection: Connection,
    channel: str,
    *,
    participation_id: int | None = None,
    fingerprint: bytes | None = None,
    message_ref: str | None = None,
    message_id: int | None = None,
    is_answer: bool = True,
    is_locking: bool = True,
) -> Found | None:
    """Whose one turn is; see `find_each`."""
    sought = Sought(channel, fingerprint, participation_id, message_ref, is_answer, message_id)
    return find_each(connection, [sought], is_locking=is_locking)[0]


def find_each(connection: Connection, sought: Iterable[Sought], *, is_locking: bool = True) -> list[Found | None]:
    """Whose turns these are, in their order; until commit nobody else has a turn of theirs.

    An address is taken to mean the message that `message_ref` or `message_id` names, if it is one of ours; else, when it `is_answer`, the open question
    that was sent to it last; else what was sent to it last. So two surveys on one number do not mix. One that was never
    written to means its person's newest participation. Whoever only looks says so with `is_locking`.
    """
    sought = list(sought)
    if any(one.participation_id is None and one.fingerprint is None for one in sought):
        raise ValueError("a participation is found by its id or by a fingerprint")
    if is_locking and connection.dialect.name == "postgresql":
        sought = _hold(connection, sought)
    found: list[Found | None] = [None] * len(sought)
    for place, *values in _FINDING.all(connection, _asked(sought)):
        found[place] = Found(*values)
    return found


def _hold(connection: Connection, sought: Sequence[Sought]) -> list[Sought]:
    """Wait until nobody else has a turn of these people's. Gives what is sought by its id where that could be found."""
    meant = dict(_MEANING.all(connection, _asked(sought)))
    _HOLDING.all(connection, {"held_ids": [id_ for id_ in meant.values() if id_ is not None]})
    return [one._replace(participation_id=meant[place]) for place, one in enumerate(sought)]


_FINGERPRINT_BYTES: Final = 32  # HMAC-SHA256
_NO_FINGERPRINT: Final = bytes(_FINGERPRINT_BYTES)


def _asked(sought: Sequence[Sought]) -> dict[str, Any]:
    """One value for the rows and one for their fingerprints, since JSON has no bytes."""
    rows = [
        (
            place,
            one.channel,
            one.participation_id,
            one.message_ref,
            int(one.is_answer),
            int(one.fingerprint is not None),
            one.message_id,
        )
        for place, one in enumerate(sought)
    ]
    return {"given_rows": rows, "fingerprints": b"".join([one.fingerprint or _NO_FINGERPRINT for one in sought])}


def _asking(dialect: str) -> CTE:
    """What is sought, as a table that is made once: every part of the statement looks into it."""
    columns: dict[str, TypeEngine[Any]] = {
        "place": Integer(), "channel": String(), "participation_id": BigInteger(), "ref": String(), "is_answer": Integer(),
        "has_address": Integer(), "message_id": BigInteger(),
    }  # fmt: skip
    given = tuples_of(dialect, "given", columns).c
    start = given.place * _FINGERPRINT_BYTES + 1
    fingerprint = func.substr(bindparam("fingerprints", type_=LargeBinary()), start, _FINGERPRINT_BYTES)
    kept = (given.place, given.channel, given.participation_id, given.ref, given.is_answer, given.message_id)
    address = case((given.has_address == 1, type_coerce(fingerprint, LargeBinary()))).label("fingerprint")
    return select(*kept, address).cte("sought").prefix_with("MATERIALIZED")


def _is_theirs(sought: CTE) -> ColumnElement[bool]:
    """That a contact has the address from which a turn came."""
    return and_(contact.c.channel == sought.c.channel, contact.c.address_hash == sought.c.fingerprint)


def _finding(dialect: str) -> Select[Any]:
    sought = _asking(dialect)
    sharers = contact.alias("sharer")
    has_it = and_(sharers.c.channel == sought.c.channel, sharers.c.address_hash == sought.c.fingerprint)
    elsewhere = {
        "sharing": select(func.count()).select_from(sharers).where(has_it).scalar_subquery(),
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
        "is_named": _written_as(sought).is_not(None),
    }
    columns = [elsewhere[name] if name in elsewhere else participation.c[name] for name in Found._fields]
    is_here = and_(
        contact.c.person_id == participation.c.person_id,
        contact.c.channel == sought.c.channel,
        contact.c.address_hash == func.coalesce(sought.c.fingerprint, contact.c.address_hash),
    )
    return (
        select(sought.c.place, *columns)
        .select_from(
            sought.join(participation, participation.c.id == _meant(sought))
            .join(campaign, campaign.c.id == participation.c.campaign_id)
            .join(person, person.c.id == participation.c.person_id)
            .outerjoin(contact, is_here)
        )
        .where(person.c.erased_at.is_(None))
    )


def _meaning(dialect: str) -> Select[Any]:
    sought = _asking(dialect)
    return select(sought.c.place, _meant(sought))


def _holding(dialect: str) -> Select[Any]:
    """Everybody waits for them in the same order, so that nobody waits for each other."""
    held = ids_of(dialect, "held")
    owners = select(participation.c.person_id).join(held, held.c.id == participation.c.id)
    return select(person.c.id).where(person.c.id.in_(owners)).order_by(person.c.id).with_for_update()


def _meant(sought: CTE) -> ColumnElement[int]:
    """The participation that was named; else whose message was last sent to an address; else whose participation there is the newest.

    Where there is but one, which is most often so, no messages are looked through.
    """
    told = (_only(sought), _sent(sought, is_open=True), _sent(sought, is_open=False), _newest(sought))
    by_address = [one.correlate(sought).scalar_subquery() for one in told]
    return func.coalesce(sought.c.participation_id, _written_as(sought), *by_address, type_=BigInteger())


def _written_as(sought: CTE) -> ColumnElement[int | None]:
    """The participation that the message belongs to which was pressed or replied to."""
    ref, number = sought.c.ref, sought.c.message_id
    found = (
        select(message.c.participation_id)
        .join(contact, contact.c.id == message.c.contact_id)
        .where(_is_theirs(sought), message.c.participation_id.is_not(None))
        .where(or_(message.c.provider_id == ref, message.c.id == number))
        .limit(1)
    )
    return case((or_(ref.is_not(None), number.is_not(None)), found.correlate(sought).scalar_subquery()))


def _only(sought: CTE) -> Select[Any]:
    """The participation of those who have an address, where they have no other."""
    return (
        select(case((func.count() == 1, func.max(participation.c.id))))
        .select_from(participation.join(contact, contact.c.person_id == participation.c.person_id))
        .where(_is_theirs(sought))
    )


def _sent(sought: CTE, *, is_open: bool) -> Select[Any]:
    """Whose message was last sent to an address; with `is_open` only for an answer, and only those whose question is still open."""
    sent_at = func.coalesce(message.c.sent_at, message.c.leased_until, message.c.settled_at)
    found = (
        select(message.c.participation_id)
        .join(contact, contact.c.id == message.c.contact_id)
        .join(participation, participation.c.id == message.c.participation_id)
        .join(campaign, campaign.c.id == participation.c.campaign_id)
        .where(_is_theirs(sought), message.c.attempts > 0)
        .order_by(sent_at.desc(), message.c.id.desc())
        .limit(1)
    )
    if not is_open:
        return found
    return found.where(
        sought.c.is_answer == 1,
        participation.c.status.in_(("invited", "started")),
        participation.c.survey_version_id.is_not(None),
        campaign.c.closed_at.is_(None),
        message.c.purpose.in_(QUESTIONING),
    )


def _newest(sought: CTE) -> Select[Any]:
    """The newest participation of those who have an address, an open campaign's before any other."""
    return (
        select(participation.c.id)
        .join(contact, contact.c.person_id == participation.c.person_id)
        .join(campaign, campaign.c.id == participation.c.campaign_id)
        .where(_is_theirs(sought))
        .order_by(case((campaign.c.closed_at.is_(None), 0), else_=1), participation.c.id.desc())
        .limit(1)
    )


_FINDING = Gathered(_finding)
_MEANING = Gathered(_meaning)
_HOLDING = Prepared(_holding)
