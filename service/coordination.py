"""What a coordinator does to a campaign: launch, close, decide. Each is one transaction with its entry in the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.problems import InputRefused, Problem
from campaigns.lifecycle import timeline
from campaigns.plain_data import to_data
from campaigns.quiet_hours import next_open
from service.readiness import readiness
from store import audit
from store.campaigns import (
    CampaignRecord,
    Dates,
    close_campaign,
    get_campaign,
    plan_wave,
    save_campaign,
    set_status,
)
from store.launching import LaunchReport, launch
from store.promises import DecisionRecord, keep_milestone, plan_milestone, save_decision

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from campaigns.decisions import DecisionTexts
    from campaigns.definition import Definition
    from service.readiness import CampaignFolder


def launch_campaign(
    connection: Connection, folder: CampaignFolder, channels: Sequence[str], now: datetime, actor: str
) -> LaunchReport:
    """Freeze a campaign, choose its recipients and plan its waves. `channels` are those that send here.

    Raises `InputRefused` with everything that stands in the way, as `readiness` tells it.
    """
    definition = folder.definition
    found = readiness(connection, folder, channels, now)
    if found.problems or found.audience is None:
        raise InputRefused(found.problems)
    dates = Dates(definition.opens_at, definition.closes_at, definition.decision_at, definition.feedback_at)
    save_campaign(connection, definition.id, definition.to_data(), dates, xform=folder.xform, now=now)
    plan = timeline(definition)
    report = launch(
        connection,
        definition.id,
        to_data(found.audience),
        channels=found.channels,
        languages=definition.languages,
        waves=[(wave.kind, wave.number, wave.due_at) for wave in plan.waves if wave.kind != "feedback"],
        now=now,
        status="open",
        year=definition.opening_year,
    )
    for milestone in plan.milestones:
        plan_milestone(connection, definition.id, milestone.kind, milestone.due_at)
    details = {
        "recipients": report.added,
        "unreachable": report.unreachable,
        "overridden": [{"gate": gate.name, "by": word.by, "reason": word.reason} for gate, word in found.lifted],
    }
    subject = f"campaign {definition.id}"
    audit.append(connection, actor=actor, action="launched", subject=subject, details=details, now=now)
    return report


def close_now(connection: Connection, campaign_id: str, now: datetime, actor: str) -> None:
    """Take no more answers. Raises `InputRefused` when the campaign is not open."""
    if not close_campaign(connection, campaign_id, now):
        status = get_campaign(connection, campaign_id).status
        raise InputRefused(
            (Problem(f"Campaign {campaign_id} is {status}, not open.", "close only a launched campaign"),)
        )
    keep_milestone(connection, campaign_id, "receipt", now)  # every answer was acknowledged as it came
    audit.append(connection, actor=actor, action="closed", subject=f"campaign {campaign_id}", now=now)


def _refuse_out_of_time(campaign: CampaignRecord) -> None:
    """A decision that comes before the last answer, or after everybody has been told one."""
    if campaign.status == "fed_back":
        problem = Problem(
            f"Everybody who took part in {campaign.id} has been told the decision.",
            "tell of a new decision in a campaign of its own",
        )
        raise InputRefused((problem,))
    if campaign.closed_at is None:
        problem = Problem(
            f"Campaign {campaign.id} is {campaign.status}: answers are still taken until {campaign.closes_at:%Y-%m-%d}.",
            f"wait, or close it first: genklang campaign close {campaign.id}",
        )
        raise InputRefused((problem,))


def enter_decision(
    connection: Connection, definition: Definition, decision: DecisionTexts, now: datetime, actor: str
) -> datetime:
    """Enter what was decided and plan its feedback; gives the moment at which the feedback leaves.

    Raises `InputRefused` while answers are still taken, since what is decided must have heard them all, and once the
    feedback is on its way, since residents must not be told two things.
    """
    _refuse_out_of_time(get_campaign(connection, definition.id))
    record = DecisionRecord(
        campaign_id=definition.id,
        case_ref=decision.case_ref,
        decided_on=decision.decided_on,
        decided_by=decision.decided_by,
        texts=decision.texts,
        entered_by=actor,
        entered_at=now,
    )
    save_decision(connection, record)
    set_status(connection, definition.id, "decided", expected=("closed", "decided"))
    due_at = next_open(max(now, definition.feedback_at), definition.plan.quiet_hours)
    plan_wave(connection, definition.id, "feedback", 1, due_at)
    keep_milestone(connection, definition.id, "status", now)
    audit.append(
        connection,
        actor=actor,
        action="decided",
        subject=f"campaign {definition.id}",
        details={"case_ref": decision.case_ref},
        now=now,
    )
    return due_at
