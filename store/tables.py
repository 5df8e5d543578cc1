"""The tables. Queries live in the modules beside this one and see the tables through `schema`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: `timestamptz` on PostgreSQL, text without offset on SQLite; always aware in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


BigKey = BigInteger().with_variant(Integer(), "sqlite")


def key() -> Any:
    """A 64-bit primary key that counts up on both databases."""
    return Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))


def instant(*, nullable: bool = True, index: bool = False) -> Any:
    """A column for a moment."""
    return Field(default=None, sa_column=Column(Instant(), nullable=nullable, index=index))


def tally(kind: Any = Integer) -> Any:
    """A number that is 0 for whoever does not name it."""
    return Field(default=0, sa_column=Column(kind, nullable=False, server_default=text("0")))


def document(*, nullable: bool = False) -> Any:
    """A column for plain data."""
    return Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=nullable))


class Area(SQLModel, table=True):
    """A place with a border (GeoJSON geometry, WGS 84) that people and figures are tied to by its administrative code."""

    code: str = Field(primary_key=True)
    name: str
    geometry: dict[str, Any] = document()


class Population(SQLModel, table=True):
    """The baseline: how many live in an area, by age band ("16-29", "65+") and sex ("f", "m", "" for all)."""

    __table_args__ = (UniqueConstraint("area_code", "age_band", "sex"),)

    id: int | None = key()
    area_code: str = Field(index=True)
    age_band: str
    sex: str = ""
    count: int
    source: str
    as_of: date


class Person(SQLModel, table=True):
    """A resident. `ref` is the import's own key; `language` a delivery setting (BCP 47), never an ethnicity."""

    id: int | None = key()
    ref: str | None = Field(default=None, unique=True)
    area_code: str | None = Field(default=None, index=True)
    language: str
    birth_year: int | None = None
    sex: str = ""
    source: str
    lawful_basis: str
    created_at: datetime = instant(nullable=False)
    erased_at: datetime | None = instant()
    opted_out_at: datetime | None = instant()


class PersonGroup(SQLModel, table=True):
    """A person's place in a named group: an interest list or a target group that a register knows."""

    __tablename__ = "person_group"
    person_id: int = Field(sa_column=Column(BigKey, primary_key=True))
    name: str = Field(primary_key=True)


class Contact(SQLModel, table=True):
    """An address, sealed; found by its keyed hash. Phones may be shared, so a hash can belong to several people.

    The address of one who was erased is deleted while the messages that went there stay, so its key is never given again.
    `soft_count` soft bounces in a row, the first `soft_since`, the last `soft_at`: see `campaigns.bounces`.
    """

    __table_args__ = (
        UniqueConstraint("person_id", "channel"),
        Index("ix_contact_hash", "channel", "address_hash"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = key()
    person_id: int = Field(sa_column=Column(BigKey, nullable=False))
    channel: str
    address_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    address_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    rank: int = 0
    gone_at: datetime | None = instant()
    gone_reason: str = ""
    soft_count: int = tally()
    soft_since: datetime | None = instant()
    soft_at: datetime | None = instant()


class OptOut(SQLModel, table=True):
    """That a person said stop: when, through what, and for which channel ("*": all)."""

    __tablename__ = "opt_out"
    id: int | None = key()
    person_id: int = Field(sa_column=Column(BigKey, nullable=False, index=True))
    channel: str = "*"
    campaign_id: str | None = None
    origin: str
    at: datetime = instant(nullable=False)


class Campaign(SQLModel, table=True):
    """One dialogue with residents. `definition` is the checked campaign folder as plain data; frozen at launch."""

    id: str = Field(primary_key=True)
    status: str = Field(default="draft", index=True)
    definition: dict[str, Any] = document()
    created_at: datetime = instant(nullable=False)
    opens_at: datetime = instant(nullable=False)
    closes_at: datetime = instant(nullable=False)
    decision_at: datetime = instant(nullable=False)
    feedback_at: datetime = instant(nullable=False)
    launched_at: datetime | None = instant()
    closed_at: datetime | None = instant()


class SurveyVersion(SQLModel, table=True):
    """An immutable survey: the XForm it was asked as. Answers point to it."""

    __tablename__ = "survey_version"
    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: int | None = key()
    campaign_id: str = Field(index=True)
    number: int = 1
    xform: str
    sha256: str
    created_at: datetime = instant(nullable=False)


class Wave(SQLModel, table=True):
    """A send-out that is due at a moment: kind is invitation, reminder, feedback or notice. Status planned → releasing → released.

    `released_to` is the highest participation id that the release has dealt with, so that a large wave goes out in portions.
    """

    __table_args__ = (
        UniqueConstraint("campaign_id", "kind", "number"),
        Index("ix_wave_due", "status", "due_at"),
    )

    id: int | None = key()
    campaign_id: str
    kind: str
    number: int = 1
    due_at: datetime = instant(nullable=False)
    status: str = "planned"
    released_at: datetime | None = instant()
    released_to: int = Field(default=0, sa_column=Column(BigKey, nullable=False, default=0))
    message_count: int = 0


class Participation(SQLModel, table=True):
    """One person in one campaign. Status invited → started → finished, or declined, opted_out, erased; the dialogue's state belongs here, not to a channel.

    `channel` and `language` are those last used by the person (before that, those chosen for the invitation).
    How often and when they were written to first is read from their messages, see `store.frequencies`. `mode` is self,
    proxy, staff or paper: once answers came in another way than by the person themselves, it says so. `nudged_at` is when a
    conversation that rested was taken up again by us, which happens once. An information send-out has no survey.
    """

    __table_args__ = (
        Index("ix_participation_person", "person_id", "campaign_id", unique=True),
        Index("ix_participation_campaign", "campaign_id", "id", "status"),
        Index(
            "ix_participation_started",
            "campaign_id",
            sqlite_where=text("status = 'started' AND nudged_at IS NULL"),
            postgresql_where=text("status = 'started' AND nudged_at IS NULL"),
        ),
    )

    id: int | None = key()
    campaign_id: str
    person_id: int = Field(sa_column=Column(BigKey, nullable=False))
    contact_id: int | None = Field(default=None, sa_column=Column(BigKey))
    survey_version_id: int | None = Field(default=None, sa_column=Column(BigKey))
    channel: str
    language: str
    status: str = "invited"
    mode: str = "self"
    dialogue: dict[str, Any] | None = document(nullable=True)
    started_at: datetime | None = instant()
    finished_at: datetime | None = instant()
    last_said_at: datetime | None = instant()
    nudged_at: datetime | None = instant()


class Answer(SQLModel, table=True):
    """One answer at one instance path ("/data/child[2]/age"), in the version and language it was asked in.

    A select_multiple is its values joined by spaces. `set_aside_at` marks an answer that lost its ground. `external_id` is
    the key of the inbound that gave it, so that a rewritten message finds what it answered.
    """

    __table_args__ = (
        UniqueConstraint("participation_id", "path"),
        Index("ix_answer_question", "campaign_id", "question"),
    )

    id: int | None = key()
    campaign_id: str
    participation_id: int = Field(sa_column=Column(BigKey, nullable=False))
    survey_version_id: int = Field(sa_column=Column(BigKey, nullable=False))
    question: str
    path: str
    value: str
    language: str
    channel: str
    answered_at: datetime = instant(nullable=False)
    set_aside_at: datetime | None = instant()
    external_id: str | None = None


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


class InboundSeen(SQLModel, table=True):
    """That an inbound was taken in: its key, so that a repetition changes nothing. No text, no address."""

    __tablename__ = "inbound_seen"
    channel: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    participation_id: int | None = Field(default=None, sa_column=Column(BigKey))
    received_at: datetime = instant(nullable=False)


class Request(SQLModel, table=True):
    """That a resident asked for something only a person can do; kind is "person". No text: what it is about is told to whoever calls back.

    Whoever asks again while a request is open has still asked once.
    """

    __table_args__ = (
        Index(
            "ix_request_open",
            "participation_id",
            "kind",
            unique=True,
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_request_campaign", "campaign_id"),
    )

    id: int | None = key()
    campaign_id: str
    participation_id: int = Field(sa_column=Column(BigKey, nullable=False))
    person_id: int = Field(sa_column=Column(BigKey, nullable=False, index=True))
    kind: str = "person"
    channel: str
    language: str
    at: datetime = instant(nullable=False)
    done_at: datetime | None = instant()
    done_by: str = ""


class Speaker(SQLModel, table=True):
    """Who answers at an address that several people share, in one campaign; nobody yet while `participation_id` is null.

    `held` is what was said before that was known (plain data, taken as soon as it is). `is_proxy`: somebody else answers
    for them. Good until `spoke_at` is too long ago.
    """

    __table_args__ = (UniqueConstraint("channel", "address_hash", "campaign_id"),)

    id: int | None = key()
    channel: str
    address_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    campaign_id: str
    participation_id: int | None = Field(default=None, sa_column=Column(BigKey, index=True))
    is_proxy: bool = False
    held: list[Any] = document()
    spoke_at: datetime = instant(nullable=False, index=True)


class Place(SQLModel, table=True):
    """A street or place by name with one point of it (WGS 84); `source` is the file it came with. Two may have the same name.

    A newest key tells that places have changed, so keys are never given again.
    """

    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = key()
    name: str
    latitude: float
    longitude: float
    source: str = Field(index=True)


class Milestone(SQLModel, table=True):
    """A promised piece of feedback: receipt, you_said, status or decision; due at a date, done when it was given."""

    __table_args__ = (UniqueConstraint("campaign_id", "kind"),)

    id: int | None = key()
    campaign_id: str
    kind: str
    due_at: datetime = instant(nullable=False)
    done_at: datetime | None = instant()


class Decision(SQLModel, table=True):
    """What was decided and why, with its case reference; `texts` holds title, decision and reasons by language."""

    campaign_id: str = Field(primary_key=True)
    case_ref: str
    decided_on: date
    decided_by: str
    texts: dict[str, Any] = document()
    entered_by: str
    entered_at: datetime = instant(nullable=False)


class AuditEntry(SQLModel, table=True):
    """Who did what to which thing, when. Each entry carries the hash of the one before it."""

    __tablename__ = "audit_entry"
    id: int | None = key()
    at: datetime = instant(nullable=False)
    actor: str
    action: str
    subject: str
    details: dict[str, Any] = document()
    previous: str
    hash: str = Field(sa_column=Column(String, nullable=False, unique=True))
