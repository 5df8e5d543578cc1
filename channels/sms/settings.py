"""What can be set about SMS through Twilio. Building the channel from it lives in the package itself."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SmsSettings(BaseSettings):
    """SMS is in use when `account_sid` is set."""

    model_config = SettingsConfigDict(env_prefix="GENKLANG_SMS_", extra="ignore")

    account_sid: str = Field(default="", description="Twilio account SID (AC…); empty: SMS is not in use.")
    auth_token: SecretStr = Field(
        default=SecretStr(""), description="Twilio auth token; also checks what Twilio sends to us."
    )
    api_base: str = Field(
        default="https://api.twilio.com", description="Address of Twilio's API, or of another server like it."
    )
    messaging_service_sid: str = Field(default="", description="Messaging service (MG…) that chooses the sender.")
    sender: str = Field(
        default="", description="Sender when there is no messaging service: a number in E.164 or a short name."
    )
    default_region: str = Field(
        default="SE", description="Country of phone numbers written without a country code (ISO 3166, two letters)."
    )
    price_per_segment: Decimal | None = Field(
        default=None, description="Price of one segment, in your currency; for costs."
    )
    currency: str = Field(default="SEK", description="The currency of the price (ISO 4217, three letters).")
    validity_seconds: int | None = Field(
        default=None,
        ge=1,
        le=36_000,
        description="How long Twilio tries to deliver a message, in seconds (at most ten hours); unset: as long as it likes.",
    )
    rate_per_second: float = Field(default=10.0, gt=0, description="Most messages a second that the sender may send.")
    plain_typography: bool = Field(
        default=True,
        description='Send – ” … and the like as - " ... where the whole text then fits the cheap alphabet (GSM-7).',
    )
    connections: int = Field(default=10, ge=1, le=100, description="Most requests to Twilio at a time.")
    timeout_seconds: float = Field(default=30.0, gt=0, description="How long to wait for Twilio's answer.")
