"""Whether this process lives and can work, and its figures: three addresses for machines. What is measured lives in `metrics`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from store.lanes import queues, standings

if TYPE_CHECKING:
    from service.metrics import Metrics
    from service.wiring import Service

log = structlog.get_logger("health")
# No group commit takes so long while disk and database answer; a database that falls silent is given up before, and looked for anew.
STUCK_SECONDS: Final = 60.0
STUCK_STATEMENTS: Final = 2
PATIENCE_SECONDS: Final = 5.0
LEAST_AGE_SECONDS: Final = 1.0  # figures from the database are at most this old
SHARE: Final = 20  # … or so many times what asking took, so that scraping never takes more than a twentieth of a thread


def health_routes(service: Service) -> list[Route]:
    """`/healthz` and `/readyz`."""

    async def health(_: Request) -> JSONResponse:
        """Whether this process is alive: that this answers shows the event loop, and the writer is not stuck."""
        ticked_at = service.ticker.ticked_at
        busy = service.database.busy_seconds
        told = {"status": "ok", "ticked_at": ticked_at and ticked_at.isoformat(), "writer_busy_seconds": round(busy, 3)}
        if busy > STUCK_SECONDS + STUCK_STATEMENTS * service.settings.statement_seconds:
            return JSONResponse({**told, "status": "stuck"}, status_code=503)
        return JSONResponse(told)

    async def ready(_: Request) -> JSONResponse:
        """Whether this process can do its work: the database answers, its tables are up to date, and it is not leaving.

        A lane that rests is told of and is no reason: what comes in is taken in, and what goes out waits.
        """
        why = "draining" if service.lookout.is_draining else await _missing(service)
        resting = service.outbox.hands.resting(service.clock.now())
        told = {"status": why or "ready"} | ({"resting": resting} if resting else {})
        return JSONResponse(told, status_code=503 if why else 200)

    return [Route("/healthz", health), Route("/readyz", ready)]


async def _missing(service: Service) -> str:
    """What keeps the process from working; "" when nothing does."""
    if service.database.trouble:
        return service.database.trouble
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return "waiting" if await service.pending_migrations() else ""
    except Exception as error:  # whatever it is, the database does not answer as it should
        log.warning("not ready", failure=type(error).__name__)
        return "no database"


class Scrape:
    """What a scrape is answered with. The database is asked at most once a second, whoever asks here."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        from service.metrics import QueueFigures, TickFigures

        self._service, self._metrics = service, metrics
        self._queues = QueueFigures([channel.lane for channel in service.sending.values()])
        metrics.registry.register(self._queues)
        metrics.registry.register(TickFigures(service.ticker))
        self._fresh_until = 0.0
        self._asking = asyncio.Lock()

    def route(self) -> Route:
        """`/metrics`."""
        return Route("/metrics", self._answer)

    async def _answer(self, request: Request) -> Response:
        from prometheus_client.exposition import choose_encoder

        async with self._asking:
            if time.monotonic() >= self._fresh_until:
                await self._ask()
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self._metrics.registry), media_type=media_type)

    async def _ask(self) -> None:
        began, now = time.monotonic(), self._service.clock.now()
        try:
            read = self._service.database.read
            found, lanes = await read(lambda connection: (queues(connection, now), standings(connection)))
        except Exception as error:  # the other figures are what is needed when the database is away
            log.warning("queues not counted", failure=type(error).__name__)
            self._queues.forget()
        else:
            self._queues.say(found, lanes, now)
        ended = time.monotonic()
        self._fresh_until = ended + max(LEAST_AGE_SECONDS, SHARE * (ended - began))


@asynccontextmanager
async def standing_apart(routes: Sequence[BaseRoute], host: str, port: int) -> AsyncIterator[int]:
    """Serve routes on an address of their own while inside; gives the port (0: any free one)."""
    import uvicorn
    from starlette.applications import Starlette

    config = uvicorn.Config(
        Starlette(routes=list(routes)), host=host, port=port, log_config=None, access_log=False, lifespan="off"
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listener = config.bind_socket()
    await server.startup([listener])
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await server.shutdown([listener])
