"""How SQLite and PostgreSQL are opened, so that the rest of the store sees one kind of database. Who uses them lives in `database`, what PostgreSQL alone needs in `postgres`."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from store.errors import DatabaseClosed
from store.postgres import open_postgres

# SQLSTATE 40001 serialization_failure, 40P01 deadlock_detected: the same work succeeds when it is tried again.
_PASSING_STATES = frozenset({"40001", "40P01"})
_READ_ONLY, _AWAY = "read only", "no connection"
_SQLITE_TROUBLES = {
    "SQLITE_FULL": "disk full",
    "SQLITE_IOERR": "disk error",
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_CORRUPT": "damaged",
}
_POSTGRES_TROUBLES = {
    "53100": "disk full",
    "53": "out of resources",
    "58": "disk error",
    "25006": _READ_ONLY,
    "0A000": _READ_ONLY,  # what a server in recovery does not know how to do; any other does all that we ask
    "XX00": "damaged",
    "08": _AWAY,
    "57P": _AWAY,
}
_CANCELED = "57014"
_BUSY_MILLISECONDS = 10_000


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


_COMMON: Final[dict[str, Any]] = {
    "hide_parameters": True,  # they hold answers and addresses, and errors are logged
    "execution_options": {
        "preserve_rowcount": True
    },  # else how many rows an INSERT … SELECT brought would be forgotten
    "json_serializer": _dumps,
    "json_deserializer": orjson.loads,
}


def open_writer(url: str, statement_seconds: float) -> Engine:
    """An engine for transactions that write. Its SQLite transactions begin IMMEDIATE, so none fails half-way for want of the lock.

    PostgreSQL gives a statement up after `statement_seconds`.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return _open_sqlite(url, begin="BEGIN IMMEDIATE", pool_size=2)
    return open_postgres(url, {**_COMMON, "pool_size": 4, "max_overflow": 4}, statement_seconds)


def open_reader(url: str, writer: Engine, threads: int) -> Engine:
    """An engine for transactions that only read, each of which sees one moment."""
    if make_url(url).get_backend_name() == "sqlite":
        return _open_sqlite(url, begin="BEGIN", pool_size=threads, is_read_only=True)
    return writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _open_sqlite(url: str, *, begin: str, pool_size: int, is_read_only: bool = False) -> Engine:
    if make_url(url).database in (None, "", ":memory:"):
        raise ValueError(
            "SQLite needs a file, because readers and the writer each open it: write sqlite:///path/to/file.db"
        )
    engine = create_engine(
        url,
        # Python's own handling of transactions would commit and begin at moments of its choosing: it is switched off.
        connect_args={"isolation_level": None, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=4,
        **_COMMON,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -32000")
        if is_read_only:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def is_passing(error: BaseException) -> bool:
    """True for a failure that another attempt alone is expected to survive: a deadlock, a serialization failure, a lost connection."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or is_conflict(error)


def trouble_of(error: BaseException) -> str:
    """Why the database takes nothing in, whatever the work; "" for a failure that is the work's own or passes.

    SQLite's names of errors stand in "Result and Error Codes", PostgreSQL's classes in "PostgreSQL Error Codes".
    """
    if not isinstance(error, DBAPIError):
        return ""
    if (name := getattr(error.orig, "sqlite_errorname", None)) is not None:
        return next((words for beginning, words in _SQLITE_TROUBLES.items() if name.startswith(beginning)), "")
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return _AWAY if isinstance(error, OperationalError) else ""
    return next((words for beginning, words in _POSTGRES_TROUBLES.items() if state.startswith(beginning)), "")


def is_unreached(error: BaseException | None) -> bool:
    """True where no connection could be made: whatever is tried now would wait as long for the same."""
    return isinstance(error, DBAPIError) and not error.connection_invalidated and trouble_of(error) == _AWAY


def is_unavailable(error: BaseException) -> bool:
    """True where the database, not the work, is at fault: the same work is welcome a little later."""
    return isinstance(error, DatabaseClosed) or bool(trouble_of(error)) or is_passing(error) or _is_too_slow(error)


def _is_too_slow(error: BaseException) -> bool:
    """True for a statement that the server gave up after `statement_timeout`, as one that waits for what a command holds."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _CANCELED


def is_conflict(error: BaseException) -> bool:
    """True for a deadlock or a serialization failure: nothing of the transaction was kept."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _PASSING_STATES
