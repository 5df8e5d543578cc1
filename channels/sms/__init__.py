"""SMS through Twilio: the door that the entry point names, and its settings. Building imports the libraries; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from channels.api import Channel
from channels.doors import Door, Finding, Surroundings
from channels.errors import AddressRefused, ChannelError
from channels.sms.limits import limits, weigh
from channels.sms.settings import SmsSettings

REMEDY = "write it with country code, such as +46 70 123 45 67"


@cache
def _home_region() -> str:
    return SmsSettings(_env_file=".env", _env_ignore_empty=True).default_region  # type: ignore[call-arg]


def normalise(address: str, region: str | None = None) -> str:
    """A number in E.164. Without a country code it is one of `region`, or else of the country that the settings name.

    Raises `AddressRefused` when no telephone can have that number.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(address, region or _home_region())
    except phonenumbers.NumberParseException:
        raise AddressRefused(f"not a phone number — {REMEDY}") from None
    if not phonenumbers.is_possible_number(number):
        raise AddressRefused(f"too long or too short for a phone number — {REMEDY}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def build(settings: SmsSettings, surroundings: Surroundings) -> Channel | None:
    """The channel, or None without an account. Raises `ChannelError` when the token or every sender is missing."""
    if not settings.account_sid:
        return None
    if not settings.auth_token.get_secret_value():
        raise ChannelError("SMS has an account but no token — set GENKLANG_SMS_AUTH_TOKEN")
    if not settings.messaging_service_sid and not settings.sender:
        raise ChannelError("SMS has no sender — set GENKLANG_SMS_SENDER or GENKLANG_SMS_MESSAGING_SERVICE_SID")
    from channels.sms.adapter import Sms

    return Sms(settings, surroundings)


async def examine(settings: SmsSettings, surroundings: Surroundings) -> Sequence[Finding]:
    """What the provider says of these settings; see `examining`."""
    from channels.sms import examining

    return await examining.examine(settings, surroundings)


door = Door(
    name="sms",
    settings=SmsSettings,
    build=build,
    normalise=normalise,
    limits=limits,
    weigh=weigh,
    examine=examine,
)

__all__ = ["SmsSettings", "door"]
