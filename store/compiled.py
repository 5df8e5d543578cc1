"""SQL for one driver: a statement compiled once, its values as the driver wants them, its rows as Python has them. Executing it lives in `prepared`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from store.tables import Instant

Processor = Callable[[Any], Any]
Values = Mapping[str, Any]
Parameters = dict[str, Any] | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
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

    def parameters(self, values: Values) -> Parameters:
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


def readers(kinds: Sequence[TypeEngine[Any]], dialect: Dialect) -> tuple[tuple[int, Processor], ...]:
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


def compile_for(statement: Executable, dialect: Dialect) -> Compiled:
    """A statement for a dialect's driver."""
    compiled = _compiler(dialect)(dialect, statement)  # type: ignore[arg-type]
    given = {name for name, bound in compiled.binds.items() if bound.required}
    state = compiled.construct_expanded_state(dict.fromkeys(given))
    processors: dict[str, Any] = {**compiled._bind_processors, **state.processors}
    names = state.positiontup if state.positiontup is not None else list(state.parameters)
    return Compiled(
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
        results=readers([entry.type for entry in compiled._result_columns], dialect),
        pick=_picking(tuple(names)),
    )


def _picking(names: tuple[str, ...]) -> Callable[[Values], Any]:
    """What gives the values of these names as a tuple, whatever their number."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda given: tuple([given[name] for name in names])
