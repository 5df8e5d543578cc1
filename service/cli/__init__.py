"""The command line: its name, its groups, and what runs the service and looks after it. What a command does lives in `service.commands` and is imported when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.campaigns import campaign_app, results
from service.cli.messages import lanes_app, outbox_app, requests_app
from service.cli.records import audit_app, erase, export, purge
from service.cli.registers import areas_app, people_app, places_app, population_app
from service.cli.surveys import survey_app, talk

app = typer.Typer(
    name="genklang",
    help="Dialogue with residents over Telegram, SMS, e-mail and the web, with feedback to everybody who took part.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
for name, group in (
    ("survey", survey_app),
    ("people", people_app),
    ("areas", areas_app),
    ("population", population_app),
    ("places", places_app),
    ("campaign", campaign_app),
    ("requests", requests_app),
    ("lanes", lanes_app),
    ("outbox", outbox_app),
    ("audit", audit_app),
):
    app.add_typer(group, name=name)


@app.command()
def serve() -> None:
    """Run the service: webhooks, pages, outbox and clock."""
    from service.commands.running import serve as run

    run()


@app.command()
def worker() -> None:
    """Run more hands beside a service: outbox and clock, no web."""
    from service.commands.running import work as run

    run()


for command in (talk, results, erase, export, purge):
    app.command()(command)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False) -> None:
    """Look at database, channels, addresses, clock, disk and DNS; tell what is wrong and its remedy. Exit code 1 when something is."""
    from service.commands.doctor import examine as run

    run(as_json=as_json)


@app.command()
def settings() -> None:
    """Print every setting as Markdown: variable, type, default and meaning."""
    from service.commands.settings_page import page

    typer.echo(page(), nl=False)


@app.command(hidden=True)
def commands() -> None:
    """Print every command as Markdown, for the documentation."""
    from service.commands.commands_page import page

    typer.echo(page(app), nl=False)


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Play a whole campaign, compare both accounts, and end.")
    ] = False,
    speed: Annotated[float, typer.Option("--speed", help="Seconds of the municipality's time in one of yours.")] = 1200,
    residents: Annotated[int, typer.Option("--residents", min=50, help="How many residents live there.")] = 600,
    seed: Annotated[int, typer.Option("--seed", help="The same seed plays the same campaign.")] = 7,
    folder: Annotated[Path, typer.Option("--folder", help="Where its files are kept.")] = Path("var/demo"),
    database_url: Annotated[str, typer.Option("--database", help="Another database, which must be empty.")] = "",
) -> None:
    """Watch a synthetic municipality hold a dialogue, with everything on this machine."""
    from service.demo.director import play

    play(is_once=once, speed=speed, residents=residents, seed=seed, folder=folder, database_url=database_url)


def main() -> None:
    """Run the command line. Bad input ends with every problem, its place and remedy, and exit code 2."""
    try:
        app()
    except Exception as error:
        from service.commands.refusals import explain

        if (lines := explain(error)) is None:
            raise
        for line in lines:
            typer.echo(line, err=True)
        sys.exit(2)
