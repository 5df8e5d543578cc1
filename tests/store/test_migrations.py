"""What the revisions build is what the tables declare."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from store.database import Database
from store.migrations import migrate
from store.schema import metadata


def test_the_migrated_tables_are_the_declared_ones(database: Database):
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_partial_indexes_are_partial(database: Database):
    with database.connect() as connection:
        found = {index["name"]: index for index in inspect(connection).get_indexes("message")}
    dialect = "sqlite" if database.is_sqlite else "postgresql"
    conditions = [
        str(found[name]["dialect_options"][f"{dialect}_where"]) for name in ("ix_message_lease", "ix_message_sending")
    ]
    assert ["queued" in conditions[0], "sending" in conditions[1]] == [True, True]


def test_migrating_twice_changes_nothing(database: Database):
    assert (database.pending_migrations(), database.migrate()) == ([], [])


@pytest.fixture
def empty(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    yield database
    database.close()


def test_an_empty_database_says_what_it_lacks(empty: Database):
    assert empty.pending_migrations() == ["0001", "0002", "0003"]


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database):
    def half_way() -> None:
        with empty.begin() as connection:
            migrate(connection)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="power"):
        half_way()
    assert empty.pending_migrations() == ["0001", "0002", "0003"]
