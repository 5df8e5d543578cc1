"""How many got, did and were told what in one campaign, by channel, language and area: the account that a status shows. Answers live in `results`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from store.schema import contact, message, participation, person

ARRIVED = ("sent", "delivered")


@dataclass(frozen=True, slots=True)
class Tally:
    """One group's account, in people. `channel` is the one they were invited on, `language` the one they last used.

    `invited`, `reminded` and `feedback` count people to whom such a message went out without failing later; `partial`
    began, did not finish, and did not opt out.
    """

    channel: str
    language: str
    area: str
    people: int
    invited: int
    started: int
    finished: int
    partial: int
    opted_out: int
    reminded: int
    feedback: int


MEASURES = ("invited", "started", "finished", "partial", "opted_out", "reminded", "feedback")


def tallies(connection: Connection, campaign_id: str) -> list[Tally]:
    """The account of every group that has anybody in it."""
    has_started = participation.c.started_at.is_not(None)
    has_finished = participation.c.status == "finished"
    has_left = participation.c.status == "opted_out"
    group = (
        func.coalesce(contact.c.channel, participation.c.channel).label("invited_on"),
        participation.c.language.label("spoken"),
        func.coalesce(person.c.area_code, "").label("area"),
    )
    rows = connection.execute(
        select(
            *group,
            func.count().label("people"),
            _count(_got("invitation")).label("invited"),
            _count(has_started).label("started"),
            _count(has_finished).label("finished"),
            _count(and_(has_started, ~has_finished, ~has_left)).label("partial"),
            _count(has_left).label("opted_out"),
            _count(_got("reminder")).label("reminded"),
            _count(_got("feedback")).label("feedback"),
        )
        .select_from(
            participation.join(person, person.c.id == participation.c.person_id).outerjoin(
                contact, contact.c.id == participation.c.contact_id
            )
        )
        .where(participation.c.campaign_id == campaign_id)
        .group_by(*group)
        .order_by(*group)
    )
    return [Tally(*row) for row in rows]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _got(purpose: str) -> ColumnElement[bool]:
    return (
        select(message.c.id)
        .where(message.c.participation_id == participation.c.id, message.c.purpose == purpose)
        .where(message.c.status.in_(ARRIVED))
        .correlate(participation)
        .exists()
    )
