"""Bad weather before a stand-in: what a provider's gateway answers in its place, or after it. The stand-ins know nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass
class Weather:
    """`before` are answered, one after the other, to requests that the provider never sees; `after` to those that it has carried out.

    `instead` is answered to every request. A request and its answer are on the way for `seconds`, half of them each.
    """

    before: list[Response] = field(default_factory=list)
    after: list[Response] = field(default_factory=list)
    instead: Response | None = None
    seconds: float = 0.0
    requests: int = 0

    def over(self, routes: Sequence[BaseRoute]) -> list[Route]:
        """The provider's address space in this weather."""
        return [
            Route(each.path, self._around(each.endpoint), methods=sorted(each.methods or ()))
            for each in routes
            if isinstance(each, Route)
        ]

    def _around(self, endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            self.requests += 1
            if self.instead is not None:
                return self.instead
            if self.before:
                return self.before.pop(0)
            try:
                await request.body()  # what has been sent arrives, whatever becomes of its sender meanwhile
            except ClientDisconnect:
                return Response(status_code=400)  # nobody hears it
            await asyncio.sleep(self.seconds / 2)
            told = await endpoint(request)
            await asyncio.sleep(self.seconds / 2)
            return self.after.pop(0) if self.after else told

        return answer
