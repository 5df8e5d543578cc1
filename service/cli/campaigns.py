"""The commands of a campaign, from its folder to its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.arguments import Actor, CampaignId, File, Folder, Format

campaign_app = typer.Typer(help="Plan, launch, follow and close a dialogue.", no_args_is_help=True)


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


def results(
    campaign: CampaignId,
    by: Annotated[str, typer.Option("--by", help="area, group, language, channel, or several with commas.")] = "",
    form: Format = "table",
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; png needs it.")] = None,
) -> None:
    """A campaign's figures, with small cells suppressed."""
    from service.commands.results import show as run

    run(campaign, by, form, out)
