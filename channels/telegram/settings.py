"""What can be set about Telegram. Building the channel from it lives in the package itself."""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TelegramSettings(BaseSettings):
    """Telegram is in use when `token` is set."""

    model_config = SettingsConfigDict(env_prefix="GENKLANG_TELEGRAM_", extra="ignore")

    token: SecretStr = Field(
        default=SecretStr(""), description="The bot's token from @BotFather; empty: Telegram is not in use."
    )
    api_base: str = Field(
        default="https://api.telegram.org", description="Address of the Bot API server: Telegram's own, or a local one."
    )
    mode: Literal["auto", "webhook", "polling"] = Field(
        default="auto",
        description="How updates come in: webhook, polling, or auto (webhook when the public address is https).",
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that Telegram repeats with every update: 1-256 of A-Z a-z 0-9 _ -; empty: made from the token.",
    )
    rate_per_second: float = Field(
        default=25.0, gt=0, description="Most messages a second; Telegram allows about 30 a bot."
    )
    connections: int = Field(default=20, ge=1, le=100, description="Most requests to the Bot API at a time.")
    timeout_seconds: float = Field(default=30.0, gt=0, description="How long to wait for the Bot API's answer.")
    poll_seconds: int = Field(
        default=25, ge=0, le=50, description="How long one request for updates waits when polling."
    )

    def secret(self) -> str:
        """The secret of the webhook: as set, or made from the token, so that it is the same in every process."""
        chosen = self.webhook_secret.get_secret_value()
        if chosen:
            return chosen
        return hmac.new(self.token.get_secret_value().encode(), b"genklang webhook", hashlib.sha256).hexdigest()

    def has_webhook(self, public_url: str) -> bool:
        """Whether updates come in through the webhook."""
        return self.mode == "webhook" or (self.mode == "auto" and public_url.startswith("https://"))
