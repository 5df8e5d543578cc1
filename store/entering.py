"""The statements by which a ledger of turns is written: rows of one kind in each. What stands in the ledger is gathered in `turns`."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Executable,
    FromClause,
    String,
    Text,
    and_,
    case,
    func,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from store.outbox import REPLY_PRIORITY
from store.prepared import Prepared
from store.schema import answer, inbound_seen, message, participation
from store.sets import document, insert_into, tuples_of
from store.tables import Instant


def _given(dialect: str, columns: dict[str, TypeEngine[Any]]) -> FromClause:
    return tuples_of(dialect, "given", columns)


def _taking_in(dialect: str) -> Executable:
    columns: dict[str, TypeEngine[Any]] = {
        "channel": String(), "external_id": String(), "received_at": Instant(), "participation_id": BigInteger(),
    }  # fmt: skip
    given = _given(dialect, columns)
    return insert_into(dialect, inbound_seen).from_select(list(columns), select(given))


_STANDING: Final[dict[str, TypeEngine[Any]]] = {
    "id": BigInteger(), "state": Text(), "at": Instant(), "channel": String(), "language": String(), "version": BigInteger(),
    "status": String(), "mode": String(),
}  # fmt: skip


def _saving(dialect: str) -> Executable:
    """Participations' new states. Going on after finishing takes the finish back; opting out after it does not."""
    said = _given(dialect, _STANDING).c
    mine = participation.c
    started, finished = func.coalesce(mine.started_at, said.at), func.coalesce(mine.finished_at, said.at)
    return (
        update(participation)
        .where(mine.id == said.id)
        .values(
            dialogue=document(dialect, said.state),
            channel=said.channel,
            language=said.language,
            mode=func.coalesce(said.mode, mine.mode),
            survey_version_id=func.coalesce(said.version, mine.survey_version_id),
            last_said_at=said.at,
            status=case(
                (and_(said.status == "opted_out", mine.status == "finished"), "finished"),
                else_=func.coalesce(said.status, mine.status),
            ),
            started_at=case((said.status.in_(("started", "finished")), started), else_=mine.started_at),
            finished_at=case(
                (said.status == "finished", finished), (said.status == "started", null()), else_=mine.finished_at
            ),
        )
    )


def _going_on(dialect: str) -> Executable:
    """The next answers of those who go on as before. What is not set is not written, nor are the indexes it stands in."""
    said = _given(dialect, _STANDING).c
    mine = participation.c
    return (
        update(participation)
        .where(
            mine.id == said.id,
            mine.status == "started",
            mine.started_at.is_not(None),
            mine.finished_at.is_(None),
            mine.channel == said.channel,
            mine.language == said.language,
            mine.survey_version_id == said.version,
        )
        .values(dialogue=document(dialect, said.state), last_said_at=said.at)
    )


def _answering(dialect: str) -> Executable:
    """Answers in the version in which their participation stands by now."""
    columns: dict[str, TypeEngine[Any]] = {
        "participation_id": BigInteger(), "path": String(), "question": String(), "value": String(), "language": String(),
        "channel": String(), "answered_at": Instant(), "external_id": String(),
    }  # fmt: skip
    given = _given(dialect, columns)
    mine = select(given, participation.c.campaign_id, participation.c.survey_version_id)
    mine = mine.where(participation.c.id == given.c.participation_id)
    adding = insert_into(dialect, answer).from_select([*columns, "campaign_id", "survey_version_id"], mine)
    kept = ("value", "language", "channel", "answered_at", "survey_version_id")
    return adding.on_conflict_do_update(
        index_elements=["participation_id", "path"],
        set_={
            **{name: adding.excluded[name] for name in kept},
            "external_id": func.coalesce(adding.excluded.external_id, answer.c.external_id),
            "set_aside_at": null(),
        },
    )


def _setting_aside(dialect: str) -> Executable:
    given = _given(dialect, {"participation_id": BigInteger(), "path": String(), "at": Instant()}).c
    is_it = and_(answer.c.participation_id == given.participation_id, answer.c.path == given.path)
    return update(answer).where(is_it).values(set_aside_at=given.at)


def _attributing(dialect: str) -> Executable:
    given = _given(dialect, {"channel": String(), "external_id": String(), "participation_id": BigInteger()}).c
    is_it = and_(inbound_seen.c.channel == given.channel, inbound_seen.c.external_id == given.external_id)
    return update(inbound_seen).where(is_it).values(participation_id=given.participation_id)


def _queueing(dialect: str) -> Executable:
    columns: dict[str, TypeEngine[Any]] = {
        "campaign_id": String(), "participation_id": BigInteger(), "person_id": BigInteger(), "contact_id": BigInteger(),
        "channel": String(), "lane": String(), "purpose": String(), "language": String(), "content": Text(),
        "updates_ref": String(), "due_at": Instant(), "expires_at": Instant(), "created_at": Instant(),
    }  # fmt: skip
    given = _given(dialect, columns).c
    told = [document(dialect, given.content) if name == "content" else given[name] for name in columns]
    fresh = {"priority": REPLY_PRIORITY, "status": "queued", "attempts": 0, "fence": 0, "segments": 0, "reason": ""}
    rows = select(*told, *(literal(value) for value in fresh.values()))
    return insert_into(dialect, message).from_select([*columns, *fresh], rows)


TAKING_IN: Final = Prepared(_taking_in)
SAVING: Final = Prepared(_saving)
GOING_ON: Final = Prepared(_going_on)
ANSWERING: Final = Prepared(_answering)
SETTING_ASIDE: Final = Prepared(_setting_aside)
ATTRIBUTING: Final = Prepared(_attributing)
QUEUEING: Final = Prepared(_queueing)
