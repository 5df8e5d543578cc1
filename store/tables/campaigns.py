"""A dialogue's course: what is asked, when it goes out, what is promised and decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, document, instant, key


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
