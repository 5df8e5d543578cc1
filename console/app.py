"""The entry of the pages: every route for the service to mount, and the pages for errors. What stands on them lives in `coordinators` and `residents`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

import locales
from console.coordinators import Coordinators
from console.pages import Pages, public_menu
from console.residents import Residents
from console.words import Languages, Translation
from store.database import Database
from store.engines import is_unavailable

Guard = Callable[[Request], Awaitable[Response | None]]
"""Asked before every page under /console: None lets the reader in, a response (sign-in, 403) is given instead."""

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUSE_LANGUAGES = ("sv", "en")


def build_console(
    database: Database,
    *,
    now: Callable[[], datetime],
    translation: Callable[[str], Translation] = locales.translation,
    zone: tzinfo = STOCKHOLM,
    house_languages: Sequence[str] = HOUSE_LANGUAGES,
    guard: Guard | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> list[BaseRoute]:
    """The routes of all pages. `is_stopping` ends live numbers, so that a service that stops need not wait for browsers."""
    pages = _pages(translation, zone, house_languages)
    residents = Residents(pages, database, now)
    coordinators = Coordinators(pages, database, now, is_stopping)

    def guarded(page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            refusal = await guard(request) if guard else None
            return refusal if refusal is not None else await page(request)

        return answer

    return [
        Route("/", _to_dialogues),
        Route("/dialogues", residents.dialogues),
        Route("/dialogue/{id}", residents.dialogue),
        Route("/accessibility", _accessibility(pages)),
        Route("/static/{digest}/{name}", pages.static.serve),
        Route("/console", guarded(coordinators.campaigns)),
        Route("/console/campaigns/{id}", guarded(coordinators.campaign)),
        Route("/console/campaigns/{id}/live", guarded(coordinators.live)),
    ]


def build_error_pages(
    *,
    translation: Callable[[str], Translation] = locales.translation,
    zone: tzinfo = STOCKHOLM,
    house_languages: Sequence[str] = HOUSE_LANGUAGES,
) -> Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """Exception handlers for the service: the pages for 403, 404, 405 and 500 in the same look, 503 while the database is away."""
    pages = _pages(translation, zone, house_languages)

    async def show(request: Request, error: Exception) -> Response:
        status, headers = getattr(error, "status_code", 500), getattr(error, "headers", None) or {}
        if is_unavailable(error):
            status, headers = 503, {"retry-after": "5"}
        response = await pages.error(request, status)
        response.headers.update(headers)
        return response

    return {403: show, 404: show, 405: show, 500: show}


def _pages(translation: Callable[[str], Translation], zone: tzinfo, house_languages: Sequence[str]) -> Pages:
    return Pages(Languages(translation, locales.direction, zone), house_languages)


async def _to_dialogues(request: Request) -> Response:
    return RedirectResponse("/dialogues")


def _accessibility(pages: Pages) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        words = pages.words(request)
        return await pages.page(request, "accessibility.html", words, menu=public_menu(words), is_public=True)

    return page
