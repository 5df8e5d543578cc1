"""Campaigns as they are kept: definition, survey versions, waves and progress. What is promised back lives in `promises`, sending in `releasing`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from store.departures import cancel_campaign
from store.errors import CampaignFrozen, CampaignMissing
from store.schema import campaign, participation, survey_version, wave
from store.sets import insert_into


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """One campaign; `definition` is plain data."""

    id: str
    status: str
    definition: dict[str, Any]
    created_at: datetime
    opens_at: datetime
    closes_at: datetime
    decision_at: datetime
    feedback_at: datetime
    launched_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dates:
    """When a campaign opens, closes, is decided and fed back."""

    opens_at: datetime
    closes_at: datetime
    decision_at: datetime
    feedback_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How many people a campaign has, by the status of their participation."""

    by_status: Mapping[str, int]

    @property
    def people(self) -> int:
        """Everybody who is part of the campaign."""
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True)
class SurveyRecord:
    """One immutable version of a campaign's survey."""

    id: int
    campaign_id: str
    number: int
    xform: str


@dataclass(frozen=True, slots=True)
class WaveRecord:
    """One send-out: planned, releasing or released."""

    id: int
    campaign_id: str
    kind: str
    number: int
    due_at: datetime
    status: str
    released_at: datetime | None
    message_count: int


_SURVEY = tuple(survey_version.c[name] for name in SurveyRecord.__slots__)
_WAVE = tuple(wave.c[name] for name in WaveRecord.__slots__)


def save_campaign(
    connection: Connection,
    campaign_id: str,
    definition: Mapping[str, Any],
    dates: Dates,
    *,
    xform: str | None,
    now: datetime,
) -> int | None:
    """Add a campaign or change its draft; a changed survey becomes a new version. Gives the survey version's id.

    `xform` is None for an information send-out. Raises `CampaignFrozen` after launch.
    """
    if launched_at(connection, campaign_id) is not None:
        raise CampaignFrozen(f"campaign {campaign_id} was launched; amend it instead of saving it again")
    values = {name: getattr(dates, name) for name in Dates.__slots__} | {"definition": dict(definition)}
    adding = insert_into(connection.dialect.name, campaign).values(
        id=campaign_id, status="draft", created_at=now, **values
    )
    connection.execute(
        adding.on_conflict_do_update(index_elements=["id"], set_={name: adding.excluded[name] for name in values})
    )
    if xform is None:
        connection.execute(delete(survey_version).where(survey_version.c.campaign_id == campaign_id))
        return None
    return _save_survey(connection, campaign_id, xform, now)


def _save_survey(connection: Connection, campaign_id: str, xform: str, now: datetime) -> int:
    sha256 = hashlib.sha256(xform.encode()).hexdigest()
    newest = connection.execute(
        select(survey_version.c.id, survey_version.c.number, survey_version.c.sha256)
        .where(survey_version.c.campaign_id == campaign_id)
        .order_by(survey_version.c.number.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.sha256 == sha256:
        return int(newest.id)
    number = newest.number + 1 if newest is not None else 1
    adding = insert(survey_version).values(
        campaign_id=campaign_id, number=number, xform=xform, sha256=sha256, created_at=now
    )
    return int(connection.execute(adding.returning(survey_version.c.id)).scalar_one())


def get_campaign(connection: Connection, campaign_id: str) -> CampaignRecord:
    """One campaign. Raises `CampaignMissing`."""
    row = connection.execute(select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        raise CampaignMissing(f"no campaign has the id {campaign_id}")
    return CampaignRecord(**row)


def launched_at(connection: Connection, campaign_id: str) -> datetime | None:
    """When a campaign was launched; None for a draft, and for one that is not there."""
    return connection.execute(select(campaign.c.launched_at).where(campaign.c.id == campaign_id)).scalar()


def list_campaigns(connection: Connection, statuses: Collection[str] | None = None) -> list[CampaignRecord]:
    """Campaigns, the one that opens last first; all of them or those with one of `statuses`."""
    query = select(campaign).order_by(campaign.c.opens_at.desc(), campaign.c.id)
    if statuses is not None:
        query = query.where(campaign.c.status.in_(sorted(statuses)))
    return [CampaignRecord(**row) for row in connection.execute(query).mappings()]


def progress(connection: Connection, campaign_id: str | None = None) -> dict[str, Progress]:
    """How far each campaign has come, by its id; campaigns without people are left out."""
    query = select(participation.c.campaign_id, participation.c.status, func.count()).group_by(
        participation.c.campaign_id, participation.c.status
    )
    if campaign_id is not None:
        query = query.where(participation.c.campaign_id == campaign_id)
    counts: dict[str, dict[str, int]] = {}
    for id_, status, count in connection.execute(query):
        counts.setdefault(id_, {})[status] = count
    return {id_: Progress(by_status) for id_, by_status in counts.items()}


def set_status(
    connection: Connection, campaign_id: str, status: str, *, expected: Collection[str] | None = None
) -> bool:
    """Move a campaign to a status; with `expected` only from one of these. False when it stood elsewhere."""
    moving = update(campaign).where(campaign.c.id == campaign_id).values(status=status)
    if expected is not None:
        moving = moving.where(campaign.c.status.in_(sorted(expected)))
    return connection.execute(moving).rowcount == 1


def close_campaign(
    connection: Connection, campaign_id: str, now: datetime, *, status: str = "closed", most: int | None = None
) -> bool:
    """Take no more answers and cancel what still asks for them. False when it was closed or never launched.

    `status` is "cancelled" when the campaign is called off. With `most` only so many messages are cancelled now: none of the
    others leaves, and `cancel_campaign` cancels them.
    """
    closing = (
        update(campaign)
        .where(campaign.c.id == campaign_id, campaign.c.launched_at.is_not(None), campaign.c.closed_at.is_(None))
        .values(status=status, closed_at=now)
    )
    if connection.execute(closing).rowcount == 0:
        return False
    connection.execute(
        update(wave)
        .where(wave.c.campaign_id == campaign_id, wave.c.kind.in_(("invitation", "reminder")))
        .where(wave.c.status != "released")
        .values(status="cancelled")
    )
    cancel_campaign(connection, campaign_id, now, most=most)
    return True


def get_survey(connection: Connection, survey_version_id: int) -> SurveyRecord:
    """One survey version by its id, which every participation and answer carries."""
    row = connection.execute(select(*_SURVEY).where(survey_version.c.id == survey_version_id)).mappings().one()
    return SurveyRecord(**row)


def list_surveys(connection: Connection, campaign_id: str) -> list[SurveyRecord]:
    """Every version of a campaign's survey, the first first."""
    query = select(*_SURVEY).where(survey_version.c.campaign_id == campaign_id).order_by(survey_version.c.number)
    return [SurveyRecord(**row) for row in connection.execute(query).mappings()]


def newest_survey(connection: Connection, campaign_id: str) -> SurveyRecord | None:
    """The newest version of a campaign's survey; None for an information send-out."""
    query = select(*_SURVEY).where(survey_version.c.campaign_id == campaign_id).order_by(survey_version.c.number.desc())
    row = connection.execute(query.limit(1)).mappings().first()
    return SurveyRecord(**row) if row is not None else None


def plan_wave(connection: Connection, campaign_id: str, kind: str, number: int, due_at: datetime) -> None:
    """Plan a send-out, or move one that has not begun."""
    adding = insert_into(connection.dialect.name, wave).values(
        campaign_id=campaign_id,
        kind=kind,
        number=number,
        due_at=due_at,
        status="planned",
        released_to=0,
        message_count=0,
    )
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["campaign_id", "kind", "number"],
            set_={"due_at": adding.excluded.due_at},
            where=wave.c.status == "planned",
        )
    )


def list_waves(connection: Connection, campaign_id: str) -> list[WaveRecord]:
    """A campaign's send-outs in the order in which they are due."""
    query = select(*_WAVE).where(wave.c.campaign_id == campaign_id).order_by(wave.c.due_at, wave.c.id)
    return [WaveRecord(**row) for row in connection.execute(query).mappings()]


def due_waves(connection: Connection, now: datetime) -> list[WaveRecord]:
    """The send-outs of launched campaigns that are due and not yet released, oldest first."""
    query = (
        select(*_WAVE)
        .join(campaign, and_(campaign.c.id == wave.c.campaign_id, campaign.c.launched_at.is_not(None)))
        .where(wave.c.status.in_(("planned", "releasing")), wave.c.due_at <= now)
        .order_by(wave.c.due_at, wave.c.id)
    )
    return [WaveRecord(**row) for row in connection.execute(query).mappings()]


def sending_campaigns(connection: Connection, *, since: datetime) -> list[str]:
    """The ids of launched campaigns that may still have something queued: those whose feedback is not older than `since`."""
    query = select(campaign.c.id).where(campaign.c.launched_at.is_not(None), campaign.c.feedback_at > since)
    return list(connection.execute(query.order_by(campaign.c.id)).scalars())


def due_closings(connection: Connection, now: datetime) -> Iterable[str]:
    """The ids of launched campaigns whose time for answers is over."""
    query = select(campaign.c.id).where(
        campaign.c.launched_at.is_not(None), campaign.c.closed_at.is_(None), campaign.c.closes_at <= now
    )
    return list(connection.execute(query).scalars())
