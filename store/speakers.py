"""Who answers at an address that several people share. How they are asked is decided in `bot.households`, when in `service.speakers`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    delete,
    exists,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from store.prepared import Prepared
from store.schema import campaign, contact, participation, person, speaker
from store.sets import ids_of, insert_into, plain, rows_of

TAKING_PART = ("invited", "started", "finished")


class Written(Protocol):
    """A message on its way to somebody, as far as it matters who else reads it."""

    @property
    def message_id(self) -> int: ...
    @property
    def contact_id(self) -> int: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def campaign_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """One of those who take part in a campaign from the same address."""

    participation_id: int
    person_id: int
    birth_year: int | None
    language: str
    status: str


@dataclass(frozen=True, slots=True)
class SpeakerRecord:
    """Who answers there now, if it is known, and what was said before it was."""

    participation_id: int | None
    is_proxy: bool
    held: tuple[dict[str, Any], ...] = field(repr=False)
    spoke_at: datetime


def household(connection: Connection, campaign_id: str, channel: str, fingerprint: bytes) -> list[MemberRecord]:
    """Those who take part in a campaign that asks questions and have this address, in an order that never changes."""
    values = {"of_campaign": campaign_id, "on_channel": channel, "fingerprint": fingerprint}
    return [MemberRecord(*row) for row in _SHARING.all(connection, values)]


def _sharing(_dialect: str) -> Select[Any]:
    return (
        select(
            participation.c.id,
            participation.c.person_id,
            person.c.birth_year,
            participation.c.language,
            participation.c.status,
        )
        .select_from(
            contact.join(person, person.c.id == contact.c.person_id)
            .join(participation, participation.c.person_id == contact.c.person_id)
            .join(campaign, campaign.c.id == participation.c.campaign_id)
        )
        .where(contact.c.channel == bindparam("on_channel"), contact.c.address_hash == bindparam("fingerprint"))
        .where(participation.c.campaign_id == bindparam("of_campaign"), participation.c.status.in_(TAKING_PART))
        .where(participation.c.survey_version_id.is_not(None), campaign.c.closed_at.is_(None))
        .where(person.c.erased_at.is_(None), person.c.opted_out_at.is_(None))
        .order_by(participation.c.id)
    )


_SHARING = Prepared(_sharing)


def sharing(connection: Connection, written: Sequence[Written]) -> dict[int, tuple[int | None, list[int | None]]]:
    """Which of these messages go to an address that others of the same campaign have too: its person's year of birth, and theirs.

    Few addresses are shared. So the addresses are looked at first, and alone: a statement over all the tables is planned
    badly by PostgreSQL in the minutes after a launch, when it does not know yet how large they have become.
    """
    dialect = connection.dialect.name
    ids = {"written_ids": sorted({each.contact_id for each in written})}
    neighbours: dict[int, list[int]] = {}
    for contact_id, person_id in _NEIGHBOURS.all(connection, ids) if written else ():
        neighbours.setdefault(contact_id, []).append(person_id)
    pairs = [
        {"message_id": each.message_id, "campaign_id": each.campaign_id, "mine": each.person_id, "theirs": person_id}
        for each in written
        for person_id in neighbours.get(each.contact_id, ())
    ]
    found: dict[int, tuple[int | None, list[int | None]]] = {}
    for message_id, year, other in _OTHERS.all(connection, {"pair_rows": plain(dialect, pairs)}) if pairs else ():
        found.setdefault(message_id, (year, []))[1].append(other)
    return found


def has_neighbours() -> ColumnElement[bool]:
    """Whether somebody else has the address of a message's `contact` too."""
    others = contact.alias("neighbours")
    is_same = and_(others.c.channel == contact.c.channel, others.c.address_hash == contact.c.address_hash)
    return exists().where(is_same, others.c.person_id != contact.c.person_id).correlate(contact)


def _neighbours(dialect: str) -> Select[Any]:
    """Whoever else has the address of one of these contacts."""
    mine, others = contact.alias("mine"), contact.alias("others")
    named = ids_of(dialect, "written")
    is_same = and_(
        others.c.channel == mine.c.channel,
        others.c.address_hash == mine.c.address_hash,
        others.c.person_id != mine.c.person_id,
    )
    return select(mine.c.id, others.c.person_id).select_from(
        named.join(mine, mine.c.id == named.c.id).join(others, is_same)
    )


def _others(dialect: str) -> Select[Any]:
    """Which of those who have the same address take part in the same campaign."""
    columns: dict[str, TypeEngine[Any]] = {"message_id": BigInteger(), "campaign_id": String()}
    columns |= {"mine": BigInteger(), "theirs": BigInteger()}
    pair = rows_of(dialect, "pair", columns)
    me, them = person.alias("me"), person.alias("them")
    is_theirs = and_(participation.c.person_id == pair.c.theirs, participation.c.campaign_id == pair.c.campaign_id)
    return (
        select(pair.c.message_id, me.c.birth_year, them.c.birth_year)
        .select_from(
            pair.join(participation, is_theirs).join(me, me.c.id == pair.c.mine).join(them, them.c.id == pair.c.theirs)
        )
        .where(participation.c.status.in_(TAKING_PART), them.c.erased_at.is_(None), them.c.opted_out_at.is_(None))
        .order_by(pair.c.message_id, participation.c.id)
    )


_NEIGHBOURS = Prepared(_neighbours)
_OTHERS = Prepared(_others)


def speaker_at(connection: Connection, campaign_id: str, channel: str, fingerprint: bytes) -> SpeakerRecord | None:
    """Who answers at an address in a campaign, as far as it was ever asked."""
    row = connection.execute(
        select(speaker.c.participation_id, speaker.c.is_proxy, speaker.c.held, speaker.c.spoke_at).where(
            _is_at(campaign_id, channel, fingerprint)
        )
    ).first()
    return SpeakerRecord(row.participation_id, row.is_proxy, tuple(row.held), row.spoke_at) if row else None


def set_speaker(
    connection: Connection,
    campaign_id: str,
    channel: str,
    fingerprint: bytes,
    participation_id: int | None,
    now: datetime,
    *,
    is_proxy: bool = False,
    held: Sequence[dict[str, Any]] = (),
) -> None:
    """Note who answers from now on (nobody yet: None) and what waits until that is known."""
    values = {"participation_id": participation_id, "is_proxy": is_proxy, "held": list(held), "spoke_at": now}
    adding = insert_into(connection.dialect.name, speaker).values(
        channel=channel, address_hash=fingerprint, campaign_id=campaign_id, **values
    )
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["channel", "address_hash", "campaign_id"],
            set_={name: adding.excluded[name] for name in values},
        )
    )


def keep_speaking(connection: Connection, campaign_id: str, channel: str, fingerprint: bytes, now: datetime) -> None:
    """Whoever answers there has just said something."""
    connection.execute(update(speaker).where(_is_at(campaign_id, channel, fingerprint)).values(spoke_at=now))


def forget_speakers(connection: Connection, before: datetime) -> int:
    """Drop what is known of addresses at which nobody has spoken since then, with what was held there. Gives their number."""
    return connection.execute(delete(speaker).where(speaker.c.spoke_at < before)).rowcount


def _is_at(campaign_id: str, channel: str, fingerprint: bytes) -> Any:
    return and_(
        speaker.c.channel == channel, speaker.c.address_hash == fingerprint, speaker.c.campaign_id == campaign_id
    )
