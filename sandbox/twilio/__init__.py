"""A stand-in for Twilio's messaging API, speaking its wire, and its subscribers' telephones as a `Wire`.

`messages` is how the API and its webhooks show a message, `standin` the account that takes them and the way to the service.
"""

from __future__ import annotations

from sandbox.twilio.errors import RefusalError, UndeliveredError
from sandbox.twilio.messages import Message, sign
from sandbox.twilio.standin import ACCOUNT_SID, AUTH_TOKEN, NUMBER, SERVICE_SID, STOP_WORDS, TwilioStandIn

__all__ = [
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "NUMBER",
    "SERVICE_SID",
    "STOP_WORDS",
    "Message",
    "RefusalError",
    "TwilioStandIn",
    "UndeliveredError",
    "sign",
]
