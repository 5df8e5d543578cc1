"""What pages read from the store, each page from one snapshot: plain records and raw counts. Nothing here may be shown before `figures` has protected it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from campaigns.definition import Definition
from campaigns.population import parse_age_band
from console.questions import countable
from store.areas import AreaRecord, PopulationRecord, load_areas, load_population
from store.campaigns import (
    CampaignRecord,
    Progress,
    WaveRecord,
    get_campaign,
    list_campaigns,
    list_waves,
    progress,
)
from store.corrections import survey_versions
from store.deliveries import StatusCount, status_counts
from store.errors import CampaignMissing
from store.lanes import Standing, standings
from store.promises import DecisionRecord, MilestoneRecord, get_decision, list_milestones, overdue_milestones
from store.reach import Reach, reach
from store.requests import RequestRecord, list_requests
from store.results import AnswerCount, PeopleCount, Trait, answer_counts, people_counts
from store.tallies import Tally, tallies

Connection: TypeAlias = Any  # the store's; pages only hand it on
TRAITS: tuple[Trait, ...] = ("invited_on", "language", "age", "sex", "area")
USUAL_BANDS = ((16, 29), (30, 44), (45, 64), (65, None))  # where no population says otherwise


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One campaign beside its figures."""

    campaign: CampaignRecord
    definition: Definition
    decision: DecisionRecord | None
    milestones: tuple[MilestoneRecord, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of campaigns."""

    dialogue: Dialogue
    progress: Progress
    late_count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """One campaign's raw counts. `people` are grouped by `TRAITS`; ages are those of the year in which the campaign opened.

    `xforms` are the survey's versions, the newest first: none for an information send-out.
    """

    people: tuple[PeopleCount, ...]
    answers: tuple[AnswerCount, ...]
    messages: tuple[StatusCount, ...]
    tallies: tuple[Tally, ...]
    reach: Reach
    areas: tuple[AreaRecord, ...]
    population: tuple[PopulationRecord, ...]
    xforms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """One campaign with its send-outs, counts, what residents wait for a person to do, and how the lanes stand."""

    dialogue: Dialogue
    waves: tuple[WaveRecord, ...]
    counts: Counts
    requests: tuple[RequestRecord, ...]
    lanes: tuple[Standing, ...]


def read_list(connection: Connection, now: datetime) -> list[Listed]:
    """Every campaign, the one that opens last first."""
    counted = progress(connection)
    late = [milestone.campaign_id for milestone in overdue_milestones(connection, now)]
    return [
        Listed(_dialogue(connection, campaign), counted.get(campaign.id, Progress({})), late.count(campaign.id))
        for campaign in list_campaigns(connection)
    ]


def read_public_list(connection: Connection) -> list[Dialogue]:
    """Every campaign that everybody may read about."""
    return [_dialogue(connection, campaign) for campaign in list_campaigns(connection) if _is_public(campaign)]


def read_public(connection: Connection, campaign_id: str) -> Dialogue | None:
    """One campaign that everybody may read about."""
    found = _find(connection, campaign_id)
    return _dialogue(connection, found) if found and _is_public(found) else None


def read_followed(connection: Connection, campaign_id: str) -> Followed | None:
    """One campaign with everything that its coordinators follow."""
    found = _find(connection, campaign_id)
    if found is None:
        return None
    dialogue = _dialogue(connection, found)
    return Followed(
        dialogue,
        tuple(list_waves(connection, campaign_id)),
        read_counts(connection, dialogue),
        tuple(list_requests(connection, campaign_id)),
        tuple(standings(connection)),
    )


def read_counts(connection: Connection, dialogue: Dialogue) -> Counts:
    """The raw counts of one campaign."""
    population = load_population(connection)
    year = dialogue.definition.opening_year
    xforms = tuple(version.xform for version in survey_versions(connection, dialogue.campaign.id))
    bands = bands_of({row.age_band for row in population})
    counted = people_counts(connection, dialogue.campaign.id, by=TRAITS, bands=bands, year=year)
    return Counts(
        tuple(counted),
        tuple(answer_counts(connection, dialogue.campaign.id, questions=countable(*xforms))) if xforms else (),
        tuple(status_counts(connection, dialogue.campaign.id)),
        tuple(tallies(connection, dialogue.campaign.id)),
        reach(connection, dialogue.campaign.id),
        tuple(load_areas(connection)),
        tuple(population),
        xforms,
    )


def bands_of(names: Collection[str]) -> list[tuple[int, int | None]]:
    """The age bands in which the population is known, youngest first."""
    parsed = (parse_age_band(name) for name in names)
    return sorted(((band.low, band.high) for band in parsed if band), key=lambda band: band[0]) or list(USUAL_BANDS)


def _find(connection: Connection, campaign_id: str) -> CampaignRecord | None:
    try:
        return get_campaign(connection, campaign_id)
    except CampaignMissing:
        return None


def _dialogue(connection: Connection, campaign: CampaignRecord) -> Dialogue:
    return Dialogue(
        campaign,
        Definition.from_data(campaign.definition),
        get_decision(connection, campaign.id),
        tuple(list_milestones(connection, campaign.id)),
    )


def _is_public(campaign: CampaignRecord) -> bool:
    return campaign.launched_at is not None and campaign.status != "cancelled"
