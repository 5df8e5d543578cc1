"""The kinds of columns that the tables are made of."""

from __future__ import annotations

from collections.abc import Callable
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

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Of SQLite's own steps only the outcome is kept: every turn and every message of a wave pays for them."""
        return _spelled if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        value = _in_utc(value)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return value.astimezone(UTC)


def _spelled(value: datetime | None) -> str | None:
    """As SQLAlchemy's DATETIME spells a moment of UTC on SQLite."""
    return None if value is None else _in_utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


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
