"""Plain rows as a table inside a statement, and times moved by seconds, on both databases. No query of the domain lives here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Table,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import JSON, TypeEngine

from store.tables import Instant


def rows_from(
    connection: Connection, name: str, columns: Mapping[str, TypeEngine[Any]], rows: Sequence[Mapping[str, Any]]
) -> FromClause:
    """`rows` as a table expression with one bound value, however many they are. Missing keys are null."""
    moments = [key for key, kind in columns.items() if isinstance(kind, Instant)]
    if connection.dialect.name == "postgresql":
        given = cast(bindparam(f"{name}_rows", [_plain(row, moments, "T") for row in rows], type_=JSONB), JSONB)
        parts = [column(key, kind) for key, kind in columns.items()]
        return func.jsonb_to_recordset(given).table_valued(*parts).render_derived(name=name, with_types=True)
    document = bindparam(f"{name}_rows", [_plain(row, moments, " ") for row in rows], type_=JSON)
    each = func.json_each(document).table_valued("value", name=f"{name}_each")
    fields = [
        type_coerce(func.json_extract(each.c.value, f"$.{key}"), kind).label(key) for key, kind in columns.items()
    ]
    return select(*fields).select_from(each).subquery(name)


def _plain(row: Mapping[str, Any], moments: Sequence[str], separator: str) -> Mapping[str, Any]:
    told = {key: _moment(row[key], separator) for key in moments if row.get(key) is not None}
    return {**row, **told} if told else row


def _moment(value: datetime, separator: str) -> str:
    """As `Instant` keeps it on SQLite (a space, no offset), or in ISO 8601 for PostgreSQL to read."""
    value = value.astimezone(UTC)
    return value.isoformat() if separator == "T" else value.strftime("%Y-%m-%d %H:%M:%S.%f")


def ids_from(connection: Connection, name: str, ids: Sequence[int]) -> FromClause:
    """`ids` as a table expression with the column `id`."""
    if connection.dialect.name == "postgresql":
        array = bindparam(f"{name}_ids", list(ids), type_=ARRAY(BigInteger))
        return select(func.unnest(array).label("id")).subquery(name)
    each = func.json_each(bindparam(f"{name}_ids", list(ids), type_=JSON)).table_valued("value", name=f"{name}_each")
    return select(type_coerce(each.c.value, Integer()).label("id")).select_from(each).subquery(name)


def insert_into(connection: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that may go on with `on_conflict_do_update`: the two databases spell it alike, SQLAlchemy types it apart."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)  # type: ignore[return-value]


class later(GenericFunction[datetime]):  # noqa: N801  (it reads as a function of SQL)
    """`later(moment, seconds)`: a moment some seconds after another."""

    type = Instant()
    inherit_cache = True


@compiles(later, "sqlite")
def _later_sqlite(element: later, compiler: SQLCompiler, **kw: Any) -> str:
    moment, seconds = (compiler.process(part, **kw) for part in element.clauses)
    return f"strftime('%Y-%m-%d %H:%M:%f000', {moment}, ({seconds}) || ' seconds')"


@compiles(later, "postgresql")
def _later_postgresql(element: later, compiler: SQLCompiler, **kw: Any) -> str:
    moment, seconds = (compiler.process(part, **kw) for part in element.clauses)
    return f"({moment} + make_interval(secs => {seconds}))"


def moment(value: datetime | None) -> ColumnElement[datetime]:
    """A bound moment with the type that columns have, for places where no column lends its own."""
    return literal(value, Instant())
