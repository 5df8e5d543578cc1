"""How much is written back to one address: two programs that answer each other must come to rest, whatever they write. What mail says of itself is read by its channel."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from store.turns import replies_since

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = structlog.get_logger("loops")
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
UNASKED: Final = 20  # so few answers since the last look need no look at the store
MOST_CONTACTS: Final = 50_000


@dataclass(slots=True)
class _Seen:
    """`answers` since `at`, when the store was last asked."""

    at: datetime
    answers: int = 0


class LoopGuard:
    """Lets at most `per_hour` and `per_day` messages be written back to one contact.

    The rows of the outbox are what counts, so a restart or a second process forgets nothing; they are looked at only for
    those who write much: a contact that had few answers since the last look is let through from memory.
    """

    def __init__(self, per_hour: int, per_day: int) -> None:
        self._limits = ((HOUR, per_hour), (DAY, per_day))
        self._unasked = min(UNASKED, per_hour)
        self._seen: OrderedDict[int, _Seen] = OrderedDict()

    def lets(self, connection: Connection, contact_id: int, count: int, now: datetime) -> bool:
        """Whether `count` more messages may be written back. What a resident said is taken in either way."""
        seen = self._seen.get(contact_id)
        if seen is None or seen.at < now - DAY:
            seen = _Seen(now)
        seen.answers += count
        self._note(contact_id, seen)
        if seen.answers <= self._unasked:
            return True
        for span, most in self._limits:
            if replies_since(connection, contact_id, now - span) + count > most:
                log.warning("no more replies", contact=contact_id, hours=span / HOUR)
                return False
        return True

    def _note(self, contact_id: int, seen: _Seen) -> None:
        self._seen[contact_id] = seen
        self._seen.move_to_end(contact_id)
        if len(self._seen) > MOST_CONTACTS:
            self._seen.popitem(last=False)
