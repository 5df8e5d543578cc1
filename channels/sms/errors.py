"""What Twilio's error codes mean for a message, when it is sent and afterwards. Nothing of Twilio's own wording is passed on: it repeats numbers."""

from __future__ import annotations

from channels.api import (
    DeliveryStatus,
    Misconfigured,
    RecipientGone,
    RecipientOptedOut,
    Refused,
    SendError,
    TryLater,
)
from channels.connections import from_status

OPTED_OUT = frozenset({21610})
# Not a number, not a mobile, a landline or a short code.
GONE = frozenset({21211, 21214, 21217, 21265, 21614, 21635, 30005, 30006, 30011, 63003, 63024})
MISCONFIGURED = frozenset(
    {
        10001, 20003, 20005, 20006, 20008, 20404, 21212, 21401, 21408, 21603, 21606, 21608, 21609,
        21659, 21660, 21661, 21701, 21703, 21704, 21705, 21712, 30002, 30018, 30023, 30024, 30034,
    }
)  # fmt: skip
LATER = frozenset({14107, 20429, 20500, 20503, 21611, 30001, 30022, 63018, 63038})
DAILY_LIMIT = frozenset({63038})
DAILY_LIMIT_PAUSE_SECONDS = 3600.0

ENDS: dict[str, DeliveryStatus] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


def from_code(status: int, code: int | None, after_seconds: float | None = None) -> SendError:
    """The named failure for a refused request: its HTTP status and Twilio's code, if it gave one."""
    reason = f"twilio_{code}" if code else f"http_{status}"
    if code in OPTED_OUT:
        return RecipientOptedOut(reason)
    if code in GONE:
        return RecipientGone(reason)
    if code in DAILY_LIMIT:
        return TryLater(reason, after_seconds=after_seconds or DAILY_LIMIT_PAUSE_SECONDS)
    if code in LATER:
        return TryLater(reason, after_seconds=after_seconds)
    if code in MISCONFIGURED or status in (401, 403, 404):
        return Misconfigured(reason)
    return from_status(status, after_seconds) or Refused(reason)


def delivery_status(status: str, code: int | None) -> DeliveryStatus | None:
    """What a status callback settles; None for the steps before a message has left (accepted, queued, sending).

    A telephone that could not be reached (30003) is off or out of range today: the message failed, the number stays.
    """
    end = ENDS.get(status)
    if end == "failed" and code in OPTED_OUT:
        return "opted_out"
    if end == "failed" and code in GONE:
        return "gone"
    return end
