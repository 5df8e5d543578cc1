"""Frozen dataclasses to plain JSON data and back, by their annotations. Checking what people wrote belongs to the readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_data(value: Any) -> Any:
    """JSON types only; fields that hold their default are left out; moments and dates in ISO 8601."""
    if is_dataclass(value) and not isinstance(value, type):
        data = {}
        for spec in fields(value):
            held = getattr(value, spec.name)
            default = spec.default_factory() if spec.default_factory is not MISSING else spec.default
            if held != default:
                data[spec.name] = to_data(held)
        return data
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: to_data(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_data(held) for held in value]
    return value


def from_data(kind: type[T], data: Mapping[str, Any]) -> T:
    """The inverse of `to_data` for the dataclass `kind`. Raises TypeError or ValueError on data that it did not make."""
    hints = _hints(cast(Any, kind))
    return kind(**{name: _restore(hints[name], held) for name, held in data.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _restore(hint: Any, data: Any) -> Any:
    origin = get_origin(hint)
    if data is None or origin is Literal:
        return data
    if origin in (Union, UnionType):
        return _restore(next(arm for arm in get_args(hint) if arm is not type(None)), data)
    if origin is tuple:
        return tuple(_restore(get_args(hint)[0], held) for held in data)
    if origin is Mapping:
        return {key: _restore(get_args(hint)[1], held) for key, held in data.items()}
    if hint in (datetime, date):
        return hint.fromisoformat(data)
    if is_dataclass(hint) and isinstance(hint, type):
        return from_data(hint, data)
    return data
