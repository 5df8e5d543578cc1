"""Records of residents and campaigns at their end: erased on request, handed to an archive, disposed of by decision. Each leaves its entry in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.problems import InputRefused, Problem
from service.commands.rooms import open_database
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from store.archives import Holding
    from store.disposal import Disposed, Kind

KEPT = (
    "Kept, without anything that leads to the person: that somebody was invited and how far they came, so that counts and "
    "response rates stay true; when and whether messages were sent; and that the erasure was done, in the audit trail."
)
DECISION = re.compile(r"[^\s](?:.{1,98}[^\s])")


def erase(ref: str | None, person_id: int | None, *, is_sure: bool, actor: str) -> None:
    """Erase one person after asking; what was asked for by nobody is refused."""
    from service.clock import clock_of
    from store import audit
    from store.archives import find_person
    from store.departures import erase_person

    if (ref is None) == (person_id is None):
        raise InputRefused((Problem("Erasing needs one person.", "write --ref REF or --person ID, not both"),))
    settings = load_settings(Settings)
    with open_database(settings) as database:
        with database.connect() as connection:
            found = find_person(connection, ref=ref, person_id=person_id)
        if found is None or found.is_erased:
            what = "Nobody is kept under that name." if found is None else "The person is erased already."
            raise InputRefused((Problem(what, "check the register's ref, or the id in the list"),))
        typer.echo(_told(found))
        if not is_sure and not typer.confirm("Erase the person? This cannot be undone."):
            typer.echo("Nothing was changed.")
            raise typer.Exit(1)
        with database.begin() as connection:
            now = clock_of(settings).now()
            erase_person(connection, found.person_id, now)
            details = {"contacts": found.contacts, "answers": found.answers, "asked": "on request"}
            audit.append(
                connection, actor=actor, action="erased", subject=f"person {found.person_id}", details=details, now=now
            )
    typer.echo(f"Person {found.person_id} is erased.")


def _told(found: Holding) -> str:
    goes = f"Person {found.person_id}: {found.contacts} addresses, {found.answers} answers in {found.participations} campaigns"
    return f"{goes}, groups, conversations and everything by which they could be known go.\n{KEPT}"


def export(campaign_id: str, out: Path, *, is_raw: bool, reason: str, actor: str) -> None:
    """Write a campaign for an archive into a new folder. Raw answers need a reason."""
    from service.archiving import write_archive, write_contents
    from service.clock import clock_of
    from service.commands.results import show
    from store import audit
    from store.campaigns import get_campaign

    if is_raw and not reason.strip():
        what = "Raw answers may tell who gave them."
        raise InputRefused((Problem(what, "add --reason with what they are for; it is kept in the audit trail"),))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputRefused((Problem("The folder is not empty.", "name a new one", file=str(out)),))
    settings = load_settings(Settings)
    now = clock_of(settings).now()
    with _whole(out):
        with open_database(settings) as database, database.begin() as connection:
            get_campaign(connection, campaign_id)
            count = write_archive(connection, campaign_id, out, is_raw=is_raw)
            details = {"raw": is_raw, "reason": reason.strip(), "answers": count}
            subject = f"campaign {campaign_id}"
            audit.append(connection, actor=actor, action="exported", subject=subject, details=details, now=now)
        show(campaign_id, "area,age,language,channel", "csv", out / "figures.csv")
        write_contents(out, campaign_id, now, actor)
    raw = f", with {count} raw answers: keep it as you would keep the register" if is_raw else ""
    typer.echo(f"{campaign_id} is exported to {out}{raw}.")


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """A folder, empty or to be made, that holds everything afterwards or nothing: half an archive may be taken for one."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        yield
    except BaseException:
        for file in folder.iterdir():
            file.unlink()
        if is_new:
            folder.rmdir()
        raise


def purge(decision: str, *, is_done: bool, actor: str) -> None:
    """Dispose of what is old enough by the settings; without `is_done` only count it."""
    from service.clock import clock_of
    from store import audit
    from store.disposal import count_disposable, dispose

    decision = decision.strip()
    if not DECISION.fullmatch(decision):
        what = "Disposal needs the id of a disposal decision (gallringsbeslut)."
        raise InputRefused((Problem(what, "write it as the records office does, such as KS 2027/114"),))
    settings = load_settings(Settings)
    now = clock_of(settings).now()
    before = _moments(settings, now)
    with open_database(settings) as database:
        if not is_done:
            with database.connect() as connection:
                typer.echo(_counted(count_disposable(connection, before), "would go"))
            typer.echo("Nothing was changed. Add --do-it to dispose of it.")
            return
        with database.begin() as connection:
            found = dispose(connection, before)
            details: dict[str, object] = {"decision": decision}
            details |= {str(row.kind): row.count for row in found}
            subject = f"decision {decision}"
            audit.append(connection, actor=actor, action="disposed", subject=subject, details=details, now=now)
    typer.echo(_counted(found, "gone"))


def _moments(settings: Settings, now: datetime) -> dict[Kind, datetime]:
    days: dict[Kind, int] = {
        "inbound_seen": settings.keep_inbound_days,
        "transitions": settings.keep_transitions_days,
        "contents": settings.keep_contents_days,
        "dialogues": settings.keep_dialogues_days,
        "erased": settings.keep_erased_days,
    }
    return {kind: now - timedelta(days=count) for kind, count in days.items()}


def _counted(found: list[Disposed], word: str) -> str:
    return "\n".join(f"{row.kind:<13} older than {row.before:%Y-%m-%d}: {row.count} {word}" for row in found)
