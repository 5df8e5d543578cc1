"""Who did what to which thing, in a chain in which nothing can be changed, taken out or put in unseen. What is worth an entry is decided elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, insert, select, text

from store.schema import audit_entry

_LOCK: Final = 0x61756474  # one writer of the chain at a time on PostgreSQL; SQLite has one anyway
_BEGINNING: Final = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the chain."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading the whole chain found: how many entries hold, the last hash, and the id of the first that does not.

    Entries cut off at the end leave a chain that holds: compare `head` with one noted earlier, outside the database.
    """

    count: int
    head: str
    broken_id: int | None = None

    @property
    def is_whole(self) -> bool:
        """True when every entry follows from the one before it."""
        return self.broken_id is None


def append(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
    now: datetime,
) -> str:
    """Add an entry; gives its hash. `details` hold no addresses and no answers, since an entry is never deleted."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    newest = select(audit_entry.c.hash).order_by(audit_entry.c.id.desc()).limit(1)
    previous = connection.execute(newest).scalar() or _BEGINNING
    values = {"at": now, "actor": actor, "action": action, "subject": subject, "details": dict(details or {})}
    hash_ = _hash(previous, values)
    connection.execute(insert(audit_entry).values(**values, previous=previous, hash=hash_))
    return hash_


def _hash(previous: str, values: Mapping[str, Any]) -> str:
    """SHA-256 over one spelling of the entry: sorted keys, UTC, the hash before it."""
    at = values["at"].astimezone(UTC).isoformat(timespec="microseconds")
    spelled = orjson.dumps({**values, "at": at, "previous": previous}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(spelled).hexdigest()


def entries(connection: Connection, *, subject: str | None = None) -> Generator[Entry, None, None]:
    """The chain from its beginning, or the entries on one subject, read as they are asked for."""
    query = select(audit_entry).order_by(audit_entry.c.id)
    if subject is not None:
        query = query.where(audit_entry.c.subject == subject)
    with connection.execute(query, execution_options={"yield_per": 1000}) as rows:
        for row in rows.mappings():
            yield Entry(**row)


def verify(connection: Connection) -> Verdict:
    """Read the whole chain, with flat memory."""
    count, previous = 0, _BEGINNING
    with closing(entries(connection)) as chain:
        for entry in chain:
            values = {name: getattr(entry, name) for name in ("at", "actor", "action", "subject", "details")}
            if entry.previous != previous or entry.hash != _hash(previous, values):
                return Verdict(count, previous, entry.id)
            count, previous = count + 1, entry.hash
    return Verdict(count, previous)
