"""How PostgreSQL is opened: what both ends bear with, and for how long; directly and through a pooler. SQLite, and what they have in common, is in `engines`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from store.silence import Bounded

# A PostgreSQL that is cut off without a word is noticed within a minute rather than in a quarter of an hour (libpq, "Parameter
# Key Words"; milliseconds for tcp_user_timeout, else seconds). What the address itself says goes before.
ALIVE: Final[dict[str, int]] = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# The server's side of the same: a client that was frozen or cut off in the middle of a transaction holds its locks, and with them
# a whole lane, until the server gives it up (PostgreSQL, "Client Connection Defaults", "TCP Settings").
IDLE_SECONDS: Final = 15
_PATIENCE: Final = "idle_in_transaction_session_timeout"
_SERVER_ALIVE: Final = {
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_LONGER: Final = 4 / 3  # a server that answers at all has given the statement up by then
_SETTING: Final = (
    "SELECT set_config(name, value, %s), pg_backend_pid() FROM json_each_text(%s::json) AS w (name, value)"
)


def open_postgres(url: str, options: dict[str, Any], statement_seconds: float) -> Engine:
    """An engine whose connections bear with a statement for `statement_seconds` at the server, and with its silence a third longer."""
    made = make_url(url)
    engine = create_engine(
        made, connect_args={name: value for name, value in ALIVE.items() if name not in made.query}, **options
    )
    bounds = {_PATIENCE: f"{IDLE_SECONDS}s", "statement_timeout": f"{round(statement_seconds * 1000)}ms"}

    @event.listens_for(engine, "do_connect")
    def open_bounded(_dialect: Any, _record: Any, arguments: Any, parameters: Any) -> Bounded:
        from store.silence import Bounded

        connection: Bounded = Bounded.connect(*arguments, **parameters)
        connection.patience_seconds = _LONGER * statement_seconds
        connection.on_silence = engine.dispose  # its siblings go the same way, and who writes may stand elsewhere now
        return connection

    @event.listens_for(engine, "connect")
    def bound(connection: Bounded, _record: Any) -> None:
        _settle(connection, bounds)

    @event.listens_for(engine, "begin")
    def bound_this_one(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if driver.is_pooled:
            driver.execute(_SETTING, (True, _dumps(bounds)))

    return engine


def _settle(connection: Bounded, bounds: dict[str, str]) -> None:
    """Have the server bear with this connection no longer than it should; find out whether it is the server that answers.

    A pooler gives each transaction another server: what would be set for good would be set for others, and what is prepared on
    one is unknown to the next. It is known by its key for cancelling, which is not the server's.
    """
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    connection.is_pooled = row is not None and row[0] != connection.info.backend_pid
    if connection.is_pooled:
        connection.prepare_threshold = None
    else:
        connection.execute(_SETTING, (False, _dumps(bounds | _SERVER_ALIVE)))
    connection.commit()


@contextmanager
def taking_time(connection: Connection) -> Iterator[None]:
    """Wait inside for as long as it takes, before COMMIT too: a command at work on a whole campaign. SQLite waits anyway."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "postgresql":
        yield
        return
    patience, driver.patience_seconds = driver.patience_seconds, None
    try:
        yield
    finally:
        driver.patience_seconds = patience


def take_time(connection: Connection) -> None:
    """Have the server bear with this transaction for as long as it takes, at its statements and between them."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_SETTING, (True, _dumps({_PATIENCE: "0", "statement_timeout": "0"})))


def psycopg_arguments(url: str) -> dict[str, Any]:
    """What to give `psycopg.connect` for a connection of one's own to the same PostgreSQL: an address as text is read otherwise by libpq."""
    address = make_url(url)
    _, arguments = address.get_dialect()().create_connect_args(address)
    return {**ALIVE, **arguments}


def is_pooled(connection: Connection) -> bool:
    """Whether a pooler stands between us and PostgreSQL."""
    return bool(getattr(connection.connection.dbapi_connection, "is_pooled", False))


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()
