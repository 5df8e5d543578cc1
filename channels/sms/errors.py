"""What Twilio's error codes mean for a message, when it is sent and afterwards. Nothing of Twilio's own wording is passed on: it repeats numbers."""

from __future__ import annotations

import json
from typing import Final

from channels.api import DeliveryStatus
from channels.connections import from_status
from channels.errors import Doubtful, Misconfigured, RecipientGone, RecipientOptedOut, Refused, SendError, TryLater

# Twilio, "Error and Warning Dictionary" (twilio.com/docs/api/errors/<code>). A code that is not here refuses the one
# message and blames neither the number nor the account.
CODES: Final[dict[int, type[SendError]]] = {
    21610: RecipientOptedOut,  # has sent STOP to this sender
    # The number is none that a text can reach, today or tomorrow.
    21211: RecipientGone,  # invalid To
    21214: RecipientGone,  # cannot be reached
    21217: RecipientGone,  # not a phone number
    21265: RecipientGone,  # a short code
    21268: RecipientGone,  # a premium or information number
    21614: RecipientGone,  # not a mobile number
    21635: RecipientGone,  # a landline
    30005: RecipientGone,  # unknown handset: the number does not exist
    30006: RecipientGone,  # a landline, or a carrier that takes no texts
    30011: RecipientGone,  # cannot take this kind of message
    63003: RecipientGone,  # the channel knows no such recipient
    63024: RecipientGone,  # invalid recipient of the channel
    # The account or the sender is set up wrongly: nothing goes through until a person mends it.
    10001: Misconfigured,  # the account is not active
    10002: Misconfigured,  # not on a trial account
    20003: Misconfigured,  # credentials refused
    20005: Misconfigured,  # account suspended
    20006: Misconfigured,  # access denied
    20008: Misconfigured,  # test credentials
    20404: Misconfigured,  # no such account at this address
    21212: Misconfigured,  # invalid From
    21267: Misconfigured,  # a name as sender on a trial account
    21401: Misconfigured,  # invalid number
    21408: Misconfigured,  # no permission for this country (geo permissions)
    21601: Misconfigured,  # From cannot send texts
    21603: Misconfigured,  # no From
    21606: Misconfigured,  # From is not ours, or not for texts
    21608: Misconfigured,  # a trial account reaches verified numbers only
    21609: Misconfigured,  # StatusCallback is no address
    21616: Misconfigured,  # From belongs to several accounts
    21659: Misconfigured,  # From is no number of Twilio's, or a short code of another country
    21660: Misconfigured,  # From belongs to another account
    21661: Misconfigured,  # From cannot send texts
    21701: Misconfigured,  # no such messaging service
    21703: Misconfigured,  # a messaging service without numbers
    21704: Misconfigured,
    21705: Misconfigured,  # no messaging service by this id
    21712: Misconfigured,
    21733: Misconfigured,  # no default messaging service
    30002: Misconfigured,  # account suspended while sending
    30018: Misconfigured,  # the sender's name has to be registered in this country
    30023: Misconfigured,  # daily cap of an A2P 10DLC brand
    30024: Misconfigured,  # the sender is not provisioned at the carrier
    30032: Misconfigured,  # toll-free number not verified
    30033: Misconfigured,  # A2P 10DLC campaign suspended
    30034: Misconfigured,  # number not registered for A2P 10DLC
    30035: Misconfigured,  # number still being registered for A2P 10DLC
    30037: Misconfigured,  # outgoing messages are turned off
    63007: Misconfigured,  # no channel with this From
    # Too much at once, or Twilio is not well.
    14107: TryLater,  # rate limit of replies by TwiML
    20429: TryLater,  # too many requests
    20503: TryLater,  # the API itself is not available at present
    21611: TryLater,  # this sender's queue is full
    30001: TryLater,  # queue overflow
    30017: TryLater,  # the carrier's network is congested
    30022: TryLater,  # rate limit of A2P 10DLC
    30027: TryLater,  # daily limit of a carrier for A2P 10DLC
    30450: TryLater,  # this number is blocked for half an hour: traffic to its like looked like fraud (SMS pumping)
    30453: TryLater,  # the same for some hours
    30454: TryLater,  # the trial account's limit
    63018: TryLater,  # rate limit of the channel
    63038: TryLater,  # the account's daily limit
    # It failed in the middle: a request to send that is repeated may reach the recipient twice (20500, "Internal Server Error").
    20500: Doubtful,
    # This message alone: the number stays, and so does the sender.
    20504: Refused,  # lost on the way by Twilio itself
    21266: Refused,  # to ourselves
    21602: Refused,  # no body
    21604: Refused,  # no To
    21612: Refused,  # not between this sender and this number at present
    21617: Refused,  # longer than 1600 characters
    21619: Refused,  # neither body nor media
    30003: Refused,  # telephone off or out of range
    30004: Refused,  # blocked: by the carrier, or the number takes no texts now
    30007: Refused,  # filtered as unwanted
    30008: Refused,  # unknown: the carrier does not say
    30010: Refused,  # dearer than allowed
    30019: Refused,  # too large for the carrier
    30036: Refused,  # the validity period ran out
    30039: Refused,  # a loop was detected
    63013: Refused,  # against the channel's policy
    63016: Refused,  # outside the channel's window for free text
}
# What keeps one recipient out and nobody else: too much between two numbers; a country that the account may not write to.
ONE_RECIPIENT: Final = frozenset({14107, 21408, 30450, 30453})
# For how long it lasts, where Twilio says so on the code's page and not in the answer.
PAUSE_SECONDS: Final = {14107: 30.0, 30027: 3600.0, 30450: 1800.0, 30453: 7200.0, 30454: 3600.0, 63038: 3600.0}

ENDS: dict[str, DeliveryStatus] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
WORSE: Final[dict[type[SendError], DeliveryStatus]] = {RecipientOptedOut: "opted_out", RecipientGone: "gone"}


def from_code(status: int, code: int | None, after_seconds: float | None = None) -> SendError:
    """The named failure for a refused request: its HTTP status and Twilio's code, if it gave one.

    An answer with a code is Twilio's own, one without is a gateway's (see `channels.connections.from_status`).
    """
    reason = f"twilio_{code}" if code else f"http_{status}"
    kind = CODES.get(code or 0)
    if kind is TryLater:
        after_seconds = after_seconds or PAUSE_SECONDS.get(code or 0)
    if kind is not None:
        return kind(reason, after_seconds=after_seconds, concerns="message" if code in ONE_RECIPIENT else None)
    if status in (401, 403, 404):
        return Misconfigured(reason)
    return from_status(status, after_seconds, is_own=code is not None) or Refused(reason)


def code_in(text: str) -> int | None:
    """Twilio's code in the body of a refusal; None when there is none."""
    try:
        told = json.loads(text)
    except ValueError:
        return None
    code = told.get("code") if isinstance(told, dict) else None
    return code if isinstance(code, int) else None


def delivery_status(status: str, code: int | None) -> DeliveryStatus | None:
    """What a status callback settles; None for the steps before a message has left (accepted, queued, sending).

    A telephone that could not be reached (30003) is off or out of range today: the message failed, the number stays.
    """
    end = ENDS.get(status)
    return WORSE.get(CODES.get(code or 0, Refused), end) if end == "failed" else end
