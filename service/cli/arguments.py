"""Arguments that many commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(help="The file to read.", exists=True, dir_okay=False, readable=True)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and report, change nothing.")]
Folder = Annotated[
    Path, typer.Argument(help="The campaign's folder, or its campaign.yaml.", exists=True, readable=True)
]
CampaignId = Annotated[str, typer.Argument(help="The campaign's id.")]
Actor = Annotated[str, typer.Option("--by", help="Who does it, for the audit trail.", envvar="USER")]
Format = Annotated[str, typer.Option("--format", help="table, csv, json or png.")]
