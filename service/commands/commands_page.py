"""The page of commands in the documentation, written from the command line's own help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

_INTRODUCTION = """# Commands

Bad input ends with every problem, its place and its remedy, and exit code 2. This page is written from the code with
`make docs`.

| command | does |
|---|---|
"""


def page(app: typer.Typer) -> str:
    """The whole page as Markdown."""
    rows = sorted(_rows(typer.main.get_command(app), "genklang"))
    return _INTRODUCTION + "".join(f"| `{usage}` | {meaning} |\n" for usage, meaning in rows)


def _rows(command: Any, name: str) -> Iterator[tuple[str, str]]:
    subcommands = getattr(command, "commands", None)
    if subcommands is not None:
        for sub_name, sub in subcommands.items():
            if not sub.hidden:
                yield from _rows(sub, f"{name} {sub_name}")
        if not command.invoke_without_command:
            return
    parts = [name]
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            parts.append((parameter.name or "").upper())
        else:
            value = "" if parameter.is_flag else f" {(parameter.name or '').upper()}"
            parts.append(f"[{parameter.opts[0]}{value}]")
    yield " ".join(parts), " ".join((command.help or "").split())
