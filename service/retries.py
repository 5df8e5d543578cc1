"""What follows from how a send went: the one policy on trying again. How it is written down lives in `store.outbox`."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final

from channels.api import Doubtful, Misconfigured, Receipt, RecipientGone, RecipientOptedOut, SendError, TryLater
from store.histories import IN_DOUBT
from store.outbox import Leased, Outcome

FIRST_DELAY: Final = timedelta(seconds=5)
LONGEST_DELAY: Final = timedelta(minutes=30)
MISCONFIGURED_DELAY: Final = timedelta(minutes=5)


def outcome_of(row: Leased, result: Receipt | SendError, now: datetime, rng: Random) -> Outcome:
    """How a leased message is settled.

    What the provider could not take now goes back to the queue, for as long as the message has not expired: a provider
    that is down delays messages and loses none. So does a lane that is set up wrongly, until a person mends it.
    A wire that broke in doubt is `unknown` for mass messages; a reply is sent again (see the decision on doubt).
    """
    if isinstance(result, Receipt):
        return Outcome(row.message_id, row.fence, "sent", result.provider_id, result.segments)
    match result:
        case TryLater():
            delay = _delay(row.attempts, result.after_seconds, rng)
            return Outcome(row.message_id, row.fence, "queued", reason=result.reason, due_at=now + delay)
        case Misconfigured():
            delay = MISCONFIGURED_DELAY
            return Outcome(row.message_id, row.fence, "queued", reason=result.reason, due_at=now + delay)
        case Doubtful() if row.priority == 0 and row.attempts < 3:
            delay = _delay(row.attempts, None, rng)
            return Outcome(row.message_id, row.fence, "queued", reason=IN_DOUBT + result.reason, due_at=now + delay)
        case Doubtful():
            return Outcome(row.message_id, row.fence, "unknown", reason=result.reason)
        case RecipientGone():
            return Outcome(row.message_id, row.fence, "gone", reason=result.reason)
        case RecipientOptedOut():
            return Outcome(row.message_id, row.fence, "opted_out", reason=result.reason)
        case _:
            return Outcome(row.message_id, row.fence, "failed", reason=result.reason)


def _delay(attempts: int, wished_seconds: float | None, rng: Random) -> timedelta:
    """The provider's own wish, or else doubling from 5 s to 30 min, spread by up to a fifth so that a crowd does not return at once."""
    if wished_seconds is not None:
        return timedelta(seconds=max(0.0, wished_seconds))
    doubled = FIRST_DELAY.total_seconds() * 2.0 ** min(attempts - 1, 12)
    return timedelta(seconds=min(doubled, LONGEST_DELAY.total_seconds()) * (1 + rng.random() / 5))
