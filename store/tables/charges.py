"""What providers have yet to tell the price of, and how far each day of theirs has been read."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, instant


class Charge(SQLModel, table=True):
    """One message at a provider (a long text of ours may be several) whose price is not known yet. It goes when its message has a price.

    `day` is the one in UTC on which it was sent; its bill says until when it is asked for. The amount stands here only as
    long as other parts of the same message have none.
    """

    __table_args__ = (Index("ix_charge_message", "message_id"), {"sqlite_with_rowid": False})

    channel: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    provider_id: str = Field(primary_key=True)
    message_id: int = Field(sa_column=Column(BigKey, nullable=False))
    segments: int | None = None
    cost_micros: int | None = Field(default=None, sa_column=Column(BigInteger))
    currency: str | None = None


class Bill(SQLModel, table=True):
    """One day (UTC) of a provider's list of messages. `due_at` is when it is read next (null: no more), `page` where the reading goes on."""

    channel: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    due_at: datetime | None = instant()
    page: str = ""
