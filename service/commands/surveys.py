"""Checking a survey. What a form means is decided in `bot`."""

from __future__ import annotations

from pathlib import Path

import typer

from bot.forms import Form
from bot.xlsform import read_xlsform


def check(path: Path) -> None:
    """Tell every mistake in an XLSForm, or what it holds when there is none."""
    read = read_xlsform(path.read_bytes(), path.name)
    for warning in read.warnings:
        typer.echo(f"Note: {warning}", err=True)
    form = Form.load(read.xform)
    typer.echo(
        f"{path.name}: {form.title or 'untitled'}, {len(form.questions)} questions, "
        f"{len(form.languages)} languages ({', '.join(form.codes())})."
    )
