"""Statements of the hot paths: written in SQLAlchemy Core, compiled once per database, executed at the driver. What they say lives with those who use them.

SQLAlchemy spends some 100 µs around a statement (a look-up of the compiled form, a context, a cursor result, its events);
the statement itself takes some 5 to 20. Types, transactions and the names of errors stay those of SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    LargeBinary,
    Select,
    Text,
    TypeDecorator,
    case,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from store.compiled import Compiled, Processor, Values, compile_for, readers

_NO_VALUES: Values = {}


class Prepared:
    """One statement for the hot path. `build` writes it for a dialect ("sqlite", "postgresql"); every bound value has a name and a type.

    An INSERT names its columns with `bindparam`, since Python-side defaults are not filled in; a list goes in through
    `store.sets`, not through IN. Errors are those that `Connection.execute` raises; a value that was left out is a KeyError.
    """

    __slots__ = ("_build", "_compiled")

    def __init__(self, build: Callable[[str], Executable]) -> None:
        self._build = build
        self._compiled: dict[str, Compiled] = {}

    def all(self, connection: Connection, values: Values = _NO_VALUES) -> list[tuple[Any, ...]]:
        """Execute, and give every row in the order of the statement's columns."""
        compiled = self._for(connection.dialect)
        cursor = self._execute(connection, compiled, values)
        return compiled.rows(cursor.fetchall())

    def first(self, connection: Connection, values: Values = _NO_VALUES) -> tuple[Any, ...] | None:
        """Execute, and give the first row, or None."""
        rows = self.all(connection, values)
        return rows[0] if rows else None

    def scalar(self, connection: Connection, values: Values = _NO_VALUES) -> Any:
        """Execute, and give the first column of the first row; None when there is no row."""
        rows = self.all(connection, values)
        return rows[0][0] if rows else None

    def run(self, connection: Connection, values: Values = _NO_VALUES) -> int:
        """Execute a statement that gives no rows, and tell how many it changed."""
        count: int = self._execute(connection, self._for(connection.dialect), values).rowcount
        return count

    def run_each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Execute a statement that gives no rows once for each of several sets of values."""
        if len(rows) == 1:
            self.run(connection, rows[0])
        elif rows:
            compiled = self._for(connection.dialect)
            parameters = [compiled.parameters(values) for values in rows]
            driver = _driver(connection)
            try:
                driver.cursor().executemany(compiled.sql, parameters)
            except connection.dialect.loaded_dbapi.Error as error:
                raise _named(connection, driver, compiled.sql, error) from error

    def _for(self, dialect: Dialect) -> Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = compile_for(self._build(dialect.name), dialect)
        return compiled

    def _execute(self, connection: Connection, compiled: Compiled, values: Values) -> Any:
        driver, parameters = _driver(connection), compiled.parameters(values)
        try:
            return driver.execute(compiled.sql, parameters)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _named(connection, driver, compiled.sql, error) from error


def _driver(connection: Connection) -> Any:
    """The driver's own connection, in a transaction."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.dbapi_connection


class Gathered(Prepared):
    """A SELECT of many rows. On SQLite all come as one value: the driver lets go of the interpreter before each row, and while
    other threads are busy, getting hold of it again takes longer than the row. PostgreSQL's driver has them all at once anyway.
    """

    __slots__ = ()

    def __init__(self, build: Callable[[str], Select[Any]]) -> None:
        super().__init__(lambda dialect: _gathering(build(dialect)) if dialect == "sqlite" else build(dialect))

    def all(self, connection: Connection, values: Values = _NO_VALUES) -> list[tuple[Any, ...]]:
        """Execute, and give every row in the order of the statement's columns."""
        found = super().all(connection, values)
        return found[0][0] if connection.dialect.name == "sqlite" else found


class _Rows(TypeDecorator[list[tuple[Any, ...]]]):
    """Rows in one value of JSON, read as the types of their columns read what the driver gives."""

    impl = Text
    cache_ok = False

    def __init__(self, kinds: Sequence[TypeEngine[Any]]) -> None:
        super().__init__()
        self._kinds = kinds

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        making = readers(self._kinds, dialect)

        def read(value: str) -> list[tuple[Any, ...]]:
            rows: list[list[Any]] = orjson.loads(value)
            for place, process in making:
                for row in rows:
                    if row[place] is not None:
                        row[place] = process(row[place])
            return [tuple(row) for row in rows]

        return read


def _gathering(statement: Select[Any]) -> Select[Any]:
    found = statement.subquery("found")
    spelled = [_spelled(column) if isinstance(column.type, LargeBinary) else column for column in found.c]
    kinds = [_Hexadecimal() if isinstance(column.type, LargeBinary) else column.type for column in found.c]
    return select(func.json_group_array(func.json_array(*spelled), type_=_Rows(kinds)))


def _spelled(column: ColumnElement[bytes]) -> ColumnElement[str | None]:
    return case((column.is_not(None), func.hex(column)))  # of null `hex` makes no bytes


class _Hexadecimal(TypeDecorator[bytes]):
    """Bytes as SQLite's `hex` spells them."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return bytes.fromhex


def _named(connection: Connection, driver: Any, sql: str, error: Exception) -> BaseException:
    """The driver's error under SQLAlchemy's name for it; a connection that broke is not used again."""
    dialect = connection.dialect
    is_broken = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
    if is_broken:
        connection.invalidate(error)
    return DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_broken,
        dialect=dialect,
    )
