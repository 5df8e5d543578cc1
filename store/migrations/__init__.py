"""How the tables came to be: Alembic revisions, run from here without any configuration file. What they hold stands in `store.tables`.

To add one, write `versions/NNNN_what_changes.py` by hand; `tests/store/test_migrations.py` compares its outcome with the declared tables.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from store.errors import DatabaseNewer

_LOCK = 0x67656E6B  # one migration at a time on PostgreSQL; SQLite's write lock does the same there


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def pending(connection: Connection) -> list[str]:
    """The revisions that this database lacks, oldest first. Raises `DatabaseNewer` when it has one that is not known here."""
    script = ScriptDirectory.from_config(_config(connection))
    applied = MigrationContext.configure(connection).get_current_heads()
    unknown = set(applied) - {revision.revision for revision in script.walk_revisions()}
    if unknown:
        raise DatabaseNewer(
            f"The database has been brought up to date by a newer version (revision {', '.join(sorted(unknown))}) - "
            "run that version, or restore a backup from before"
        )
    missing = [revision.revision for revision in script.iterate_revisions("heads", applied or "base")]
    return missing[::-1]


def migrate(connection: Connection) -> list[str]:
    """Apply what is pending inside the caller's transaction; gives the revisions that were applied."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    revisions = pending(connection)
    if revisions:
        command.upgrade(_config(connection), "heads")
    return revisions
