"""What can be set about e-mail: the server that takes our messages, who we are, and the ways in for replies and bounces."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class EmailSettings(BaseSettings):
    """E-mail is in use when `host` is set."""

    model_config = SettingsConfigDict(env_prefix="GENKLANG_EMAIL_", extra="ignore")

    host: str = Field("", description="Mail server that takes outgoing messages; empty: e-mail is not in use.")
    port: int = Field(587, description="Port of the mail server: 587 with STARTTLS, 465 with TLS, 25 without either.")
    more_relays: str = Field(
        "", description="Further mail servers, as host:port separated by commas; login and encryption are the same."
    )
    relay_order: Literal["in_turn", "spread"] = Field(
        "in_turn",
        description="Which of several mail servers is used: in_turn (the next one while those before it fail) or spread (all of them).",
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted: starttls, tls (from the first byte) or none."
    )
    ca_file: Path | None = Field(None, description="Certificates to trust instead of the system's own (PEM file).")
    username: str = Field("", description="User name at the mail server; empty: no login.")
    password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    sender_address: str = Field("", description="Address that messages come from, such as dialog@kommun.example.")
    sender_name: str = Field(
        "",
        description="Name that all messages come from; empty: the campaign's own sender, in each recipient's language.",
    )
    domain: str = Field(
        "", description="Domain of reply and bounce addresses, routed to our door; empty: the sender address's domain."
    )
    secret: SecretStr = Field(SecretStr(""), description="Long random text that signs bounce addresses.")
    lane: str = Field("email", description="Name of this sender identity; rate limits belong to it.")
    rate_per_second: float = Field(
        0.0, ge=0, description="Most messages a second that the mail servers are given, by all workers; 0: no limit."
    )
    connections: int = Field(4, ge=1, le=100, description="Connections kept open to each mail server.")
    messages_per_connection: int = Field(100, ge=1, description="Messages after which a connection is renewed.")
    pipelining: bool = Field(
        True, description="Write several commands at once where the mail server offers it (RFC 2920)."
    )
    timeout_seconds: float = Field(60.0, gt=0, description="How long to wait for the mail server's answer.")
    door_host: str = Field("127.0.0.1", description="Address on which replies and bounces are taken in.")
    door_port: int | None = Field(
        None, ge=0, le=65535, description="Port of the door for replies and bounces; unset: no door; 0: any free port."
    )
    door_protocol: Literal["smtp", "lmtp"] = Field("smtp", description="What is spoken at the door: smtp or lmtp.")
    door_size_bytes: int = Field(10_000_000, ge=10_000, description="Largest message that the door takes in.")
    imap_host: str = Field(
        "", description="Mail server on which a mailbox for replies and bounces is read by IMAP; empty: none is."
    )
    imap_port: int = Field(993, ge=1, le=65535, description="Port of the mailbox: 993 with TLS, 143 with STARTTLS.")
    imap_security: Literal["tls", "starttls", "none"] = Field(
        "tls",
        description="How the connection to the mailbox is encrypted: tls (from the first byte), starttls or none.",
    )
    imap_username: str = Field("", description="User name of the mailbox.")
    imap_password: SecretStr = Field(SecretStr(""), description="Password of the mailbox.")
    imap_folder: str = Field("INBOX", description="Folder that is read; what was taken in leaves it.")
    imap_done_folder: str = Field(
        "Genklang done",
        description="Folder that messages are moved to once they were taken in; -: they are deleted.",
    )
    imap_aside_folder: str = Field(
        "Genklang aside",
        description="Folder for messages that are no answer, no bounce and no complaint, or cannot be read.",
    )
    imap_poll_seconds: float = Field(
        60.0,
        gt=0,
        description="How often the mailbox is looked at where the server does not tell of new messages (IDLE).",
    )
    most_per_hour: int = Field(
        60,
        ge=5,
        description="Messages an hour from one address, above which it is taken for a machine and not answered.",
    )
    complaints_to: str = Field(
        "complaints", description="Local part that mailbox providers send complaint reports to (feedback loops)."
    )
    dkim_selector: str = Field("", description="DKIM selector; empty: messages are not signed by us.")
    dkim_key_file: Path | None = Field(None, description="Private key for DKIM, RSA in PEM.")

    @field_validator("imap_done_folder")
    @classmethod
    def _is_a_folder_or_none(cls, value: str) -> str:
        return "" if value == "-" else value

    @field_validator("more_relays")
    @classmethod
    def _is_list_of_relays(cls, value: str) -> str:
        for relay in filter(None, map(str.strip, value.split(","))):
            host, _, port = relay.rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
                raise ValueError(f"{relay!r} is no mail server: write host:port, such as mail2.example.org:587")
        return value

    @property
    def relays(self) -> tuple[tuple[str, int], ...]:
        """Host and port of every mail server, in order."""
        more = (relay.strip().rpartition(":") for relay in self.more_relays.split(",") if relay.strip())
        return ((self.host, self.port), *((host.strip("[]"), int(port)) for host, _, port in more))

    @property
    def most_connections(self) -> int:
        """How many connections are open at a time, to all mail servers together."""
        return self.connections * (len(self.relays) if self.relay_order == "spread" else 1)

    @property
    def reply_domain(self) -> str:
        """Where replies and bounces go."""
        return (self.domain or self.sender_address.rpartition("@")[2]).lower()
