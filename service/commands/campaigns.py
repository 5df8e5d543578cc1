"""Checking, launching, following and closing campaigns from the shell. What each act means lives in `service.coordination`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.problems import InputRefused, Problem
from service.commands.rooms import open_database
from service.commands.tables import as_text
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from service.readiness import CampaignFolder, Readiness


def read_folder(path: Path) -> CampaignFolder:
    """A campaign's folder: campaign.yaml and, unless it only informs, survey.xlsx. Raises `InputRefused`."""
    from campaigns.definition_files import read_definition
    from service.commands.reading import read_survey
    from service.readiness import CampaignFolder

    folder = path if path.is_dir() else path.parent
    file = folder / "campaign.yaml"
    if not file.is_file():
        raise InputRefused((Problem("The campaign's folder has no campaign.yaml.", "put one there", file=str(folder)),))
    definition = read_definition(file.read_bytes(), file.name)
    survey = folder / "survey.xlsx"
    xform = read_survey(survey).xform if survey.is_file() else None
    return CampaignFolder(definition, xform)


def check(path: Path) -> None:
    """Tell whether a campaign can be launched here and now. Raises `InputRefused` with everything that a launch would refuse."""
    from service.commands.rooms import look_into_database
    from service.readiness import readiness

    folder = read_folder(path)
    settings, channels, now = _installation()
    _tell_texts(path, folder)
    with look_into_database(settings) as asked:
        connection = None if isinstance(asked, str) else asked
        found = readiness(connection, folder, channels, now)
        _tell_notes(found)
        if isinstance(asked, str):
            typer.echo(
                f"Note: Not checked, since {asked}: whether the audience's areas and groups are known, whom it reaches, "
                f"and whether a campaign {folder.definition.id} was launched before."
            )
        if found.problems:
            raise InputRefused(found.problems)
        for gate, word in found.lifted:
            typer.echo(f"Overridden by {word.by}: {gate.name} - {word.reason}")
        typer.echo(f"{folder.definition.id} can be launched{_foreseen(connection, folder, found)}.")


def _installation() -> tuple[Settings, list[str], datetime]:
    """The settings, the channels on which messages can leave, and the time. Raises `InputRefused` where settings cannot be used."""
    from channels.doors import open_doors
    from service.clock import clock_of
    from service.wiring import build_channels

    settings = load_settings(Settings)
    clock = clock_of(settings)
    channels = build_channels(settings, clock, open_doors())
    return settings, [name for name, channel in channels.items() if not channel.limits.is_page], clock.now()


def _tell_notes(found: Readiness) -> None:
    for note in found.notes:
        typer.echo(f"Note: {note}")


def _foreseen(connection: Connection | None, folder: CampaignFolder, found: Readiness) -> str:
    """How many a launch would invite, by the register as it is."""
    from campaigns.plain_data import to_data
    from store.launching import audience_size, reachable_count

    if connection is None or found.audience is None:
        return ", as far as can be seen without the database"
    audience, year = to_data(found.audience), folder.definition.opening_year
    reached = reachable_count(connection, audience, found.channels, year)
    unreachable = audience_size(connection, audience, year) - reached
    return f": {reached} residents would be invited, {unreachable} cannot be reached"


def _tell_texts(path: Path, folder: CampaignFolder) -> None:
    """The survey's check in a line, and how plain the campaign's own texts are (R28)."""
    from service.checks.campaigns import survey_lines, text_lines
    from service.commands.surveys import report_on

    survey = (path if path.is_dir() else path.parent) / "survey.xlsx"
    if survey.is_file():
        for line in survey_lines(report_on(survey, folder.definition)):
            typer.echo(line)
    for line in text_lines(folder.definition):
        typer.echo(line)


def launch(path: Path, *, actor: str) -> None:
    """Launch a campaign's folder and tell whom it reaches."""
    from service.coordination import launch_campaign

    folder = read_folder(path)
    settings, channels, now = _installation()
    with open_database(settings) as database, database.begin() as connection:
        report = launch_campaign(connection, folder, channels, now, actor)
    typer.echo(
        f"{folder.definition.id}: {report.added} residents will be invited, {report.unreachable} cannot be reached."
    )
    for label, counts in (("channel", report.by_channel), ("language", report.by_language)):
        typer.echo(f"  by {label}: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))


def show_all() -> None:
    """One line a campaign."""
    from store.campaigns import list_campaigns

    with open_database() as database, database.connect() as connection:
        for row in list_campaigns(connection):
            typer.echo(f"{row.id}\t{row.status}\t{row.opens_at:%Y-%m-%d}\t{row.closes_at:%Y-%m-%d}")


def status(campaign_id: str, form: str) -> None:
    """How far a campaign has come."""
    from store.campaigns import get_campaign, list_waves
    from store.corrections import survey_versions
    from store.costs import spending
    from store.deliveries import status_counts
    from store.promises import list_milestones
    from store.reach import reach
    from store.requests import list_requests
    from store.tallies import tallies

    if form not in ("table", "json"):
        raise InputRefused((Problem(f"A status has no format {form!r}.", "write table or json"),))
    with open_database() as database, database.connect() as connection:
        told = {
            "campaign": campaign_id,
            "status": get_campaign(connection, campaign_id).status,
            "survey_versions": len(survey_versions(connection, campaign_id)),
            "requests": len(list_requests(connection, campaign_id)),
            "people": [asdict(row) for row in tallies(connection, campaign_id)],
            "reach": asdict(reach(connection, campaign_id)),
            "messages": [asdict(row) for row in status_counts(connection, campaign_id)],
            "costs": [asdict(row) for row in spending(connection, campaign_id)],
            "waves": [asdict(row) for row in list_waves(connection, campaign_id)],
            "milestones": [asdict(row) for row in list_milestones(connection, campaign_id)],
        }
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str) if form == "json" else as_text(told))


def close(campaign_id: str, *, actor: str) -> None:
    """Close a campaign before its time."""
    from service.clock import clock_of
    from service.coordination import close_now

    settings = load_settings(Settings)
    with open_database(settings) as database, database.begin() as connection:
        close_now(connection, campaign_id, clock_of(settings).now(), actor)
    typer.echo(f"{campaign_id} takes no more answers.")


def decide(campaign_id: str, path: Path, *, actor: str) -> None:
    """Enter a decision."""
    from campaigns.decisions import read_decision
    from campaigns.definition import Definition
    from service.clock import clock_of
    from service.coordination import enter_decision
    from store.campaigns import get_campaign

    settings = load_settings(Settings)
    with open_database(settings) as database, database.begin() as connection:
        definition = Definition.from_data(get_campaign(connection, campaign_id).definition)
        decision = read_decision(path.read_bytes(), path.name, languages=definition.languages)
        due_at = enter_decision(connection, definition, decision, clock_of(settings).now(), actor)
    typer.echo(f"{campaign_id}: the decision is entered; feedback leaves at {due_at:%Y-%m-%d %H:%M} UTC.")
