"""Messages in doubt, and the audit trail: what a person looks at when something went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from bot.problems import InputRefused, Problem
from service.commands.rooms import open_database
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from store.deliveries import Doubtful

WORDS = ("resend", "sent", "failed")


def unknown(numbers: Sequence[int], campaign_id: str | None, word: str | None, *, is_ever: bool, actor: str) -> None:
    """List doubtful messages, or settle all that are listed with one word. `is_ever`: also those whose doubt is over.

    Raises `InputRefused` when one of the `numbers` is not in doubt; then nothing is settled.
    """
    from service.clock import clock_of
    from service.wiring import failure_rules
    from store import audit
    from store.deliveries import doubtful, resolve
    from store.failures import STANDARD

    if word is not None and word not in WORDS:
        raise InputRefused((Problem(f"{word!r} is no word for a doubtful message", f"write {', '.join(WORDS)}"),))
    if word is not None and is_ever:
        raise InputRefused((Problem("a word settles only what is in doubt now", "leave out --all"),))
    settings = load_settings(Settings)
    rules = failure_rules(settings) if word == "failed" else STANDARD
    with open_database(settings) as database, database.begin() as connection:
        found = doubtful(connection, campaign_id, is_ever=is_ever)
        if numbers:
            found = _named(found, numbers)
        for row in found:
            line = f"{row.message_id}\t{row.campaign_id}\t{row.channel}\t{row.purpose}\tattempts {row.attempts}\t{row.reason}"
            typer.echo(f"{line}\t{row.status}" if is_ever else line)
        if word is not None and found:
            now = clock_of(settings).now()
            ids = [row.message_id for row in found]
            count = resolve(connection, ids, word, now, rules)  # type: ignore[arg-type]
            details = {"word": word, "ids": ids}
            audit.append(
                connection, actor=actor, action="resolved", subject="messages in doubt", details=details, now=now
            )
            typer.echo(f"{count} taken for {word}." if word != "resend" else f"{count} will be sent again.")
        elif not found:
            typer.echo("No message has ever been in doubt." if is_ever else "No message is in doubt.")


def _named(found: Sequence[Doubtful], numbers: Sequence[int]) -> list[Doubtful]:
    """The messages with these numbers."""
    missing = sorted(set(numbers) - {row.message_id for row in found})
    if missing:
        what = f"not in doubt: {', '.join(map(str, missing))}"
        raise InputRefused((Problem(what, f"see what became of it: genklang outbox show {missing[0]}"),))
    return [row for row in found if row.message_id in numbers]


def show(message_id: int) -> None:
    """Tell a message's story, with what it followed and what followed it."""
    from store.stories import stories

    with open_database() as database, database.connect() as connection:
        found = stories(connection, message_id)
    if not found:
        raise InputRefused((Problem(f"There is no message {message_id}", "look it up with: genklang outbox unknown"),))
    for each in found:
        of_campaign = f" of {each.campaign_id}" if each.campaign_id else ""
        typer.echo(
            f"message {each.message_id}: {each.purpose}{of_campaign} by {each.channel}, attempts {each.attempts}"
        )
        for moment in each.moments:
            why = f"  {moment.reason}" if moment.reason else ""
            typer.echo(f"  {moment.at:%Y-%m-%d %H:%M:%S} UTC  {moment.status}{why}")
        if each.followed_by:
            typer.echo(f"  followed by message {each.followed_by}")


def verify_audit() -> None:
    """Tell whether the chain of the audit trail is whole; exit code 1 when it is not."""
    from store import audit

    with open_database() as database, database.connect() as connection:
        verdict = audit.verify(connection)
    if not verdict.is_whole:
        typer.echo(f"The audit trail is broken at entry {verdict.broken_id}.", err=True)
        raise typer.Exit(1)
    typer.echo(f"The audit trail is whole: {verdict.count} entries, the last is {verdict.head}.")
