"""Reading what a resident wrote: which message it answers, who wrote it, and the resident's own words. Bounces are read in `bounces`, machines known in `automatic`."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime

from bot.contents import Said
from channels.api import Inbound
from channels.email.addresses import OurAddresses, normalise
from channels.email.automatic import is_automatic
from channels.email.headers import header
from channels.email.loops import LoopGuard
from channels.email.plain import body_of
from channels.email.quotes import words_in
from channels.errors import AddressRefused

_MOST_CHARS = 20_000
# "Re:" and "Fwd:" as mail programs write them in the languages of our residents, "RE[2]:" and "SV :" with them.
_REPLY_PREFIX = re.compile(
    r"(re|sv|vs|aw|antw|odp|pd|ynt|ilt|fwd?|vb|vl|wg|tr|ang|r|ref|отв|на|пересл|відп|רא|תגובה|رد|پاسخ|إعادة توجيه)\.? ?(\[\d+\])? ?[:：]",
    re.IGNORECASE,
)


def parse(raw: bytes) -> EmailMessage:
    """The message, whatever its faults."""
    return message_from_bytes(raw, policy=default)


def inbound(
    message: EmailMessage,
    raw: bytes,
    ours: OurAddresses,
    lane: str,
    token: str | None,
    sender: str,
    loops: LoopGuard,
    at: datetime,
) -> Inbound:
    """One reply. `sender` is the envelope's; the From header names who wrote it. What machines write has no words."""
    author, name = _author(message, sender), external_id(message, raw, token or "")
    is_auto = (
        ours.is_one(author) or ours.sent(header(message, "Message-ID")) is not None or is_automatic(message, sender)
    )
    words = "" if is_auto else words_of(message)
    is_auto = is_auto or loops.is_loop(author, name, words, at.timestamp())
    return Inbound(
        channel="email",
        lane=lane,
        external_id=name,
        address=author,
        kind="auto_reply" if is_auto else "said",
        said=Said() if is_auto else Said(text=words),
        token=token,
        message_id=answered(message, ours),
        sent_at=_sent_at(message),
    )


def external_id(message: EmailMessage, raw: bytes, token: str) -> str:
    """The dedupe key: the same for a repetition, different for another recipient of the same message."""
    name = header(message, "Message-ID") or hashlib.sha256(raw).hexdigest()
    return hashlib.sha256(f"{name}\n{token}".encode("utf-8", "replace")).hexdigest()[:40]


def words_of(message: EmailMessage) -> str:
    """The resident's own words; the subject when the body is empty and the subject is not our own."""
    words = words_in(body_of(message))[:_MOST_CHARS]
    if words:
        return words
    subject = " ".join(header(message, "Subject").split())
    return "" if _REPLY_PREFIX.match(subject) else subject


def _author(message: EmailMessage, sender: str) -> str:
    """The From address in the stored form; the envelope's when that cannot be read, "" when neither can."""
    for candidate in (*(address for _, address in getaddresses([header(message, "From")])), sender):
        try:
            return normalise(candidate)
        except AddressRefused:
            continue
    return ""


def answered(message: EmailMessage, ours: OurAddresses) -> int | None:
    """The message of ours that one says it answers, if its Message-ID was not made up."""
    numbers = map(ours.sent, header(message, "In-Reply-To").split())
    return next((number for number in numbers if number is not None), None)


def _sent_at(message: EmailMessage) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header(message, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
