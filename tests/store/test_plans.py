"""A lease finds what it needs by keys, however large the register and the queue are, and however little the database knows of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, text, update

from store.database import Database
from store.outbox import Leased, expire
from store.schema import message
from tests.store.town import DAY, MORNING, release, resident, settle_in, start, take

LARGE = ("contact", "person", "participation", "message")
PEOPLE = 10_000
LEASED = 20
MOST_ROWS_EACH = 10


@pytest.fixture
def postgres_database(postgres_url: str):
    opened = Database(postgres_url)
    yield opened
    opened.close()


def a_register(connection: Connection) -> None:
    """People with a telephone each, of whom nobody has told the database."""
    for table in LARGE:
        connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = false)"))
    connection.execute(
        text(
            "INSERT INTO person (id, ref, language, sex, source, lawful_basis, created_at) "
            "SELECT n, 'r' || n, 'sv', '', 'register', 'public_task', '2026-01-01' FROM generate_series(1, :people) AS n"
        ),
        {"people": PEOPLE},
    )
    connection.execute(
        text(
            "INSERT INTO contact (person_id, channel, address_sealed, address_hash, rank, gone_reason) "
            "SELECT id, 'sms', decode(md5(ref), 'hex'), decode(md5(ref), 'hex'), 0, '' FROM person"
        )
    )


def rows_read(connection: Connection) -> dict[str, int]:
    """How many rows of each large table this transaction has read so far."""
    query = text("SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables")
    return {name: count for name, count in connection.execute(query) if name in LARGE}


@pytest.mark.parametrize("gap", [timedelta(0), DAY], ids=["alone", "beside another campaign"])
@pytest.mark.parametrize("is_analyzed", [False, True], ids=["unknown", "analyzed"])
def test_a_lease_on_postgresql_reads_a_few_rows_for_each_message(
    postgres_database: Database, is_analyzed: bool, gap: timedelta
):
    with postgres_database.begin() as connection:
        a_register(connection)
        for name in ("square", "park"):
            start(connection, name)
        connection.execute(
            text(
                "UPDATE participation SET status = 'started', last_said_at = '2026-01-01' WHERE campaign_id = 'square'"
            )
        )
        release(connection, "invitation")
        if is_analyzed:
            connection.execute(text("ANALYZE"))
    with postgres_database.begin() as connection:
        before = rows_read(connection)
        leased = take(connection, limit=LEASED, hold=DAY, gap=gap)
        read = {name: count - before[name] for name, count in rows_read(connection).items()}
    assert len(leased) == LEASED
    assert max(read.values()) <= MOST_ROWS_EACH * LEASED, read


@pytest.mark.parametrize("gap", [timedelta(0), DAY], ids=["alone", "beside another campaign"])
@pytest.mark.parametrize("is_analyzed", [False, True], ids=["unknown", "analyzed"])
def test_a_lease_on_sqlite_goes_through_no_table(sqlite_database: Database, is_analyzed: bool, gap: timedelta):
    with sqlite_database.begin() as connection:
        settle_in(connection, *(resident(n) for n in range(300)))
        for name in ("square", "park"):
            start(connection, name)
        release(connection, "invitation")
        if is_analyzed:
            connection.execute(text("ANALYZE"))
        leased: list[Leased] = []
        steps = plan_of(connection, lambda: leased.extend(take(connection, limit=LEASED, hold=DAY, gap=gap)))
    assert len(leased) == LEASED
    assert any("ix_contact_hash" in step for step in steps)
    scans = [step for step in steps if step.startswith("SCAN")]
    named = ("neighbours", "sharer", "other", "neighbour", "rival", *LARGE)
    assert not [step for step in scans if step.split()[1] in named], scans


def test_what_expires_is_found_among_all_that_waits_on_postgresql(postgres_database: Database):
    with postgres_database.begin() as connection:
        a_register(connection)
        start(connection, "park")
        release(connection, "invitation", expires_at=MORNING + DAY)
        few = select(message.c.id).order_by(message.c.id).limit(LEASED)
        connection.execute(update(message).where(message.c.id.in_(few)).values(expires_at=MORNING))
    with postgres_database.begin() as connection:
        before = rows_read(connection)
        assert expire(connection, MORNING, most=PEOPLE) == LEASED
        read = {name: count - before[name] for name, count in rows_read(connection).items()}
    assert max(read.values()) <= MOST_ROWS_EACH * LEASED, read


def test_what_expires_is_found_by_its_time_on_sqlite(sqlite_database: Database):
    with sqlite_database.begin() as connection:
        settle_in(connection, *(resident(n) for n in range(300)))
        start(connection, "park")
        release(connection, "invitation", expires_at=MORNING + DAY)
        connection.execute(text("ANALYZE"))
        steps = plan_of(connection, lambda: expire(connection, MORNING + DAY, most=LEASED))
    assert any("ix_message_expiry" in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN message")], steps


def plan_of(connection: Connection, work: Callable[[], object]) -> list[str]:
    """The steps that SQLite takes for each statement of a work."""
    asked: list[str] = []
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.set_trace_callback(asked.append)
    work()
    driver.set_trace_callback(None)
    told = [statement for statement in asked if statement.startswith(("SELECT", "UPDATE", "INSERT"))]
    return [row.detail for one in told for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")]
