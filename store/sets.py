"""Plain rows as a table inside a statement, and times moved by seconds, on both databases. No query of the domain lives here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    Table,
    Text,
    TypeDecorator,
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


def rows_of(
    dialect: str, name: str, columns: Mapping[str, TypeEngine[Any]], rows: list[dict[str, Any]] | None = None
) -> FromClause:
    """Rows as a table expression with one bound value `{name}_rows`, however many they are: a list of dicts, made by `plain`.

    Keys that a row lacks are null. Without `rows` the value is given on execution, so that a statement can be built once.
    """
    bound = _bound(f"{name}_rows", rows, JSONB() if dialect == "postgresql" else JSON())
    if dialect == "postgresql":
        parts = [column(key, kind) for key, kind in columns.items()]
        given = func.jsonb_to_recordset(cast(bound, JSONB)).table_valued(*parts)
        return given.render_derived(name=name, with_types=True)
    each = func.json_each(bound).table_valued("value", name=f"{name}_each")
    fields = [
        type_coerce(func.json_extract(each.c.value, f"$.{key}"), kind).label(key) for key, kind in columns.items()
    ]
    return select(*fields).select_from(each).subquery(name)


def tuples_of(dialect: str, name: str, columns: Mapping[str, TypeEngine[Any]]) -> FromClause:
    """As `rows_of` for rows that are given on execution as sequences, with a plain value for each column in this order."""
    bound = _bound(f"{name}_rows", None, JSONB() if dialect == "postgresql" else JSON())
    if dialect == "postgresql":
        each = func.jsonb_array_elements(cast(bound, JSONB)).table_valued(column("value", JSONB), name=f"{name}_each")
        fields = [
            cast(each.c.value[place].astext, kind).label(key) for place, (key, kind) in enumerate(columns.items())
        ]
    else:
        each = func.json_each(bound).table_valued("value", name=f"{name}_each")
        fields = [
            type_coerce(func.json_extract(each.c.value, f"$[{place}]"), kind).label(key)
            for place, (key, kind) in enumerate(columns.items())
        ]
    return select(*fields).select_from(each).subquery(name)


def _bound(name: str, value: list[Any] | None, kind: TypeEngine[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=kind) if value is None else bindparam(name, value, type_=kind)


def plain(dialect: str, rows: Iterable[dict[str, Any]], moments: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Rows for `rows_of`: the keys named in `moments` are spelled as the database compares them."""
    told = list(rows)
    for row in told:
        for key in moments:
            if row.get(key) is not None:
                row[key] = spelled(dialect, row[key])
    return told


def spelled(dialect: str, value: datetime) -> str:
    """A moment as `Instant` keeps it on SQLite (a space, no offset), or in ISO 8601 for PostgreSQL to read."""
    value = value.astimezone(UTC)
    return value.isoformat() if dialect == "postgresql" else value.replace(tzinfo=None).isoformat(" ", "microseconds")


def ids_of(dialect: str, name: str, ids: list[int] | None = None) -> FromClause:
    """Ids as a table expression with the column `id` and one bound value `{name}_ids`, a list; given now or on execution."""
    bound = _bound(f"{name}_ids", ids, _Numbers() if dialect == "postgresql" else JSON())
    if dialect == "postgresql":
        return select(func.unnest(cast(bound, ARRAY(BigInteger))).label("id")).subquery(name)
    each = func.json_each(bound).table_valued("value", name=f"{name}_each")
    return select(type_coerce(each.c.value, Integer()).label("id")).select_from(each).subquery(name)


class _Numbers(TypeDecorator[list[int]]):
    """Whole numbers as PostgreSQL spells an array: the driver would look at each of them."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{{{','.join(map(str, value))}}}"


def document(dialect: str, written: ColumnElement[Any]) -> ColumnElement[Any]:
    """Text that is JSON already, for a column of documents."""
    return cast(written, JSON()) if dialect == "postgresql" else written  # SQLite would make a number of it


def insert_into(dialect: str, table: Table) -> sqlite.Insert:
    """An INSERT that may go on with `on_conflict_do_update`: the two databases spell it alike, SQLAlchemy types it apart."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)  # type: ignore[return-value]


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
