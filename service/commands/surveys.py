"""Checking a survey. What a form means is decided in `bot`, what is checked in `service.checks`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.problems import InputRefused
from service.commands.reading import read_survey

if TYPE_CHECKING:
    from campaigns.definition import Definition
    from service.checks.reports import SurveyReport

_SIGNS_NOTHING = "x" * 32
"""A check makes no personal links, so that it needs no secret of the installation's."""


def check(path: Path, *, as_json: bool, is_full: bool) -> None:
    """Tell every mistake in an XLSForm, and what a coordinator wants to know of it. Ends with 2 when there are errors."""
    from service.commands.survey_page import page

    report = report_on(path, _campaign_beside(path))
    if as_json:
        typer.echo(json.dumps(report.to_data(), ensure_ascii=False, indent=2))
    elif not report.languages:  # it cannot be read
        raise InputRefused(report.problems)
    else:
        typer.echo(page(report, is_full=is_full), nl=False)
    if report.errors:
        raise typer.Exit(2)


def report_on(path: Path, campaign: Definition | None) -> SurveyReport:
    """The report on a survey's file, with the texts of the campaign it belongs to."""
    from zoneinfo import ZoneInfo

    from channels.doors import open_doors
    from service.checks.surveys import Surrounding, check_survey
    from service.clock import clock_of
    from service.settings import Settings, load_settings

    settings = load_settings(Settings, secret_key=_SIGNS_NOTHING)
    around = Surrounding(
        doors={name: (door, load_settings(door.settings)) for name, door in open_doors().items()},
        now=clock_of(settings).now().astimezone(ZoneInfo(settings.time_zone)),
        public_url=settings.public_url,
        sender=settings.controller,
        contact=settings.contact,
        campaign=campaign,
    )
    return check_survey(path.read_bytes(), path.name, around, lambda data, name: read_survey(path))


def _campaign_beside(path: Path) -> Definition | None:
    """The campaign in whose folder the survey lies; None without one, or (with a note) when it cannot be read."""
    from campaigns.definition_files import read_definition

    file = path.parent / "campaign.yaml"
    if not file.is_file():
        return None
    try:
        return read_definition(file.read_bytes(), file.name)
    except InputRefused as refused:
        typer.echo(f"Note: {file.name} cannot be read and is left out ({len(refused.problems)} problems).", err=True)
        return None
