"""Following an open campaign from the shell: corrections, links for staff, and what residents wait for. What each act means lives beside `service.coordination`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.problems import InputRefused, Problem
from service.commands.rooms import open_database
from service.commands.tables import render
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from store.requests import RequestRecord


def correct(campaign_id: str, path: Path, *, reason: str, actor: str) -> None:
    """Correct an open campaign's survey and tell who gets the new version."""
    from channels.doors import open_doors
    from service.clock import clock_of
    from service.commands.reading import read_survey
    from service.corrections import correct_survey
    from service.wiring import build_channels

    read = read_survey(path)
    for warning in read.warnings:
        typer.echo(f"Note: {warning}", err=True)
    settings = load_settings(Settings)
    clock = clock_of(settings)
    channels = build_channels(settings, clock, open_doors())
    opening = [name for name, channel in channels.items() if channel.limits.opens_with_question]
    with open_database(settings) as database, database.begin() as connection:
        made = correct_survey(
            connection,
            campaign_id,
            read.xform,
            filename=path.name,
            reason=reason,
            opening_channels=opening,
            now=clock.now(),
            actor=actor,
        )
    typer.echo(
        f"{campaign_id}: version {made.number} for {made.moved} residents who had not begun; "
        f"{made.staying} stay with the version they have."
    )


def link(campaign_id: str, ref: str, mode: str, *, actor: str) -> None:
    """Print a link whose answers are tagged with a mode."""
    from service.clock import clock_of
    from service.following import link_participation
    from service.links import MODES, SELF, Links

    allowed = [name for name in MODES if name != SELF]
    if mode not in allowed:
        raise InputRefused((Problem(f"Answers cannot come in as {mode!r}.", f"write {', '.join(allowed)}"),))
    settings = load_settings(Settings)
    with open_database(settings) as database, database.begin() as connection:
        now = clock_of(settings).now()
        participation_id = link_participation(connection, campaign_id, ref, mode, now, actor)
    typer.echo(Links(settings.secret(), settings.public_url).personal_url(participation_id, mode))


def show_requests(campaign_id: str | None, form: str, *, is_open: bool) -> None:
    """List requests."""
    from store.requests import list_requests

    if form not in ("table", "json"):
        raise InputRefused((Problem(f"Requests have no format {form!r}.", "write table or json"),))
    with open_database() as database, database.connect() as connection:
        found = list_requests(connection, campaign_id, is_open=is_open)
    if form == "json":
        told = [{name: value for name, value in asdict(row).items() if name != "person_id"} for row in found]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))
    elif found:
        columns = ("number", "campaign", "asked (UTC)", "ref", "language", "channel", "done")
        typer.echo(render("Residents who ask for a person", columns, [_line(row) for row in found]))
    else:
        typer.echo("Nobody waits for a person.")


def _line(row: RequestRecord) -> list[object]:
    done = f"{row.done_at:%Y-%m-%d} {row.done_by}" if row.done_at else ""
    return [row.id, row.campaign_id, f"{row.at:%Y-%m-%d %H:%M}", row.ref or "", row.language, row.channel, done]


def show_request(number: int, *, actor: str) -> None:
    """Open the addresses of whoever asked, and note in the audit trail that this was done."""
    from service.clock import clock_of
    from store import audit
    from store.requests import addresses_of, get_request
    from store.vault import Vault

    settings = load_settings(Settings)
    vault = Vault(settings.secret())
    with open_database(settings) as database, database.begin() as connection:
        found = get_request(connection, number)
        addresses = addresses_of(connection, found.person_id)
        now = clock_of(settings).now()
        audit.append(connection, actor=actor, action="address shown", subject=f"request {number}", now=now)
    typer.echo(f"Request {number}, {found.campaign_id}: {found.ref or 'in no register'}, speaks {found.language}")
    for address in addresses:
        typer.echo(f"  {address.channel}\t{vault.open(address.sealed)}")


def finish_request(number: int, *, actor: str) -> None:
    """Note that a request was dealt with."""
    from service.clock import clock_of
    from service.following import finish

    settings = load_settings(Settings)
    with open_database(settings) as database, database.begin() as connection:
        finish(connection, number, clock_of(settings).now(), actor)
    typer.echo(f"Request {number} is done.")
