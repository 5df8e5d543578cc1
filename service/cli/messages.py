"""The commands for what is on its way: lanes that rest, messages in doubt, requests that wait for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.arguments import Actor, Format

lanes_app = typer.Typer(help="Sender identities: what waits, which of them rest and why.")
outbox_app = typer.Typer(help="Messages that need a person's word.", no_args_is_help=True)
requests_app = typer.Typer(help="What residents wait for a person to do.", no_args_is_help=True)


@lanes_app.callback(invoke_without_command=True)
def lanes(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the lanes: rate, what is queued, until when one rests and for what reason."""
    if context.invoked_subcommand is None:
        from service.commands.lanes import show as run

        run(as_json=as_json)


@lanes_app.command("resume")
def lanes_resume(name: Annotated[str, typer.Argument(help="The lane's name.")], by: Actor = "command line") -> None:
    """End a lane's rest after what stood in the way was mended."""
    from service.commands.lanes import resume as run

    run(name, actor=by)


@outbox_app.command("unknown")
def outbox_unknown(
    messages: Annotated[
        list[int] | None,
        typer.Argument(help="Only the messages with these numbers; without any, all that are in doubt."),
    ] = None,
    campaign: Annotated[str, typer.Option("--campaign", help="Only this campaign's.")] = "",
    resolve: Annotated[str, typer.Option("--resolve", help="For all that are listed: resend, sent or failed.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was in doubt before: sent again, or settled by a report.")
    ] = False,
    by: Actor = "command line",
) -> None:
    """List messages of which nobody knows whether they arrived, and say what to do with them."""
    from service.commands.outbox import unknown as run

    run(messages or [], campaign or None, resolve or None, is_ever=everything, actor=by)


@outbox_app.command("show")
def outbox_show(message: Annotated[int, typer.Argument(help="The message's number.")]) -> None:
    """Tell what became of a message, when and why, and in which channel it went on."""
    from service.commands.outbox import show as run

    run(message)


@requests_app.command("list")
def requests_list(
    campaign: Annotated[str, typer.Option("--campaign", help="Only this campaign's.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what is done.")] = False,
    form: Format = "table",
) -> None:
    """List who has asked for a person, who has waited longest first."""
    from service.commands.following import show_requests as run

    run(campaign or None, form, is_open=not everything)


RequestNumber = Annotated[int, typer.Argument(help="The number in the list.")]


@requests_app.command("show")
def requests_show(number: RequestNumber, by: Actor = "command line") -> None:
    """Show how whoever asked can be reached. That an address was looked at is noted in the audit trail."""
    from service.commands.following import show_request as run

    run(number, actor=by)


@requests_app.command("done")
def requests_done(number: RequestNumber, by: Actor = "command line") -> None:
    """Note that a request was dealt with."""
    from service.commands.following import finish_request as run

    run(number, actor=by)
