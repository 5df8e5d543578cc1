"""A resident at their personal page: it is opened, its form is sent, and somebody unsubscribes. How pages look is decided in `pages`."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from channels.api import Desk, Inbound
from channels.calls import BodyTooLarge, bounded_body
from channels.web.answers import Amiss, Fields, Missing, Moved, read
from channels.web.pages import HEADERS, Pages
from channels.web.views import View, view

CHANNEL = LANE = "web"
MOST_BODY_BYTES = 1 << 16
MOST_NONCE_CHARS = 64
MOST_REMEMBERED = 10_000


class Visits:
    """What each request to a page comes to. The last forms are remembered, so that one sent twice is taken once."""

    def __init__(self, pages: Pages, desk: Desk) -> None:
        self._pages = pages
        self._desk = desk
        self._answered: OrderedDict[str, None] = OrderedDict()

    async def open(self, request: Request) -> Response:
        """The conversation as it stands."""
        page = await self._desk.page(request.path_params["token"])
        if page is None:
            return self._pages.unknown(_wish(request))
        return self._shown(view(page, pick=request.query_params.get("pick", "")))

    async def answer(self, request: Request) -> Response:
        """Take in a filled-in form, or say what it lacks."""
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
        page = await self._desk.page(token)
        if page is None:
            return self._pages.unknown(_wish(request))
        shown = view(page)
        said = read(fields, shown.asked)
        if isinstance(said, Missing):
            return self._shown(shown, fields=fields, amiss=said.fields)
        if isinstance(said, Moved):
            return self._shown(shown, moved=said)
        await self._desk.receive(Inbound(CHANNEL, LANE, external_id, address=token, said=said, token=token))
        self._remember(external_id)
        return await self._after(token, fields, page.language)

    async def _after(self, token: str, fields: Fields, language: str) -> Response:
        """Where the conversation now stands, or what it says about an answer that it did not take, beside the field.

        Whoever has asked to be erased has no page any more; `language` is the one it was in.
        """
        page = await self._desk.page(token)
        if page is None:
            return self._pages.erased(language)
        shown = view(page)
        if shown.asked is None or not shown.asked.problem or "answer" not in fields:
            return _back(token)
        return self._shown(shown, fields=fields)

    async def ask_unsubscribe(self, request: Request) -> Response:
        """Whether they mean it: opening a link must not change anything."""
        page = await self._desk.page(request.path_params["token"])
        return self._pages.unknown(_wish(request)) if page is None else self._pages.unsubscribe(page)

    async def unsubscribe(self, request: Request) -> Response:
        """Opt them out of everything."""
        token = request.path_params["token"]
        page = await self._desk.page(token)
        if not await self._desk.unsubscribe(token):
            return self._pages.unknown(_wish(request))
        return self._pages.unsubscribed(page.language if page else _wish(request))

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
