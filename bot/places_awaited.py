"""Whether a turn has ended the waiting for a place, so that channels take away what they gave to share it. What is said lives in `phrasing`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.contents import Content
from bot.dialogues import Dialogue
from bot.forms import without_instances

if TYPE_CHECKING:
    from bot.forms import Form


def ending_place(form: Form, before: Dialogue, after: Dialogue, contents: Sequence[Content]) -> tuple[Content, ...]:
    """The turn's contents, the first of them marked when the question open `before` asked for a place and is left."""
    if not contents or not _asks_place(form, before.position):
        return tuple(contents)
    first, *others = contents
    is_over = before.position != after.position or after.phase not in ("invited", "asking")
    if not is_over or any(content.input == "location" for content in contents):
        return tuple(contents)
    return (replace(first, ends_place=True), *others)


def _asks_place(form: Form, position: str) -> bool:
    node = form.nodes.get(without_instances(position))
    return node is not None and node.question is not None and node.question.type == "geopoint"
