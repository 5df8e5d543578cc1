"""How the database stands, judged. What it says of itself is read in `store.examining`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from channels.doors import Finding
from store.bells import REMEDY, hears_notifications
from store.database import Database
from store.engines import trouble_of
from store.errors import DatabaseNewer
from store.examining import Standing, refusal_to_write, standing
from store.lanes import Standing as Lane
from store.lanes import standings
from store.postgres import psycopg_arguments

if TYPE_CHECKING:
    from datetime import datetime

    from service.settings import Settings

LEAST_POSTGRES: Final = 130_000
LEAST_SQLITE: Final = 3_035_000  # the first that knows RETURNING
APART_WRONG: Final = timedelta(seconds=5)
FUTURE: Final = timedelta(minutes=5)
_POOLER: Final = Finding(
    "pooler",
    "note",
    "a pooler stands between us and PostgreSQL: statements are not prepared, and each transaction says its time limits anew",
    "nothing, if it is wanted; a connection to PostgreSQL itself takes less time",
)


def look_at_database(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Reachable, new enough, writable, its tables up to date, its clock ours. `now` is the service's own moment."""
    url = settings.database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        what = "there is no file yet; it is made when the service starts"
        yield Finding(
            "database", "note", what, "nothing, if this is a new installation; else check GENKLANG_DATABASE_URL"
        )
        return
    database = Database(url, readers=1)
    try:
        found = standing(database)
        yield _version(found)
        yield _writable(refusal_to_write(database))
        resting = [] if found.pending else _resting(database, now)
    except DatabaseNewer as error:
        what, _, remedy = str(error).partition(" - ")
        yield Finding("migrations", "wrong", what, remedy)
        return
    except SQLAlchemyError as error:
        name = trouble_of(error) or type(getattr(error, "orig", None) or error).__name__
        remedy = "check GENKLANG_DATABASE_URL, that the database runs and lets us in, and that its disk has room"
        yield Finding("database", "wrong", f"it cannot be used ({name})", remedy)
        return
    finally:
        database.close()
    yield _migrations(found)
    yield from _lanes(resting, now)
    yield _clock(found, now)
    if not found.is_sqlite:
        if found.is_pooled:
            yield _POOLER
        yield _notifications(settings.database_listen_url or url)


def _version(found: Standing) -> Finding:
    size = f"{found.size_bytes / (1 << 20):.0f} MB"
    if found.is_sqlite:
        number = f"SQLite {found.version // 1_000_000}.{found.version // 1000 % 1000}"
        if found.version < LEAST_SQLITE:
            return Finding("database", "wrong", f"{number} is too old", "use Python with SQLite 3.35 or newer")
        return Finding("database", "fine", f"{number}, {size}")
    number = f"PostgreSQL {found.version // 10_000}"
    if found.version < LEAST_POSTGRES:
        return Finding("database", "wrong", f"{number} is too old", "use PostgreSQL 13 or newer")
    return Finding("database", "fine", f"{number}, {size}")


def _writable(refusal: str) -> Finding:
    if refusal:
        remedy = "see that the user may write and create tables, and that the disk is neither full nor read-only"
        return Finding("database writes", "wrong", f"it cannot be written ({refusal})", remedy)
    return Finding("database writes", "fine", "it can be written")


def _migrations(found: Standing) -> Finding:
    if found.pending:
        what = f"tables need {len(found.pending)} migration{'s' if len(found.pending) > 1 else ''}"
        return Finding("migrations", "wrong", what, "start the service once: it migrates before it serves")
    return Finding("migrations", "fine", "up to date")


def _resting(database: Database, now: datetime) -> list[Lane]:
    with database.connect() as connection:
        return [lane for lane in standings(connection) if lane.is_resting(now)]


def _lanes(resting: Sequence[Lane], now: datetime) -> Iterator[Finding]:
    """Lanes on which nothing leaves at the moment. One that its provider asked to wait is nothing to mend."""
    for lane in resting:
        since = "" if lane.resting_since is None else f" since {lane.resting_since:%Y-%m-%d %H:%M} UTC"
        what = f"rests{since} ({lane.reason})"
        if not lane.trips:
            yield Finding(f"lane {lane.name}", "note", f"{what}, as its provider wishes")
            continue
        remedy = f"mend what the reason names; then, so that it need not wait: genklang lanes resume {lane.name}"
        yield Finding(f"lane {lane.name}", "wrong", f"{what}: {lane.trips} tries failed in a row", remedy)


def _clock(found: Standing, now: datetime) -> Finding:
    apart = abs(found.clock - found.read_at)
    if apart > APART_WRONG:
        what = f"this machine's clock and the database's are {apart.total_seconds():.0f} s apart"
        return Finding("clocks", "wrong", what, "have both set their clocks by NTP")
    if found.newest_at is not None and found.newest_at > now + FUTURE:
        what = f"the audit trail goes on until {found.newest_at:%Y-%m-%d %H:%M} UTC, which is to come"
        return Finding(
            "clocks", "wrong", what, "set the machine's clock by NTP; it has run too far or has been set back"
        )
    return Finding("clocks", "fine", "they agree")


def _notifications(url: str) -> Finding:
    if hears_notifications(psycopg_arguments(url)):
        return Finding("notifications", "fine", "LISTEN and NOTIFY work")
    what = "what is notified is not heard: workers find new messages at their next look"
    return Finding("notifications", "note", what, REMEDY)
