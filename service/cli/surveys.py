"""The commands that read and try a survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.arguments import File

survey_app = typer.Typer(help="Read and try a survey.", no_args_is_help=True)


def talk(
    file: File,
    lang: Annotated[str, typer.Option("--lang", help="The language to begin in, such as sv.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line a turn.")] = False,
) -> None:
    """Answer a survey in the shell. Lines piped in are answered one by one."""
    from service.commands.talking import talk as run

    run(file, lang, as_json=as_json)


@survey_app.command("check")
def survey_check(
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
    is_full: Annotated[bool, typer.Option("--all", help="Every text in which a word is marked.")] = False,
) -> None:
    """Tell what is wrong with an XLSForm by sheet, row and column; its length, its cost by SMS, its plain language."""
    from service.commands.surveys import check as run

    run(file, as_json=as_json, is_full=is_full)


@survey_app.command("walk")
def survey_walk(
    file: File,
    answers: Annotated[
        Path,
        typer.Option("--answers", help="A file with a JSON list of [path, value]; - reads standard input."),
    ],
) -> None:
    """Walk a survey with given answers and print the state of every node after each, one JSON line a step."""
    from service.commands.walks import walk as run

    run(file, answers)
