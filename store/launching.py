"""Who takes part in a campaign and what is sent to them: launches and wave releases, in sets. What is due when lives in `campaigns`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, literal, null, or_, select, update

from store.audiences import condition
from store.campaigns import get_campaign, newest_survey, plan_wave
from store.frequencies import COUNTED, has_begun, keep_still, spaced, times_written_to, was_written_to
from store.outbox import BULK_PRIORITY
from store.schema import answer, campaign, contact, message, participation, person, wave
from store.sets import insert_into, moment


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
    counts = _count_groups(connection, campaign_id)
    unreachable = _count_unreachable(connection, campaign_id, is_meant)
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
        if gap and due.kind in COUNTED:
            keep_still(connection, is_releasing=True)
        portion = and_(participation.c.id > due.released_to, participation.c.id <= highest)
        is_meant = and_(
            participation.c.campaign_id == due.campaign_id, portion, _is_due_to(connection, due, max_contacts)
        )
        count = connection.execute(_releasing(connection, due, is_meant, lanes, now, gap, expires_at)).rowcount
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


def _is_due_to(connection: Connection, due: Any, max_contacts: int) -> ColumnElement[bool]:
    kind = due.kind
    if kind == "invitation":
        is_invited = participation.c.status == "invited"
        # SQLite would keep a whole portion aside to look into the table it writes to, so it looks only where it must.
        return (
            and_(is_invited, ~was_written_to())
            if has_begun(connection, due.campaign_id, besides=due.id)
            else is_invited
        )
    if kind == "reminder":
        is_unfinished = participation.c.status.in_(("invited", "started"))
        return and_(is_unfinished, times_written_to().between(1, max_contacts - 1))
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
    reached = Reached.on(list(lanes), participation.join(person, person.c.id == participation.c.person_id))
    values: dict[str, Any] = {
        "campaign_id": participation.c.campaign_id,
        "wave_id": literal(due.id),
        "participation_id": participation.c.id,
        "person_id": participation.c.person_id,
        "contact_id": reached.contact_id,
        "channel": reached.channel,
        "lane": case(dict(lanes), value=reached.channel),
        "purpose": literal(due.kind),
        "language": participation.c.language,
        "priority": literal(BULK_PRIORITY),
        "status": literal("queued"),
        "due_at": _due_at(connection, due, gap),
        "expires_at": moment(expires_at),
        "attempts": literal(0),
        "fence": literal(0),
        "segments": literal(0),
        "reason": literal(""),
        "created_at": moment(now),
    }
    chosen = (
        select(*values.values())
        .select_from(reached.sources)
        .where(is_meant, reached.is_reached, person.c.erased_at.is_(None), person.c.opted_out_at.is_(None))
        .order_by(participation.c.id)
    )
    return (
        insert_into(connection.dialect.name, message)
        .from_select(list(values), chosen)
        .on_conflict_do_nothing(index_elements=["participation_id", "wave_id", "follows_id"])
    )


@dataclass(frozen=True, slots=True)
class Reached:
    """Participations beside the address to write to: on the channel last used, else the one invited on, else any that works."""

    sources: FromClause
    contact_id: ColumnElement[int]
    channel: ColumnElement[str]
    is_reached: ColumnElement[bool]

    @classmethod
    def on(cls, channels: Sequence[str], sources: FromClause) -> Reached:
        """`sources` hold `participation`. Only those without an address where they last spoke are looked at a second time."""
        last, other = contact.alias("last"), contact.alias("other_address")
        is_usable = and_(last.c.gone_at.is_(None), last.c.channel.in_(channels))
        is_last = and_(last.c.person_id == participation.c.person_id, last.c.channel == participation.c.channel)
        is_other = other.c.id == case((last.c.id.is_(None), _other_address(channels)), else_=null())
        return cls(
            sources.outerjoin(last, and_(is_last, is_usable)).outerjoin(other, is_other),
            func.coalesce(last.c.id, other.c.id),
            func.coalesce(last.c.channel, other.c.channel),
            or_(last.c.id.is_not(None), other.c.id.is_not(None)),
        )


def _other_address(channels: Sequence[str]) -> ColumnElement[int]:
    candidate = contact.alias("candidate")
    usable = (
        select(candidate.c.id)
        .where(candidate.c.person_id == participation.c.person_id, candidate.c.gone_at.is_(None))
        .where(candidate.c.channel.in_(channels))
        .correlate(participation)
    )
    return func.coalesce(
        usable.where(candidate.c.id == participation.c.contact_id).scalar_subquery(),
        usable.order_by(candidate.c.rank, candidate.c.id).limit(1).scalar_subquery(),
    )


def _due_at(connection: Connection, due: Any, gap: timedelta) -> ColumnElement[datetime]:
    return spaced(connection, due.campaign_id, due.due_at, gap if due.kind in COUNTED else timedelta(0))
