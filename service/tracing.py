"""Traces by OpenTelemetry: one inbound turn, and one batch going out. Only imported when they are on; attributes name lanes, channels and counts, never a person.

Where they go is said by the standard variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER …).
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.problems import InputRefused, Problem

try:
    from opentelemetry import context as contexts
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, StatusCode

    from service.collector import exporting
except ImportError:
    raise InputRefused(
        (Problem("Traces are on, but what makes them is not installed.", 'install "genklang[traces]"'),)
    ) from None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping, Sequence

    from opentelemetry.sdk.trace import SpanProcessor
    from sqlalchemy import Connection
    from starlette.types import ASGIApp, Receive, Scope, Send

    from channels.api import Inbound
    from service.watching import Step, Writing

T = TypeVar("T")
LAST_SECONDS: Final = 5.0
_arrived_at: ContextVar[int | None] = ContextVar("arrived_at", default=None)


class Traces:
    """One process's traces. Errors are named by their type alone: their words may hold what a resident wrote."""

    def __init__(self, processor: SpanProcessor | None = None) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME", "genklang")
        self._provider = TracerProvider(resource=Resource.create({"service.name": name}), shutdown_on_exit=False)
        self._provider.add_span_processor(processor or exporting())
        self._tracer = self._provider.get_tracer("genklang")

    async def close(self) -> None:
        """Hand over what was collected. A collector that does not answer keeps no process from ending."""
        loop, is_over = asyncio.get_running_loop(), asyncio.Event()

        def hand_over() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # nobody has waited for it
                loop.call_soon_threadsafe(is_over.set)

        Thread(target=hand_over, name="last traces", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await is_over.wait()

    @contextmanager
    def turn(self, inbound: Inbound) -> Iterator[None]:
        """One thing that a resident did, from the request's first line (where there was one) to the commit."""
        began = _arrived_at.get()
        attributes = {"genklang.channel": inbound.channel, "genklang.kind": inbound.kind}
        span = self._tracer.start_span("inbound", start_time=began, attributes=attributes)
        with self._within(span):
            if began is not None:
                self.past("verify", began, time.time_ns())
            yield

    def past(self, name: str, began: int, ended: int) -> None:
        """A span of the present one that is over; nanoseconds since the epoch."""
        self._tracer.start_span(name, start_time=began).end(end_time=ended)

    @contextmanager
    def batch(self, lane: str) -> Iterator[Span]:
        """A batch on a lane, followed by logs and steps. Whoever finds that it is one ends it; others are never told of."""
        none = contexts.Context()  # each batch is a trace of its own
        span = self._tracer.start_span("batch", context=none, attributes={"genklang.lane": lane})
        with self._within(span, ends=False):
            yield span

    @contextmanager
    def step(self, name: Step) -> Iterator[None]:
        """One step of the present batch."""
        with self._within(self._tracer.start_span(name)):
            yield

    @contextmanager
    def _within(self, span: Span, *, ends: bool = True) -> Iterator[None]:
        token = contexts.attach(trace.set_span_in_context(span))
        try:
            yield
        except BaseException as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            contexts.detach(token)
            if ends:
                span.end()


class TracedWriting:
    """A database whose writes are told in three spans: how long they waited, what they did, and the commit."""

    def __init__(self, database: Writing, traces: Traces) -> None:
        self._database = database
        self._traces = traces

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See `store.database.Database.write`. A work that is run again is told as it went the last time."""
        asked, here = time.time_ns(), contexts.get_current()
        span_times = [asked, asked]

        def traced(connection: Connection) -> T:
            span_times[0] = time.time_ns()
            token = contexts.attach(here)  # so that what is logged in the writer's thread belongs to this trace
            try:
                return work(connection)
            finally:
                contexts.detach(token)
                span_times[1] = time.time_ns()

        try:
            return await self._database.write(traced)
        finally:
            began, ended = span_times
            for name, start, end in (("queue wait", asked, began), ("turn", began, ended)):
                self._traces.past(name, start, end)
            self._traces.past("commit", ended, time.time_ns())

    async def write_together(self, take: Callable[[Connection, Sequence[T]], None], item: T) -> None:
        """See `store.database.Database.write_together`; each is taken alone, so that what it took can be told."""
        await self.write(lambda connection: take(connection, [item]))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See `store.database.Database.read`."""
        return await self._database.read(work)


class Arrivals:
    """Notes when each request began, so that a turn's trace can say how long it took to verify."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _arrived_at.set(time.time_ns()) if scope["type"] == "http" else None
        try:
            await self._app(scope, receive, send)
        finally:
            if token is not None:
                _arrived_at.reset(token)


def trace_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor for structlog: the ids of the present trace and span, in hexadecimal as OpenTelemetry writes them."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"], event["span_id"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
    return event
