"""Streets and places by name, for answers that say where. Reading the files lives in `campaigns.places`, looking up in `bot.understanding`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection, delete, func, insert, select

from store.schema import place


class ImportedPlace(Protocol):
    """One accepted place: a name and a point of it, in degrees (WGS 84)."""

    @property
    def name(self) -> str: ...
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...


def import_places(connection: Connection, rows: Iterable[ImportedPlace], source: str) -> int:
    """Take in a file's places, in the stead of those that a file of this name gave before. Gives their number."""
    connection.execute(delete(place).where(place.c.source == source))
    values = [
        {"name": row.name, "latitude": row.latitude, "longitude": row.longitude, "source": source} for row in rows
    ]
    if values:
        connection.execute(insert(place), values)
    return len(values)


def load_places(connection: Connection) -> list[tuple[str, float, float]]:
    """Every place as name, latitude and longitude; one that came with two files counts once."""
    columns = (place.c.name, place.c.latitude, place.c.longitude)
    return [tuple(row) for row in connection.execute(select(*columns).distinct().order_by(*columns))]


def places_mark(connection: Connection) -> tuple[int, int]:
    """What changes whenever the places do: their number and the newest key."""
    count, newest = connection.execute(select(func.count(), func.coalesce(func.max(place.c.id), 0))).one()
    return count, newest
