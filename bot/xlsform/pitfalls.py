"""Expressions that can be read but seldom mean what was wanted. These are warnings; what cannot be read is told in `references`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.forms.expressions import Binary, Call, Expression, Filter, Literal, Negation, Path

CONDITIONS = ("relevant", "constraint", "required", "readonly")


def pitfalls(tree: Expression, *, is_condition: bool) -> Iterator[tuple[str, str]]:
    """What is odd in an expression, and what to write instead."""
    if is_condition and isinstance(tree, Path):
        yield (
            "a reference alone is always true, answered or not",
            "compare it: ${question} = 'yes', or ${question} != '' for any answer",
        )
    if isinstance(tree, Call) and tree.name == "regex" and _is_loose(tree):
        yield (
            "regex() looks for the pattern anywhere in the answer",
            "write '^…$' if the whole answer must match",
        )
    for part, is_truth in _parts(tree):
        yield from pitfalls(part, is_condition=is_truth)


def _is_loose(tree: Call) -> bool:
    pattern = tree.arguments[1] if len(tree.arguments) == 2 else None
    return isinstance(pattern, Literal) and not (pattern.text.startswith("^") and pattern.text.endswith("$"))


def _parts(tree: Expression) -> Iterator[tuple[Expression, bool]]:
    """The parts of an expression, and whether each is read as true or false."""
    if isinstance(tree, Binary):
        is_logical = tree.operator in ("and", "or")
        yield from ((tree.left, is_logical), (tree.right, is_logical))
    elif isinstance(tree, Negation):
        yield tree.operand, False
    elif isinstance(tree, Call):
        for at, argument in enumerate(tree.arguments):
            yield argument, tree.name in ("not", "boolean") or (tree.name == "if" and at == 0)
    elif isinstance(tree, Filter):
        yield tree.operand, False
