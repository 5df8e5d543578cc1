"""The commands of record-keeping: audit trail, erasure, archive, disposal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.arguments import Actor, CampaignId

audit_app = typer.Typer(help="Who did what.", no_args_is_help=True)


@audit_app.command("verify")
def audit_verify() -> None:
    """Check that nothing in the audit trail was changed or taken out."""
    from service.commands.outbox import verify_audit as run

    run()


def erase(
    ref: Annotated[str | None, typer.Option("--ref", help="The resident's ref in the register.")] = None,
    person: Annotated[int | None, typer.Option("--person", help="The resident's id here.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: Actor = "command line",
) -> None:
    """Erase a resident on request: addresses, answers, conversations. Tells what is kept and why, and asks first."""
    from service.commands.records import erase as run

    run(ref, person, is_sure=yes, actor=by)


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


def purge(
    decision: Annotated[str, typer.Option("--decision", help="The id of the disposal decision (gallringsbeslut).")],
    do_it: Annotated[bool, typer.Option("--do-it", help="Dispose of it; without this it is only counted.")] = False,
    by: Actor = "command line",
) -> None:
    """Dispose of what is older than the settings keep it, by a disposal decision. Counts what would go unless told to do it."""
    from service.commands.records import purge as run

    run(decision, is_done=do_it, actor=by)
