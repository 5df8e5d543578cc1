"""The Telegram library without the wait: each of its hundreds of types is built when it is first used, not on import. Nothing is sent here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel


@contextmanager
def built_when_used() -> Iterator[None]:
    """Import aiogram inside. Changes nothing where it is imported already.

    Its types ask pydantic to put their building off (`defer_build`), but its last lines build every one all the same,
    with the names that they may refer to: most of a service's start, and a bot needs a thirtieth of it. Here those names
    are kept, and go with each building that its first use brings.
    """
    if "aiogram" in sys.modules:
        yield
        return
    at_once = vars(BaseModel)["model_rebuild"].__func__
    names: dict[str, Any] = {}

    def keep(
        model: type[BaseModel],
        *,
        _parent_namespace_depth: int = 2,
        _types_namespace: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> bool | None:
        if _types_namespace is not None:
            names.update(_types_namespace)
            return None
        built: bool | None = at_once(model, _parent_namespace_depth=_parent_namespace_depth + 1, **given)
        return built

    def build(
        model: type[BaseModel],
        *,
        _parent_namespace_depth: int = 2,
        _types_namespace: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> bool | None:
        built: bool | None = at_once(model, _types_namespace=_types_namespace or names, **given)
        return built

    _put(BaseModel, keep)
    try:
        yield
    finally:
        _put(BaseModel, at_once)
    if names:
        from aiogram.methods import Response, TelegramMethod
        from aiogram.types import TelegramObject

        for base in (TelegramObject, TelegramMethod, Response):
            _put(base, build)


def _put(base: type[BaseModel], how: Any) -> None:
    base.model_rebuild = classmethod(how)  # type: ignore[assignment,method-assign]
