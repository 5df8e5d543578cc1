"""Correcting the survey of a campaign that is open. What must stay the same is decided in `campaigns.corrections`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.forms import Form
from bot.problems import InputRefused, Problem
from campaigns.corrections import lost_languages, mistakes, opens_alike
from console.questions import shapes
from store import audit
from store.campaigns import get_campaign, progress
from store.corrections import add_version, answered_values, move_to_version, survey_versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from store.campaigns import CampaignRecord, SurveyRecord


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction led to: the new version's number, how many got it, and how many stay with one that they began."""

    number: int
    moved: int
    staying: int


def correct_survey(
    connection: Connection,
    campaign_id: str,
    xform: str,
    *,
    filename: str,
    reason: str,
    opening_channels: Sequence[str],
    now: datetime,
    actor: str,
) -> Correction:
    """Give a launched campaign's survey a new version. Who has begun goes on in theirs; each answer keeps its own.

    `opening_channels` are those whose invitations carry the first question. Raises `InputRefused` with everything that
    would make answers to the versions incomparable.
    """
    campaign = get_campaign(connection, campaign_id)
    versions = survey_versions(connection, campaign_id)
    _refuse_correction(campaign, versions, xform, reason, filename)
    old, new = shapes(versions[0].xform, now), shapes(xform, now)
    every = [shape for version in versions for shape in shapes(version.xform, now)]
    given = answered_values(connection, campaign_id, [shape.path for shape in every if shape.values])
    languages = Form.load(versions[0].xform).codes(), Form.load(xform).codes()
    problems = (*mistakes(every, new, given, filename), *lost_languages(*languages, filename))
    if problems:
        raise InputRefused(tuple(dict.fromkeys(problems)))
    version = add_version(connection, campaign_id, xform, now)
    staying = () if opens_alike(old, new) else opening_channels
    moved = move_to_version(connection, campaign_id, version.id, staying=staying)
    details = {"version": version.number, "reason": reason, "moved": moved}
    subject = f"campaign {campaign_id}"
    audit.append(connection, actor=actor, action="corrected", subject=subject, details=details, now=now)
    return Correction(version.number, moved, progress(connection, campaign_id)[campaign_id].people - moved)


def _refuse_correction(
    campaign: CampaignRecord, versions: Sequence[SurveyRecord], xform: str, reason: str, filename: str
) -> None:
    id_ = campaign.id
    if campaign.launched_at is None:
        problem = Problem(f"Campaign {id_} has not been launched.", "change its survey.xlsx and launch it")
    elif campaign.closed_at is not None:
        problem = Problem(f"Campaign {id_} takes no more answers.", "ask again in a campaign of its own")
    elif not versions:
        problem = Problem(f"Campaign {id_} asks nothing.", "ask in a campaign of its own")
    elif versions[0].xform == xform:
        problem = Problem("This is the survey that is asked already.", "correct it first", filename)
    elif not reason.strip():
        problem = Problem("A correction needs a reason, for the audit trail.", "add --reason")
    else:
        return
    raise InputRefused((problem,))
