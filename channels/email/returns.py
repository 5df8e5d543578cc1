"""Bounces from before the standard, or beside it: exim, qmail, old postfix, old Exchange and their kin, told hard from soft by what they say. Standard reports are read in `bounces`.

flufl.bounce knows the makers' formats and whether a failure is final; why stands in the words above the returned message.
"""

from __future__ import annotations

import re
from email.message import EmailMessage, Message

from channels.api import DeliveryStatus
from channels.email.charsets import decoded
from channels.email.errors import enhanced_status, is_dead, is_unwanted

# Where the returned message begins: what stands below was written by us.
_ORIGINAL = re.compile(
    r"(?im)^(-{3,}.{0,20}(this is a copy|below this line|original message|returned message|unsent message|message header|"
    r"the following|undelivered).*|(return-path|received|from|message-id): .*|.{0,20}original message (headers|follows).*)$"
)
_CODE = re.compile(r"(?<![\d.#@])([45])([0-5]\d)(?=[\s\-:#]|$)")
_DEAD = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address|person)|unknown (recipient|address|account)|mailbox (unavailable|not found)|"
    r"no mailbox here by that name|unrouteable address|unrouted|does ?n[o']t exist|doesn't have an? .{0,20}account|not (listed in|found)|"
    r"RecipNotFound|RecipientNotFound|recipient (rejected|not found)|account (has been|is) (disabled|closed|deleted|suspended)|"
    r"host or domain name not found|domain (does not exist|not found)|couldn't find any host named|invalid recipient|address rejected|no longer (available|exists)",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"(mailbox|inbox|quota|disk|storage).{0,40}(full|exceeded|over|limit)|over ?quota|insufficient (system )?storage",
    re.IGNORECASE,
)
_STILL_TRYING = re.compile(
    r"will (be retried|keep trying|continue to)|has not yet been delivered|delivery (is|has been) delayed|no action is required|"
    r"you do ?n[o']t need to (resend|retry)|will try again|warning message only|still being retried",
    re.IGNORECASE,
)
_MOST_CHARS = 20_000


def returned(message: EmailMessage) -> tuple[DeliveryStatus, str] | None:
    """The outcome, with `gone` where the address is said to be dead and `failed` for everything that may pass; None when it is no bounce."""
    if any(part.get_content_type() == "message/delivery-status" for part in message.walk()):
        return None
    from flufl.bounce import all_failures

    temporary, permanent = all_failures(message)
    said = _said(message)
    if not (temporary or permanent) and not _is_bounce(message, said):
        return None
    if _STILL_TRYING.search(said) and not permanent:
        return None
    return judged(said)


def judged(said: str) -> tuple[DeliveryStatus, str]:
    """What a server's words about one failed delivery mean, from the surest to the vaguest of them."""
    status = enhanced_status(said)
    if status and not status.endswith(".0.0"):
        return ("gone" if is_dead(status) else "failed"), f"bounce_{status}"
    if _FULL.search(said):
        return "failed", "bounce_mailbox_full"
    code = _CODE.search(said)
    if _DEAD.search(said) and not (code and code[1] == "4"):
        return "gone", f"bounce_{code.group()}_unknown_user" if code else "bounce_unknown_user"
    if code:
        is_block = code[1] == "5" and is_unwanted(said)
        return "failed", f"bounce_{code.group()}" + ("_unwanted" if is_block else "")
    return "failed", "bounce_unwanted" if is_unwanted(said) else "bounce_unspecified"


def _is_bounce(message: EmailMessage, said: str) -> bool:
    """Whether a format that flufl.bounce does not know is one all the same: from a mail server, about a failure."""
    author = str(message.get("From", "")).lower()
    is_server = any(name in author for name in ("mailer-daemon", "postmaster", "mail delivery", "microsoftexchange"))
    return is_server and bool(enhanced_status(said).startswith("5") or _DEAD.search(said) or _FULL.search(said))


def _said(message: Message) -> str:
    """The server's own words: its first text, up to the message that it returns."""
    for part in message.walk():
        if part.get_content_maintype() != "text":
            continue
        data = part.get_payload(decode=True)
        text = decoded(data if isinstance(data, bytes) else b"", part.get_content_charset())[:_MOST_CHARS]
        found = _ORIGINAL.search(text)
        return text[: found.start()] if found and found.start() else text
    return ""
