"""One process's view of a lane that all workers share: how much it may lease, and telling the others how the lane did. The tokens and the rest are kept in `store.lanes`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from service.breakers import News, after
from store.bells import ring
from store.lanes import CONTENDED_SECONDS, Admission, Standing, admit, give_back, hold, save
from store.rates import Rate

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sqlalchemy import Connection

    from store.database import Database

log = structlog.get_logger("lanes")
MOST_TRIES: Final = 100  # two seconds: another worker's transaction takes milliseconds


class Lane:
    """A lane without a limit costs no statement while it is well; `is_alert` says that it may not be, and the database is asked.

    It is alert from the moment somebody heard of trouble: this process by its own sends, the others by the bell or at
    their next look.
    """

    def __init__(self, name: str, rate: Rate, probe_seconds: float) -> None:
        self.name = name
        self.rate = rate
        self.is_alert = False
        self.standing = Standing(name)
        self._probe = timedelta(seconds=probe_seconds)

    def admit(self, connection: Connection, most: int, now: datetime, *, is_bulk: bool) -> Admission:
        """How many messages the lease that follows in this transaction may take."""
        if not self.rate.is_limited and not self.is_alert:
            return Admission(most)
        return admit(connection, self.name, self.rate, most, now, now + self._probe, is_bulk=is_bulk)

    def give_back(self, connection: Connection, admission: Admission, leased: int, now: datetime) -> None:
        """Return what was admitted and found no message."""
        if unused := admission.count - leased:
            give_back(connection, self.name, self.rate, admission, unused, now)

    def noticed(self, standing: Standing, now: datetime) -> None:
        """Take in how the lane stands."""
        self.standing = standing
        self.is_alert = standing.is_resting(now) or standing.failures > 0

    async def heard(self, database: Database, news: News, now: datetime, rng: Random) -> None:
        """Tell all workers how a batch did, where that changes anything. Costs nothing while all is well."""
        if not news.is_bad and not news.is_probe and not (self.is_alert and news.has_answered):
            return
        noting = partial(self._note, news=news, now=now, rng=rng)
        for _ in range(MOST_TRIES):
            changed = await database.write(noting)
            if changed is not None:
                break
            await asyncio.sleep(CONTENDED_SECONDS)
        else:
            log.error("news of the lane not written", lane=self.name, reason=news.reason or news.wish_reason)
            return
        before, standing = changed
        self.noticed(standing, now)
        if standing.trips > before.trips:
            log.warning("lane rests", lane=self.name, reason=standing.reason, until=standing.resting_until)
        elif before.trips and not standing.trips:
            log.info("lane goes on", lane=self.name)

    def _note(self, connection: Connection, news: News, now: datetime, rng: Random) -> tuple[Standing, Standing] | None:
        """Write what follows from the news; gives the standing before and after, None when another worker is at it."""
        before = hold(connection, self.name)
        if before is None:
            return None
        standing = after(before, news, now, rng)
        if standing != before:
            save(connection, standing)
        if standing.is_resting(now) != before.is_resting(now):
            ring(connection, self.name, "rest")
        return before, standing
