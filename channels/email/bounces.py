"""What mail servers and mailbox providers report about our messages: bounces (RFC 3464) and complaints (RFC 5965). Residents' words are read in `reading`."""

from __future__ import annotations

import re
from email.message import EmailMessage, Message

from channels.api import DeliveryReport, DeliveryStatus
from channels.email.addresses import OurAddresses
from channels.email.errors import enhanced_status, is_dead
from channels.email.reading import external_id
from channels.email.returns import returned

_MARKS = re.compile(rb"(?im)^(?:Message-ID|Return-Path|Original-Mail-From):\s*(<[^<>\s]{3,300}>)")


def complaint(message: EmailMessage, raw: bytes, ours: OurAddresses, bounced: int | None) -> DeliveryReport | None:
    """That a resident pressed "this is spam": they want no more. None when the message is no complaint about one of ours."""
    if message.get_content_type() != "multipart/report" or _report_type(message) != "feedback-report":
        return None
    reports = [part for part in message.walk() if part.get_content_type() == "message/feedback-report"]
    kind = next((_fields(part).get("feedback-type", "") for part in reports), "").lower()
    if kind not in ("abuse", "fraud", "opt-out", "opt-out-list", "other"):
        return None
    number = bounced if bounced is not None else _ours_within(raw, ours)
    if number is None:
        return None
    return DeliveryReport(
        "email", "opted_out", message_id=number, reason="complaint", external_id=external_id(message, raw, str(number))
    )


def delivery_report(
    message: EmailMessage, raw: bytes, ours: OurAddresses, number: int | None, sender: str
) -> DeliveryReport | None:
    """What a bounce says; None for delays and for what is no bounce at all.

    `number` is the message whose own return path it came to. Some servers return messages to another address of ours:
    those are known by the Message-ID that they repeat, and believed only when they come from no sender (RFC 5321, 4.5.5).
    """
    if number is None and sender.strip() in ("", "<>") and message.get_content_type() != "multipart/alternative":
        number = _ours_within(raw, ours)
    if number is None:
        return None
    outcome = _standard(message) or returned(message)
    if outcome is None:
        return None
    status, reason = outcome
    return DeliveryReport(
        "email", status, message_id=number, reason=reason, external_id=external_id(message, raw, str(number))
    )


def _standard(message: EmailMessage) -> tuple[DeliveryStatus, str] | None:
    """Read a delivery status notification. A message to one recipient has one block about a recipient."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _blocks(part):
            action = str(block.get("Action", "")).strip().lower()
            status = enhanced_status(str(block.get("Status", "")))
            told = enhanced_status(str(block.get("Diagnostic-Code", "")))
            if action == "failed":
                code = told if told and status.endswith(".0.0") else status
                return ("gone" if is_dead(code) else "failed"), f"bounce_{code}" if code else "bounce"
            if action == "delivered":
                return "delivered", "dsn"
    return None


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _report_type(message: EmailMessage) -> str:
    return str(message.get_param("report-type", "")).lower()


def _fields(part: Message) -> dict[str, str]:
    """The fields of a feedback report, which the standard library leaves as text or as a message in a message."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return {
            name.lower(): str(value) for block in payload if isinstance(block, Message) for name, value in block.items()
        }
    text = str(payload)
    return {n.strip().lower(): v.strip() for n, _, v in (line.partition(":") for line in text.splitlines()) if v}


def _ours_within(raw: bytes, ours: OurAddresses) -> int | None:
    """Our message among the addresses that the report repeats, if the signature is genuine."""
    for found in _MARKS.findall(raw):
        text = found.decode("ascii", "replace")
        number = ours.sent(text)
        if number is None:
            number = ours.bounced(text)
        if number is not None:
            return number
    return None
