"""A campaign's statuses and what is due when. Pure: rows and `now` in, what to do out; doing it is the service's work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from campaigns.definition import MILESTONES, Definition
from campaigns.quiet_hours import next_open
from campaigns.wall_times import days_later

Status = Literal["draft", "open", "closed", "decided", "fed_back", "archived", "cancelled"]
WaveKind = Literal["invitation", "reminder", "feedback", "notice"]

# "open" from launch until the answers close, also before `opens_at`; "fed_back" once the feedback wave is released.
TRANSITIONS: dict[Status, tuple[Status, ...]] = {
    "draft": ("open", "cancelled"),
    "open": ("closed", "cancelled"),
    "closed": ("decided", "cancelled"),
    "decided": ("fed_back",),
    "fed_back": ("archived",),
    "archived": (),
    "cancelled": (),
}
_RECEIPT_DAYS, _YOU_SAID_DAYS = 3, 14


class IllegalTransition(Exception):
    """A campaign cannot go from one status to another; the message says what must come first."""


def advance(status: Status, to: Status) -> Status:
    """The new status, or IllegalTransition. Nothing is archived without feedback (R32)."""
    if to in TRANSITIONS[status]:
        return to
    nexts = ", ".join(TRANSITIONS[status]) or "nothing"
    raise IllegalTransition(f"a campaign that is {status} cannot become {to}; next comes {nexts}")


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """One send-out to come. `number` counts within its kind, from 1."""

    kind: WaveKind
    number: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedMilestone:
    """One promised piece of feedback (R32)."""

    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that a campaign will do at a moment, in order of time."""

    waves: tuple[PlannedWave, ...]
    closes_at: datetime
    milestones: tuple[PlannedMilestone, ...]


def timeline(definition: Definition) -> Timeline:
    """The rows of waves and milestones, each wave inside the hours in which sending is allowed.

    Reminders keep the invitation's time of day, also over a change of clocks (`days_later`); one that would not leave
    before the answers close, or would exceed `max_contacts`, is left out.
    """
    rules = definition.plan.quiet_hours
    zone = ZoneInfo(definition.time_zone)
    invited_at = next_open(definition.opens_at, rules)
    waves = [PlannedWave("invitation", 1, invited_at)]
    for days in definition.plan.reminders[: definition.plan.max_contacts - 1]:
        due_at = next_open(days_later(invited_at, days, zone), rules)
        if waves[-1].due_at < due_at < definition.closes_at:
            waves.append(PlannedWave("reminder", len(waves), due_at))
    waves.append(PlannedWave("feedback", 1, next_open(definition.feedback_at, rules)))
    return Timeline(tuple(waves), definition.closes_at, _milestones(definition, zone))


def _milestones(definition: Definition, zone: ZoneInfo) -> tuple[PlannedMilestone, ...]:
    standard = {
        "receipt": days_later(definition.closes_at, _RECEIPT_DAYS, zone),
        "you_said": days_later(definition.closes_at, _YOU_SAID_DAYS, zone),
        "status": definition.decision_at,
        "decision": definition.feedback_at,
    }
    planned = [PlannedMilestone(kind, definition.milestones.get(kind, standard[kind])) for kind in MILESTONES]
    return tuple(sorted(planned, key=lambda milestone: milestone.due_at))


class WaveRow(Protocol):
    """A wave as it is kept: what `due` looks at."""

    @property
    def kind(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def status(self) -> str: ...


class MilestoneRow(Protocol):
    """A milestone as it is kept."""

    @property
    def due_at(self) -> datetime: ...
    @property
    def done_at(self) -> datetime | None: ...


W = TypeVar("W", bound=WaveRow)
M = TypeVar("M", bound=MilestoneRow)


def due(
    waves: Iterable[W], now: datetime, *, status: str, closes_at: datetime, has_decision: bool = False
) -> tuple[W, ...]:
    """The planned waves to release now, the oldest first.

    Invitations and reminders go only while the answers are open; feedback only after the close and with a decision
    entered; notices at any time before the archive.
    """
    is_open = status == "open" and now < closes_at
    allowed = {
        "invitation": is_open,
        "reminder": is_open,
        "feedback": status in ("closed", "decided") and has_decision,
        "notice": status not in ("draft", "archived", "cancelled"),
    }
    ready = [w for w in waves if w.status == "planned" and w.due_at <= now and allowed.get(w.kind, False)]
    return tuple(sorted(ready, key=lambda wave: (wave.due_at, wave.number)))


def is_closing_due(status: str, closes_at: datetime, now: datetime) -> bool:
    """Whether the campaign must close now."""
    return status == "open" and closes_at <= now


def overdue(milestones: Iterable[M], now: datetime) -> tuple[M, ...]:
    """Promised feedback that was not given in time (R32), the longest overdue first."""
    late = [m for m in milestones if m.done_at is None and m.due_at < now]
    return tuple(sorted(late, key=lambda milestone: milestone.due_at))
