"""The audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, String
from sqlmodel import Field, SQLModel

from store.tables.columns import document, instant, key


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
