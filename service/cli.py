"""The command line: names, arguments and help. What a command does lives in `service.commands` and is imported when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="genklang",
    help="Dialogue with residents over Telegram, SMS, e-mail and the web, with feedback to everybody who took part.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
survey_app = typer.Typer(help="Read and try a survey.", no_args_is_help=True)
people_app = typer.Typer(help="Residents and how to reach them.", no_args_is_help=True)
areas_app = typer.Typer(help="The areas of the municipality.", no_args_is_help=True)
population_app = typer.Typer(help="How many live where: the baseline for coverage.", no_args_is_help=True)
campaign_app = typer.Typer(help="Plan, launch, follow and close a dialogue.", no_args_is_help=True)
places_app = typer.Typer(help="Streets and places by name, for answers that say where.", no_args_is_help=True)
requests_app = typer.Typer(help="What residents wait for a person to do.", no_args_is_help=True)
audit_app = typer.Typer(help="Who did what.", no_args_is_help=True)
lanes_app = typer.Typer(help="Sender identities: what waits, which of them rest and why.")
outbox_app = typer.Typer(help="Messages that need a person's word.", no_args_is_help=True)
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

File = Annotated[Path, typer.Argument(help="The file to read.", exists=True, dir_okay=False, readable=True)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and report, change nothing.")]
Folder = Annotated[
    Path, typer.Argument(help="The campaign's folder, or its campaign.yaml.", exists=True, readable=True)
]
CampaignId = Annotated[str, typer.Argument(help="The campaign's id.")]
Actor = Annotated[str, typer.Option("--by", help="Who does it, for the audit trail.", envvar="USER")]
Format = Annotated[str, typer.Option("--format", help="table, csv, json or png.")]


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


@app.command()
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


@people_app.command("import")
def people_import(file: File, dry_run: DryRun = False, by: Actor = "command line") -> None:
    """Import residents from CSV. A known ref is updated; one mistake and nothing is imported."""
    from service.commands.imports import import_people as run

    run(file, is_dry_run=dry_run, actor=by)


@areas_app.command("import")
def areas_import(file: File, dry_run: DryRun = False, by: Actor = "command line") -> None:
    """Import areas from GeoJSON."""
    from service.commands.imports import import_areas as run

    run(file, is_dry_run=dry_run, actor=by)


@population_app.command("import")
def population_import(file: File, dry_run: DryRun = False, by: Actor = "command line") -> None:
    """Import the population baseline from CSV."""
    from service.commands.imports import import_population as run

    run(file, is_dry_run=dry_run, actor=by)


@places_app.command("import")
def places_import(file: File, dry_run: DryRun = False, by: Actor = "command line") -> None:
    """Import streets and places from CSV (name,latitude,longitude) or GeoJSON. The same file again replaces what it gave before."""
    from service.commands.imports import import_places as run

    run(file, is_dry_run=dry_run, actor=by)


@campaign_app.command("check")
def campaign_check(folder: Folder) -> None:
    """Read a campaign's folder and tell what still keeps it from being launched."""
    from service.commands.campaigns import check as run

    run(folder)


@campaign_app.command("launch")
def campaign_launch(folder: Folder, by: Actor = "command line") -> None:
    """Freeze the campaign, choose its recipients and plan its waves."""
    from service.commands.campaigns import launch as run

    run(folder, actor=by)


@campaign_app.command("list")
def campaign_list() -> None:
    """All campaigns, the newest first."""
    from service.commands.campaigns import show_all as run

    run()


@campaign_app.command("status")
def campaign_status(campaign: CampaignId, form: Format = "table") -> None:
    """How far a campaign has come: participation, messages, waves and promises."""
    from service.commands.campaigns import status as run

    run(campaign, form)


@campaign_app.command("correct")
def campaign_correct(
    campaign: CampaignId,
    file: File,
    reason: Annotated[str, typer.Option("--reason", help="What was wrong, for the audit trail.")],
    by: Actor = "command line",
) -> None:
    """Give an open campaign's survey a new version. Who has begun goes on in theirs; each answer keeps its own."""
    from service.commands.following import correct as run

    run(campaign, file, reason=reason, actor=by)


@campaign_app.command("link")
def campaign_link(
    campaign: CampaignId,
    ref: Annotated[str, typer.Argument(help="The resident's ref in the register.")],
    mode: Annotated[str, typer.Option("--mode", help="How the answers come in: staff, proxy or paper.")] = "staff",
    by: Actor = "command line",
) -> None:
    """Print a link to answer in a resident's place. What is answered through it is tagged so."""
    from service.commands.following import link as run

    run(campaign, ref, mode, actor=by)


@campaign_app.command("close")
def campaign_close(campaign: CampaignId, by: Actor = "command line") -> None:
    """Take no more answers from now on."""
    from service.commands.campaigns import close as run

    run(campaign, actor=by)


@campaign_app.command("decide")
def campaign_decide(campaign: CampaignId, file: File, by: Actor = "command line") -> None:
    """Enter the decision and plan the feedback to everybody who took part."""
    from service.commands.campaigns import decide as run

    run(campaign, file, actor=by)


@app.command()
def results(
    campaign: CampaignId,
    by: Annotated[str, typer.Option("--by", help="area, group, language, channel, or several with commas.")] = "",
    form: Format = "table",
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; png needs it.")] = None,
) -> None:
    """A campaign's figures, with small cells suppressed."""
    from service.commands.results import show as run

    run(campaign, by, form, out)


@lanes_app.callback(invoke_without_command=True)
def lanes(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the lanes: rate, what is queued, until when one rests and for what reason."""
    if context.invoked_subcommand is None:
        from service.commands.lanes import show as run

        run(as_json=as_json)


@lanes_app.command("resume")
def lanes_resume(name: Annotated[str, typer.Argument(help="The lane's name.")], by: Actor = "command line") -> None:
    """End a lane's rest after what stood in the way was mended."""
    from service.commands.lanes import resume as run

    run(name, actor=by)


@outbox_app.command("unknown")
def outbox_unknown(
    messages: Annotated[
        list[int] | None,
        typer.Argument(help="Only the messages with these numbers; without any, all that are in doubt."),
    ] = None,
    campaign: Annotated[str, typer.Option("--campaign", help="Only this campaign's.")] = "",
    resolve: Annotated[str, typer.Option("--resolve", help="For all that are listed: resend, sent or failed.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was in doubt before: sent again, or settled by a report.")
    ] = False,
    by: Actor = "command line",
) -> None:
    """List messages of which nobody knows whether they arrived, and say what to do with them."""
    from service.commands.outbox import unknown as run

    run(messages or [], campaign or None, resolve or None, is_ever=everything, actor=by)


@outbox_app.command("show")
def outbox_show(message: Annotated[int, typer.Argument(help="The message's number.")]) -> None:
    """Tell what became of a message, when and why, and in which channel it went on."""
    from service.commands.outbox import show as run

    run(message)


@requests_app.command("list")
def requests_list(
    campaign: Annotated[str, typer.Option("--campaign", help="Only this campaign's.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what is done.")] = False,
    form: Format = "table",
) -> None:
    """List who has asked for a person, who has waited longest first."""
    from service.commands.following import show_requests as run

    run(campaign or None, form, is_open=not everything)


RequestNumber = Annotated[int, typer.Argument(help="The number in the list.")]


@requests_app.command("show")
def requests_show(number: RequestNumber, by: Actor = "command line") -> None:
    """Show how whoever asked can be reached. That an address was looked at is noted in the audit trail."""
    from service.commands.following import show_request as run

    run(number, actor=by)


@requests_app.command("done")
def requests_done(number: RequestNumber, by: Actor = "command line") -> None:
    """Note that a request was dealt with."""
    from service.commands.following import finish_request as run

    run(number, actor=by)


@audit_app.command("verify")
def audit_verify() -> None:
    """Check that nothing in the audit trail was changed or taken out."""
    from service.commands.outbox import verify_audit as run

    run()


@app.command()
def erase(
    ref: Annotated[str | None, typer.Option("--ref", help="The resident's ref in the register.")] = None,
    person: Annotated[int | None, typer.Option("--person", help="The resident's id here.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: Actor = "command line",
) -> None:
    """Erase a resident on request: addresses, answers, conversations. Tells what is kept and why, and asks first."""
    from service.commands.records import erase as run

    run(ref, person, is_sure=yes, actor=by)


@app.command()
def export(
    campaign: CampaignId,
    out: Annotated[Path, typer.Option("--out", help="A new folder to write to.")],
    raw: Annotated[bool, typer.Option("--raw", help="Raw answers too, for administrators. Needs a reason.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="What raw answers are for, for the audit trail.")] = "",
    by: Actor = "command line",
) -> None:
    """Write a campaign for an archive: definition, survey, code book, figures, decision, timeline. Nobody's address is in it."""
    from service.commands.records import export as run

    run(campaign, out, is_raw=raw, reason=reason, actor=by)


@app.command()
def purge(
    decision: Annotated[str, typer.Option("--decision", help="The id of the disposal decision (gallringsbeslut).")],
    do_it: Annotated[bool, typer.Option("--do-it", help="Dispose of it; without this it is only counted.")] = False,
    by: Actor = "command line",
) -> None:
    """Dispose of what is older than the settings keep it, by a disposal decision. Counts what would go unless told to do it."""
    from service.commands.records import purge as run

    run(decision, is_done=do_it, actor=by)


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

    typer.echo(page(), nl=False)


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
