"""What is sent: each message with its history, and how each sender identity stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, text
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, document, instant, key, tally


class Message(SQLModel, table=True):
    """One message to one contact: queued → sending → sent → delivered | failed | unknown | cancelled | expired.

    `priority` is 0 for a reply and 10 for bulk, nothing else: replies leave first. `fence` counts leases: only the holder of the newest may settle.
    `content` is `Content.to_data()` for replies; bulk is rendered from its wave when it is sent.
    `campaign_id` is null for texts that belong to no campaign. One wave writes to one participation once, but for messages that
    follow one which failed, in another channel: `follows_id` is that one (0: none), and each is followed at most once.
    `cost_micros` is what it cost, in millionths of `currency` (ISO 4217), as far as that is known.
    """

    __table_args__ = (
        Index(
            "ix_message_lease",
            "lane",
            "priority",
            "due_at",
            "id",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index(
            "ix_message_sending",
            "leased_until",
            sqlite_where=text("status = 'sending'"),
            postgresql_where=text("status = 'sending'"),
        ),
        Index(
            "ix_message_expiry",
            "expires_at",
            sqlite_where=text("status = 'queued' AND expires_at IS NOT NULL"),
            postgresql_where=text("status = 'queued' AND expires_at IS NOT NULL"),
        ),
        Index("ix_message_participation", "participation_id", "wave_id", "follows_id", unique=True),
        Index(
            "ix_message_follows",
            "follows_id",
            unique=True,
            sqlite_where=text("follows_id <> 0"),
            postgresql_where=text("follows_id <> 0"),
        ),
        Index("ix_message_contact", "contact_id"),
        Index(
            "ix_message_provider",
            "channel",
            "provider_id",
            sqlite_where=text("provider_id IS NOT NULL"),
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
    )

    id: int | None = key()
    campaign_id: str | None = None
    wave_id: int | None = Field(default=None, sa_column=Column(BigKey))
    participation_id: int | None = Field(default=None, sa_column=Column(BigKey))
    person_id: int | None = Field(default=None, sa_column=Column(BigKey))
    contact_id: int = Field(sa_column=Column(BigKey, nullable=False))
    channel: str
    lane: str
    purpose: str
    language: str
    priority: int = 10
    status: str = "queued"
    content: dict[str, Any] | None = document(nullable=True)
    updates_ref: str | None = None
    due_at: datetime = instant(nullable=False)
    expires_at: datetime | None = instant()
    attempts: int = 0
    fence: int = 0
    leased_until: datetime | None = instant()
    provider_id: str | None = None
    segments: int = 0
    cost_micros: int | None = Field(default=None, sa_column=Column(BigInteger))
    currency: str | None = None
    reason: str = ""
    created_at: datetime = instant(nullable=False)
    sent_at: datetime | None = instant()
    settled_at: datetime | None = instant()
    follows_id: int = tally(BigKey)


class MessageTransition(SQLModel, table=True):
    """That a message came to a status, when and why: its history after `queued`."""

    __tablename__ = "message_transition"
    id: int | None = key()
    message_id: int = Field(sa_column=Column(BigKey, nullable=False, index=True))
    status: str
    reason: str = ""
    at: datetime = instant(nullable=False)


class Lane(SQLModel, table=True):
    """How one sender identity stands, for all workers together.

    `full_at` is when its token bucket is full again, in seconds since the epoch by the database's clock (see `store.rates`);
    `granted` the last grant. `failures` counts those in a row that concern the lane, `trips` how often in a row it has
    been laid to rest for them (0: it has not; else a single message tries after `resting_until`). `reason` is the short
    code of what it rests for.
    """

    name: str = Field(primary_key=True)
    full_at: float = 0.0
    granted: int = 0
    failures: int = 0
    trips: int = 0
    resting_since: datetime | None = instant()
    resting_until: datetime | None = instant()
    reason: str = ""
