"""What stands of a choice among what is offered now: what can be chosen, and what still counts. What is offered comes from `itemsets`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.forms.nodes import Node


def chosen(node: Node, value: str, offered: Mapping[str, None]) -> str | None:
    """The value as it is stored, several in the order in which they are offered; None when one is not offered."""
    kind = node.question.type if node.question is not None else "select_one"
    if kind == "select_one":
        return value if value in offered else None
    parts = value.split()
    if len(parts) != len(set(parts)) or not all(part in offered for part in parts):
        return None
    return value if kind == "rank" or len(parts) == 1 else " ".join(part for part in offered if part in parts)


def still_offered(node: Node, value: str, offered: Mapping[str, None]) -> str:
    """The part of a choice that is offered now: what is filtered away reads as not chosen. What a rank leaves out comes last."""
    if node.question is not None and node.question.type == "select_one":
        return value if value in offered else ""
    parts = [part for part in value.split() if part in offered]
    if node.question is not None and node.question.type == "rank":
        parts = list(dict.fromkeys([*parts, *offered]))
    return " ".join(parts)
