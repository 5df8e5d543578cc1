"""A service on each database for this room's tests; what it can do beside stands in `hall`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.settings import Settings, load_settings
from tests.service.hall import OPENS, Hall, SharedClock, environment


@pytest.fixture
def hall(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """A service that is wired but does not run: the test calls its desk, its ticker and its outbox."""
    yield from _open(database_url, tmp_path, monkeypatch)


@pytest.fixture
def small_hall(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """The same on SQLite, where the kind of database does not matter."""
    yield from _open(sqlite_url, tmp_path, monkeypatch)


def _open(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    SharedClock(folder / "clock", start=OPENS)
    for name, value in environment(url, folder / "clock").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    opened = Hall.open(folder, load_settings(Settings))
    yield opened
    opened.service.database.close()
