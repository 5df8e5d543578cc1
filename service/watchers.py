"""Watching for real: the seams of `watching` filled by metrics and traces, as the settings say. What is measured stands in those two."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from service.watching import Batch, Watch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from channels.api import DeliveryReport, Desk, Inbound, Page, Receipt
    from channels.errors import SendError
    from service.metrics import Metrics
    from service.tracing import Traces
    from service.watching import Step
    from store.outbox import Leased

# What an answer to a provider's call means: it was not theirs, too long, not to be read, or too many at once.
REFUSALS: Mapping[int, str] = {400: "unreadable", 401: "signature", 403: "signature", 413: "size", 429: "rate"}


class Watching(Watch):
    """Hands each batch to metrics, traces or both."""

    def __init__(self, metrics: Metrics | None, traces: Traces | None) -> None:
        self._metrics = metrics
        self._traces = traces

    def batch(self, lane: str) -> Batch:
        """A batch that is about to be leased."""
        return WatchedBatch(lane, self._metrics, self._traces)


class WatchedBatch(Batch):
    """One batch. It counts as one once something was leased."""

    __slots__ = ("_began", "_count", "_lane", "_metrics", "_span", "_stack", "_traces")

    def __init__(self, lane: str, metrics: Metrics | None, traces: Traces | None) -> None:
        self._lane, self._metrics, self._traces = lane, metrics, traces
        self._stack = ExitStack()
        self._span: Any = None
        self._began = (0.0, 0)
        self._count = 0

    def __enter__(self) -> Self:
        self._began = (time.monotonic(), time.time_ns())
        if self._traces is not None:
            self._span = self._stack.enter_context(self._traces.batch(self._lane))
        return self

    def __exit__(self, *exc: Any) -> None:
        self._stack.__exit__(*exc)
        if self._span is not None and self._count:
            self._span.end()

    def step(self, name: Step) -> AbstractContextManager[None]:
        """Everything but the lease, which is told by `leased`, since most find nothing."""
        if name == "lease":
            return super().step(name)
        stack = ExitStack()
        if self._metrics is not None:
            stack.enter_context(self._metrics.step(self._lane, name, self._count))
        if self._traces is not None:
            stack.enter_context(self._traces.step(name))
        return stack  # type: ignore[return-value]

    def leased(self, rows: Sequence[Leased]) -> None:
        """How many were leased, which ends the first step."""
        self._count = len(rows)
        if not rows:
            return
        if self._metrics is not None:
            self._metrics.steps.labels(self._lane, "lease").observe(time.monotonic() - self._began[0])
        if self._traces is not None:
            self._traces.past("lease", self._began[1], time.time_ns())
            self._span.set_attribute("genklang.messages", len(rows))

    def answered(self, results: Sequence[tuple[Leased, Receipt | SendError]], now: datetime) -> None:
        """How each went on the wire."""
        if self._metrics is not None:
            self._metrics.answered(self._lane, results, now)


class WatchedDesk:
    """The desk, seen from outside: what comes in, how long a turn takes until it is committed, and what failed."""

    def __init__(self, desk: Desk, metrics: Metrics | None, traces: Traces | None) -> None:
        self._desk, self._metrics, self._traces = desk, metrics, traces

    async def receive(self, inbound: Inbound) -> None:
        """See `channels.api.Desk`."""
        began = time.monotonic()
        with ExitStack() as stack:
            if self._traces is not None:
                stack.enter_context(self._traces.turn(inbound))
            try:
                await self._desk.receive(inbound)
            except Exception:
                if self._metrics is not None:
                    self._metrics.errors.labels(inbound.channel).inc()
                raise
        if self._metrics is not None:
            self._metrics.inbound.labels(inbound.channel, inbound.kind).inc()
            self._metrics.turns.labels(inbound.channel).observe(time.monotonic() - began)

    async def report(self, report: DeliveryReport) -> None:
        """See `channels.api.Desk`."""
        await self._desk.report(report)
        if self._metrics is not None:
            self._metrics.reports.labels(report.channel, report.status).inc()
            self._metrics.blocked(self._metrics.lanes.get(report.channel, report.channel), report.reason)

    async def page(self, token: str) -> Page | None:
        """See `channels.api.Desk`."""
        return await self._desk.page(token)

    async def unsubscribe(self, token: str) -> bool:
        """See `channels.api.Desk`."""
        return await self._desk.unsubscribe(token)


class Refusals:
    """Counts the calls that a channel did not admit. `channel_of` names a path's channel, or gives None."""

    def __init__(self, app: ASGIApp, metrics: Metrics, channel_of: Callable[[str], str | None]) -> None:
        self._app, self._metrics, self._channel_of = app, metrics, channel_of

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        channel = self._channel_of(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if channel is None:
            return self._app(scope, receive, send)

        def counting(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and (reason := REFUSALS.get(message["status"])):
                self._metrics.refusals.labels(channel, reason).inc()
            return send(message)

        return self._app(scope, receive, counting)
