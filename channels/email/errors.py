"""What a mail server's answers mean: one of the channel's named failures. Nothing is sent here.

Codes are those of RFC 5321 (4.2.2, 4.2.3); enhanced codes (x.y.z) those of RFC 3463, 5248 and 7372.
"""

from __future__ import annotations

import re
from typing import Literal

from campaigns.bounces import kind_of
from channels.errors import Concern, Misconfigured, RecipientGone, Refused, SendError, TryLater

Step = Literal["connect", "login", "sender", "recipient", "data", "message"]

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_WAIT = re.compile(r"(\d{1,5})\s*(s|sec|secs|seconds?|m|min|mins|minutes?)\b", re.IGNORECASE)
_UNWANTED = re.compile(
    r"spam|blocked|blacklist|blocklist|reputation|policy|content rejected|\bDMARC\b|\bSPF\b|virus|unsolicited"
    r"|(?<!mailbox name )not allowed",  # RFC 5321, 4.3.2: "mailbox name not allowed" is what a 553 says of an address
    re.IGNORECASE,
)
_SENDER_SUBJECTS = {"7", "8"}  # 5.1.7 and 5.1.8 speak of the sender's address
_AUTHENTICATION = {str(detail) for detail in range(20, 28)}  # 5.7.20 to 5.7.27: DKIM, SPF, reverse DNS


def enhanced_status(text: str) -> str:
    """The enhanced status code in a reply or a diagnostic, such as "5.1.1"; "" when there is none."""
    found = _ENHANCED.search(text)
    return found.group() if found else ""


def is_dead(status: str) -> bool:
    """Whether a permanent enhanced status says that the recipient's address does not exist, or is no longer theirs."""
    return status.startswith("5.") and kind_of(f"bounce_{status}") == "hard"


def is_unwanted(text: str) -> bool:
    """Whether a server's words say that it wants no such messages from us, whoever they are for."""
    return _UNWANTED.search(text) is not None


def from_reply(step: Step, code: int, text: str) -> SendError:
    """The failure that a reply other than success means at one step of the session.

    `reason` holds only the step and the codes: the server's words may repeat the address.
    """
    status = enhanced_status(text)
    reason = f"smtp_{step}_{code}" + (
        f"_{status}" if status else "_unwanted" if code >= 500 and is_unwanted(text) else ""
    )
    if 400 <= code < 500 or not 500 <= code < 600:
        return TryLater(reason, after_seconds=_wish(text), concerns=_concern(step, code, status))
    return _permanent(step, code, status, text)(reason)


def _concern(step: Step, code: int, status: str) -> Concern:
    """Whom a 4xx keeps waiting: one mailbox (450, 452, greylisting), or everybody (421, the server's own disk or load)."""
    _, _, rest = status.partition(".")
    subject, _, detail = rest.partition(".")
    if code == 421 or step in ("connect", "login"):
        return "lane"
    if subject:
        is_about_us = subject == "3" or (subject == "1" and detail in _SENDER_SUBJECTS) or status == "4.7.28"
        return "lane" if is_about_us or (step == "sender" and subject != "7") else "message"
    return "message" if step == "recipient" else "lane"


def _permanent(step: Step, code: int, status: str, text: str) -> type[SendError]:
    """Which failure a 5xx is. A bare 550, 551 or 553 to RCPT speaks of the mailbox."""
    _, _, rest = status.partition(".")
    subject, _, detail = rest.partition(".")
    if step in ("connect", "login") or code in (530, 535):
        return Misconfigured
    if subject == "1" and detail in _SENDER_SUBJECTS:
        return Misconfigured
    if subject == "7" and detail in _AUTHENTICATION:
        return Misconfigured
    if step == "sender":
        return Refused if code == 552 or subject in ("2", "3") else Misconfigured
    if step == "recipient":
        if is_dead(status) or (not status and code in (550, 551, 553) and not is_unwanted(text)):
            return RecipientGone
        return Misconfigured if "relay" in text.lower() else Refused
    return RecipientGone if is_dead(status) else Refused


def _wish(text: str) -> float | None:
    """How many seconds a greylisting or throttling server asks for in its words, if it does."""
    found = _WAIT.search(text)
    if not found:
        return None
    return float(found[1]) * (60 if found[2][0].lower() == "m" else 1)
