"""One resident's turn: taken in once and saved whole. Whose it is, is found in `finding`; what is said in it is decided by `bot`; sending lives in `outbox`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    Executable,
    String,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from store.bells import ring
from store.departures import opt_people_out
from store.outbox import REPLY_PRIORITY
from store.prepared import Prepared
from store.schema import answer, inbound_seen, message, participation
from store.sets import insert_into, spelled_out
from store.tables import Instant

STATUSES = frozenset({"invited", "started", "finished", "declined", "opted_out"})


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One answer; `language` is the one it was asked in, `external_id` the key of the inbound that gave it, if one did."""

    question: str
    path: str
    value: str = field(repr=False)
    language: str
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One message back to a resident. `content` is `Content.to_data()`."""

    channel: str
    lane: str
    contact_id: int
    language: str
    content: dict[str, Any] = field(repr=False)
    purpose: str = "reply"
    updates_ref: str | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """Everything that one turn changes. `status` and `mode` are None when the participation keeps its own; `channel` and `language` are those used now.

    `external_id` is the key of the inbound when it is not known yet whose it is. `survey_version_id` is the version the turn was taken in: a correction made meanwhile does not change it.
    Where it is at hand whose participation it is and in which campaign, that need not be read again.
    """

    participation_id: int
    channel: str
    language: str
    dialogue: dict[str, Any] = field(repr=False)
    status: str | None = None
    answers: Sequence[AnswerRecord] = ()
    set_aside: Sequence[str] = ()
    replies: Sequence[Reply] = ()
    external_id: str | None = None
    mode: str | None = None
    survey_version_id: int | None = None
    person_id: int | None = None
    campaign_id: str | None = None


def see(
    connection: Connection, channel: str, external_id: str, now: datetime, participation_id: int | None = None
) -> bool:
    """Take in an inbound's key, and whose it is where that is known. False when it was seen before: then nothing else may be done."""
    values = {"channel": channel, "external_id": external_id, "received_at": now, "participation_id": participation_id}
    return _SEEING.run(connection, values) == 1


_SEEN = ("channel", "external_id", "received_at", "participation_id")


def _seeing(dialect: str) -> Executable:
    named: dict[str, Any] = {name: bindparam(name) for name in _SEEN}
    return insert_into(dialect, inbound_seen).values(named).on_conflict_do_nothing()


_SEEING = Prepared(_seeing)


def forget_seen(connection: Connection, before: datetime) -> int:
    """Drop the keys of inbounds so old that no provider repeats them any more. Gives their number."""
    return connection.execute(delete(inbound_seen).where(inbound_seen.c.received_at < before)).rowcount


def save_turn(connection: Connection, turn: TurnRecord, now: datetime) -> str:
    """Write a whole turn: dialogue, status, answers, what lost its ground, opting out, and the replies.

    Gives the dialogue as it was written down.
    """
    if turn.status is not None and turn.status not in STATUSES:
        raise ValueError(f"no participation has the status {turn.status!r}")
    written = orjson.dumps(turn.dialogue).decode()
    values: dict[str, Any] = {
        "on_channel": turn.channel,
        "in_language": turn.language,
        "state": written,
        "to_status": turn.status,
        "to_mode": turn.mode,
        "in_version": turn.survey_version_id,
    }
    values |= {"wanted": turn.participation_id, "now": now}
    is_known = turn.person_id is not None and turn.campaign_id is not None
    if is_known and turn.status == "started" and turn.mode is None and _GOING_ON.run(connection, values):
        saved: Any = (turn.person_id, turn.campaign_id, turn.survey_version_id)
    else:
        saved = _SAVING.first(connection, values)
    if saved is None:
        raise LookupError("the participation is gone")
    person_id, campaign_id, survey_version_id = saved
    _save_answers(connection, turn, campaign_id, survey_version_id, now)
    if turn.status == "opted_out":
        opt_people_out(connection, [person_id], origin=turn.channel, campaign_id=campaign_id, now=now)
    queue_replies(
        connection,
        turn.replies,
        now,
        person_id=person_id,
        campaign_id=campaign_id,
        participation_id=turn.participation_id,
    )
    if turn.external_id is not None:
        key = {"on_channel": turn.channel, "key": turn.external_id}
        _ATTRIBUTING.run(connection, {**key, "taken_by": turn.participation_id})
    return written


_ATTRIBUTING = Prepared(
    lambda _dialect: (
        update(inbound_seen)
        .where(inbound_seen.c.channel == bindparam("on_channel"), inbound_seen.c.external_id == bindparam("key"))
        .values(participation_id=bindparam("taken_by"))
    )
)


def _saving(dialect: str) -> Executable:
    """The participation's new state. Going on after finishing takes the finish back; opting out after it does not."""
    now, to_status = bindparam("now", type_=Instant()), bindparam("to_status", type_=String())
    started = func.coalesce(participation.c.started_at, now)
    finished = func.coalesce(participation.c.finished_at, now)
    return (
        update(participation)
        .where(participation.c.id == bindparam("wanted"))
        .values(
            dialogue=spelled_out(dialect, "state"),
            channel=bindparam("on_channel"),
            language=bindparam("in_language"),
            mode=func.coalesce(bindparam("to_mode", type_=String()), participation.c.mode),
            survey_version_id=func.coalesce(
                bindparam("in_version", type_=BigInteger()), participation.c.survey_version_id
            ),
            last_said_at=now,
            status=case(
                (and_(to_status == "opted_out", participation.c.status == "finished"), "finished"),
                else_=func.coalesce(to_status, participation.c.status),
            ),
            started_at=case((to_status.in_(("started", "finished")), started), else_=participation.c.started_at),
            finished_at=case(
                (to_status == "finished", finished), (to_status == "started", null()), else_=participation.c.finished_at
            ),
        )
        .returning(participation.c.person_id, participation.c.campaign_id, participation.c.survey_version_id)
    )


_SAVING = Prepared(_saving)

# The next answer of one who goes on as before. What is not set is not written, nor are the indexes it stands in.
_GOING_ON = Prepared(
    lambda dialect: (
        update(participation)
        .where(
            participation.c.id == bindparam("wanted"),
            participation.c.status == "started",
            participation.c.started_at.is_not(None),
            participation.c.finished_at.is_(None),
            participation.c.channel == bindparam("on_channel"),
            participation.c.language == bindparam("in_language"),
            participation.c.survey_version_id == bindparam("in_version", type_=BigInteger()),
        )
        .values(
            dialogue=spelled_out(dialect, "state"),
            last_said_at=bindparam("now", type_=Instant()),
        )
    )
)


def _save_answers(
    connection: Connection, turn: TurnRecord, campaign_id: str, survey_version_id: int, now: datetime
) -> None:
    if not turn.answers and not turn.set_aside:
        return
    shared = {"participation_id": turn.participation_id, "channel": turn.channel, "answered_at": now}
    shared |= {"campaign_id": campaign_id, "survey_version_id": survey_version_id}
    _ANSWERING.run_each(
        connection,
        [
            {
                "question": given.question,
                "path": given.path,
                "value": given.value,
                "language": given.language,
                "external_id": given.external_id,
                **shared,
            }
            for given in turn.answers
        ],
    )
    for path in turn.set_aside:
        _SETTING_ASIDE.run(connection, {"wanted": turn.participation_id, "at_path": path, "now": now})


def _answering(dialect: str) -> Executable:
    kept = ("value", "language", "channel", "answered_at", "survey_version_id")
    named = (*kept, "campaign_id", "participation_id", "question", "path", "external_id")
    adding = insert_into(dialect, answer).values({name: bindparam(name) for name in named})
    return adding.on_conflict_do_update(
        index_elements=["participation_id", "path"],
        set_={
            **{name: adding.excluded[name] for name in kept},
            # What comes back because its ground did was given by the inbound that gave it first.
            "external_id": func.coalesce(adding.excluded.external_id, answer.c.external_id),
            "set_aside_at": null(),
        },
    )


_ANSWERING = Prepared(_answering)

_SETTING_ASIDE = Prepared(
    lambda _dialect: (
        update(answer)
        .where(answer.c.participation_id == bindparam("wanted"), answer.c.path == bindparam("at_path"))
        .values(set_aside_at=bindparam("now", type_=Instant()))
    )
)


def queue_replies(
    connection: Connection,
    replies: Sequence[Reply],
    now: datetime,
    *,
    person_id: int | None,
    campaign_id: str | None = None,
    participation_id: int | None = None,
) -> None:
    """Queue messages that go out before bulk and at any hour; they need not belong to a campaign."""
    if not replies:
        return
    rows = [
        {
            "campaign_id": campaign_id,
            "participation_id": participation_id,
            "person_id": person_id,
            "contact_id": reply.contact_id,
            "channel": reply.channel,
            "lane": reply.lane,
            "purpose": reply.purpose,
            "language": reply.language,
            "content": reply.content,
            "updates_ref": reply.updates_ref,
            "due_at": reply.due_at or now,
            "expires_at": reply.expires_at,
            "created_at": now,
        }
        for reply in replies
    ]
    _QUEUEING.run_each(connection, rows)
    for lane in {reply.lane for reply in replies}:
        ring(connection, lane, "reply")


def _queueing(_dialect: str) -> Executable:
    named = (
        "campaign_id", "participation_id", "person_id", "contact_id", "channel", "lane", "purpose", "language", "content",
        "updates_ref", "due_at", "expires_at", "created_at",
    )  # fmt: skip
    fresh = {"priority": REPLY_PRIORITY, "status": "queued", "attempts": 0, "fence": 0, "segments": 0, "reason": ""}
    return insert(message).values({name: bindparam(name) for name in named} | fresh)


_QUEUEING = Prepared(_queueing)


def replies_since(connection: Connection, contact_id: int, since: datetime) -> int:
    """How many messages were written back to an address since then, whatever became of them."""
    query = select(func.count()).where(message.c.contact_id == contact_id, message.c.priority == REPLY_PRIORITY)
    return connection.execute(query.where(message.c.created_at > since)).scalar_one()


def has_answered(connection: Connection, contact_id: int, *, since: datetime) -> bool:
    """Whether a notice was written to an address since then."""
    query = select(message.c.id).where(message.c.contact_id == contact_id, message.c.purpose == "notice")
    return connection.execute(query.where(message.c.created_at >= since).limit(1)).first() is not None
