"""Statements of the hot paths: written in SQLAlchemy Core, compiled once per database, executed at the driver. What they say lives with those who use them.

SQLAlchemy spends some 100 µs around a statement (a look-up of the compiled form, a context, a cursor result, its events);
the statement itself takes some 5 to 20. Types, transactions and the names of errors stay those of SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from store.tables import Instant

Processor = Callable[[Any], Any]
Values = Mapping[str, Any]
_NO_VALUES: Values = {}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL for one driver. `names` are its parameters: in their order, or, where it `is_named`, once each.

    `results` are the columns whose values are not yet Python's as the driver gives them.
    """

    sql: str
    constants: dict[str, Any]
    processors: tuple[tuple[str, Processor], ...]
    names: tuple[str, ...]
    is_named: bool
    results: tuple[tuple[int, Processor], ...]
    pick: Callable[[Values], Any]

    def parameters(self, values: Values) -> dict[str, Any] | tuple[Any, ...]:
        """The values as the driver wants them."""
        given = {**self.constants, **values}
        for name, process in self.processors:
            given[name] = process(given[name])
        if self.is_named:
            return {name: given[name] for name in self.names}
        chosen: tuple[Any, ...] = self.pick(given)
        return chosen

    def rows(self, found: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """What the driver found, as Python values."""
        results = self.results
        if not results:
            return list(found)
        rows = []
        for values in found:
            row = list(values)
            for place, process in results:
                if row[place] is not None:
                    row[place] = process(row[place])
            rows.append(tuple(row))
        return rows


class Prepared:
    """One statement for the hot path. `build` writes it for a dialect ("sqlite", "postgresql"); every bound value has a name and a type.

    An INSERT names its columns with `bindparam`, since Python-side defaults are not filled in; a list goes in through
    `store.sets`, not through IN. Errors are those that `Connection.execute` raises; a value that was left out is a KeyError.
    """

    __slots__ = ("_build", "_compiled")

    def __init__(self, build: Callable[[str], Executable]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

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

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._build(dialect.name), dialect)
        return compiled

    def _execute(self, connection: Connection, compiled: _Compiled, values: Values) -> Any:
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


class _Remembering:
    """A processor that knows what it made of the very same object last: the present moment stands in many statements of one work."""

    __slots__ = ("_last", "_process")

    def __init__(self, process: Processor) -> None:
        self._process = process
        self._last: tuple[Any, Any] = (self, None)

    def __call__(self, value: Any) -> Any:
        given, made = self._last
        if given is not value:
            made = self._process(value)
            self._last = (value, made)
        return made


_MOMENTS: dict[str, _Remembering] = {}


def _processor(bound: BindParameter[Any], process: Processor, dialect: Dialect) -> Processor:
    if not isinstance(bound.type, Instant):
        return process
    return _MOMENTS.setdefault(dialect.name, _Remembering(process))


def _result_processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """How a column's values become Python's. The days of a campaign come with each of its residents: moments are read once."""
    process = kind._cached_result_processor(dialect, None)
    return lru_cache(maxsize=64)(process) if process is not None and isinstance(kind, Instant) else process


def _compile(statement: Executable, dialect: Dialect) -> _Compiled:
    compiled: SQLCompiler = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    given = {name for name, bound in compiled.binds.items() if bound.required}
    state = compiled.construct_expanded_state(dict.fromkeys(given))
    processors: dict[str, Any] = {**compiled._bind_processors, **state.processors}
    names = state.positiontup if state.positiontup is not None else list(state.parameters)
    columns = [_result_processor(entry.type, dialect) for entry in compiled._result_columns]
    return _Compiled(
        sql=state.statement,
        constants={name: state.parameters[name] for name in names if name not in given},
        processors=tuple(
            (
                name,
                _processor(compiled.binds[name], processors[name], dialect)
                if name in compiled.binds
                else processors[name],
            )
            for name in dict.fromkeys(names)
            if name in processors
        ),
        names=tuple(names),
        is_named=state.positiontup is None,
        results=tuple((place, process) for place, process in enumerate(columns) if process is not None),
        pick=_picking(tuple(names)),
    )


def _picking(names: tuple[str, ...]) -> Callable[[Values], Any]:
    """What gives the values of these names as a tuple, whatever their number."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda given: tuple([given[name] for name in names])


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
