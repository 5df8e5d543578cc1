"""Messages as the API shows them, and what its webhooks tell of them. Names and forms are those of Twilio's documentation."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

STATUS_AT_ERROR = "undelivered"
PRICE_SECONDS = 600.0  # for so long after it has left a message has no price
SEGMENT_PRICE = Decimal("0.07500")

Json = dict[str, Any]


@dataclass(slots=True)
class Message:
    """A message that the API has accepted, as its resource shows it."""

    sid: str
    to: str
    body: str
    sender: str
    service: str
    callback: str
    created_at: float
    status: str = "queued"
    error_code: int | None = None
    sent_at: float | None = None


def sign(token: str, url: str, parameters: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the address and the sorted parameters (Twilio's "Webhooks security")."""
    signed = url + "".join(name + parameters[name] for name in sorted(parameters))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def inbound_parameters(account: str, service: str, number: str, sid: str, sender: str, text: str) -> dict[str, str]:
    """What the service is told of a resident's message (Twilio, "Request parameters")."""
    return {
        "ToCountry": "SE",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": text,
        "FromCountry": "SE",
        "To": number,
        "MessagingServiceSid": service,
        "ToZip": "",
        "NumSegments": str(_segments(text)),
        "MessageSid": sid,
        "AccountSid": account,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }


def _segments(text: str) -> int:
    """About how many parts a telephone sends a text in: Twilio joins them, and tells how many they were."""
    alone, joined = (160, 153) if text.isascii() else (70, 67)
    return 1 if len(text) <= alone else -(-len(text) // joined)


def callback_parameters(account: str, message: Message, now: float) -> dict[str, str]:
    """What a status callback tells of a message."""
    parameters = {
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "MessageStatus": message.status,
        "To": message.to,
        "MessageSid": message.sid,
        "AccountSid": account,
        "From": message.sender,
        "ApiVersion": "2010-04-01",
    }
    if message.service:
        parameters["MessagingServiceSid"] = message.service
    if message.error_code:
        parameters["ErrorCode"] = str(message.error_code)
    if message.status in ("delivered", STATUS_AT_ERROR):
        parameters["RawDlrDoneDate"] = datetime.fromtimestamp(now, UTC).strftime("%y%m%d%H%M")
    return parameters


def resource(account: str, message: Message, *, is_priced: bool = False) -> Json:
    """A message as the API answers with it: what it is billed as is not known at first ("Message Resource", price and num_segments)."""
    stamp = _stamp(message.created_at)
    segments = _segments(message.body)
    path = f"/2010-04-01/Accounts/{account}/Messages/{message.sid}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": stamp,
        "date_sent": None if message.sent_at is None else _stamp(message.sent_at),
        "date_updated": stamp,
        "direction": "outbound-api",
        "error_code": message.error_code,
        "error_message": None,
        "from": None if message.service and message.status == "accepted" else message.sender,
        "messaging_service_sid": message.service or None,
        "num_media": "0",
        "num_segments": "0" if message.service and message.sent_at is None else str(segments),
        "price": f"-{SEGMENT_PRICE * segments}" if is_priced else None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": message.to,
        "uri": f"{path}.json",
    }


def _stamp(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(at, UTC))
