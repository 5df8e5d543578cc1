"""The village behind its pages, as a browser reaches it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2 as httpx
import pytest
from lxml import html as markup
from starlette.applications import Starlette

from console.app import build_console, build_error_pages
from store.database import Database
from tests.console import village


@dataclass
class Browser:
    """Asks for pages at a moment of the village's time."""

    client: httpx.AsyncClient
    clock: list[datetime]

    def at(self, days: float) -> Browser:
        self.clock[0] = village.OPENS + days * village.DAY
        return self

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def page(self, path: str, **headers: str) -> Any:
        response = await self.get(path, **headers)
        assert response.status_code == 200, response.text
        return markup.fromstring(response.text)


@pytest.fixture
def clock() -> list[datetime]:
    return [village.OPENS + 2 * village.DAY]


@pytest.fixture
async def browse(sqlite_database: Database, clock: list[datetime]) -> AsyncIterator[Callable[..., Browser]]:
    """A browser on the pages, with `guard` before the console."""
    clients = []

    def open_browser(**settings: Any) -> Browser:
        routes = build_console(sqlite_database, now=lambda: clock[0], **settings)
        app = Starlette(routes=routes, exception_handlers=dict(build_error_pages()))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://testserver"))
        return Browser(clients[-1], clock)

    yield open_browser
    for client in clients:
        await client.aclose()


@pytest.fixture
def browser(browse: Callable[..., Browser]) -> Browser:
    return browse()


@pytest.fixture
def launched(sqlite_database: Database) -> Database:
    """The campaign is open and residents have answered."""
    with sqlite_database.begin() as connection:
        made = village.definition()
        village.settle_in(connection)
        village.save(connection, made)
        village.start(connection, made)
        village.answer(connection, made)
    return sqlite_database


@pytest.fixture
def decided(launched: Database) -> Database:
    """The committee has decided."""
    with launched.begin() as connection:
        village.decide(connection, village.definition())
    return launched
