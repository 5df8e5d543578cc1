"""What follows from how a send went: the one policy on trying again, as a table. When a whole lane rests is decided in `breakers`, by the same table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from channels.api import Receipt
from channels.errors import (
    Doubtful,
    GatewayFailed,
    Misconfigured,
    RecipientGone,
    RecipientOptedOut,
    SendError,
    TooLate,
    TryLater,
)
from store.histories import IN_DOUBT
from store.outbox import Leased, Outcome


@dataclass(frozen=True, slots=True)
class Rule:
    """The first wait, by what it grows, its cap; and after how many attempts or how long a message is given up (None: never).

    How long it has been tried is told by its attempts, each with the mean of the longest waits: it may have been queued for
    days, behind others or in quiet hours, before the first.
    Whatever the rule says, a message that expires is not sent any more.
    """

    first_seconds: float
    factor: float
    cap_seconds: float
    most_attempts: int | None = None
    longest: timedelta | None = None

    def bound_seconds(self, attempt: int) -> float:
        """The longest wait after the given attempt, the first being 1."""
        return min(self.cap_seconds, self.first_seconds * self.factor ** min(attempt - 1, 40))

    def wait(self, attempt: int, rng: Random) -> timedelta:
        """A wait anywhere up to the bound ("full jitter"), so that what failed together does not come back together."""
        return timedelta(seconds=rng.random() * self.bound_seconds(attempt))

    def is_used_up(self, row: Leased, now: datetime) -> bool:
        """Whether a message has had all its attempts, or was tried for long enough."""
        has_had_all = self.most_attempts is not None and row.attempts >= self.most_attempts
        if self.longest is None:
            return has_had_all
        tried = min(now - row.created_at, timedelta(seconds=row.attempts * self.cap_seconds / 2))
        return has_had_all or tried > self.longest


# Four days: RFC 5321, 4.5.4.1 gives a mail server at least 4-5 days before what it keeps for one address is given up.
FOUR_DAYS: Final = timedelta(days=4)
RULES: Final = {
    "lane_down": Rule(first_seconds=5, factor=2, cap_seconds=300),
    "lane_misconfigured": Rule(first_seconds=30, factor=2, cap_seconds=900),
    "recipient_busy": Rule(first_seconds=300, factor=2, cap_seconds=3600, longest=FOUR_DAYS),
    "recipient_barred": Rule(first_seconds=900, factor=2, cap_seconds=14_400, longest=FOUR_DAYS),
    "reply_at_gateway": Rule(first_seconds=5, factor=2, cap_seconds=300, most_attempts=20),
    "reply_in_doubt": Rule(first_seconds=5, factor=2, cap_seconds=60, most_attempts=3),
    "lane_rests": Rule(first_seconds=5, factor=2, cap_seconds=900),
}


def outcome_of(row: Leased, result: Receipt | SendError, now: datetime, rng: Random) -> Outcome:
    """How a leased message is settled.

    What the provider could not take now goes back to the queue, for as long as the message has not expired: a provider
    that is down delays messages and loses none. So does a lane that is set up wrongly, until a person mends it.
    A wire that broke in doubt is `unknown` for mass messages; a reply is sent again (see the decision on doubt).
    """
    if isinstance(result, Receipt):
        return Outcome(row.message_id, row.fence, "sent", result.provider_id, result.segments)
    match result:
        case TryLater() | Misconfigured():
            return _again(row, result, now, rng) or Outcome(row.message_id, row.fence, "failed", reason=result.reason)
        case Doubtful():
            again = _again(row, result, now, rng) if row.priority == 0 else None
            return again or Outcome(row.message_id, row.fence, "unknown", reason=result.reason)
        case RecipientGone():
            return Outcome(row.message_id, row.fence, "gone", reason=result.reason)
        case RecipientOptedOut():
            return Outcome(row.message_id, row.fence, "opted_out", reason=result.reason)
        case _:
            return Outcome(row.message_id, row.fence, "failed", reason=result.reason)


def _again(row: Leased, error: SendError, now: datetime, rng: Random) -> Outcome | None:
    """Back to the queue: at the provider's own wish, or else by the rule; None when the rule gives the message up."""
    rule = RULES[_kind(error)]
    if rule.is_used_up(row, now):
        return None
    wish = error.after_seconds
    due_at = now + (rule.wait(row.attempts, rng) if wish is None else timedelta(seconds=max(0.0, wish)))
    if row.expires_at is not None:
        due_at = min(due_at, row.expires_at)  # then it is expired by name rather than left waiting
    reason = IN_DOUBT + error.reason if isinstance(error, Doubtful) else error.reason
    return Outcome(row.message_id, row.fence, "queued", reason=reason, due_at=due_at)


def _kind(error: SendError) -> str:
    if isinstance(error, Doubtful):
        return "reply_at_gateway" if isinstance(error, GatewayFailed) else "reply_in_doubt"
    if isinstance(error, Misconfigured):
        return "lane_misconfigured" if error.concerns == "lane" else "recipient_barred"
    return "lane_down" if error.concerns == "lane" or isinstance(error, TooLate) else "recipient_busy"
