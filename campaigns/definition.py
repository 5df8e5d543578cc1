"""A campaign as its folder's `campaign.yaml` says it: plain frozen data. Reading the file lives in `definition_files`; whether it may be launched in `gates`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns import plain_data
from campaigns.audience import Audience
from campaigns.charter import Charter, Texts
from campaigns.quiet_hours import QuietHours

MILESTONES = ("receipt", "you_said", "status", "decision")


@dataclass(frozen=True, slots=True)
class Plan:
    """How people are reached: channels in order of preference, reminders in days after the invitation, when not to disturb.

    `failover`: what does not arrive in one of the channels is sent in the next in which the person has an address.
    """

    channels: tuple[str, ...] = ("telegram", "sms", "email")
    failover: bool = False
    reminders: tuple[int, ...] = (3, 7)
    max_contacts: int = 3
    quiet_hours: QuietHours = field(default_factory=QuietHours)
    required_approvals: tuple[str, ...] = ("management_group", "responsible_politician")


@dataclass(frozen=True, slots=True)
class Override:
    """A decision-maker's word that a policy gate shall not stand in the way, and why (R6)."""

    gate: str
    by: str
    role: str
    reason: str
    on: date


@dataclass(frozen=True, slots=True)
class Definition:
    """One campaign. The first language is the one that stands in where a text is missing; moments are UTC.

    `refuses_drafts`: it is not launched in a language in which some of the system's own texts wait for a person's approval.
    """

    id: str
    languages: tuple[str, ...]
    title: Texts
    sender: Texts
    contact: Texts
    charter: Charter
    opens_at: datetime
    closes_at: datetime
    decision_at: datetime
    feedback_at: datetime
    audience: Audience
    plan: Plan = field(default_factory=Plan)
    milestones: Mapping[str, datetime] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    time_zone: str = "Europe/Stockholm"
    refuses_drafts: bool = False

    def to_data(self) -> dict[str, Any]:
        """Plain data for the store: JSON types only."""
        data: dict[str, Any] = plain_data.to_data(self)
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Definition:
        """The inverse of `to_data`."""
        return plain_data.from_data(cls, data)

    def text(self, texts: Texts, language: str) -> str:
        """A text in a language, else in its primary subtag ("fa" for "fa-AF"), else in the campaign's first language."""
        return texts.get(language) or texts.get(language.split("-")[0]) or texts.get(self.languages[0], "")

    def local_day(self, moment: datetime) -> date:
        """The date that a moment has where the campaign lives."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def opening_year(self) -> int:
        """The year in which the answers open where the campaign lives: ages are those reached during it."""
        return self.local_day(self.opens_at).year
