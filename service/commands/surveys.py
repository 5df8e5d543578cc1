"""Checking a survey and talking to it in the shell. What a form means is decided in `bot`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import typer

from bot.forms import Form
from service.commands.reading import read_survey


def check(path: Path) -> None:
    """Tell every mistake in an XLSForm, or what it holds when there is none."""
    read = read_survey(path)
    for warning in read.warnings:
        typer.echo(f"Note: {warning}", err=True)
    form = Form.load(read.xform)
    typer.echo(
        f"{path.name}: {form.title or 'untitled'}, {len(form.questions)} questions, "
        f"{len(form.languages)} languages ({', '.join(form.codes())})."
    )


def talk(path: Path, language: str, *, as_json: bool) -> None:
    """Hold the survey's dialogue over standard input and output."""
    from bot.engine import Engine
    from channels.terminal import talk as hold
    from locales import load_lexicon, translation

    form = Form.load(read_survey(path).xform)
    hold(
        form,
        Engine(load_lexicon()),
        translation,
        language=language or form.codes()[0],
        lines=sys.stdin,
        out=sys.stdout,
        now=lambda: datetime.now(UTC),
        is_json=as_json,
        is_interactive=sys.stdin.isatty(),
    )
