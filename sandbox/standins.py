"""The three stand-ins, set up for one world: who has started the chat, whose address is dead. What they speak lives in `telegram`, `twilio` and `mail`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.mail import Mail
from sandbox.telegram import TelegramStandIn
from sandbox.twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, SERVICE_SID, TwilioStandIn
from sandbox.wire import Wire
from sandbox.world import World

UNREACHABLE = 30005  # Twilio: unknown destination handset
TELEGRAM_TOKEN = "900000000:sandbox-token"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where things are, and the sandbox's own credentials: sandbox defaults, no secrets."""

    service_url: str = "http://127.0.0.1:8000"
    mail_door: tuple[str, int] = ("127.0.0.1", 8025)
    smtp_port: int = 9125
    telegram_token: str = TELEGRAM_TOKEN
    twilio_sid: str = ACCOUNT_SID
    twilio_token: str = AUTH_TOKEN
    twilio_service: str = SERVICE_SID
    twilio_number: str = NUMBER
    sms_path: str = "/sms/inbound"


def stand_ins(world: World, addresses: Addresses, now: Callable[[], float]) -> tuple[Wire, Wire, Wire]:
    """Telegram, Twilio and the mail world, as this world's residents would have left them."""
    inbound = addresses.service_url.rstrip("/") + addresses.sms_path
    telegram = TelegramStandIn(addresses.telegram_token, now=now)
    twilio = TwilioStandIn(
        addresses.twilio_sid,
        addresses.twilio_token,
        now=now,
        inbound_url=inbound,
        fallback_url=inbound,
        number=addresses.twilio_number,
        service_sid=addresses.twilio_service,
    )
    mail = Mail(now, door=addresses.mail_door, port=addresses.smtp_port)
    for resident in world.residents:
        for place, (channel, address) in enumerate(resident.contacts.items()):
            reach = resident.habit.reach if place == 0 else "alive"
            if channel == "telegram":
                telegram.acquaint([address])
                telegram.languages[address] = resident.language
                if reach == "blocked":
                    telegram.faults.blocked.add(address)
            elif channel == "sms" and reach == "refused":
                twilio.faults.refuse.add(address)
            elif channel == "sms" and reach == "bounces":
                twilio.faults.undelivered[address] = UNREACHABLE
            elif channel == "email" and reach == "refused":
                mail.faults.gone.add(address)
            elif channel == "email" and reach == "bounces":
                mail.faults.bounce.add(address)
    return telegram, twilio, mail


__all__ = ["ACCOUNT_SID", "AUTH_TOKEN", "TELEGRAM_TOKEN", "Addresses", "stand_ins"]
