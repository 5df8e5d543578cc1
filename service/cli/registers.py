"""The commands that import who lives where: people, areas, population, places."""

from __future__ import annotations

import typer

from service.cli.arguments import Actor, DryRun, File

people_app = typer.Typer(help="Residents and how to reach them.", no_args_is_help=True)
areas_app = typer.Typer(help="The areas of the municipality.", no_args_is_help=True)
population_app = typer.Typer(help="How many live where: the baseline for coverage.", no_args_is_help=True)
places_app = typer.Typer(help="Streets and places by name, for answers that say where.", no_args_is_help=True)


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
