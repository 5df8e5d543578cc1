"""A service on each database for this room's tests; what it can do beside stands in `hall`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.twilio import TwilioStandIn
from service.settings import Settings, load_settings
from tests.channels.serving import address_of, free_listener, serving
from tests.service.hall import OPENS, Hall, SharedClock, Street, environment


@pytest.fixture
def hall(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """A service that is wired but does not run: the test calls its desk, its ticker and its outbox."""
    yield from _open(database_url, tmp_path, monkeypatch)


@pytest.fixture
def small_hall(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """The same on SQLite, where the kind of database does not matter."""
    yield from _open(sqlite_url, tmp_path, monkeypatch)


@pytest.fixture
async def street(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    """A service that can reach its SMS provider; its outbox runs when the test lets it."""
    clock = SharedClock(tmp_path / "clock", start=OPENS)
    provider, listener = TwilioStandIn(now=lambda: clock.now().timestamp()), free_listener()
    settings = environment(database_url, tmp_path / "clock", GENKLANG_SMS_API_BASE=address_of(listener))
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    opened = Street.open(tmp_path, load_settings(Settings))
    opened.provider = provider
    async with serving(provider.routes(), listener), provider.running():
        yield opened
        await opened.service.channels["sms"]._http.close()
        await provider.settle()
    opened.service.database.close()


def _open(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    SharedClock(folder / "clock", start=OPENS)
    for name, value in environment(url, folder / "clock").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    opened = Hall.open(folder, load_settings(Settings))
    yield opened
    opened.service.database.close()
