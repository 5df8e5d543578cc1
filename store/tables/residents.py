"""Who lives where and how they are reached: the registers, and who has said stop."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, document, instant, key, tally


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
