"""Messages on their way out, by one name: leased before the wire (`leasing`), settled after it (`settling`), swept after a crash (`sweeping`)."""

from store.judging import BULK_PRIORITY, REPLY_PRIORITY
from store.leasing import Leased, lease
from store.settling import Outcome, Settled, settle
from store.sweeping import Swept, expire, is_busy, next_due, sweep

__all__ = [
    "BULK_PRIORITY",
    "REPLY_PRIORITY",
    "Leased",
    "Outcome",
    "Settled",
    "Swept",
    "expire",
    "is_busy",
    "lease",
    "next_due",
    "settle",
    "sweep",
]
