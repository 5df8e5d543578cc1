"""The doctor's findings, as a table for people and as JSON for machines. What is looked at lives in `service.doctor`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import typer

from channels.doors import Finding
from service.doctor.rounds import look

MARKS: Final = {"fine": "ok", "note": "note", "wrong": "WRONG"}


def examine(*, as_json: bool) -> None:
    """Look at everything and tell it; exit code 1 when something is wrong."""
    found = asyncio.run(look())
    is_well = not any(finding.state == "wrong" for finding in found)
    if as_json:
        told = {"is_well": is_well, "findings": [asdict(finding) for finding in found]}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        typer.echo(_as_text(found))
    if not is_well:
        raise typer.Exit(1)


def _as_text(found: Sequence[Finding]) -> str:
    width = max((len(finding.subject) for finding in found), default=0)
    lines = []
    for finding in found:
        lines.append(f"{MARKS[finding.state]:<5}  {finding.subject:<{width}}  {finding.what}")
        if finding.remedy:
            lines.append(f"{'':<5}  {'':<{width}}  → {finding.remedy}")
    wrong = sum(finding.state == "wrong" for finding in found)
    lines.append("" if found else "Nothing was looked at.")
    lines.append("All is well." if not wrong else f"{wrong} of {len(found)} need mending.")
    return "\n".join(lines)
