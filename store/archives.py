"""What an archive is given of one campaign, row by row: raw answers without anybody's name or address. Figures live in `results`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from sqlalchemy import Connection, and_, func, select

from store.departures import SHIELDED
from store.schema import answer, contact, opt_out, participation, person, survey_version
from store.sets import ids_of

_PORTION = 500


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One answer as it was given. `respondent` counts within this export and leads to nobody; `answered_on` is a day in UTC."""

    respondent: int
    survey: int
    path: str
    value: str = field(repr=False)
    language: str
    channel: str
    mode: str
    answered_on: date


@dataclass(frozen=True, slots=True)
class Holding:
    """What is kept of one person, as counts."""

    person_id: int
    is_erased: bool
    contacts: int
    participations: int
    answers: int
    opted_out_at: datetime | None


def raw_answers(connection: Connection, campaign_id: str, rng: Random) -> Iterator[RawAnswer]:
    """A campaign's answers, respondent by respondent in an order that `rng` shuffles, read in portions.

    Answers that lost their ground, and all of people who are erased or whose personal data are protected, are left out.
    """
    shielded = select(opt_out.c.person_id).where(opt_out.c.origin == SHIELDED)
    is_open = and_(person.c.erased_at.is_(None), person.c.id.not_in(shielded))
    given = and_(answer.c.campaign_id == campaign_id, answer.c.set_aside_at.is_(None), is_open)
    source = answer.join(participation, participation.c.id == answer.c.participation_id).join(
        person, person.c.id == participation.c.person_id
    )
    ids = list(connection.execute(select(participation.c.id).select_from(source).where(given).distinct()).scalars())
    rng.shuffle(ids)
    for start in range(0, len(ids), _PORTION):
        numbers = {id_: start + place for place, id_ in enumerate(ids[start : start + _PORTION], start=1)}
        named = ids_of(connection.dialect.name, "archived", list(numbers))
        query = (
            select(
                participation.c.id,
                survey_version.c.number,
                *(answer.c[name] for name in ("path", "value", "language", "channel")),
                participation.c.mode,
                answer.c.answered_at,
            )
            .select_from(
                source.join(named, named.c.id == participation.c.id).join(
                    survey_version, survey_version.c.id == answer.c.survey_version_id
                )
            )
            .where(given)
            .order_by(answer.c.id)
        )
        rows = sorted(connection.execute(query), key=lambda row: numbers[row.id])
        for row in rows:
            yield RawAnswer(numbers[row.id], *row[1:7], answered_on=row.answered_at.date())


def find_person(connection: Connection, *, ref: str | None = None, person_id: int | None = None) -> Holding | None:
    """What is kept of one person, named by the register's ref or by our id; None when there is nobody."""
    named = person.c.id == person_id if ref is None else person.c.ref == ref
    found = connection.execute(select(person.c.id, person.c.erased_at, person.c.opted_out_at).where(named)).first()
    if found is None:
        return None
    mine = select(participation.c.id).where(participation.c.person_id == found.id)
    counts = (
        select(func.count()).select_from(contact).where(contact.c.person_id == found.id),
        select(func.count()).select_from(mine.subquery()),
        select(func.count()).select_from(answer).where(answer.c.participation_id.in_(mine)),
    )
    contacts, participations, answers = (connection.execute(query).scalar_one() for query in counts)
    return Holding(found.id, found.erased_at is not None, contacts, participations, answers, found.opted_out_at)
