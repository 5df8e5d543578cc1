"""The figures for Prometheus: counted as things happen, and asked of the database when they are scraped. Every label is bounded: no address, token, answer or person.

What each means is told in docs/how-to-run.md, which a test compares with this list.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

from channels.errors import SendError
from service.blocks import is_block
from store.outbox import REPLY_PRIORITY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from prometheus_client.metrics_core import Metric

    from channels.api import Channel, Receipt
    from service.ticking import Ticker
    from service.watching import Step
    from store.lanes import Queue, Standing
    from store.outbox import Leased
    from store.tallying import Moved

# How a status is called as an outcome; a message that went back to the queue is tried again.
OUTCOMES: Final = {"sending": "leased", "queued": "requeued"}
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
WAITS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 43200)
WORKS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """One process's figures. Counters begin at nothing when it starts, as Prometheus expects."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.lanes: dict[str, str] = {}
        r = self.registry
        message = ("lane", "channel", "purpose", "outcome")
        self.messages = Counter("genklang_messages", "Messages that came to an outcome.", message, registry=r)
        self.steps = Histogram(
            "genklang_batch_seconds", "One batch's step.", ("lane", "step"), registry=r, buckets=SECONDS
        )
        self.waits = Histogram(
            "genklang_due_to_sent_seconds", "From due to accepted.", ("lane", "kind"), registry=r, buckets=WAITS
        )
        self.failures = Counter("genklang_send_failures", "Failed sends by name.", ("lane", "failure"), registry=r)
        self.blocks = Counter("genklang_blocks", "Messages refused for our standing.", ("lane",), registry=r)
        self.in_flight = Gauge("genklang_lane_in_flight", "Messages on the wire.", ("lane",), registry=r)
        self.rate = Gauge(
            "genklang_lane_rate_per_second", "Most messages a second; +Inf: no limit.", ("lane",), registry=r
        )
        self.inbound = Counter("genklang_inbound", "What residents did.", ("channel", "kind"), registry=r)
        self.reports = Counter("genklang_reports", "What providers reported.", ("channel", "status"), registry=r)
        self.turns = Histogram(
            "genklang_turn_seconds", "From handed in to committed.", ("channel",), registry=r, buckets=SECONDS
        )
        self.errors = Counter("genklang_turn_errors", "Inbounds not taken in.", ("channel",), registry=r)
        self.refusals = Counter("genklang_webhook_refusals", "Refused calls.", ("channel", "reason"), registry=r)
        self.commit_works = Histogram("genklang_commit_works", "Works in a group commit.", registry=r, buckets=WORKS)
        self.commit_seconds = Histogram("genklang_commit_seconds", "COMMIT alone.", registry=r, buckets=SECONDS)
        self.write_seconds = Histogram("genklang_write_seconds", "A group's transaction.", registry=r, buckets=SECONDS)
        ProcessCollector(registry=r)

    def committed(self, works: int, seconds: float, commit_seconds: float, moved: Sequence[Moved]) -> None:
        """A group commit; see `store.tallying.Watcher`."""
        self.commit_works.observe(works)
        self.commit_seconds.observe(commit_seconds)
        self.write_seconds.observe(seconds)
        for row in moved:
            outcome = OUTCOMES.get(row.status, row.status)
            self.messages.labels(row.lane, row.channel, row.purpose, outcome).inc(row.count)

    @contextmanager
    def step(self, lane: str, name: Step, count: int) -> Iterator[None]:
        """Time one step of a batch; during `send` its messages are in flight."""
        began, is_sending = time.monotonic(), name == "send"
        if is_sending:
            self.in_flight.labels(lane).inc(count)
        try:
            yield
        finally:
            if is_sending:
                self.in_flight.labels(lane).dec(count)
            if count:
                self.steps.labels(lane, name).observe(time.monotonic() - began)

    def answered(self, lane: str, results: Sequence[tuple[Leased, Receipt | SendError]], now: datetime) -> None:
        """How the messages of a batch went on the wire."""
        for row, result in results:
            if isinstance(result, SendError):
                self.failures.labels(lane, type(result).__name__).inc()
                self.blocked(lane, result.reason)
            else:
                kind = kind_of(is_reply=row.priority == REPLY_PRIORITY)
                self.waits.labels(lane, kind).observe(max(0.0, (now - row.due_at).total_seconds()))

    def blocked(self, lane: str, reason: str) -> None:
        """Count a failure that is about us rather than about the resident."""
        if is_block(reason):
            self.blocks.labels(lane).inc()

    def know_lanes(self, channels: Mapping[str, Channel], rate_scale: float) -> None:
        """Show every lane from the beginning, at rest."""
        self.lanes = {name: channel.lane for name, channel in channels.items()}
        for channel in channels.values():
            self.rate.labels(channel.lane).set(channel.limits.rate_per_second * rate_scale)
            self.in_flight.labels(channel.lane).set(0)


def kind_of(*, is_reply: bool) -> str:
    """The two priorities by name."""
    return "reply" if is_reply else "bulk"


class QueueFigures:
    """What the database said of the queues, for one scrape. Lanes without messages are shown as empty."""

    def __init__(self, lanes: Collection[str]) -> None:
        self._lanes = tuple(lanes)
        self._queues: Sequence[Queue] = ()
        self._standings: Sequence[Standing] = ()
        self._now: datetime | None = None

    def say(self, queues: Sequence[Queue], standings: Sequence[Standing], now: datetime) -> None:
        """Take in how the queues and the lanes stand."""
        self._queues, self._standings, self._now = queues, standings, now

    def forget(self) -> None:
        """The database did not answer: no figure is better than an old one."""
        self._now = None

    def collect(self) -> Iterator[Metric]:
        """The figures, as prometheus-client asks for them."""
        now = self._now
        if now is None:
            return
        labels = ("lane", "kind")
        waiting = GaugeMetricFamily("genklang_queue_messages", "Messages in the queue.", labels=labels)
        due = GaugeMetricFamily("genklang_queue_due_messages", "Messages that could leave now.", labels=labels)
        age = GaugeMetricFamily("genklang_queue_oldest_due_seconds", "For how long the oldest is due.", labels=labels)
        found = {(queue.lane, kind_of(is_reply=queue.is_reply)): queue for queue in self._queues}
        shown = [(lane, kind) for lane in self._lanes for kind in ("reply", "bulk")]
        for place in dict.fromkeys([*shown, *found]):
            queue = found.get(place)
            oldest = queue.oldest_due_at if queue else None
            waiting.add_metric(place, queue.waiting if queue else 0)
            due.add_metric(place, queue.due if queue else 0)
            age.add_metric(place, (now - oldest).total_seconds() if oldest else 0.0)
        yield from (waiting, due, age)
        yield self._rest(now)

    def _rest(self, now: datetime) -> Metric:
        rest = GaugeMetricFamily(
            "genklang_lane_resting_seconds", "For how long the lane has rested.", labels=("lane", "reason")
        )
        for standing in self._standings:
            if standing.is_resting(now) and standing.resting_since is not None:
                rest.add_metric((standing.name, standing.reason), (now - standing.resting_since).total_seconds())
        return rest


class TickFigures:
    """How often the clock has ticked, and up to which moment its work is done."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker

    def collect(self) -> Iterator[Metric]:
        """The figures, as prometheus-client asks for them."""
        yield CounterMetricFamily("genklang_ticks", "Finished ticks of the clock.", value=self._ticker.ticks)
        at = self._ticker.ticked_at
        if at is not None:
            yield GaugeMetricFamily("genklang_ticked_at_seconds", "Done up to (epoch).", value=at.timestamp())
