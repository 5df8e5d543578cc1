"""The web channel: the routes of the personal page and of unsubscribing. What a page shows is decided in `views`."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from channels.api import Desk, Inbound, Outbound, Receipt, SendError, Surroundings
from channels.calls import BodyTooLarge, bounded_body
from channels.web.answers import Amiss, Fields, Missing, Moved, read
from channels.web.limits import limits
from channels.web.pages import HEADERS, Pages
from channels.web.settings import WebSettings
from channels.web.views import View, view

CHANNEL = LANE = "web"
MOST_BODY_BYTES = 1 << 16
MOST_NONCE_CHARS = 64
MOST_REMEMBERED = 10_000


class Web:
    """Personal pages. Nothing is sent: what is said to a resident stands on their page."""

    name = CHANNEL
    lane = LANE

    def __init__(self, settings: WebSettings, surroundings: Surroundings) -> None:
        self.limits = limits(settings)
        self._answered: OrderedDict[str, None] = OrderedDict()
        self._pages = Pages(surroundings.translation, settings.accessibility_url)

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The personal page, and unsubscribing (RFC 8058: only a POST does)."""

        async def show(request: Request) -> Response:
            page = await desk.page(request.path_params["token"])
            if page is None:
                return self._pages.unknown(_wish(request))
            return self._shown(view(page, pick=request.query_params.get("pick", "")))

        async def answer(request: Request) -> Response:
            token = request.path_params["token"]
            try:
                fields = await _fields(request)
            except BodyTooLarge:
                return Response(status_code=413, headers=HEADERS)
            except (ValueError, ClientDisconnect):
                return Response(status_code=400, headers=HEADERS)
            external_id = _external_id(token, fields)
            if external_id in self._answered:  # sent twice: the first has been taken, and shows what came of it
                return _back(token)
            page = await desk.page(token)
            if page is None:
                return self._pages.unknown(_wish(request))
            shown = view(page)
            said = read(fields, shown.asked)
            if isinstance(said, Missing):
                return self._shown(shown, fields=fields, amiss=said.fields)
            if isinstance(said, Moved):
                return self._shown(shown, moved=said)
            await desk.receive(Inbound(CHANNEL, LANE, external_id, address=token, said=said, token=token))
            self._remember(external_id)
            return await after(token, fields, page.language)

        async def after(token: str, fields: Fields, language: str) -> Response:
            """Where the conversation now stands, or what it says about an answer that it did not take, beside the field.

            Whoever has asked to be erased has no page any more; `language` is the one it was in.
            """
            page = await desk.page(token)
            if page is None:
                return self._pages.erased(language)
            shown = view(page)
            if shown.asked is None or not shown.asked.problem or "answer" not in fields:
                return _back(token)
            return self._shown(shown, fields=fields)

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

    def _shown(
        self, shown: View, *, fields: Fields | None = None, amiss: tuple[Amiss, ...] = (), moved: Moved | None = None
    ) -> Response:
        return self._pages.conversation(
            shown, nonce=secrets.token_urlsafe(18), fields=fields or Fields(), amiss=amiss, moved=moved
        )

    def _remember(self, external_id: str) -> None:
        """Only spares whoever presses twice a puzzle: what may not be taken twice is kept by the desk."""
        self._answered[external_id] = None
        if len(self._answered) > MOST_REMEMBERED:
            self._answered.popitem(last=False)

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


def _external_id(token: str, fields: Fields) -> str:
    """The same for every copy of one filled-in page; without the token itself, which is a secret.

    What is changed on a page that the browser has kept, and sent again, is another answer.
    """
    filled = "\x00".join(f"{name}={value}" for name, value in sorted(fields.multi_items()))
    return hashlib.sha256(f"{token}:{filled}".encode()).hexdigest()[:40]


def _back(token: str) -> Response:
    return RedirectResponse(f"/d/{token}#now", status_code=303, headers=HEADERS)


def _wish(request: Request) -> str:
    """The language that a browser asks for first."""
    return request.headers.get("accept-language", "en").partition(",")[0].partition(";")[0].strip() or "en"
