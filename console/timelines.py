"""A dialogue along its dates: which moments stand on a timeline, and whether each is done, next, late or still to come. Sending and promising live below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from console.words import Words
from store.campaigns import CampaignRecord, WaveRecord
from store.promises import DecisionRecord, MilestoneRecord

State = Literal["done", "now", "overdue", "coming"]
Stage = Literal["draft", "coming", "open", "closed", "decided"]
TONES: dict[Stage, str] = {"draft": "", "coming": "", "open": "open", "closed": "", "decided": "good"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: when, what, and how it stands."""

    at: datetime
    label: str
    state: State
    date: str
    note: str = ""

    @property
    def iso(self) -> str:
        return self.at.isoformat()


def stage(campaign: CampaignRecord, decision: DecisionRecord | None, now: datetime) -> Stage:
    """Where a dialogue stands for those who read about it, whatever the finer status inside."""
    if campaign.launched_at is None:
        return "draft"
    if decision is not None:
        return "decided"
    if campaign.closed_at is not None or campaign.closes_at <= now:
        return "closed"
    return "coming" if now < campaign.opens_at else "open"


def stage_name(reached: Stage, words: Words) -> str:
    names = {
        "draft": words.gettext("Draft"),
        "coming": words.gettext("Not yet open"),
        "open": words.gettext("Open for answers"),
        "closed": words.gettext("Closed, awaiting decision"),
        "decided": words.gettext("Decided"),
    }
    return names[reached]


def public_timeline(
    campaign: CampaignRecord,
    milestones: Sequence[MilestoneRecord],
    decision: DecisionRecord | None,
    words: Words,
    now: datetime,
) -> tuple[Moment, ...]:
    """What everybody may follow: opening, closing, decision, and what was promised back."""
    moments = _frame(campaign, decision, words, now)
    moments += [_promise(m, words, now) for m in milestones if m.kind != "receipt"]
    if not any(m.kind == "decision" for m in milestones):
        moments.append(_passed(campaign.feedback_at, words.gettext("Feedback to everybody"), words, now))
    return _with_next(moments)


def inner_timeline(
    campaign: CampaignRecord,
    waves: Sequence[WaveRecord],
    milestones: Sequence[MilestoneRecord],
    decision: DecisionRecord | None,
    words: Words,
    now: datetime,
) -> tuple[Moment, ...]:
    """What coordinators follow: the same, with every send-out and promise."""
    moments = _frame(campaign, decision, words, now)
    moments += [_wave(wave, words, now) for wave in waves]
    moments += [_promise(m, words, now) for m in milestones]
    return _with_next(moments)


def overdue(milestones: Sequence[MilestoneRecord], now: datetime) -> list[MilestoneRecord]:
    """Promises that should have been kept by now."""
    return [m for m in milestones if m.done_at is None and m.due_at < now]


def promise_name(kind: str, words: Words) -> str:
    names = {
        "receipt": words.gettext("Receipt to those who answered"),
        "you_said": words.gettext("What residents said"),
        "status": words.gettext("How the matter stands"),
        "decision": words.gettext("Feedback about the decision"),
    }
    return names.get(kind, kind)


def _frame(campaign: CampaignRecord, decision: DecisionRecord | None, words: Words, now: datetime) -> list[Moment]:
    moments = [
        _passed(campaign.opens_at, words.gettext("The dialogue opens"), words, now),
        _passed(campaign.closes_at, words.gettext("Last day to answer"), words, now),
    ]
    if decision is not None:
        noon = datetime.combine(decision.decided_on, time(12), words.zone)
        return [*moments, Moment(noon, words.gettext("Decision"), "done", words.date(noon), decision.case_ref)]
    late = campaign.launched_at is not None and campaign.decision_at < now
    note = words.gettext("overdue") if late else ""
    planned = Moment(
        campaign.decision_at,
        words.gettext("Decision"),
        "overdue" if late else "coming",
        words.date(campaign.decision_at),
        note,
    )
    return [*moments, planned]


def _passed(at: datetime, label: str, words: Words, now: datetime) -> Moment:
    return Moment(at, label, "done" if at <= now else "coming", words.date(at))


def _promise(milestone: MilestoneRecord, words: Words, now: datetime) -> Moment:
    label = promise_name(milestone.kind, words)
    if milestone.done_at is not None:
        return Moment(milestone.done_at, label, "done", words.date(milestone.done_at))
    if milestone.due_at < now:
        return Moment(milestone.due_at, label, "overdue", words.date(milestone.due_at), words.gettext("overdue"))
    return Moment(milestone.due_at, label, "coming", words.date(milestone.due_at))


def _wave(wave: WaveRecord, words: Words, now: datetime) -> Moment:
    names = {
        "invitation": words.gettext("Invitations"),
        "reminder": words.gettext("Reminder {number}", number=wave.number),
        "feedback": words.gettext("Feedback sent out"),
        "notice": words.gettext("Notice"),
    }
    label = names.get(wave.kind, wave.kind)
    if wave.status == "cancelled":
        return Moment(wave.due_at, label, "done", words.date(wave.due_at), words.gettext("cancelled"))
    if wave.released_at is not None:
        note = words.ngettext("{n} message", "{n} messages", wave.message_count)
        return Moment(wave.released_at, label, "done", words.moment(wave.released_at), note)
    if wave.status == "releasing" or wave.due_at <= now:
        return Moment(wave.due_at, label, "now", words.moment(wave.due_at), words.gettext("being sent"))
    return Moment(wave.due_at, label, "coming", words.moment(wave.due_at))


def _with_next(moments: Sequence[Moment]) -> tuple[Moment, ...]:
    """In the order of time, the first that is still to come marked as the one to look for."""
    ordered = sorted(moments, key=lambda moment: moment.at)
    following = next((moment for moment in ordered if moment.state == "coming"), None)
    return tuple(Moment(m.at, m.label, "now", m.date, m.note or "") if m is following else m for m in ordered)
