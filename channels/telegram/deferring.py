"""The Telegram library without the wait: each of its hundreds of types is built when it is first used, not on import. Nothing is sent here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel


def import_aiogram() -> None:
    """Import the library, to be followed by whatever uses it. Does nothing where it is imported already.

    Its types ask pydantic to put their building off (`defer_build`), but its last lines build every one all the same,
    with the names that they may refer to: most of a service's start, and a bot needs a thirtieth of it. Here those lines
    only tell the names. Each type is left as if it had been defined among them, and pydantic builds it when it is first used.
    """
    if "aiogram" in sys.modules:
        return
    names: dict[str, Any] = {}

    def tell(model: type[BaseModel], *, _types_namespace: Mapping[str, Any]) -> None:
        names.update(_types_namespace)

    build = vars(BaseModel)["model_rebuild"]
    BaseModel.model_rebuild = classmethod(tell)  # type: ignore[assignment,method-assign]
    try:
        from aiogram.client.context_controller import BotContextController
        from aiogram.methods import Response
    finally:
        BaseModel.model_rebuild = build  # type: ignore[method-assign]
    models: tuple[type[BaseModel], ...] = (Response, *_heirs(BotContextController))
    for model in models:
        model.__pydantic_parent_namespace__ = names


def _heirs(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for heir in model.__subclasses__():
        yield heir
        yield from _heirs(heir)
