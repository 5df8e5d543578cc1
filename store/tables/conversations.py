"""One resident in one dialogue: how far they have come, what they said and asked for, and who speaks at a shared address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, document, instant, key


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


class InboundSeen(SQLModel, table=True):
    """That an inbound was taken in: its key, so that a repetition changes nothing. No text, no address."""

    __tablename__ = "inbound_seen"
    __table_args__ = {"sqlite_with_rowid": False}
    channel: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    participation_id: int | None = Field(default=None, sa_column=Column(BigKey))
    received_at: datetime = instant(nullable=False)


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
