"""Places and the population baseline that coverage is measured against. Reading the files lives in `campaigns`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection, select

from store.schema import area, population
from store.sets import insert_into


class ImportedArea(Protocol):
    """One accepted feature of an areas file."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def geometry(self) -> Mapping[str, Any]: ...


class ImportedPopulation(Protocol):
    """One accepted row of a population file. `sex` is empty for all."""

    @property
    def area(self) -> str: ...
    @property
    def age_band(self) -> str: ...
    @property
    def sex(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def as_of(self) -> date: ...


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """A place as it is kept; `geometry` is GeoJSON, WGS 84."""

    code: str
    name: str
    geometry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PopulationRecord:
    """How many live in an area, of an age band and a sex."""

    area: str
    age_band: str
    sex: str
    count: int
    source: str
    as_of: date


def import_areas(connection: Connection, rows: Iterable[ImportedArea]) -> int:
    """Add areas or change those with a known code. Gives their number."""
    values = [{"code": row.code, "name": row.name, "geometry": dict(row.geometry)} for row in rows]
    if values:
        adding = insert_into(connection.dialect.name, area)
        connection.execute(
            adding.on_conflict_do_update(
                index_elements=["code"], set_={"name": adding.excluded.name, "geometry": adding.excluded.geometry}
            ),
            values,
        )
    return len(values)


def load_areas(connection: Connection) -> list[AreaRecord]:
    """Every area with its border, by code."""
    rows = connection.execute(select(area.c.code, area.c.name, area.c.geometry).order_by(area.c.code))
    return [AreaRecord(**row) for row in rows.mappings()]


def area_names(connection: Connection) -> dict[str, str]:
    """Every area's name by its code, without the borders."""
    rows = connection.execute(select(area.c.code, area.c.name).order_by(area.c.code))
    return {row.code: row.name for row in rows}


def import_population(connection: Connection, rows: Iterable[ImportedPopulation]) -> int:
    """Add baseline rows or change those of a known area, age band and sex. Gives their number."""
    values = [
        {
            "area_code": row.area,
            "age_band": row.age_band,
            "sex": row.sex,
            "count": row.count,
            "source": row.source,
            "as_of": row.as_of,
        }
        for row in rows
    ]
    if values:
        adding = insert_into(connection.dialect.name, population)
        connection.execute(
            adding.on_conflict_do_update(
                index_elements=["area_code", "age_band", "sex"],
                set_={name: adding.excluded[name] for name in ("count", "source", "as_of")},
            ),
            values,
        )
    return len(values)


def load_population(connection: Connection) -> list[PopulationRecord]:
    """The whole baseline, by area, age band and sex."""
    columns = (population.c[name] for name in ("age_band", "sex", "count", "source", "as_of"))
    rows = connection.execute(
        select(population.c.area_code.label("area"), *columns).order_by(
            population.c.area_code, population.c.age_band, population.c.sex
        )
    )
    return [PopulationRecord(**row) for row in rows.mappings()]
