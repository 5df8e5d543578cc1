"""A small town for the store's tests: residents, a campaign, and short ways to move it along. No assertions live here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from store.campaigns import Dates, list_waves, save_campaign
from store.launching import LaunchReport, launch
from store.outbox import Leased, lease
from store.people import ImportReport, import_people
from store.releasing import Released, release_wave
from store.schema import message, participation, person
from store.turns import AnswerRecord, Ledger, Reply, TurnRecord
from store.vault import Vault

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
VAULT = Vault(b"a secret of the town, 32 bytes long.")
LANES = {"telegram": "telegram", "sms": "sms", "email": "email"}
XFORM = "<h:html/>"


@dataclass(frozen=True)
class Resident:
    ref: str
    area: str = "SJ01"
    language: str = "sv"
    birth_year: int | None = 1980
    sex: str = ""
    groups: Sequence[str] = ()
    source: str = "register"
    lawful_basis: str = "public_task"
    contacts: Mapping[str, str] = field(default_factory=dict)


def resident(number: int, **differing: Any) -> Resident:
    values: dict[str, Any] = {"ref": f"r{number}", "contacts": {"sms": f"+4670{number:07d}"}}
    return Resident(**(values | differing))


def settle_in(connection: Connection, *residents: Resident, now: datetime = MORNING) -> ImportReport:
    return import_people(connection, residents, VAULT, now)


def draft(connection: Connection, campaign_id: str = "park", *, opens_at: datetime = MORNING, days: int = 14) -> None:
    closes_at = opens_at + days * DAY
    dates = Dates(opens_at, closes_at, closes_at + 10 * DAY, closes_at + 20 * DAY)
    save_campaign(connection, campaign_id, {"title": {"sv": "Parken"}}, dates, xform=XFORM, now=opens_at)


def start(
    connection: Connection,
    campaign_id: str = "park",
    *,
    audience: Mapping[str, Any] | None = None,
    channels: Sequence[str] = ("telegram", "sms", "email"),
    languages: Sequence[str] = ("sv", "en", "ar"),
    opens_at: datetime = MORNING,
    days: int = 14,
) -> LaunchReport:
    draft(connection, campaign_id, opens_at=opens_at, days=days)
    return launch(
        connection,
        campaign_id,
        audience or {"kind": "everyone"},
        channels=channels,
        languages=languages,
        waves=[
            ("invitation", 1, opens_at),
            ("reminder", 1, opens_at + 3 * DAY),
            ("reminder", 2, opens_at + 7 * DAY),
            ("feedback", 1, opens_at + (days + 20) * DAY),
        ],
        now=opens_at,
    )


def release(
    connection: Connection,
    kind: str,
    number: int = 1,
    *,
    campaign_id: str = "park",
    now: datetime | None = None,
    **rules: Any,
) -> Released:
    wave = next(w for w in list_waves(connection, campaign_id) if (w.kind, w.number) == (kind, number))
    return release_wave(connection, wave.id, lanes=LANES, now=now or wave.due_at, **rules)


def invite(connection: Connection, *residents: Resident, campaign_id: str = "park") -> None:
    settle_in(connection, *residents)
    start(connection, campaign_id)
    release(connection, "invitation", campaign_id=campaign_id)


def take(
    connection: Connection, now: datetime = MORNING, *, lane: str = "sms", limit: int = 100, **rules: Any
) -> list[Leased]:
    return lease(connection, lane, limit, now, rules.pop("lease_seconds", 60), **({"bulk_open": True} | rules))


def messages(connection: Connection) -> list[Any]:
    return list(connection.execute(select(message).order_by(message.c.id)))


def person_id(connection: Connection, number: int) -> int:
    return int(connection.execute(select(person.c.id).where(person.c.ref == f"r{number}")).scalar_one())


def participation_of(connection: Connection, number: int, campaign_id: str = "park") -> Any:
    query = select(participation).join(person, person.c.id == participation.c.person_id)
    return connection.execute(
        query.where(person.c.ref == f"r{number}", participation.c.campaign_id == campaign_id)
    ).one()


def save_turn(connection: Connection, turn: TurnRecord, now: datetime) -> str:
    """One turn, written at once. Gives the dialogue as it was written down."""
    ledger = Ledger(connection)
    written = ledger.save(turn, now)
    ledger.write()
    return written


def queue_replies(connection: Connection, replies: Sequence[Reply], now: datetime, **whose: Any) -> None:
    ledger = Ledger(connection)
    ledger.queue(replies, now, **whose)
    ledger.write()


def answer_turn(
    connection: Connection,
    number: int,
    *,
    campaign_id: str = "park",
    channel: str = "sms",
    language: str = "sv",
    now: datetime = MORNING,
    **answers: str,
) -> None:
    """The resident answers these questions and is not finished, unless `status` says so."""
    status = answers.pop("status", "started")
    given = [AnswerRecord(name, f"/data/{name}", value, language) for name, value in answers.items()]
    taking_part = participation_of(connection, number, campaign_id)
    turn = TurnRecord(taking_part.id, channel, language, {"phase": "asking"}, status=status, answers=given)
    save_turn(connection, turn, now)
