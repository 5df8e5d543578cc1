"""Whom a campaign's invitations and reminders did not reach in the first channel, or not at all, and who turned our messages away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select

from campaigns.bounces import kind_of
from store.frequencies import COUNTED
from store.schema import message, participation

_ARRIVED = ("sent", "delivered")
_OPEN = ("queued", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class Reach:
    """One campaign's reach. `elsewhere` and `unreached` are people, `blocked` messages by lane.

    `elsewhere`: a message that had not arrived came through in another channel; `unreached`: everything to them
    failed, expired or was called off; `blocked`: refused for our standing with the receiver (spam, policy), for a person to mend.
    """

    elsewhere: int
    unreached: int
    blocked: Mapping[str, int]


def reach(connection: Connection, campaign_id: str) -> Reach:
    """How far a campaign has come through."""
    arrived, waiting = message.c.status.in_(_ARRIVED), message.c.status.in_(_OPEN)
    elsewhere = _people(connection, campaign_id, _wrote(arrived, message.c.follows_id != 0))
    unreached = _people(connection, campaign_id, _wrote(), ~_wrote(arrived), ~_wrote(waiting))
    return Reach(elsewhere, unreached, _blocked(connection, campaign_id))


def _wrote(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(message.c.participation_id == participation.c.id, message.c.purpose.in_(COUNTED))
    return select(message.c.id).where(mine, *conditions).correlate(participation).exists()


def _people(connection: Connection, campaign_id: str, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(participation).where(participation.c.campaign_id == campaign_id)
    return connection.execute(query.where(*conditions)).scalar_one()


def _blocked(connection: Connection, campaign_id: str) -> Mapping[str, int]:
    failed = and_(message.c.campaign_id == campaign_id, message.c.status == "failed")
    group = (message.c.lane, message.c.reason)
    counts: Counter[str] = Counter()
    for lane, reason, count in connection.execute(select(*group, func.count()).where(failed).group_by(*group)):
        if kind_of(reason) == "block":
            counts[lane] += count
    return dict(counts)
