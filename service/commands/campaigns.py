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
    from service.coordination import CampaignFolder


def read_folder(path: Path) -> CampaignFolder:
    """A campaign's folder: campaign.yaml and, unless it only informs, survey.xlsx. Raises `InputRefused`."""
    from campaigns.definition_files import read_definition
    from service.commands.reading import read_survey
    from service.coordination import CampaignFolder

    folder = path if path.is_dir() else path.parent
    file = folder / "campaign.yaml"
    if not file.is_file():
        raise InputRefused((Problem("The campaign's folder has no campaign.yaml.", "put one there", file=str(folder)),))
    definition = read_definition(file.read_bytes(), file.name)
    survey = folder / "survey.xlsx"
    xform = read_survey(survey).xform if survey.is_file() else None
    return CampaignFolder(definition, xform)


def check(path: Path) -> None:
    """Tell whether a campaign can be launched. Raises `InputRefused` with every gate that is closed."""
    from campaigns.gates import launch_warnings, used_overrides
    from service.clock import clock_of
    from service.coordination import as_problem

    folder = read_folder(path)
    now = clock_of(load_settings(Settings)).now()
    for warning in launch_warnings(folder.definition, question_count=folder.question_count, drafts=folder.drafts):
        typer.echo(f"Note: {warning}")
    _tell_texts(path, folder)
    if gates := folder.gates(now):
        raise InputRefused(tuple(as_problem(gate) for gate in gates))
    lifted = used_overrides(folder.definition, now, question_count=folder.question_count, drafts=folder.drafts)
    for gate, word in lifted:
        typer.echo(f"Overridden by {word.by}: {gate.name} - {word.reason}")
    typer.echo(f"{folder.definition.id} can be launched.")


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
    from channels.doors import open_doors
    from service.clock import clock_of
    from service.coordination import launch_campaign
    from service.wiring import build_channels

    folder = read_folder(path)
    settings = load_settings(Settings)
    clock = clock_of(settings)
    channels = build_channels(settings, clock, open_doors())
    sending = [name for name, channel in channels.items() if not channel.limits.is_page]
    with open_database(settings) as database, database.begin() as connection:
        report = launch_campaign(connection, folder, sending, clock.now(), actor)
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
