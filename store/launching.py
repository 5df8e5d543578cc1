"""Who takes part in a campaign and what is sent to them: launches and wave releases, in sets. What is due when lives in `campaigns`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, null, or_, select, update

from store.audiences import condition
from store.campaigns import get_campaign, newest_survey, plan_wave
from store.outbox import BULK_PRIORITY
from store.schema import answer, campaign, contact, message, participation, person, wave
from store.sets import insert_into, later, moment


@dataclass(frozen=True, slots=True)
class LaunchReport:
    """Whom a launch reached: people added, by channel and language, and those in the audience without any usable address."""

    added: int
    unreachable: int
    by_channel: Mapping[str, int]
    by_language: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Released:
    """What one call of `release_wave` queued, whether the wave is through, and whether it was this call that brought it there."""

    count: int
    is_complete: bool
    has_completed: bool = False


def audience_size(connection: Connection, audience: Mapping[str, Any], year: int) -> int:
    """How many people an audience means who have neither opted out nor been erased."""
    return connection.execute(select(func.count()).select_from(person).where(_in_audience(audience, year))).scalar_one()


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
) -> LaunchReport:
    """Make everybody in the audience a participant, each on the first of `channels` where they have a usable address.

    `languages` are the campaign's, the default first: a person gets their own, its base ("fa" for "fa-AF"), or the default.
    `waves` are (kind, number, due_at). Doing it again adds only who is new, so a launch can be boosted.
    """
    record = get_campaign(connection, campaign_id)
    survey = newest_survey(connection, campaign_id)
    for kind, number, due_at in waves:
        plan_wave(connection, campaign_id, kind, number, due_at)
    is_meant = _in_audience(audience, record.opens_at.year)
    adding = _launching(connection, campaign_id, survey.id if survey else None, is_meant, channels, languages)
    added = connection.execute(adding).rowcount
    connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id, campaign.c.launched_at.is_(None))
        .values(status=status, launched_at=now)
    )
    return LaunchReport(
        added,
        _count_unreachable(connection, campaign_id, is_meant),
        _count_by(connection, campaign_id, "channel"),
        _count_by(connection, campaign_id, "language"),
    )


def _launching(
    connection: Connection,
    campaign_id: str,
    survey_version_id: int | None,
    is_meant: ColumnElement[bool],
    channels: Sequence[str],
    languages: Sequence[str],
) -> Any:
    candidate = contact.alias("candidate")
    first = (
        select(candidate.c.id)
        .where(candidate.c.person_id == person.c.id, candidate.c.gone_at.is_(None), candidate.c.channel.in_(channels))
        .order_by(
            case({name: place for place, name in enumerate(channels)}, value=candidate.c.channel), candidate.c.rank
        )
        .limit(1)
        .correlate(person)
        .scalar_subquery()
    )
    values: dict[str, Any] = {
        "campaign_id": literal(campaign_id),
        "person_id": person.c.id,
        "contact_id": contact.c.id,
        "survey_version_id": literal(survey_version_id) if survey_version_id is not None else null(),
        "channel": contact.c.channel,
        "language": _language(connection, languages),
        "status": literal("invited"),
        "mode": literal("self"),
        "contact_count": literal(0),
    }
    chosen = (
        select(*values.values())
        .select_from(person.join(contact, contact.c.person_id == person.c.id))
        .where(is_meant, contact.c.id == first)
        .order_by(person.c.id)
    )
    return (
        insert_into(connection.dialect.name, participation)
        .from_select(list(values), chosen)
        .on_conflict_do_nothing(index_elements=["campaign_id", "person_id"])
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


def _count_by(connection: Connection, campaign_id: str, name: str) -> dict[str, int]:
    query = select(participation.c[name], func.count().label("people")).where(
        participation.c.campaign_id == campaign_id
    )
    return {row[0]: row.people for row in connection.execute(query.group_by(participation.c[name]))}


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
            contact_count=0,
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "person_id"])
    )
    mine = and_(participation.c.campaign_id == campaign_id, participation.c.person_id == person_id)
    return int(connection.execute(select(participation.c.id).where(mine)).scalar_one())


def release_wave(
    connection: Connection,
    wave_id: int,
    *,
    lanes: Mapping[str, str],
    now: datetime,
    max_contacts: int = 3,
    gap: timedelta = timedelta(0),
    expires_at: datetime | None = None,
    limit: int | None = None,
) -> Released:
    """Queue a wave's messages: invitations to whom none was sent, reminders to those who have not finished, feedback to all who answered.

    `lanes` names the sender identity of each channel in use; only addresses on these are written to. Each person gets it
    where and in the language they last spoke, else where they were invited, else at any address left. Nobody gets more than
    `max_contacts` invitations and reminders; one whom another campaign wrote to less than `gap` before is written to later.
    With `limit` at most so many participations are dealt with, so that a large wave shares the writer: call until complete.
    """
    due = connection.execute(
        select(wave).where(wave.c.id == wave_id, wave.c.status.in_(("planned", "releasing"))).with_for_update()
    ).first()
    if due is None:
        return Released(0, True)
    highest = _portion_end(connection, due.campaign_id, due.released_to, limit)
    count = 0
    if highest is not None:
        portion = and_(participation.c.id > due.released_to, participation.c.id <= highest)
        is_meant = and_(participation.c.campaign_id == due.campaign_id, portion, _is_due_to(due.kind, max_contacts))
        count = connection.execute(_releasing(connection, due, is_meant, lanes, now, gap, expires_at)).rowcount
        if due.kind in ("invitation", "reminder"):
            _count_contacts(connection, wave_id, due.released_to, highest)
    is_complete = highest is None or limit is None
    connection.execute(
        update(wave)
        .where(wave.c.id == wave_id)
        .values(
            status="released" if is_complete else "releasing",
            released_at=now if is_complete else None,
            released_to=highest if highest is not None else due.released_to,
            message_count=wave.c.message_count + count,
        )
    )
    return Released(count, is_complete, has_completed=is_complete)


def _portion_end(connection: Connection, campaign_id: str, after: int, limit: int | None) -> int | None:
    ids = select(participation.c.id).where(participation.c.campaign_id == campaign_id, participation.c.id > after)
    if limit is not None:
        ids = ids.order_by(participation.c.id).limit(limit)
    return connection.execute(select(func.max(ids.subquery("portion").c.id))).scalar()


def _is_due_to(kind: str, max_contacts: int) -> ColumnElement[bool]:
    if kind == "invitation":
        return and_(participation.c.status == "invited", participation.c.contact_count == 0)
    if kind == "reminder":
        is_unfinished = participation.c.status.in_(("invited", "started"))
        return and_(is_unfinished, participation.c.contact_count.between(1, max_contacts - 1))
    if kind == "feedback":
        took_part = select(answer.c.id).where(answer.c.participation_id == participation.c.id).exists()
        return and_(participation.c.status.in_(("started", "finished", "declined")), took_part)
    if kind == "notice":
        return participation.c.status.in_(("invited", "started", "finished"))
    raise ValueError(f"no wave is called {kind!r}")


def _releasing(
    connection: Connection,
    due: Any,
    is_meant: ColumnElement[bool],
    lanes: Mapping[str, str],
    now: datetime,
    gap: timedelta,
    expires_at: datetime | None,
) -> Any:
    is_counted = due.kind in ("invitation", "reminder")
    values: dict[str, Any] = {
        "campaign_id": participation.c.campaign_id,
        "wave_id": literal(due.id),
        "participation_id": participation.c.id,
        "person_id": participation.c.person_id,
        "contact_id": contact.c.id,
        "channel": contact.c.channel,
        "lane": case(dict(lanes), value=contact.c.channel),
        "purpose": literal(due.kind),
        "language": participation.c.language,
        "priority": literal(BULK_PRIORITY),
        "status": literal("queued"),
        "due_at": _due_at(due.due_at, gap) if is_counted and gap else moment(due.due_at),
        "expires_at": moment(expires_at),
        "attempts": literal(0),
        "fence": literal(0),
        "segments": literal(0),
        "reason": literal(""),
        "created_at": moment(now),
    }
    chosen = (
        select(*values.values())
        .select_from(
            participation.join(person, person.c.id == participation.c.person_id).join(
                contact, contact.c.person_id == participation.c.person_id
            )
        )
        .where(is_meant, person.c.erased_at.is_(None), person.c.opted_out_at.is_(None))
        .where(contact.c.id == address_of(list(lanes)))
        .order_by(participation.c.id)
    )
    return (
        insert_into(connection.dialect.name, message)
        .from_select(list(values), chosen)
        .on_conflict_do_nothing(index_elements=["wave_id", "participation_id"])
    )


def address_of(channels: Sequence[str]) -> ColumnElement[int]:
    """The address to write to: on the channel last used, else the one invited on, else any that works."""
    candidate = contact.alias("candidate")
    usable = (
        select(candidate.c.id)
        .where(candidate.c.person_id == participation.c.person_id, candidate.c.gone_at.is_(None))
        .where(candidate.c.channel.in_(channels))
        .correlate(participation)
    )
    return func.coalesce(
        usable.where(candidate.c.channel == participation.c.channel).scalar_subquery(),
        usable.where(candidate.c.id == participation.c.contact_id).scalar_subquery(),
        usable.order_by(candidate.c.rank, candidate.c.id).limit(1).scalar_subquery(),
    )


def _due_at(due_at: datetime, gap: timedelta) -> ColumnElement[datetime]:
    """The wave's moment, or `gap` after another campaign's newest message to the same person."""
    by_another = or_(participation.c.contacted_at.is_(None), participation.c.contacted_at != person.c.last_contacted_at)
    is_too_soon = and_(by_another, person.c.last_contacted_at > due_at - gap)
    return case((is_too_soon, later(person.c.last_contacted_at, gap.total_seconds())), else_=moment(due_at))


def _count_contacts(connection: Connection, wave_id: int, after: int, highest: int) -> None:
    """Note the new messages on participations and people, where the next wave's limits are read."""
    is_new = and_(message.c.wave_id == wave_id, message.c.participation_id.between(after + 1, highest))
    connection.execute(
        update(participation)
        .where(is_new, message.c.participation_id == participation.c.id)
        .values(
            contact_count=participation.c.contact_count + 1,
            contacted_at=message.c.due_at,
            invited_at=func.coalesce(participation.c.invited_at, message.c.due_at),
        )
    )
    connection.execute(
        update(person).where(is_new, message.c.person_id == person.c.id).values(last_contacted_at=message.c.due_at)
    )
