"""Whether the account at Twilio will do: fetches it, and the sender. Nothing is sent or changed."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from channels.connections import new_session
from channels.doors import Finding, Surroundings
from channels.sms.settings import SmsSettings

PATIENCE_SECONDS = 10.0
MESSAGING_BASE = "https://messaging.twilio.com"  # where messaging services are kept; accounts are at api.twilio.com
E164 = re.compile(r"\+[1-9]\d{6,14}")
SHORT_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")  # Twilio, "Alphanumeric sender ID"


async def examine(settings: SmsSettings, surroundings: Surroundings) -> Sequence[Finding]:
    """How the account, its credentials and its sender stand."""
    async with new_session(1, min(settings.timeout_seconds, PATIENCE_SECONDS)) as session:
        auth = _authorization(settings)
        try:
            account = await _account(session, auth, settings)
            if account.state == "wrong":
                return [account]
            return [account, await _sender(session, auth, settings)]
        except (aiohttp.ClientError, TimeoutError) as error:
            what = f"Twilio cannot be reached ({type(error).__name__})"
            remedy = "check GENKLANG_SMS_API_BASE and that this machine may reach it"
            return [Finding("sms account", "wrong", what, remedy)]


def _authorization(settings: SmsSettings) -> str:
    """HTTP Basic (RFC 7617), the account's SID as the name."""
    pair = f"{settings.account_sid}:{settings.auth_token.get_secret_value()}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


async def _get(session: aiohttp.ClientSession, auth: str, url: str) -> tuple[int, Any]:
    async with session.get(url, headers={"Authorization": auth}, allow_redirects=False) as answer:
        try:
            return answer.status, await answer.json(content_type=None)
        except ValueError:
            return answer.status, {}


async def _account(session: aiohttp.ClientSession, auth: str, settings: SmsSettings) -> Finding:
    subject = "sms account"
    url = f"{settings.api_base.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}.json"
    status, told = await _get(session, auth, url)
    if status in (401, 403, 404):
        remedy = "check GENKLANG_SMS_ACCOUNT_SID and GENKLANG_SMS_AUTH_TOKEN against Twilio's console"
        return Finding(subject, "wrong", f"Twilio does not know us (http_{status})", remedy)
    if status != 200:
        return Finding(subject, "wrong", f"Twilio does not answer as it should (http_{status})", "try again soon")
    state = str(told.get("status", "")) if isinstance(told, dict) else ""
    if state != "active":
        return Finding(
            subject, "wrong", f"the account is {state or 'in no known state'}", "ask Twilio to open it again"
        )
    if told.get("type") == "Trial":
        what = "it is a trial account: it reaches verified numbers only, and adds a sentence of its own"
        return Finding(subject, "note", what, "upgrade it before a campaign")
    return Finding(subject, "fine", "active")


async def _sender(session: aiohttp.ClientSession, auth: str, settings: SmsSettings) -> Finding:
    subject, service = "sms sender", settings.messaging_service_sid
    if not service:
        if E164.fullmatch(settings.sender):
            return Finding(subject, "fine", "a number")
        if SHORT_NAME.fullmatch(settings.sender):
            what = "a name: residents cannot answer it"
            return Finding(subject, "note", what, "set a number or a messaging service for a dialogue")
        remedy = "write a number in E.164, such as +46701234567, or a name of at most 11 letters and digits"
        return Finding(subject, "wrong", "neither a number nor a name that Twilio takes", remedy)
    status, _ = await _get(session, auth, f"{_messaging_base(settings)}/v1/Services/{service}")
    if status == 200:
        return Finding(subject, "fine", "the messaging service is there")
    if status == 404:
        remedy = "check GENKLANG_SMS_MESSAGING_SERVICE_SID against Twilio's console"
        return Finding(subject, "wrong", "the account has no such messaging service", remedy)
    return Finding(subject, "note", f"could not look at the messaging service (http_{status})", "")


def _messaging_base(settings: SmsSettings) -> str:
    """Where messaging services are asked for: at Twilio on another host, at another server like it on the same."""
    base = settings.api_base.rstrip("/")
    is_twilio = (urlsplit(base).hostname or "").endswith("twilio.com")
    return MESSAGING_BASE if is_twilio else base
