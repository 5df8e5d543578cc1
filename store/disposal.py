"""Disposal (gallring): what is old enough goes, as a decision says; counted first, deleted in sets. What old enough means is set elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, null, or_, select, update

from store.schema import campaign, charge, contact, inbound_seen, message, message_transition, participation, person

Kind = Literal["inbound_seen", "transitions", "contents", "dialogues", "erased"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_UNDER_WAY: Final = ("queued", "sending", "unknown")
_OVER: Final = ("archived", "cancelled")


@dataclass(frozen=True, slots=True)
class Disposed:
    """How many rows of one kind were, or would be, disposed of."""

    kind: Kind
    before: datetime
    count: int


def count_disposable(connection: Connection, before: Mapping[Kind, datetime]) -> list[Disposed]:
    """What `dispose` would take, by kind. Changes nothing."""
    return [
        Disposed(kind, moment, sum(_count(connection, table, condition) for table, condition in _old(kind, moment)))
        for kind, moment in before.items()
    ]


def dispose(connection: Connection, before: Mapping[Kind, datetime]) -> list[Disposed]:
    """Take what is older than the moment named for its kind. Gives what was taken.

    `inbound_seen`: keys of what came in. `transitions`: the histories of messages that are settled, the messages stay.
    `contents`: what was written to residents. `dialogues`: the state of conversations in campaigns that are archived or
    called off; the answers stay. `erased`: what is left of erased people's addresses, and the link from counts to them.
    """
    return [
        Disposed(
            kind, moment, sum(_take(connection, kind, table, condition) for table, condition in _old(kind, moment))
        )
        for kind, moment in before.items()
    ]


def _old(kind: Kind, before: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """The rows of one kind that are older than a moment."""
    is_settled = and_(message.c.status.not_in(_UNDER_WAY), message.c.settled_at < before)
    match kind:
        case "inbound_seen":
            yield inbound_seen, inbound_seen.c.received_at < before
        case "transitions":
            settled = select(message.c.id).where(is_settled)
            yield message_transition, message_transition.c.message_id.in_(settled)
        case "contents":
            yield message, and_(is_settled, or_(message.c.content.is_not(None), message.c.updates_ref.is_not(None)))
        case "dialogues":
            over = select(campaign.c.id).where(campaign.c.status.in_(_OVER), campaign.c.closes_at < before)
            yield participation, and_(participation.c.campaign_id.in_(over), participation.c.dialogue.is_not(None))
        case "erased":
            gone = select(person.c.id).where(person.c.erased_at < before)
            yield contact, contact.c.person_id.in_(gone)
            yield message, and_(message.c.person_id.in_(gone), is_settled)


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()


def _take(connection: Connection, kind: Kind, table: Table, condition: ColumnElement[bool]) -> int:
    if kind == "contents":
        return connection.execute(update(table).where(condition).values(content=null(), updates_ref=None)).rowcount
    if kind == "dialogues":
        return connection.execute(update(table).where(condition).values(dialogue=null())).rowcount
    if kind == "erased" and table is message:
        connection.execute(delete(charge).where(charge.c.message_id.in_(select(message.c.id).where(condition))))
        return connection.execute(update(table).where(condition).values(person_id=None, provider_id=None)).rowcount
    return connection.execute(delete(table).where(condition)).rowcount
