"""What the revisions build is what the tables declare."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from store import migrations
from store.database import Database
from store.inbounds import see
from store.migrations import migrate
from store.schema import inbound_seen, metadata
from tests.store.town import MORNING, invite, messages, release, resident

ALL = [f"{number:04}" for number in range(1, 10)]


def test_the_migrated_tables_are_the_declared_ones(database: Database):
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_partial_indexes_are_partial(database: Database):
    with database.connect() as connection:
        found = {index["name"]: index for index in inspect(connection).get_indexes("message")}
    dialect = "sqlite" if database.is_sqlite else "postgresql"
    conditions = {
        name: str(found[name]["dialect_options"][f"{dialect}_where"])
        for name in ("ix_message_lease", "ix_message_sending", "ix_message_provider")
    }
    assert "queued" in conditions["ix_message_lease"]
    assert "sending" in conditions["ix_message_sending"]
    assert "NOT NULL" in conditions["ix_message_provider"]


def test_migrating_twice_changes_nothing(database: Database):
    assert (database.pending_migrations(), database.migrate()) == ([], [])


@pytest.fixture
def empty(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    yield database
    database.close()


def test_an_empty_database_says_what_it_lacks(empty: Database):
    assert empty.pending_migrations() == ALL


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database):
    def half_way() -> None:
        with empty.begin() as connection:
            migrate(connection)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="power"):
        half_way()
    assert empty.pending_migrations() == ALL


def test_an_older_database_keeps_its_people_and_messages_both_ways(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        release(connection, "reminder")
        see(connection, "sms", "SM1", MORNING, 1)
        command.downgrade(migrations._config(connection), "0002")
        counted = connection.execute(text("SELECT contact_count, contacted_at > invited_at FROM participation")).all()
    assert [tuple(map(int, row)) for row in counted] == [(2, 1)] * 2
    assert database.migrate() == ALL[2:]
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert len(messages(connection)) == 4
        assert connection.execute(select(inbound_seen)).all() == [("sms", "SM1", 1, MORNING)]
