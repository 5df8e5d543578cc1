"""The sandbox's own command line. Does nothing itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="A municipality that does not exist, to try Genklang on."
)


@app.callback()
def sandbox() -> None:
    """A municipality that does not exist, to try Genklang on."""


@app.command()
def municipality(
    out: Annotated[Path, typer.Option(help="Folder to write the files to.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same municipality.")] = 7,
    residents: Annotated[int, typer.Option(min=3, max=9000, help="How many residents.")] = 600,
) -> None:
    """Write areas, population and residents of the municipality of Sjövik."""
    from sandbox.municipality import write_municipality

    world = write_municipality(out, seed=seed, residents=residents)
    typer.echo(f"{world.name}: {len(world.residents)} residents written to {out}")


if __name__ == "__main__":
    app(prog_name="python -m sandbox")
