"""What a failed message says of its address: the one table of hard and soft bounces, and when soft ones add up. What follows is written in `store.bounces`.

Reasons are the codes that the channels give: `bounce_5.1.1`, `smtp_recipient_452_4.2.2`, `twilio_30003`, `blocked`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Kind = Literal["hard", "soft", "block", "complaint", "other"]
"""hard: the address is dead or no longer theirs. soft: not now, perhaps never: it is counted. block: our own standing with
the receiver, which says nothing of the resident. complaint: the resident wants no more of it. other: the message's or our own fault.
"""

# Enhanced mail status codes without their class: RFC 3463 unless another source is named. The class (4 or 5) says whether
# the server would have taken it later; once the message has failed, both mean that it did not arrive.
_STATUS: Final[dict[str, Kind]] = {
    "1.0": "hard",  # other address status: qmail and sendmail say it of unknown users
    "1.1": "hard",  # bad destination mailbox address
    "1.2": "hard",  # bad destination system address: no such domain
    "1.3": "hard",  # bad destination mailbox address syntax
    "1.4": "hard",  # destination mailbox address ambiguous
    "1.5": "other",  # destination address valid (a success)
    "1.6": "hard",  # mailbox has moved, no forwarding address
    "1.7": "other",  # bad sender's mailbox address syntax: ours
    "1.8": "other",  # bad sender's system address: ours
    "1.9": "other",  # message relayed to a mailer that reports no further (RFC 3886)
    "1.10": "hard",  # recipient address has null MX: takes no mail (RFC 7505)
    "2.0": "soft",  # other mailbox status; 4.2.0 is what Postgrey says of a sender whom it does not know yet
    "2.1": "soft",  # mailbox disabled, not accepting messages: for a time or for ever, the code does not tell
    "2.2": "soft",  # mailbox full
    "2.3": "other",  # message longer than this mailbox takes: the message's fault
    "2.4": "soft",  # mailing list expansion problem
    "3.4": "other",  # message too big for the system
    "7.13": "hard",  # user account disabled (RFC 5248)
    "7.17": "hard",  # mailbox owner has changed (RFC 7293)
    "7.18": "hard",  # domain owner has changed (RFC 7293)
}
# Codes of a whole subject that the table above does not name.
_SUBJECT: Final[dict[str, Kind]] = {
    "1": "hard",  # addressing
    "2": "soft",  # mailbox
    "3": "soft",  # mail system: full, down, not taking messages
    "4": "soft",  # network and routing: no answer, time ran out (4.7)
    "5": "other",  # protocol: between two programs
    "6": "other",  # content or its form
    "7": "block",  # security and policy: spam, reputation, SPF, DKIM, DMARC (RFC 7372), lists
}
# Twilio's error codes: its page for each is www.twilio.com/docs/api/errors/NUMBER.
_TWILIO: Final[dict[int, Kind]] = {
    **dict.fromkeys((21211, 21214, 21217), "hard"),  # not a valid telephone number
    **dict.fromkeys((21614, 21635), "hard"),  # not a mobile number; a landline
    **dict.fromkeys((21265, 21268), "hard"),  # a short code; a premium number: these take no messages
    **dict.fromkeys((63003, 63024), "hard"),  # the channel knows no such recipient
    30003: "soft",  # handset switched off or out of range
    30004: "soft",  # the receiving carrier or the subscriber's own list does not let it through
    30005: "hard",  # unknown handset: the number is not in service
    30006: "hard",  # landline or unreachable carrier
    30007: "block",  # filtered as spam or against a policy, by Twilio or a carrier
    30008: "soft",  # the carrier gave no reason
    30011: "hard",  # the number does not take this kind of message
    30036: "soft",  # the validity period ran out on the way
    30410: "soft",  # the provider's time ran out
    **dict.fromkeys((21610,), "complaint"),  # the recipient has sent STOP
    **dict.fromkeys((30450, 30453), "block"),  # held up for a while, since traffic to its like looked like fraud
}
# What the mail door and Telegram's say in words of their own, see their `errors` and `returns`.
_WORDS: Final[dict[str, Kind]] = {
    "complaint": "complaint",  # a feedback report (RFC 5965)
    "gone": "hard",
    "blocked": "hard",  # the resident has blocked the bot (Bot API, 403)
    "deactivated": "hard",
    "user_not_found": "hard",
    "chat_not_found": "hard",  # 400
    "never_started": "hard",
    "removed": "hard",
    "forbidden": "hard",
    "is_a_bot": "hard",
    "not_a_private_chat": "hard",
}
_ENHANCED: Final = re.compile(r"(?:^|_)([245])\.(\d{1,3})\.(\d{1,3})$")
_BARE: Final = re.compile(r"^(?:bounce|smtp_[a-z]+)_([45])\d\d$")
_OUR_STEPS: Final = ("smtp_connect", "smtp_login", "smtp_sender")  # here the server has heard of no recipient yet
STALE_AFTER: Final = timedelta(days=90)


def kind_of(reason: str) -> Kind:
    """What the reason of a failed message says. What nobody has named says nothing of the address."""
    if reason in _WORDS:
        return _WORDS[reason]
    if reason.startswith("twilio_"):
        number = reason.removeprefix("twilio_")
        return _TWILIO.get(int(number), "other") if number.isdecimal() else "other"
    if not reason.startswith(("bounce", "smtp_")):
        return "other"
    return _mail(reason)


def _mail(reason: str) -> Kind:
    if reason.endswith("unwanted"):
        return "block"
    if found := _ENHANCED.search(reason):
        kind = _enhanced(*(int(part) for part in found.groups()))
        return kind if kind == "block" or not reason.startswith(_OUR_STEPS) else "other"
    if reason.endswith("unknown_user"):
        return "hard"
    if reason.endswith("mailbox_full"):
        return "soft"
    # A bare code (RFC 5321, 4.2.1): a passing one that never passed. A permanent one may have any ground.
    found = _BARE.match(reason)
    return "soft" if found and found[1] == "4" and not reason.startswith(_OUR_STEPS) else "other"


def _enhanced(rank: int, subject: int, detail: int) -> Kind:
    kind = _STATUS.get(f"{subject}.{detail}", _SUBJECT.get(str(subject), "other"))
    if rank == 2:
        return "other"
    return "soft" if rank == 4 and kind == "hard" else kind


@dataclass(frozen=True, slots=True)
class SoftBounces:
    """From when on soft bounces count as a dead address: `limit` of them in a row, the first at least `days` before the last.

    As Mailman does it: one a day counts at most, and those that are too old are forgotten; a delivery forgets them all.
    """

    limit: int = 3
    days: float = 7.0


@dataclass(frozen=True, slots=True)
class Streak:
    """Soft bounces in a row: how many counted, the first and the last of them."""

    count: int = 0
    since: datetime | None = None
    at: datetime | None = None


def lengthened(streak: Streak, now: datetime) -> Streak:
    """The streak after one more soft bounce."""
    if streak.count == 0 or streak.since is None or streak.at is None or now - streak.at > STALE_AFTER:
        return Streak(1, now, now)
    if now - streak.at < timedelta(days=1):
        return streak
    return Streak(streak.count + 1, streak.since, now)


def is_dead(streak: Streak, rule: SoftBounces) -> bool:
    """Whether so many soft bounces mean that the address is dead."""
    if streak.since is None or streak.at is None:
        return False
    return streak.count >= rule.limit and streak.at - streak.since >= timedelta(days=rule.days)
