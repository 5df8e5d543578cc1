"""A launch to a million people: from the register to queued messages, beside a bare INSERT … SELECT of as many rows."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from bench.databases import opened, server_url
from bench.figures import Figure
from bench.invited import launch_by_mail
from store.database import Database
from store.schema import message

PEOPLE = 1_000_000
MOST_MB = 300


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="genklang-bench-", dir=Path.cwd() / "var") as folder:
        yield from _launched(f"sqlite:///{Path(folder) / 'bench.db'}", "sqlite")
    with server_url() as url:
        yield from _launched(url, "pg")


def _launched(url: str, name: str) -> Iterator[Figure]:
    with opened(url) as database:
        _settle_people(database)
        bare = _bare(database)
        before = _peak_mb()
        took = _launch(database)
        yield Figure(
            "launch_million" if name == "sqlite" else f"launch_million_{name}",
            took, "s for a million", "s, a bare INSERT … SELECT", bare, least=1 / 3,
        )  # fmt: skip
        yield Figure(f"launch_million_memory_{name}", _peak_mb(), "MB at the peak", "MB before", before, most=MOST_MB)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _settle_people(database: Database) -> None:
    """A register of a million people with an address each, made by the database itself."""
    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
        if database.is_sqlite
        else "WITH n(i) AS (SELECT generate_series(1, {count})) "
    ).format(count=PEOPLE)
    sealed = "randomblob(48)" if database.is_sqlite else "decode(repeat(md5(i::text), 3), 'hex')"
    hashed = "randomblob(16)" if database.is_sqlite else "decode(md5(i::text), 'hex')"
    now = "'2026-01-01 00:00:00'"
    with database.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO person (id, ref, language, sex, source, lawful_basis, created_at) {numbers}"
            f"SELECT i, 'r' || i, 'en', '', 'register', 'public_task', {now} FROM n"
        )
        connection.exec_driver_sql(
            f"INSERT INTO contact (person_id, channel, address_sealed, address_hash, rank, gone_reason) {numbers}"
            f"SELECT i, 'email', {sealed}, {hashed}, 0, '' FROM n"
        )
    if not database.is_sqlite:
        with database.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


def _bare(database: Database) -> float:
    """A row with as many columns for everybody who has an address, in a table with nothing but its key."""
    columns = ", ".join(f"c{n} TEXT" for n in range(12))
    integer = "INTEGER PRIMARY KEY" if database.is_sqlite else "BIGSERIAL PRIMARY KEY"
    with database.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE bare (id {integer}, person_id BIGINT, contact_id BIGINT, due_at TEXT, {columns})"
        )
    begun = time.perf_counter()
    with database.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO bare (person_id, contact_id, due_at, {', '.join(f'c{n}' for n in range(12))}) "
            "SELECT person.id, contact.id, '2026-01-01 00:00:00', "
            + ", ".join("'queued'" for _ in range(12))
            + " FROM person JOIN contact ON contact.person_id = person.id ORDER BY person.id"
        )
    took = time.perf_counter() - begun
    with database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE bare")
    return took


def _launch(database: Database) -> float:
    now = datetime.now(UTC)
    begun = time.perf_counter()
    with database.begin() as connection:
        launch_by_mail(connection, now)
    took = time.perf_counter() - begun
    with database.connect() as connection:
        assert _queued(connection) == PEOPLE
    return took


def _queued(connection: Connection) -> int:
    return connection.execute(select(func.count()).where(message.c.status == "queued")).scalar_one()
