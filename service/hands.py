"""Who leases and sends on each lane, and what wakes them. What a hand does with a batch lives in `outbox`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from service.lanes import Lane
from service.pacing import Flow
from store.rates import Rate

if TYPE_CHECKING:
    from datetime import datetime

    from channels.api import Channel
    from store.bells import Ring
    from store.lanes import Agenda


@dataclass
class Hand:
    """One who leases and sends on a lane: replies alone, or whatever is due. The bell says that something may be due."""

    channel: Channel
    lane: Lane
    takes_bulk: bool
    flow: Flow
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class Hands:
    """Every hand of this process. They sleep until their bell rings: when messages were queued here (`wake`) or elsewhere
    (`heard`), or when a look at the database found something due (`noticed`).
    """

    def __init__(self, channels: Mapping[str, Channel], *, rate_scale: float, probe_seconds: float) -> None:
        self._channels = channels
        self.lanes = {
            channel.lane: Lane(
                channel.lane,
                Rate(channel.limits.rate_per_second * rate_scale, channel.limits.burst_seconds),
                probe_seconds,
            )
            for channel in channels.values()
        }
        self._hands: Sequence[Hand] = ()
        self._looked_at = time.monotonic()

    def __iter__(self) -> Iterator[Hand]:
        return iter(self._hands)

    @property
    def unnoticed_seconds(self) -> float:
        """For how long nobody has looked at the database for them."""
        return time.monotonic() - self._looked_at

    def begin(self) -> Sequence[Hand]:
        """Two for each lane: one for replies alone, so that no resident waits behind a mass send-out, and one for all."""
        self._looked_at = time.monotonic()
        self._hands = [
            Hand(channel, self.lanes[channel.lane], takes_bulk, Flow(channel.limits.batch, channel.limits.concurrency))
            for channel in self._channels.values()
            for takes_bulk in (False, True)
        ]
        return self._hands

    def wake(self) -> None:
        """Look for due messages on every lane now."""
        for hand in self._hands:
            hand.bell.set()

    def wake_for_replies(self) -> None:
        """Look for due replies now."""
        for hand in self._hands:
            if not hand.takes_bulk:
                hand.bell.set()

    def heard(self, ring: Ring | None) -> None:
        """Another process rang; None: it may have."""
        if ring is None:
            self.wake()
            return
        if ring.kind == "rest" and ring.lane in self.lanes:
            self.lanes[ring.lane].is_alert = True
        for hand in self._hands:
            if hand.lane.name == ring.lane and ring.kind in ("rest", "bulk" if hand.takes_bulk else "reply"):
                hand.bell.set()

    def noticed(self, agenda: Agenda, now: datetime) -> None:
        """Somebody looked: wake the hands that have something to do."""
        self._looked_at = time.monotonic()
        for found in agenda.lanes:
            lane, until = self.lanes[found.standing.name], found.standing.resting_until
            lane.noticed(found.standing, now)
            if until is not None and until > now:
                continue
            for hand in self._hands:
                due_at = found.bulk_due_at if hand.takes_bulk else found.reply_due_at
                if hand.lane is lane and due_at is not None and due_at <= now:
                    hand.bell.set()

    def resting(self, now: datetime) -> dict[str, str]:
        """The lanes that rest, as far as this process has heard, each with the reason."""
        known = ((name, lane.standing) for name, lane in self.lanes.items())
        return {name: standing.reason for name, standing in known if standing.is_resting(now)}
