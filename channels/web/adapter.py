"""The web channel: the routes of the personal page and of unsubscribing. What a page shows is decided in `views`."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from channels.api import Desk, Inbound, Outbound, Receipt, SendError, Surroundings
from channels.connections import BodyTooLarge, bounded_body
from channels.web.answers import Fields, Missing, Moved, read
from channels.web.limits import limits
from channels.web.pages import HEADERS, Pages
from channels.web.settings import WebSettings
from channels.web.views import view

CHANNEL = LANE = "web"
MOST_BODY_BYTES = 1 << 16
MOST_NONCE_CHARS = 64


class Web:
    """Personal pages. Nothing is sent: what is said to a resident stands on their page."""

    name = CHANNEL
    lane = LANE

    def __init__(self, settings: WebSettings, surroundings: Surroundings) -> None:
        self.limits = limits(settings)
        self._pages = Pages(surroundings.translation, settings.accessibility_url)

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The personal page, and unsubscribing (RFC 8058: only a POST does)."""

        async def show(request: Request) -> Response:
            page = await desk.page(request.path_params["token"])
            if page is None:
                return self._pages.unknown(_wish(request))
            return self._pages.conversation(
                view(page),
                nonce=secrets.token_urlsafe(18),
                missing=request.query_params.get("missing"),
                notes=_notes(request),
            )

        async def answer(request: Request) -> Response:
            token = request.path_params["token"]
            try:
                fields = await _fields(request)
            except (BodyTooLarge, ValueError, ClientDisconnect):
                return Response(status_code=400, headers=HEADERS)
            page = await desk.page(token)
            if page is None:
                return self._pages.unknown(_wish(request))
            said = read(fields, view(page).asked)
            if isinstance(said, Missing):
                return _back(token, f"?missing={said.field}")
            if isinstance(said, Moved):
                return _back(token, "?moved=1")
            await desk.receive(
                Inbound(
                    channel=CHANNEL,
                    lane=LANE,
                    external_id=_external_id(token, fields.get("nonce", "")),
                    address=token,
                    said=said,
                    token=token,
                )
            )
            return _back(token, "")

        async def ask_unsubscribe(request: Request) -> Response:
            page = await desk.page(request.path_params["token"])
            return self._pages.unknown(_wish(request)) if page is None else self._pages.unsubscribe(page)

        async def unsubscribe(request: Request) -> Response:
            token = request.path_params["token"]
            page = await desk.page(token)
            if not await desk.unsubscribe(token):
                return self._pages.unknown(_wish(request))
            return self._pages.unsubscribed(page.language if page else _wish(request))

        return [
            Route("/d/{token}", show, methods=["GET"]),
            Route("/d/{token}", answer, methods=["POST"]),
            Route("/u/{token}", ask_unsubscribe, methods=["GET"]),
            Route("/u/{token}", unsubscribe, methods=["POST"]),
        ]

    def running(self, desk: Desk | None) -> AbstractAsyncContextManager[None]:
        """Nothing runs beside the routes."""
        return _nothing()

    async def send(self, batch: Sequence[Outbound]) -> Sequence[Receipt | SendError]:
        """Each is delivered: the page shows what stands whenever it is opened."""
        return [Receipt(outbound.message_id) for outbound in batch]


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


async def _fields(request: Request) -> Fields:
    body = await bounded_body(request, MOST_BODY_BYTES)
    fields = Fields(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000))
    if not 0 < len(fields.get("nonce", "")) <= MOST_NONCE_CHARS:
        raise ValueError("a form of ours carries a nonce")
    return fields


def _external_id(token: str, nonce: str) -> str:
    """The same for every copy of one shown page; without the token itself, which is a secret."""
    return hashlib.sha256(f"{token}:{nonce}".encode()).hexdigest()[:40]


def _back(token: str, query: str) -> Response:
    return RedirectResponse(f"/d/{token}{query}#now", status_code=303, headers=HEADERS)


def _notes(request: Request) -> frozenset[str]:
    return frozenset({"moved"} & request.query_params.keys())


def _wish(request: Request) -> str:
    """The language that a browser asks for first."""
    return request.headers.get("accept-language", "en").partition(",")[0].partition(";")[0].strip() or "en"
