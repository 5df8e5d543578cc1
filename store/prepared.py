"""Statements of the hot paths: written in SQLAlchemy Core, compiled once per database, executed at the driver. What they say lives with those who use them.

SQLAlchemy spends some 100 µs around a statement (a look-up of the compiled form, a context, a cursor result, its events);
the statement itself takes some 5 to 20. Types, transactions and the names of errors stay those of SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import (
    BindParameter,
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
        readers = _readers(self._kinds, dialect)

        def read(value: str) -> list[tuple[Any, ...]]:
            rows: list[list[Any]] = orjson.loads(value)
            for place, process in readers:
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


class _Remembering:
    """A processor that knows what it made of an equal value last: the present moment stands in many statements of one work,
    and the messages of a wave were made, are due and expire together. None stays None.
    """

    __slots__ = ("_last", "_process")

    def __init__(self, process: Processor) -> None:
        self._process = process
        self._last: tuple[Any, Any] = (self, None)

    def __call__(self, value: Any) -> Any:
        if value is None:
            return None
        given, made = self._last
        if given != value:
            made = self._process(value)
            self._last = (value, made)
        return made


_MOMENTS: dict[str, _Remembering] = {}


def _processor(bound: BindParameter[Any], process: Processor, dialect: Dialect) -> Processor:
    if not isinstance(bound.type, Instant):
        return process
    return _MOMENTS.setdefault(dialect.name, _Remembering(process))


def _readers(kinds: Sequence[TypeEngine[Any]], dialect: Dialect) -> tuple[tuple[int, Processor], ...]:
    """The columns whose values are not yet Python's as the driver gives them, each with what makes them so.

    The days of a campaign come with each of its residents, and the moments of a wave with each of its messages: SQLite's are read once.
    """
    found = ((place, kind, kind._cached_result_processor(dialect, None)) for place, kind in enumerate(kinds))
    once = _unless_in_utc if dialect.name == "postgresql" else lru_cache(maxsize=64)
    return tuple(
        (place, once(process) if isinstance(kind, Instant) else process)
        for place, kind, process in found
        if process is not None
    )


def _unless_in_utc(process: Processor) -> Processor:
    """PostgreSQL's driver makes moments itself, mostly such as they shall be; to know one again takes longer than that."""
    return lambda value: value if value.tzinfo is UTC else process(value)


class _Literal(SQLCompiler):
    """Writes the words and numbers that are a statement's own into its text, so that only what it is given is bound each time."""

    def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **kw: Any) -> Any:
        is_own = not bindparam.required and (bindparam.expanding or type(bindparam.value) in (int, str))
        return super().visit_bindparam(bindparam, *args, **(kw | {"literal_binds": True} if is_own else kw))  # type: ignore[no-untyped-call]


def _compiler(dialect: Dialect) -> type[SQLCompiler]:
    """SQLite binds one value after another on every execution; PostgreSQL's driver hands over a statement it has prepared."""
    usual: Any = dialect.statement_compiler
    return type("_Literal", (_Literal, usual), {}) if dialect.name == "sqlite" else usual


def _compile(statement: Executable, dialect: Dialect) -> _Compiled:
    compiled = _compiler(dialect)(dialect, statement)  # type: ignore[arg-type]
    given = {name for name, bound in compiled.binds.items() if bound.required}
    state = compiled.construct_expanded_state(dict.fromkeys(given))
    processors: dict[str, Any] = {**compiled._bind_processors, **state.processors}
    names = state.positiontup if state.positiontup is not None else list(state.parameters)
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
        results=_readers([entry.type for entry in compiled._result_columns], dialect),
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
