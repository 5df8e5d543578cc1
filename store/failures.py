"""What follows from messages that failed, in the transaction that settles them: for their addresses (`bounces`) and for what they said (`failover`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from campaigns.bounces import SoftBounces, kind_of
from campaigns.failover import may_follow
from store.bounces import count_soft, mark_all_gone
from store.failover import queue_next


@dataclass(frozen=True, slots=True)
class FailureRules:
    """How failures are dealt with here. `lanes` are the sender identities of the channels in use, in which a message may go on."""

    lanes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    soft: SoftBounces = field(default_factory=SoftBounces)


STANDARD: Final = FailureRules()


@dataclass(frozen=True, slots=True)
class Failed:
    """One message that has just failed. `is_gone`: the channel itself says that the address is dead, whatever the reason is called."""

    message_id: int
    contact_id: int
    reason: str
    is_gone: bool = False


def follow(connection: Connection, failed: Sequence[Failed], now: datetime, rules: FailureRules = STANDARD) -> int:
    """Mark and count addresses, then send on. Gives how many messages were queued in another channel."""
    kinds = {each.message_id: kind_of(each.reason) for each in failed}
    gone = {f.contact_id: f.reason for f in failed if f.is_gone or kinds[f.message_id] == "hard"}
    soft = {f.contact_id: f.reason for f in failed if kinds[f.message_id] == "soft" and f.contact_id not in gone}
    if gone:
        mark_all_gone(connection, gone, now)
    if soft:
        count_soft(connection, soft, now, rules.soft)
    return queue_next(connection, [f.message_id for f in failed if may_follow(f.reason)], now, rules.lanes)
