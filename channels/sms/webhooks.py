"""What Twilio tells us: messages from residents and what became of ours. Nothing is believed before its signature is checked."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from urllib.parse import unquote_to_bytes

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from twilio.request_validator import RequestValidator

from bot.contents import Said
from channels.api import DeliveryReport, Inbound, InboundKind
from channels.calls import BodyTooLarge, expect_at_most, header, read_body
from channels.errors import AddressRefused
from channels.sms import normalise
from channels.sms.errors import delivery_status

CHANNEL = LANE = "sms"
INBOUND_PATH, STATUS_PATH = "/sms/inbound", "/sms/status"
MOST_BODY_BYTES = 1 << 16
MOST_FIELDS = 500
SIGNATURE_HEADER = b"x-twilio-signature"
SIGNATURE_CHARS = 28  # 20 bytes of HMAC-SHA1 in base64

# Twilio blocks the sender on a message that is one of these and nothing else, in any case, whatever language is spoken,
# and answers it itself (Twilio, "Support for opt-out keywords"). Where Advanced Opt-Out is on, the words are those set in
# the console, and OptOutType names what they were taken for: STOP, START or HELP ("Advanced Opt-Out").
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
YES = "YES"  # a START word of Twilio's, and an answer to many a question of ours


class Parameters(dict[str, str]):
    """What a request says: the last field of each name, as a dict. `fields` are all of them, in their order."""

    __slots__ = ("fields",)

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__(fields)
        self.fields = fields

    def __repr__(self) -> str:
        """Without what was said and by whom, so that it reaches no log."""
        return f"Parameters({len(self.fields)} fields)"

    def getlist(self, name: str) -> list[str]:
        """All that was said under a name, for Twilio's validator."""
        return [value for known, value in self.fields if known == name]

    def multi_items(self) -> list[tuple[str, str]]:
        """All fields."""
        return self.fields


class Forged(Exception):
    """The signature is not Twilio's."""


class Doorkeeper:
    """Checks signatures against the address that Twilio was told, which is what it signed, whatever proxies made of it since.

    That is the public address; or where Twilio was told another name of ours, the one that the request came to (from a
    trusted proxy its X-Forwarded-Proto and -Host count for that). Each is tried with its port and without, as Twilio
    signs both ways ("Webhooks security").
    """

    def __init__(self, validator: RequestValidator, public_url: str) -> None:
        self.validator, self.public_url = validator, public_url
        # A copy of it signs one text: keyed once, and unlike `hmac.digest` it lets no other thread in for so short a time.
        self._signing = hmac.new(validator.token, digestmod="sha1")

    async def admit(self, request: Request) -> Parameters:
        """The parameters of a request that Twilio signed. Raises `Forged`, `BodyTooLarge`, `ClientDisconnect` or `ValueError`."""
        expect_at_most(request, MOST_BODY_BYTES)
        signature = header(request, SIGNATURE_HEADER)
        if len(signature) != SIGNATURE_CHARS:
            raise Forged
        body = (await read_body(request, MOST_BODY_BYTES)).decode()
        parameters = body if _is_hashed(request) else _form(body)
        for url in self._addresses(request):
            if self._has_signed(url, parameters, signature):
                return _object(body) if isinstance(parameters, str) else parameters
        raise Forged

    def _has_signed(self, url: str, parameters: Parameters | str, signature: bytes) -> bool:
        """Whether it is Twilio's signature of this address or another spelling of it, which only the validator knows.

        The validator takes several times as long, so a form is first compared as it is signed most often ("Webhooks security").
        """
        if not isinstance(parameters, str):
            signing = self._signing.copy()
            signing.update((url + "".join(chain.from_iterable(sorted(set(parameters.fields))))).encode())
            if hmac.compare_digest(b64encode(signing.digest()), signature):
                return True
        return bool(self.validator.validate(url, parameters, signature.decode("latin-1")))

    def _addresses(self, request: Request) -> Iterator[str]:
        query = request.scope["query_string"].decode()
        rest = request.scope["path"] + ("?" + query if query else "")
        ours = self.public_url + rest
        yield ours
        called = f"{request.scope['scheme']}://{header(request, b'host').decode('latin-1')}{rest}"
        if called != ours:
            yield called


def _is_hashed(request: Request) -> bool:
    """Whether the body is JSON, which is signed by its hash: that stands in the address. A form is signed by its fields."""
    return b"bodySHA256" in request.scope["query_string"] and "bodySHA256" in request.query_params


def _form(body: str) -> Parameters:
    """The fields of a form, as `parse_qsl` reads them in several times as long. Raises `ValueError` for bytes that are no UTF-8
    and for more than `MOST_FIELDS`.
    """
    parts = body.split("&")
    if len(parts) > MOST_FIELDS:
        raise ValueError("too many fields")
    fields = []
    for part in parts:
        if part:
            name, _, value = part.partition("=")
            # Most of a form is letters and digits, which stand for themselves.
            is_plain = "%" not in part and "+" not in part
            fields.append((name, value) if is_plain else (_unescaped(name), _unescaped(value)))
    return Parameters(fields)


def _unescaped(text: str) -> str:
    text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text


def _object(body: str) -> Parameters:
    """The members of a JSON object as a form would have them. Raises `ValueError` when it is none."""
    members = json.loads(body)
    if not isinstance(members, dict):
        raise ValueError("not an object")
    return Parameters([(name, "" if value is None else str(value)) for name, value in members.items()])


def refusal(error: Exception) -> Response:
    """What a request is answered with that was not admitted."""
    if isinstance(error, Forged):
        return Response(status_code=403)
    return Response(status_code=413 if isinstance(error, BodyTooLarge) else 400)


NOT_ADMITTED = (Forged, BodyTooLarge, ValueError, LookupError, ClientDisconnect)


# An incoming message is answered with TwiML, and one that shall not be replied to with TwiML that says nothing ("Messaging
# Webhooks"); a status callback with no content (Twilio's error 15003, "Warning Response to Callback URL").
SILENCE = Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', media_type="text/xml")
NO_CONTENT = Response(status_code=204)


def read_inbound(parameters: Parameters) -> Inbound | None:
    """A message from a resident; None when its sender has no telephone number, so that nobody could be answered.

    Senders with a short name or number, and those of other services that Twilio carries ("whatsapp:+46…"), are such.
    Pictures (MMS) are heard as the words that came with them, if any. Twilio joins the parts of a long message itself.
    """
    sender = parameters["From"]
    try:
        address = _normalise(sender)
    except AddressRefused:
        return None
    if ":" in sender:
        return None
    kind, said = _heard(parameters.get("Body", ""), parameters.get("OptOutType", "").upper())
    return Inbound(
        channel=CHANNEL,
        lane=LANE,
        external_id=parameters["MessageSid"],
        address=address,
        kind=kind,
        said=said,
    )


_normalise = lru_cache(maxsize=4096)(normalise)  # who answers, answers again


def _heard(body: str, opt_out_type: str) -> tuple[InboundKind, Said]:
    """What a message says where Twilio has taken it for one of its keywords, and where it has not.

    After STOP nothing gets through to the sender any more. START lets it through again, which begins or goes on. HELP is
    answered by Twilio too, but it knows nothing of the dialogue: ours comes as well.
    """
    word = body.strip().upper()
    if opt_out_type == "STOP" or (not opt_out_type and word in STOP_WORDS):
        return "opted_out", Said(text=body)
    if opt_out_type == "START" and word != YES:
        return "opened", Said()
    if opt_out_type == "HELP":
        return "said", Said(choice="!help")
    return "said", Said(text=body)


def read_status(parameters: Parameters, message_id: str | None) -> DeliveryReport | None:
    """What became of a message; None while it is still on its way."""
    code = parameters.get("ErrorCode", "")
    number = int(code) if code.isdecimal() else None
    status = delivery_status(parameters["MessageStatus"], number)
    if status is None:
        return None
    return DeliveryReport(
        channel=CHANNEL,
        status=status,
        message_id=int(message_id) if message_id and message_id.isdecimal() else None,
        provider_id=parameters["MessageSid"],
        reason=f"twilio_{number}" if number else "",
        external_id=f"{parameters['MessageSid']}:{parameters['MessageStatus']}",
        is_billed=True,
    )
