"""Reading what a resident wrote: which message it answers, whether a machine wrote it, and the resident's own words. Bounces are read in `bounces`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime

from bot.contents import Said
from channels.api import AddressRefused, Inbound
from channels.email.addresses import OurAddresses, normalise
from channels.email.plain import plain_text
from channels.email.quotes import own_words

_MOST_CHARS = 20_000
_REPLY_PREFIXES = ("re:", "sv:", "vs:", "aw:", "رد:", "odp:", "ynt:", "fw:", "fwd:", "vb:", "vl:")


def parse(raw: bytes) -> EmailMessage:
    """The message, whatever its faults."""
    return message_from_bytes(raw, policy=default)


def inbound(message: EmailMessage, raw: bytes, ours: OurAddresses, lane: str, token: str, sender: str) -> Inbound:
    """One reply. `sender` is the envelope's; the From header names who wrote it."""
    is_auto = is_automatic(message, sender)
    return Inbound(
        channel="email",
        lane=lane,
        external_id=external_id(message, raw, token),
        address=_author(message, sender),
        kind="auto_reply" if is_auto else "said",
        said=Said() if is_auto else Said(text=words_of(message)),
        token=token,
        message_ref=_answered(message, ours),
        sent_at=_sent_at(message),
    )


def header(message: EmailMessage, name: str) -> str:
    """A header's value as text, "" when it is missing or beyond reading."""
    try:
        return str(message.get(name, "")).strip()
    except Exception:  # the standard library's header parser has many ways to fail on what spammers write
        return ""


def external_id(message: EmailMessage, raw: bytes, token: str) -> str:
    """The dedupe key: the same for a repetition, different for another recipient of the same message."""
    name = header(message, "Message-ID") or hashlib.sha256(raw).hexdigest()
    return hashlib.sha256(f"{name}\n{token}".encode("utf-8", "replace")).hexdigest()[:40]


def is_automatic(message: EmailMessage, sender: str) -> bool:
    """Whether a machine wrote it: RFC 3834, and the marks that older responders leave."""
    submitted = header(message, "Auto-Submitted").lower()
    precedence = header(message, "Precedence").lower()
    return (
        sender.strip() in ("", "<>")
        or (submitted != "" and not submitted.startswith("no"))
        or precedence in ("auto_reply", "bulk", "junk", "list")
        or header(message, "Return-Path") == "<>"
        or any(header(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder"))
        or message.get_content_type() == "multipart/report"
    )


def words_of(message: EmailMessage) -> str:
    """The resident's own words; the subject when the body is empty and the subject is not our own."""
    words = own_words(plain_text(message))[:_MOST_CHARS]
    if words:
        return words
    subject = " ".join(header(message, "Subject").split())
    return "" if subject.lower().startswith(_REPLY_PREFIXES) else subject


def _author(message: EmailMessage, sender: str) -> str:
    """The From address in the stored form; the envelope's when that cannot be read, "" when neither can."""
    for candidate in (*(address for _, address in getaddresses([header(message, "From")])), sender):
        try:
            return normalise(candidate)
        except AddressRefused:
            continue
    return ""


def _answered(message: EmailMessage, ours: OurAddresses) -> str | None:
    for name in header(message, "In-Reply-To").split():
        number = ours.sent(name)
        if number is not None:
            return ours.message_id(number)
    return None


def _sent_at(message: EmailMessage) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header(message, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
