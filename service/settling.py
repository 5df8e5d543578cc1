"""How batches went, written down: what each message came to, what it cost, who has moved, what the lane is to know. What happens before that lives in `outbox`."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

import structlog

from channels.api import Outbound, Receipt
from channels.errors import SendError, TooLate
from service.blocks import warn_of_blocks
from service.breakers import news_of
from service.retries import outcome_of
from store import outbox as rows
from store.costs import Cost, note_costs
from store.people import move_address

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from service.clock import Clock
    from service.complaints import Complaints
    from service.hands import Hand
    from store.database import Database
    from store.failures import FailureRules
    from store.lanes import Admission
    from store.outbox import Leased, Outcome, Settled
    from store.vault import Vault

    Result = tuple[Leased, Receipt | SendError]

log = structlog.get_logger("outbox")
SECONDS_AT_THE_END: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 2.0


class Settler:
    """Writes how batches went, while the database fails again and again: what was sent must not end in doubt.

    `lease_seconds` is for how long that may go on; once `is_ending`, the service waits no longer than it must.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        failures: FailureRules,
        complaints: Complaints,
        *,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._failures = failures
        self._complaints = complaints
        self._lease_seconds = lease_seconds
        self._rng = Random()  # noqa: S311  spreads retries, guards nothing
        self.is_ending = False

    async def close(
        self,
        hand: Hand,
        results: Sequence[Result],
        rendered: Sequence[Outbound | SendError],
        admission: Admission,
        settled_before: Collection[int],
    ) -> bool:
        """Settle what is left of a batch, tell what went wrong, and tell the lane's other workers if it concerns them.

        Gives whether messages failed for good: they may go on in another channel, which somebody has to look for.
        """
        now, lane = self._clock.now(), hand.lane
        await self._note_moves(results)
        open_ones = (
            [pair for pair in results if pair[0].message_id not in settled_before] if settled_before else results
        )
        outcomes = [outcome_of(row, result, now, self._rng) for row, result in open_ones]
        settled = await self._settle(outcomes, costs_of(open_ones))
        for row, result in results:
            if isinstance(result, SendError):
                kind = type(result).__name__
                log.warning("not sent", message=row.message_id, lane=row.lane, failure=kind, reason=result.reason)
        warn_of_blocks(lane.name, (result.reason for _, result in results if isinstance(result, SendError)))
        if settled.fenced:
            log.error("settled too late", messages=settled.fenced, lane=lane.name)
        judged = (
            result
            for (_, result), message in zip(results, rendered, strict=True)
            if isinstance(message, Outbound) and not isinstance(result, TooLate)
        )
        await lane.heard(self._database, news_of(judged, is_probe=admission.is_probe), now, self._rng)
        return any(outcome.status in ("failed", "gone") for outcome in outcomes)

    async def at_once(self, results: Sequence[Result]) -> bool:
        """Write how a part of a batch went. False when that cannot be done now: it is written with the rest."""
        now = self._clock.now()
        outcomes = [outcome_of(row, result, now, self._rng) for row, result in results]
        write = partial(self._write, outcomes=outcomes, costs=costs_of(results), now=now)
        try:
            settled = await self._database.write(write)
        except Exception as error:
            self._complaints.failed("not settled yet", error, messages=len(outcomes))
            return False
        if settled.fenced:
            log.error("settled too late", messages=settled.fenced, lane=results[0][0].lane)
        return True

    async def _settle(self, outcomes: Sequence[Outcome], costs: Sequence[Cost]) -> Settled:
        """Write how a batch went, again and again while the database fails: what was sent must not end in doubt.

        Gives up when the leases have run out (or soon, at the end of the service); then the sweep names the messages.
        """
        began, pause = time.monotonic(), 0.05
        while True:
            try:
                write = partial(self._write, outcomes=outcomes, costs=costs, now=self._clock.now())
                return await self._database.write(write)
            except Exception as error:
                patience = SECONDS_AT_THE_END if self.is_ending else self._lease_seconds
                if time.monotonic() - began > patience:
                    raise
                self._complaints.failed("not settled yet", error, messages=len(outcomes))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _note_moves(self, results: Sequence[Result]) -> None:
        """Keep where recipients have moved to. One that is lost is told by the provider again, at the next message."""
        for row, result in results:
            if isinstance(result, Receipt) and result.moved_to is not None:
                move = partial(
                    move_address,
                    contact_id=row.contact_id,
                    channel=row.channel,
                    address=result.moved_to,
                    vault=self._vault,
                )
                try:
                    await self._database.write(move)
                except Exception as error:
                    self._complaints.failed("move not noted", error, message=row.message_id)

    def _write(
        self, connection: Connection, outcomes: Sequence[Outcome], costs: Sequence[Cost], now: datetime
    ) -> Settled:
        settled = rows.settle(connection, outcomes, now, failures=self._failures)
        note_costs(connection, costs, now)
        return settled


def costs_of(results: Sequence[Result]) -> list[Cost]:
    """What each message cost of which that is known, or will be told."""
    return [
        Cost(row.message_id, result.cost, result.currency, row.channel, result.unpriced)
        for row, result in results
        if isinstance(result, Receipt) and (result.cost is not None or result.unpriced)
    ]
