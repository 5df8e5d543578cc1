"""The kinds of columns that the tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Integer, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field


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
