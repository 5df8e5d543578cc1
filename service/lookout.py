"""What the settings say about being watched, put together: figures, traces, and where they are shown. What is measured lives in `metrics` and `tracing`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from service.complaints import Complaints
from service.health import Scrape, health_routes, standing_apart
from service.watchers import Refusals, WatchedDesk, Watching
from service.watching import Watch

if TYPE_CHECKING:
    from channels.api import Desk
    from service.metrics import Metrics
    from service.settings import Settings
    from service.tracing import Traces
    from service.watching import Writing
    from service.wiring import Service

log = structlog.get_logger("lookout")


class Lookout:
    """Watches one process. With figures and traces off everything passes through it unchanged.

    `is_stopping` says whether the process was told to end; `port` is where the lookout stands apart, once it runs.
    `turned_away` counts the calls that providers made in vain since the database takes nothing in.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.metrics = _metrics() if settings.metrics else None
        self.traces = _traces() if settings.traces else None
        is_watching = self.metrics is not None or self.traces is not None
        self.watch: Watch = Watching(self.metrics, self.traces) if is_watching else Watch()
        self.is_stopping: Callable[[], bool] = lambda: False
        self.is_leaving = False
        self.port: int | None = None
        self.turned_away = 0
        self._complaints = Complaints(log)
        self._scrape: Scrape | None = None

    @property
    def is_draining(self) -> bool:
        """Whether the process finishes what is under way and takes no more."""
        return self.is_leaving or self.is_stopping()

    def over_writes(self, database: Writing) -> Writing:
        """The database as the desk shall see it."""
        if self.traces is None:
            return database
        from service.tracing import TracedWriting

        return TracedWriting(database, self.traces)

    def over_desk(self, desk: Desk) -> Desk:
        """The desk as the channels shall see it."""
        if self.metrics is None and self.traces is None:
            return desk
        return WatchedDesk(desk, self.metrics, self.traces)

    def settle_in(self, service: Service) -> None:
        """Begin to watch a service that is wired."""
        service.database.on_trouble(self._tell)
        if self.metrics is None:
            return
        service.database.watch(self.metrics)
        self.metrics.know_lanes(service.sending, self._settings.rate_scale)
        self._scrape = Scrape(service, self.metrics)

    def routes(self, service: Service, *, is_apart: bool = False) -> list[BaseRoute]:
        """The addresses for machines: on the service's own port, or on the one that stands apart."""
        routes: list[BaseRoute] = [*health_routes(service)]
        if self._scrape is not None and is_apart == (self._settings.metrics_port is not None):
            routes.append(self._scrape.route())
        return routes

    def middleware(self, channel_of: Callable[[str], str | None]) -> list[Middleware]:
        """What stands before every request; nothing when nobody watches."""
        found: list[Middleware] = []
        if self.traces is not None:
            from service.tracing import Arrivals

            found.append(Middleware(Arrivals))
        if self.metrics is not None:
            found.append(Middleware(Refusals, metrics=self.metrics, channel_of=channel_of))
        return found

    def turn_away(self, error: Exception) -> None:
        """Count a call that came in vain since the database takes nothing in, and say the first time where that was met."""
        self.turned_away += 1
        self._complaints.failed("turned away", error)

    def _tell(self, trouble: str) -> None:
        """Say once that nothing is taken in, and once that it is over."""
        if trouble:
            log.error("the database takes nothing in: no inbound is acknowledged and nothing is sent", trouble=trouble)
            return
        turned_away, self.turned_away = self.turned_away, 0
        self._complaints.is_over()
        log.info("the database takes things in again", turned_away=turned_away)

    @asynccontextmanager
    async def running(self, service: Service) -> AsyncIterator[None]:
        """Stand apart while inside, where the settings name a port; hand over the last traces in the end."""
        async with AsyncExitStack() as stack:
            if self.traces is not None:
                stack.push_async_callback(self.traces.close)
            if self._settings.metrics_port is not None:
                apart = standing_apart(
                    self.routes(service, is_apart=True), self._settings.metrics_host, self._settings.metrics_port
                )
                self.port = await stack.enter_async_context(apart)
                log.info("lookout open", host=self._settings.metrics_host, port=self.port)
            yield


def _metrics() -> Metrics:
    from service.metrics import Metrics

    return Metrics()


def _traces() -> Traces:
    from service.tracing import Traces

    return Traces()
