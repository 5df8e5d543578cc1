"""How a database stands, for whoever looks after it: reachable, writable, up to date, on time. What that means is judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from store.database import Database
from store.postgres import is_pooled
from store.schema import audit_entry


@dataclass(frozen=True, slots=True)
class Standing:
    """What a database says of itself. `version` is as the server numbers it (PostgreSQL 17.2: 170002; SQLite 3.45.1: 3045001).

    `is_pooled` says that a pooler such as PgBouncer stands between; `clock` is the server's time, read at `read_at` of ours. `newest_at` is the newest entry of the audit trail.
    """

    is_sqlite: bool
    is_pooled: bool
    version: int
    pending: tuple[str, ...]
    size_bytes: int
    clock: datetime
    read_at: datetime
    newest_at: datetime | None


class _Undone(Exception):
    """Ends a transaction that was only a try."""


def standing(database: Database) -> Standing:
    """How the database stands. Changes nothing. Raises SQLAlchemy's errors when it cannot be reached."""
    with database.look() as connection:
        is_behind = is_pooled(connection)
        facts = _sqlite_facts(connection) if database.is_sqlite else _postgres_facts(connection)
        read_at = datetime.now(UTC)
    pending = tuple(database.pending_migrations())
    newest_at = None
    if not pending:
        with database.look() as connection:
            query = select(audit_entry.c.at).order_by(audit_entry.c.id.desc()).limit(1)
            newest_at = connection.execute(query).scalar()
    version, size, clock = facts
    return Standing(database.is_sqlite, is_behind, version, pending, size, clock or read_at, read_at, newest_at)


def _sqlite_facts(connection: Connection) -> tuple[int, int, datetime | None]:
    major, minor, patch = connection.execute(select(func.sqlite_version())).scalar_one().split(".")[:3]
    pages, size = (connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("page_count", "page_size"))
    return int(major) * 1_000_000 + int(minor) * 1_000 + int(patch), pages * size, None


def _postgres_facts(connection: Connection) -> tuple[int, int, datetime | None]:
    row = connection.execute(
        text(
            "SELECT current_setting('server_version_num')::int, pg_database_size(current_database()), clock_timestamp()"
        )
    ).one()
    return row[0], row[1], row[2].astimezone(UTC)


def refusal_to_write(database: Database) -> str:
    """Why the database cannot be written, as the driver names it; "" when it can. Leaves nothing behind."""
    try:
        with database.begin() as connection:
            connection.execute(text("CREATE TABLE genklang_doctor_was_here (id INTEGER)"))
            raise _Undone
    except _Undone:
        return ""
    except DBAPIError as error:
        original = error.orig
        return str(getattr(original, "sqlite_errorname", None) or type(original).__name__)
