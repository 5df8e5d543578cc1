"""Residents and their addresses: import, and finding or adding one address. Leaving lives in `departures`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import Connection, Integer, String, and_, case, delete, func, insert, null, select, true, update
from sqlalchemy.types import TypeEngine

from store.bounces import NO_STREAK
from store.schema import contact, person, person_group
from store.sets import ids_of, insert_into, moment, rows_of
from store.vault import Vault

_PORTION = 1000


class ImportedPerson(Protocol):
    """One accepted row of a people file. `contacts` are normalised addresses by channel, the preferred one first."""

    @property
    def ref(self) -> str: ...
    @property
    def area(self) -> str | None: ...
    @property
    def language(self) -> str: ...
    @property
    def birth_year(self) -> int | None: ...
    @property
    def sex(self) -> str: ...
    @property
    def groups(self) -> Sequence[str]: ...
    @property
    def source(self) -> str: ...
    @property
    def lawful_basis(self) -> str: ...
    @property
    def contacts(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    created: int
    updated: int
    contacts: int


def import_people(connection: Connection, rows: Iterable[ImportedPerson], vault: Vault, now: datetime) -> ImportReport:
    """Add people, or update those with a known `ref`; memory stays flat. The caller's transaction makes it all or nothing.

    A changed address counts as a fresh one; an address that a row leaves out is kept. Groups become exactly the row's.
    Opting out outlives every import.
    """
    created = updated = contacts = 0
    for portion in _portions(rows):
        known = _ids(connection, portion)
        _upsert_people(connection, portion, now)
        ids = _ids(connection, portion)
        contacts += _upsert_contacts(connection, portion, ids, vault)
        _replace_groups(connection, portion, ids)
        created += len(ids) - len(known)
        updated += len(known)
    return ImportReport(created, updated, contacts)


def _portions(rows: Iterable[ImportedPerson]) -> Iterator[list[ImportedPerson]]:
    iterator = iter(rows)
    while portion := list(islice(iterator, _PORTION)):
        yield portion


def _ids(connection: Connection, portion: Sequence[ImportedPerson]) -> dict[str, int]:
    named = rows_of(connection.dialect.name, "named", {"ref": String()}, [{"ref": row.ref} for row in portion])
    rows = connection.execute(
        select(person.c.ref, person.c.id).select_from(person.join(named, named.c.ref == person.c.ref))
    )
    return {row.ref: row.id for row in rows}


def _upsert_people(connection: Connection, portion: Sequence[ImportedPerson], now: datetime) -> None:
    columns: dict[str, TypeEngine[Any]] = {
        "ref": String(),
        "area_code": String(),
        "language": String(),
        "birth_year": Integer(),
    }
    columns |= {"sex": String(), "source": String(), "lawful_basis": String()}
    told = rows_of(
        connection.dialect.name,
        "told",
        columns,
        [
            {
                "ref": row.ref,
                "area_code": row.area or None,
                "language": row.language,
                "birth_year": row.birth_year,
                "sex": row.sex,
                "source": row.source,
                "lawful_basis": row.lawful_basis,
            }
            for row in portion
        ],
    )
    adding = insert_into(connection.dialect.name, person).from_select(
        [*columns, "created_at"], select(*(told.c[name] for name in columns), moment(now)).where(true())
    )
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["ref"], set_={name: adding.excluded[name] for name in columns if name != "ref"}
        )
    )


def _upsert_contacts(
    connection: Connection, portion: Sequence[ImportedPerson], ids: Mapping[str, int], vault: Vault
) -> int:
    rows = [
        _contact_row(ids[row.ref], channel, address, rank, vault)
        for row in portion
        for rank, (channel, address) in enumerate(row.contacts.items())
    ]
    if rows:
        connection.execute(_contact_upsert(connection), rows)
    return len(rows)


def _contact_row(person_id: int, channel: str, address: str, rank: int, vault: Vault) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "channel": channel,
        "address_sealed": vault.seal(address),
        "address_hash": vault.fingerprint(channel, address),
        "rank": rank,
        "gone_reason": "",
    }


def _contact_upsert(connection: Connection) -> Any:
    adding = insert_into(connection.dialect.name, contact)
    is_same = contact.c.address_hash == adding.excluded.address_hash
    return adding.on_conflict_do_update(
        index_elements=["person_id", "channel"],
        set_={
            "address_sealed": adding.excluded.address_sealed,
            "address_hash": adding.excluded.address_hash,
            "rank": adding.excluded.rank,
            "gone_at": case((is_same, contact.c.gone_at), else_=null()),
            "gone_reason": case((is_same, contact.c.gone_reason), else_=""),
            **{name: case((is_same, contact.c[name]), else_=value) for name, value in NO_STREAK.items()},
        },
    )


def _replace_groups(connection: Connection, portion: Sequence[ImportedPerson], ids: Mapping[str, int]) -> None:
    named = ids_of(connection.dialect.name, "named", list(ids.values()))
    connection.execute(delete(person_group).where(person_group.c.person_id.in_(select(named.c.id))))
    rows = [{"person_id": ids[row.ref], "name": name} for row in portion for name in dict.fromkeys(row.groups)]
    if rows:
        connection.execute(insert(person_group), rows)


def add_person(connection: Connection, *, language: str, source: str, lawful_basis: str, now: datetime) -> int:
    """A resident who came by themselves and is in no register. Gives the id."""
    adding = insert(person).values(language=language, sex="", source=source, lawful_basis=lawful_basis, created_at=now)
    return int(connection.execute(adding.returning(person.c.id)).scalar_one())


@dataclass(frozen=True, slots=True)
class Holder:
    """One of those who can be reached at an address."""

    person_id: int
    contact_id: int
    language: str


def holders(connection: Connection, channel: str, fingerprint: bytes) -> list[Holder]:
    """Everybody who has this address, whether or not they take part in anything: several where a phone is shared."""
    rows = connection.execute(
        select(person.c.id, contact.c.id, person.c.language)
        .select_from(contact.join(person, person.c.id == contact.c.person_id))
        .where(contact.c.channel == channel, contact.c.address_hash == fingerprint, person.c.erased_at.is_(None))
        .order_by(person.c.id)
    )
    return [Holder(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Registered:
    """One person of the register."""

    person_id: int
    language: str
    opted_out_at: datetime | None


def find_by_ref(connection: Connection, ref: str) -> Registered | None:
    """The person whom the register knows by this key."""
    query = select(person.c.id, person.c.language, person.c.opted_out_at)
    row = connection.execute(query.where(person.c.ref == ref, person.c.erased_at.is_(None))).first()
    return Registered(*row) if row else None


def bind_address(connection: Connection, person_id: int, channel: str, address: str, vault: Vault) -> int:
    """The contact of a person on a channel, added or changed to `address`: how a chat becomes known by its first message.

    An address that was gone lives again, because its holder has just used it.
    """
    rank = connection.execute(
        select(func.count()).select_from(contact).where(contact.c.person_id == person_id)
    ).scalar_one()
    connection.execute(_contact_upsert(connection), [_contact_row(person_id, channel, address, rank, vault)])
    connection.execute(
        update(contact)
        .where(contact.c.person_id == person_id, contact.c.channel == channel)
        .values(gone_at=None, gone_reason="", **NO_STREAK)
    )
    mine = and_(contact.c.person_id == person_id, contact.c.channel == channel)
    return int(connection.execute(select(contact.c.id).where(mine)).scalar_one())


def revive(connection: Connection, channel: str, fingerprint: bytes) -> int:
    """Take back that an address was gone: its holder has just used it. Gives how many contacts had been.

    One that was left by the person's own word stays left.
    """
    is_here = and_(contact.c.channel == channel, contact.c.address_hash == fingerprint)
    was_gone = and_(contact.c.gone_at.is_not(None), contact.c.gone_reason != "opted_out")
    return connection.execute(
        update(contact).where(is_here, was_gone).values(gone_at=None, gone_reason="", **NO_STREAK)
    ).rowcount


def move_address(connection: Connection, contact_id: int, channel: str, address: str, vault: Vault) -> None:
    """Give a contact the address that the provider says it has now."""
    values = {"address_sealed": vault.seal(address), "address_hash": vault.fingerprint(channel, address)}
    connection.execute(update(contact).where(contact.c.id == contact_id).values(values))


def group_names(connection: Connection) -> list[str]:
    """Every group that somebody is in."""
    return list(connection.execute(select(person_group.c.name).distinct().order_by(person_group.c.name)).scalars())
