"""Importing residents, areas and the baseline: all of a file or nothing of it. What a file may hold is decided in `campaigns`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from service.commands.rooms import open_database
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.problems import Problem


def import_areas(path: Path, *, is_dry_run: bool, actor: str) -> None:
    """Import a GeoJSON FeatureCollection of areas."""
    from campaigns.areas import read_areas
    from service.clock import clock_of
    from store import areas, audit

    rows = read_areas(path.read_bytes(), path.name)
    if is_dry_run:
        typer.echo(f"{path.name}: {len(rows)} areas can be imported; nothing was changed.")
        return
    settings = load_settings(Settings)
    with open_database(settings) as database, database.begin() as connection:
        count = areas.import_areas(connection, rows)
        now = clock_of(settings).now()
        audit.append(
            connection, actor=actor, action="imported areas", subject=path.name, details={"count": count}, now=now
        )
    typer.echo(f"{path.name}: {count} areas imported.")


def import_places(path: Path, *, is_dry_run: bool, actor: str) -> None:
    """Import streets and places by name."""
    from campaigns.places import read_places
    from service.clock import clock_of
    from store import audit, places

    rows = read_places(path.read_bytes(), path.name)
    if is_dry_run:
        typer.echo(f"{path.name}: {len(rows)} places can be imported; nothing was changed.")
        return
    settings = load_settings(Settings)
    with open_database(settings) as database, database.begin() as connection:
        count = places.import_places(connection, rows, path.name)
        now = clock_of(settings).now()
        audit.append(
            connection, actor=actor, action="imported places", subject=path.name, details={"count": count}, now=now
        )
    typer.echo(f"{path.name}: {count} places imported.")


def import_population(path: Path, *, is_dry_run: bool, actor: str) -> None:
    """Import the population baseline."""
    from campaigns.population import read_population
    from service.clock import clock_of
    from store import areas, audit

    settings = load_settings(Settings)
    with open_database(settings) as database, database.begin() as connection:
        rows = read_population(path.read_bytes(), path.name, set(areas.area_names(connection)))
        if is_dry_run:
            typer.echo(f"{path.name}: {len(rows)} figures can be imported; nothing was changed.")
            return
        count = areas.import_population(connection, rows)
        now = clock_of(settings).now()
        audit.append(
            connection, actor=actor, action="imported population", subject=path.name, details={"count": count}, now=now
        )
    typer.echo(f"{path.name}: {count} figures imported.")


def import_people(path: Path, *, is_dry_run: bool, actor: str) -> None:
    """Import residents and their addresses."""
    from campaigns.people import read_people
    from channels.doors import open_doors
    from channels.errors import AddressRefused
    from locales import codes
    from service.clock import clock_of
    from store import areas, audit, departures, people
    from store.vault import Vault

    settings = load_settings(Settings)
    now = clock_of(settings).now()
    normalise = {name: door.normalise for name, door in open_doors().items() if name != "web"}
    with open_database(settings) as database, database.begin() as connection:
        imported = read_people(
            path.read_bytes(),
            path.name,
            normalise=normalise,
            refusal=AddressRefused,
            areas=set(areas.area_names(connection)),
            languages=codes(),
            today=now.date(),
        )
        _tell(imported.warnings)
        held_back = f"{imported.protected_count} protected and {imported.too_young_count} too young were left out"
        if is_dry_run:
            typer.echo(
                f"{path.name}: {len(imported.rows)} residents can be imported ({held_back}); nothing was changed."
            )
            return
        report = people.import_people(connection, imported.rows, Vault(settings.secret()), now)
        shielded = departures.shield_people(connection, imported.protected_refs, now)
        counts = {"created": report.created, "updated": report.updated, "shielded": shielded}
        audit.append(connection, actor=actor, action="imported people", subject=path.name, details=counts, now=now)
    typer.echo(
        f"{path.name}: {report.created} residents added, {report.updated} updated, "
        f"{report.contacts} addresses ({held_back})."
    )
    if shielded:
        typer.echo(f"{shielded} who were known here are protected now: their addresses and places are gone.")


def _tell(warnings: Iterable[Problem]) -> None:
    for warning in warnings:
        typer.echo(f"Note: {warning}", err=True)
