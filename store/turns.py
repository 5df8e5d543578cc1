"""What turns leave behind, gathered in a ledger while they are taken and written in sets. Whose turn it is, is found in `finding`; what is said in it is decided by `bot`; sending lives in `outbox`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, func, select

from store.bells import ring
from store.entering import ANSWERING, ATTRIBUTING, GOING_ON, QUEUEING, SAVING, SETTING_ASIDE, TAKING_IN
from store.outbox import REPLY_PRIORITY
from store.schema import message
from store.sets import spelled

STATUSES: Final = frozenset({"invited", "started", "finished", "declined", "opted_out"})


class AnswerRecord(NamedTuple):
    """One answer; `language` is the one it was asked in, `external_id` the key of the inbound that gave it, if one did."""

    question: str
    path: str
    value: str
    language: str
    external_id: str | None = None

    def __repr__(self) -> str:
        """Without what was answered, so that it reaches no log."""
        return f"AnswerRecord(path={self.path!r})"


class Reply(NamedTuple):
    """One message back to a resident. `content` is `Content.to_data()`."""

    channel: str
    lane: str
    contact_id: int
    language: str
    content: dict[str, Any]
    purpose: str = "reply"
    updates_ref: str | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        """Without what is said."""
        return f"Reply(channel={self.channel!r}, purpose={self.purpose!r})"


class TurnRecord(NamedTuple):
    """Everything that one turn changes. `status` and `mode` are None when the participation keeps its own; `channel` and `language` are those used now.

    `external_id` is the key of the inbound when it was seen before it was known whose it is. `survey_version_id` is the version the turn was taken in: a correction made meanwhile does not change it.
    """

    participation_id: int
    channel: str
    language: str
    dialogue: dict[str, Any]
    status: str | None = None
    answers: Sequence[AnswerRecord] = ()
    set_aside: Sequence[str] = ()
    external_id: str | None = None
    mode: str | None = None
    survey_version_id: int | None = None

    def __repr__(self) -> str:
        """Without where the conversation stands and what was answered."""
        return f"TurnRecord(participation_id={self.participation_id}, status={self.status!r})"


class Ledger:
    """What several people's turns leave behind in one transaction. Nothing of it stands in the database before `write`.

    Whoever changes more of somebody than this, or looks at what their turn has changed, has it written first.
    """

    __slots__ = (
        "_answers",
        "_lanes",
        "_moment",
        "_replies",
        "_seen",
        "_set_aside",
        "_standing",
        "_taken",
        "connection",
    )

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._moment: tuple[datetime | None, str] = (None, "")
        self._empty()

    def _empty(self) -> None:
        self._seen: list[tuple[Any, ...]] = []
        self._taken: list[tuple[Any, ...]] = []
        self._standing: list[tuple[Any, ...]] = []
        self._answers: dict[tuple[int, str], tuple[Any, ...]] = {}
        self._set_aside: list[tuple[Any, ...]] = []
        self._replies: list[tuple[Any, ...]] = []
        self._lanes: set[str] = set()

    def _spelled(self, moment: datetime) -> str:
        """A moment for the rows; one turn's own stands in most of them."""
        if moment is not self._moment[0]:
            self._moment = (moment, spelled(self.connection.dialect.name, moment))
        return self._moment[1]

    def see(self, channel: str, external_id: str, now: datetime, participation_id: int | None) -> None:
        """An inbound that was not seen before, and whose it is."""
        self._seen.append((channel, external_id, self._spelled(now), participation_id))

    def save(self, turn: TurnRecord, now: datetime) -> str:
        """A whole turn: dialogue, status, answers, and what lost its ground. Gives the dialogue as it is written down.

        Raises `ValueError` for a status that no participation has.
        """
        if turn.status is not None and turn.status not in STATUSES:
            raise ValueError(f"no participation has the status {turn.status!r}")
        id_, at = turn.participation_id, self._spelled(now)
        written = orjson.dumps(turn.dialogue).decode()
        self._standing.append(
            (id_, written, at, turn.channel, turn.language, turn.survey_version_id, turn.status, turn.mode)
        )
        for given in turn.answers:
            self._answer(id_, given, turn.channel, at)
        self._set_aside += [(id_, path, at) for path in turn.set_aside]
        if turn.external_id is not None:
            self._taken.append((turn.channel, turn.external_id, id_))
        return written

    def _answer(self, id_: int, given: AnswerRecord, channel: str, at: str) -> None:
        """What comes back because its ground did was given by the inbound that gave it first."""
        before = self._answers.pop((id_, given.path), None)
        by = given.external_id or (before[-1] if before is not None else None)
        self._answers[id_, given.path] = (id_, given.path, given.question, given.value, given.language, channel, at, by)

    def queue(
        self,
        replies: Sequence[Reply],
        now: datetime,
        *,
        person_id: int | None,
        campaign_id: str | None = None,
        participation_id: int | None = None,
    ) -> None:
        """Messages that go out before bulk and at any hour; they need not belong to a campaign."""
        at = self._spelled(now)
        whose = (campaign_id, participation_id, person_id)
        for reply in replies:
            due_at = at if reply.due_at is None else self._spelled(reply.due_at)
            expires_at = None if reply.expires_at is None else self._spelled(reply.expires_at)
            content = orjson.dumps(reply.content).decode()
            self._replies.append(
                (*whose, reply.contact_id, reply.channel, reply.lane, reply.purpose, reply.language, content, reply.updates_ref, due_at, expires_at, at)
            )  # fmt: skip
            self._lanes.add(reply.lane)

    def write(self) -> None:
        """Write what was gathered since the last time. Raises `LookupError` when a participation is gone."""
        connection = self.connection
        if self._seen:
            TAKING_IN.run(connection, {"given_rows": self._seen})
        if self._standing:
            self._stand()
        if self._answers:
            ANSWERING.run(connection, {"given_rows": list(self._answers.values())})
        if self._set_aside:
            SETTING_ASIDE.run(connection, {"given_rows": self._set_aside})
        if self._taken:
            ATTRIBUTING.run(connection, {"given_rows": self._taken})
        if self._replies:
            QUEUEING.run(connection, {"given_rows": self._replies})
            for lane in self._lanes:
                ring(connection, lane, "reply")
        self._empty()

    def _stand(self) -> None:
        """Where the conversations stand now. Who goes on as before needs less; whether they do, the rows themselves say."""
        going_on = [row for row in self._standing if row[-2] == "started" and row[-1] is None]
        others = [row for row in self._standing if row[-2] != "started" or row[-1] is not None]
        if going_on and GOING_ON.run(self.connection, {"given_rows": going_on}) < len(going_on):
            others += going_on
        if others and SAVING.run(self.connection, {"given_rows": others}) < len(others):
            raise LookupError("a participation is gone")


def replies_since(connection: Connection, contact_id: int, since: datetime) -> int:
    """How many messages were written back to an address since then, whatever became of them."""
    query = select(func.count()).where(message.c.contact_id == contact_id, message.c.priority == REPLY_PRIORITY)
    return connection.execute(query.where(message.c.created_at > since)).scalar_one()


def has_answered(connection: Connection, contact_id: int, *, since: datetime) -> bool:
    """Whether a notice was written to an address since then."""
    query = select(message.c.id).where(message.c.contact_id == contact_id, message.c.purpose == "notice")
    return connection.execute(query.where(message.c.created_at >= since).limit(1)).first() is not None
