"""The example campaign as the tests' starting point, and ways to change a line of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.problems import InputRefused
from campaigns.definition import Definition
from campaigns.definition_files import read_definition

FOLDER = Path(__file__).parents[2] / "examples" / "torget"
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)


def campaign_yaml() -> str:
    return (FOLDER / "campaign.yaml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    text = campaign_yaml()
    assert old in text
    return text.replace(old, new, 1)


def without(name: str) -> str:
    """The campaign without a name and everything indented below it."""
    kept, depth = [], None
    for line in campaign_yaml().splitlines():
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and indent <= depth:
            depth = None
        if depth is None and line.strip().startswith(f"{name}:"):
            depth = indent
        if depth is None:
            kept.append(line)
    return "\n".join(kept)


@cache
def example() -> Definition:
    return read_definition(campaign_yaml())


def is_read_or_refused(read: Callable[[Any], object], data: object) -> bool:
    """Whether a reader takes data in, or refuses them and says why; anything else that it raises comes through."""
    try:
        read(data)
    except InputRefused as refused:
        return bool(refused.problems)
    return True


class English:
    """The texts as they stand in the code."""

    def gettext(self, message: str, /) -> str:
        return message

    def ngettext(self, singular: str, plural: str, n: int, /) -> str:
        return singular if n == 1 else plural
