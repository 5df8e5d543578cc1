"""Who takes part in a campaign: launches, in sets, and those who come by themselves. What is then sent to them lives in `releasing`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, literal, null, or_, select, update

from store.audiences import condition
from store.campaigns import get_campaign, newest_survey, plan_wave
from store.schema import campaign, contact, participation, person
from store.sets import insert_into


@dataclass(frozen=True, slots=True)
class LaunchReport:
    """Whom a launch reached: people added, by channel and language, and those in the audience without any usable address."""

    added: int
    unreachable: int
    by_channel: Mapping[str, int]
    by_language: Mapping[str, int]


def audience_size(connection: Connection, audience: Mapping[str, Any], year: int) -> int:
    """How many people an audience means who have neither opted out nor been erased."""
    return _count(connection, _in_audience(audience, year))


def reachable_count(connection: Connection, audience: Mapping[str, Any], channels: Sequence[str], year: int) -> int:
    """How many of them a launch would invite: those who have a usable address on one of `channels`."""
    met = _Met.on(channels)
    query = select(func.count()).select_from(met.sources).where(_in_audience(audience, year), met.is_met)
    return connection.execute(query).scalar_one()


def _count(connection: Connection, is_meant: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(person).where(is_meant)).scalar_one()


def _in_audience(audience: Mapping[str, Any], year: int) -> ColumnElement[bool]:
    """Only people of a register are chosen: whoever came by themselves (without `ref`) is answered, not written to first."""
    is_there = and_(person.c.ref.is_not(None), person.c.erased_at.is_(None), person.c.opted_out_at.is_(None))
    return and_(is_there, condition(audience, year))


def launch(
    connection: Connection,
    campaign_id: str,
    audience: Mapping[str, Any],
    *,
    channels: Sequence[str],
    languages: Sequence[str],
    waves: Iterable[tuple[str, int, datetime]],
    now: datetime,
    status: str = "open",
    year: int | None = None,
) -> LaunchReport:
    """Make everybody in the audience a participant, each on the first of `channels` where they have a usable address.

    `languages` are the campaign's, the default first: a person gets their own, its base ("fa" for "fa-AF"), or the default.
    `waves` are (kind, number, due_at). Ages are those reached during `year`, by default the one in which it opens in UTC.
    Doing it again adds only who is new, so a launch can be boosted.
    """
    record = get_campaign(connection, campaign_id)
    survey = newest_survey(connection, campaign_id)
    for kind, number, due_at in waves:
        plan_wave(connection, campaign_id, kind, number, due_at)
    is_meant = _in_audience(audience, record.opens_at.year if year is None else year)
    adding = _launching(connection, campaign_id, survey.id if survey else None, is_meant, channels, languages)
    added = connection.execute(adding).rowcount
    connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id, campaign.c.launched_at.is_(None))
        .values(status=status, launched_at=now)
    )
    counts = _count_groups(connection, campaign_id)
    # Where all have just been added, whoever of the audience was not is unreachable; else each is looked up.
    has_others = sum(counts.values()) > added
    unreachable = (
        _count_unreachable(connection, campaign_id, is_meant)
        if has_others
        else max(0, _count(connection, is_meant) - added)
    )
    return LaunchReport(added, unreachable, by_channel=_summed(counts, 0), by_language=_summed(counts, 1))


def _launching(
    connection: Connection,
    campaign_id: str,
    survey_version_id: int | None,
    is_meant: ColumnElement[bool],
    channels: Sequence[str],
    languages: Sequence[str],
) -> Any:
    met = _Met.on(channels)
    values: dict[str, Any] = {
        "campaign_id": literal(campaign_id),
        "person_id": person.c.id,
        "contact_id": met.contact_id,
        "survey_version_id": literal(survey_version_id) if survey_version_id is not None else null(),
        "channel": met.channel,
        "language": _language(connection, languages),
        "status": literal("invited"),
        "mode": literal("self"),
    }
    chosen = select(*values.values()).select_from(met.sources).where(is_meant, met.is_met).order_by(person.c.id)
    adding = insert_into(connection.dialect.name, participation).from_select(list(values), chosen)
    return adding.on_conflict_do_nothing(index_elements=["person_id", "campaign_id"])


@dataclass(frozen=True, slots=True)
class _Met:
    """People beside the first of some channels on which they have a usable address: nobody has two on one channel."""

    sources: FromClause
    contact_id: ColumnElement[int]
    channel: ColumnElement[str]
    is_met: ColumnElement[bool]

    @classmethod
    def on(cls, channels: Sequence[str]) -> _Met:
        sources: FromClause = person
        found = [(name, contact.alias(f"contact_{place}")) for place, name in enumerate(channels)]
        for name, there in found:
            is_usable = and_(there.c.person_id == person.c.id, there.c.channel == name, there.c.gone_at.is_(None))
            sources = sources.outerjoin(there, is_usable)
        return cls(
            sources,
            case(*((there.c.id.is_not(None), there.c.id) for _, there in found), else_=null()),
            case(*((there.c.id.is_not(None), literal(name)) for name, there in found), else_=null()),
            or_(*(there.c.id.is_not(None) for _, there in found)),
        )


def _language(connection: Connection, languages: Sequence[str]) -> ColumnElement[str]:
    """The campaign's language for each person's language."""
    spoken = connection.execute(select(person.c.language).distinct()).scalars()
    default = languages[0]
    chosen = {code: closest_of(code, languages) for code in spoken}
    differing = {code: language for code, language in chosen.items() if language != default}
    return case(differing, value=person.c.language, else_=default) if differing else literal(default)


def closest_of(code: str, languages: Sequence[str]) -> str:
    """The one of a campaign's languages for a person's: their own, its base ("fa" for "fa-AF"), or the first."""
    while code not in languages and "-" in code:
        code = code.rpartition("-")[0]
    return code if code in languages else languages[0]


def _count_unreachable(connection: Connection, campaign_id: str, is_meant: ColumnElement[bool]) -> int:
    is_part = and_(participation.c.campaign_id == campaign_id, participation.c.person_id == person.c.id)
    query = select(func.count()).select_from(person.outerjoin(participation, is_part))
    return connection.execute(query.where(is_meant, participation.c.id.is_(None))).scalar_one()


def _count_groups(connection: Connection, campaign_id: str) -> dict[tuple[str, str], int]:
    """The people of a campaign by channel and language."""
    group = (participation.c.channel, participation.c.language)
    query = select(*group, func.count()).where(participation.c.campaign_id == campaign_id).group_by(*group)
    return {(channel, language): count for channel, language, count in connection.execute(query.order_by(*group))}


def _summed(counts: Mapping[tuple[str, str], int], place: int) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for group, count in counts.items():
        sums[group[place]] += count
    return dict(sums)


def join_campaign(
    connection: Connection,
    campaign_id: str,
    person_id: int,
    *,
    contact_id: int | None,
    channel: str,
    language: str,
    mode: str = "self",
) -> int:
    """The participation of one person who came by themselves, added if they have none. Gives its id."""
    survey = newest_survey(connection, campaign_id)
    connection.execute(
        insert_into(connection.dialect.name, participation)
        .values(
            campaign_id=campaign_id,
            person_id=person_id,
            contact_id=contact_id,
            survey_version_id=survey.id if survey else None,
            channel=channel,
            language=language,
            status="invited",
            mode=mode,
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "person_id"])
    )
    mine = and_(participation.c.campaign_id == campaign_id, participation.c.person_id == person_id)
    return int(connection.execute(select(participation.c.id).where(mine)).scalar_one())
