"""The settings of the service, read from the environment. Each channel declares its own beside its adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.problems import InputRefused, Problem


class Settings(BaseSettings):
    """Everything a municipality decides about its installation."""

    model_config = SettingsConfigDict(env_prefix="GENKLANG_", extra="ignore")

    database_url: str = Field(
        "sqlite:///var/genklang.db",
        description="Where everything is kept: `sqlite:///PATH` or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`.",
    )
    database_listen_url: str = Field(
        "",
        description="The same PostgreSQL without the pooler that `database_url` leads through: only for LISTEN, which does not pass "
        "one that pools by transaction. Unset: `database_url`.",
    )
    statement_seconds: float = Field(
        30.0,
        ge=1,
        description="How long PostgreSQL may take for one statement of the service, in seconds; a connection that stays silent for "
        "a third longer is given up like a lost one. Commands such as imports and launches take the time they need.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 characters, kept secret and never changed: seals addresses and signs personal links.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="The address under which residents and providers reach the service."
    )
    host: str = Field("127.0.0.1", description="The network address the service listens on.")
    port: int = Field(8000, ge=1, le=65535, description="The port the service listens on.")
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Proxies whose X-Forwarded-For, -Proto and -Host are believed: addresses or networks, separated by commas.",
    )
    client_rate_per_second: float = Field(
        50.0,
        gt=0,
        description="Most requests a second from one client's address, on average; what is refused counts as 25. Verified "
        "calls of providers, this machine and trusted proxies are not counted.",
    )
    most_connections: int = Field(
        2000, ge=100, description="Most connections to the service at a time; those beyond hear 503."
    )
    connections_per_client: int = Field(
        200,
        ge=20,
        description="Most connections at a time from one client's address, so that none holds all; those beyond hear 503. Not "
        "counted: this machine and trusted proxies.",
    )
    replies_per_hour: int = Field(
        100,
        ge=20,
        description="Most messages an hour that are written back to one address: two programs that answer each other stop.",
    )
    replies_per_day: int = Field(300, ge=20, description="The same for a day.")
    controller: str = Field(
        "", description="Who is responsible for the personal data (personuppgiftsansvarig), shown as the sender."
    )
    contact: str = Field(
        "", description="How residents reach a person about anything else: a phone number, an address, a sentence."
    )
    time_zone: str = Field("Europe/Stockholm", description="The time zone of quiet hours and dates.")
    country: str = Field("SE", description="Whose public holidays count (ISO 3166 code).")
    contact_gap_hours: float = Field(
        48.0, ge=0, description="How long a person is left in peace after another campaign's message, in hours."
    )
    nudge_hours: float = Field(
        24.0,
        ge=0,
        description="How long a conversation rests in the middle before its question is asked once more, in hours; 0: never.",
    )
    conversation_hours: float = Field(
        36.0,
        ge=0,
        description="How long after the last word in a conversation another campaign waits with its invitation or reminder "
        "to the same number, in hours.",
    )
    shared_phone_hours: float = Field(
        12.0,
        gt=0,
        description="How long it is remembered who answers on a phone that several people share, in hours of quiet.",
    )
    soft_bounce_limit: int = Field(
        3,
        ge=1,
        description="After how many soft bounces in a row (mailbox full, telephone off) an address is taken for dead; one a day "
        "counts, and a delivery forgets them.",
    )
    soft_bounce_days: float = Field(
        7.0, ge=0, description="How far apart the first and the last of those soft bounces must be, in days."
    )
    tick_seconds: float = Field(1.0, gt=0, le=60, description="How often the clock asks what is due, in seconds.")
    lease_seconds: float = Field(
        120.0, gt=0, description="How long a worker may hold messages, in seconds, before they count as in doubt."
    )
    drain_seconds: float = Field(
        25.0,
        gt=0,
        description="How long a process that was told to end may take to finish what it is sending, in seconds. Keep it below "
        "what its supervisor grants; what is cut off is named by `outbox unknown`.",
    )
    rate_scale: float = Field(
        1.0, gt=0, description="Multiplies every channel's own rate limit; 1 is what the providers allow."
    )
    clock_file: Path | None = Field(
        None,
        description="A shared clock instead of the machine's: days pass as fast as somebody sets it. For demonstrations.",
    )
    log_level: str = Field("info", description="How much is logged: debug, info, warning or error.")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="How a line of the log looks: json, text, or auto (text on a terminal, else json)."
    )
    keep_inbound_days: int = Field(
        30,
        ge=7,
        description="How long `purge` keeps the keys of what came in, in days; the clock itself keeps them 30.",
    )
    keep_transitions_days: int = Field(
        365, ge=1, description="How long `purge` keeps the histories of settled messages, in days."
    )
    keep_contents_days: int = Field(
        90, ge=1, description="How long `purge` keeps what was written to residents, in days after it was settled."
    )
    keep_dialogues_days: int = Field(
        90,
        ge=1,
        description="How long `purge` keeps the state of conversations in campaigns that are archived or called off, in days "
        "after their last day to answer.",
    )
    keep_erased_days: int = Field(
        30, ge=1, description="How long `purge` keeps what is left of erased people, in days after the erasure."
    )
    metrics: bool = Field(False, description="Whether figures for Prometheus are kept and shown at /metrics.")
    metrics_host: str = Field("127.0.0.1", description="The network address of `metrics_port`.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="A port of its own for /metrics, /healthz and /readyz, beside the public one; a worker has no other. "
        "Unset: /metrics is on the service's own port, and a worker shows nothing. 0: any free port.",
    )
    traces: bool = Field(
        False,
        description="Whether OpenTelemetry traces are made (needs `genklang[traces]`); where they go is said by the standard "
        "OTEL_* variables.",
    )

    @field_validator("secret_key")
    @classmethod
    def _is_long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 32:
            raise ValueError(
                "needs at least 32 characters; make one with: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        return value

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.lower() not in {"debug", "info", "warning", "error"}:
            raise ValueError("must be debug, info, warning or error")
        return value.lower()

    @model_validator(mode="after")
    def _has_a_known_database(self) -> Self:
        if not self.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("database_url must begin with sqlite:/// or postgresql+psycopg://")
        if self.database_listen_url and not self.database_listen_url.startswith("postgresql+psycopg://"):
            raise ValueError("database_listen_url must begin with postgresql+psycopg://")
        return self

    def secret(self) -> bytes:
        """The secret key as bytes."""
        return self.secret_key.get_secret_value().encode()


S = TypeVar("S", bound=BaseSettings)


def load_settings(model: type[S], **fixed: Any) -> S:
    """Settings of one model from the environment and `.env`, but for those `fixed` by the caller. What is empty is not set.

    Raises `InputRefused` naming each variable that cannot be used and what to write instead.
    """
    try:
        return model(_env_file=".env", _env_ignore_empty=True, **fixed)
    except ValidationError as error:
        prefix = str(model.model_config.get("env_prefix", ""))
        raise InputRefused(
            tuple(
                Problem(
                    what=f"{prefix}{'_'.join(str(part) for part in problem['loc']).upper()} cannot be used",
                    remedy=problem["msg"].removeprefix("Value error, "),
                    file="settings",
                )
                for problem in error.errors(include_input=False, include_url=False)
            )
        ) from None
