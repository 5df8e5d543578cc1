"""What every command needs: settings, an open database with up-to-date tables, and the time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from store.database import Database


START_SECONDS: Final = 60.0  # for how long a process that is to stay waits for its database
LONGEST_PAUSE_SECONDS: Final = 5.0
log = structlog.get_logger("database")


@contextmanager
def open_database(settings: Settings | None = None, *, patience_seconds: float = 0.0) -> Iterator[Database]:
    """The database of the settings, migrated; closed at the end of the block.

    One that cannot be reached (a server that is starting up) is tried again for `patience_seconds`; then the error is raised.
    """
    from store.database import Database

    settings = settings or load_settings(Settings)
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    try:
        _migrate(database, patience_seconds)
        yield database
    finally:
        database.close()


@contextmanager
def look_into_database(settings: Settings) -> Iterator[Connection | str]:
    """A connection that only reads, or why there is nothing to ask yet. Makes no file and no tables, as `open_database` does.

    Raises what `open_database` raises when the database cannot be reached, or is a newer version's.
    """
    from store.database import Database

    if not _is_there(settings.database_url):
        yield "there is no database yet"
        return
    database = Database(settings.database_url, readers=1)
    try:
        if database.pending_migrations():
            yield "the database's tables are not up to date"
            return
        with database.connect() as connection:
            yield connection
    finally:
        database.close()


def _is_there(url: str) -> bool:
    """False only where a launch would make the file."""
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()


def _migrate(database: Database, patience_seconds: float) -> None:
    from sqlalchemy.exc import OperationalError

    until, pause = time.monotonic() + patience_seconds, 0.25
    while True:
        try:
            database.migrate()
        except OperationalError as error:
            is_unreached = error.statement is None and not database.is_sqlite
            if not is_unreached or time.monotonic() + pause > until:
                raise
            log.warning("waiting for the database", failure=type(error.orig).__name__, pause_seconds=pause)
        else:
            return
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
