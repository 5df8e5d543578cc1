"""Raw counts of answers and people, grouped in SQL. They stay inside: every figure that is shown passes `campaigns.disclosure` first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from store.schema import answer, contact, participation, person

Trait = Literal["area", "age", "sex", "language", "channel", "invited_on", "mode"]
Bands = Sequence[tuple[int, int | None]]
_UNKNOWN: Final = ""


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many gave one value to one question, in one group. A select_multiple's value is its choices joined by spaces.

    `group` holds the traits that were asked for, in that order; what is not known of a person is "".
    """

    question: str
    value: str
    group: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class PeopleCount:
    """How many people of one group have one status, and how many of them gave an answer."""

    status: str
    group: tuple[str, ...]
    count: int
    answered: int


@dataclass(frozen=True, slots=True)
class CoverageCount:
    """How many people of one area, age band and sex were invited, and how many of them gave an answer."""

    area: str
    age_band: str
    sex: str
    invited: int
    answered: int


def age_band(bands: Bands, year: int) -> ColumnElement[str]:
    """The band ("16-29", "65+") of the age that a person reaches during `year`; "" when unknown or outside every band."""
    age = year - person.c.birth_year
    whens = [(age >= low if high is None else age.between(low, high), _band_name(low, high)) for low, high in bands]
    return case(*whens, else_=_UNKNOWN) if whens else literal(_UNKNOWN)


def _band_name(low: int, high: int | None) -> str:
    return f"{low}+" if high is None else f"{low}-{high}"


def _trait(name: Trait, bands: Bands, year: int) -> ColumnElement[str]:
    match name:
        case "area":
            return func.coalesce(person.c.area_code, _UNKNOWN)
        case "age":
            return age_band(bands, year)
        case "sex":
            return person.c.sex
        case "invited_on":
            return func.coalesce(contact.c.channel, participation.c.channel)
        case "language" | "channel" | "mode":
            return participation.c[name]
        case _:
            raise ValueError(f"results are not grouped by {name!r}")


def _traits(by: Sequence[Trait], bands: Bands, year: int) -> list[ColumnElement[str]]:
    return [_trait(name, bands, year).label(f"trait_{place}") for place, name in enumerate(by)]


def answer_counts(
    connection: Connection,
    campaign_id: str,
    *,
    questions: Sequence[str],
    by: Sequence[Trait] = (),
    bands: Bands = (),
    year: int = 0,
) -> list[AnswerCount]:
    """How often each value was given to each of `questions`, by group. Answers that lost their ground do not count.

    Name only questions whose values may be counted: a free text would come back as many groups of one.
    """
    traits = _traits(by, bands, year)
    rows = connection.execute(
        select(answer.c.question, answer.c.value, func.count().label("people"), *traits)
        .select_from(
            answer.join(participation, participation.c.id == answer.c.participation_id)
            .join(person, person.c.id == participation.c.person_id)
            .outerjoin(contact, contact.c.id == participation.c.contact_id)
        )
        .where(answer.c.campaign_id == campaign_id, answer.c.question.in_(list(questions)))
        .where(answer.c.set_aside_at.is_(None))
        .group_by(answer.c.question, answer.c.value, *traits)
        .order_by(answer.c.question, answer.c.value, *traits)
    )
    return [AnswerCount(row[0], row[1], tuple(row[3:]), row[2]) for row in rows]


def text_answers(
    connection: Connection, campaign_id: str, question: str, *, limit: int = 10_000
) -> list[tuple[str, str]]:
    """What was written to a question, as (language, text), in no order that tells who wrote it."""
    rows = connection.execute(
        select(answer.c.language, answer.c.value)
        .where(answer.c.campaign_id == campaign_id, answer.c.question == question, answer.c.set_aside_at.is_(None))
        .order_by(answer.c.language, answer.c.value)
        .limit(limit)
    )
    return [(row.language, row.value) for row in rows]


def _has_answered() -> ColumnElement[bool]:
    return (
        select(answer.c.id)
        .where(answer.c.participation_id == participation.c.id, answer.c.set_aside_at.is_(None))
        .correlate(participation)
        .exists()
    )


def people_counts(
    connection: Connection, campaign_id: str, *, by: Sequence[Trait] = (), bands: Bands = (), year: int = 0
) -> list[PeopleCount]:
    """How many people stand where in a campaign, by group: what response rates are computed from."""
    traits = _traits(by, bands, year)
    rows = connection.execute(
        select(
            participation.c.status,
            func.count().label("people"),
            func.sum(case((_has_answered(), 1), else_=0)).label("answered"),
            *traits,
        )
        .select_from(
            participation.join(person, person.c.id == participation.c.person_id).outerjoin(
                contact, contact.c.id == participation.c.contact_id
            )
        )
        .where(participation.c.campaign_id == campaign_id)
        .group_by(participation.c.status, *traits)
        .order_by(participation.c.status, *traits)
    )
    return [PeopleCount(row[0], tuple(row[3:]), row[1], int(row[2])) for row in rows]


def coverage_counts(connection: Connection, campaign_id: str, *, bands: Bands, year: int) -> list[CoverageCount]:
    """Whom a campaign reached, in the terms in which the population baseline is kept."""
    rows: dict[tuple[str, ...], tuple[int, int]] = {}
    for counted in people_counts(connection, campaign_id, by=("area", "age", "sex"), bands=bands, year=year):
        invited, answered = rows.get(counted.group, (0, 0))
        rows[counted.group] = (invited + counted.count, answered + counted.answered)
    return [
        CoverageCount(area, band, sex, invited, answered)
        for (area, band, sex), (invited, answered) in sorted(rows.items())
    ]
