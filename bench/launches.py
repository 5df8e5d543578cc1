"""A launch to a million people: from the register to queued messages, beside a bare INSERT … SELECT of as many rows."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, insert, literal, select

from bench.databases import folder, opened, server_url
from bench.figures import Figure
from bench.invited import launch_by, plan
from store.database import Database
from store.schema import contact, message, person
from store.sets import moment

PEOPLE = 1_000_000
MOST_MB = 300


def figures() -> Iterator[Figure]:
    with server_url() as url:
        yield from _launched(url, "pg")  # first: what SQLite's reference takes is this process's memory too
    with folder() as made:
        yield from _launched(f"sqlite:///{made / 'bench.db'}", "sqlite")


def _launched(url: str, name: str) -> Iterator[Figure]:
    with opened(url) as database:
        _settle_people(database)
        before = _peak_mb()
        took, peak = _launch(database), _peak_mb()  # before the references, whose memory is not ours
        bare, keyless = _bare(database, is_indexed=True), _bare(database, is_indexed=False)
        end = "" if name == "sqlite" else f"_{name}"
        beside = "s, a bare INSERT … SELECT into a table "
        yield Figure(
            f"launch_million{end}", took, "s for a million", beside + "with the same indexes", bare, least=1 / 3
        )
        yield Figure(f"launch_million_unindexed{end}", took, "s for a million", beside + "without indexes", keyless)
        yield Figure(f"launch_million_memory_{name}", peak, "MB at the peak", "MB before", before, most=MOST_MB)


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


def _bare(database: Database, *, is_indexed: bool) -> float:
    """One INSERT … SELECT of a queued message for everybody who has an address, and nothing besides.

    It goes into a table with `message`'s columns, with its indexes or without any but the key.
    """
    bare = _like_message(is_indexed=is_indexed)
    values = _values(datetime.now(UTC))
    filling = insert(bare).from_select(
        list(values),
        select(*values.values()).select_from(person.join(contact, contact.c.person_id == person.c.id)),
    )
    with database.begin() as connection:
        bare.create(connection)
    begun = time.perf_counter()
    with database.begin() as connection:
        connection.execute(filling)
    took = time.perf_counter() - begun
    with database.begin() as connection:
        bare.drop(connection)
    return took


def _like_message(*, is_indexed: bool) -> Table:
    bare = message.to_metadata(MetaData(), name="bare")
    for index in list(bare.indexes):
        index.name = f"bare_{index.name}"
    if not is_indexed:
        bare.indexes.clear()
        bare.constraints = {bare.primary_key}
    return bare


def _values(now: datetime) -> dict[str, Any]:
    """What a queued invitation holds; the person's id stands for the participation's, which the reference does not make."""
    words = {"campaign_id": "torget", "purpose": "invitation", "language": "en", "lane": "email", "status": "queued"}
    numbers = {"wave_id": 1, "priority": 10, "attempts": 0, "fence": 0, "segments": 0}
    return {
        "participation_id": person.c.id,
        "person_id": person.c.id,
        "contact_id": contact.c.id,
        "channel": contact.c.channel,
        **{name: literal(value) for name, value in (words | numbers).items()},
        "reason": literal(""),
        **{name: moment(now) for name in ("due_at", "expires_at", "created_at")},
    }


def _launch(database: Database) -> float:
    now = datetime.now(UTC)
    made = plan(now)
    begun = time.perf_counter()
    with database.begin() as connection:
        launch_by(connection, "email", made, now)
    took = time.perf_counter() - begun
    with database.connect() as connection:
        assert _queued(connection) == PEOPLE
    return took


def _queued(connection: Connection) -> int:
    return connection.execute(select(func.count()).where(message.c.status == "queued")).scalar_one()
