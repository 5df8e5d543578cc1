"""The web channel: the routes of the personal page and of unsubscribing. What becomes of a visit lives in `visits`; what a page shows is decided in `views`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from math import inf

from starlette.routing import BaseRoute, Route

from channels.api import Desk, Heard, Outbound, Receipt
from channels.doors import Surroundings
from channels.errors import SendError
from channels.web.limits import limits
from channels.web.pages import Pages
from channels.web.settings import WebSettings
from channels.web.visits import CHANNEL, LANE, Visits


class Web:
    """Personal pages. Nothing is sent: what is said to a resident stands on their page."""

    name = CHANNEL
    lane = LANE

    def __init__(self, settings: WebSettings, surroundings: Surroundings) -> None:
        self.limits = limits(settings)
        self._pages = Pages(surroundings.translation, settings.accessibility_url)

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The personal page, and unsubscribing (RFC 8058: only a POST does)."""
        visits = Visits(self._pages, desk)
        return [
            Route("/d/{token}", visits.open, methods=["GET"]),
            Route("/d/{token}", visits.answer, methods=["POST"]),
            Route("/u/{token}", visits.ask_unsubscribe, methods=["GET"]),
            Route("/u/{token}", visits.unsubscribe, methods=["POST"]),
        ]

    def running(self, desk: Desk | None) -> AbstractAsyncContextManager[None]:
        """Nothing runs beside the routes."""
        return nullcontext()

    async def send(
        self, batch: Sequence[Outbound], until: float = inf, heard: Heard | None = None
    ) -> Sequence[Receipt | SendError]:
        """Each is delivered: the page shows what stands whenever it is opened."""
        return [Receipt(outbound.message_id) for outbound in batch]
