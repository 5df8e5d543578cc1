"""Reading `campaign.yaml`. What is missing in the charter is no mistake here: the launch gates list it."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.audience import Audience, read_audience
from campaigns.charter import (
    LEVELS,
    TEXTS,
    AffectedGroup,
    Approval,
    Attestations,
    Charter,
    Matter,
    Signature,
)
from campaigns.definition import MILESTONES, Definition, Override, Plan
from campaigns.documents import Branch, open_document
from campaigns.people import LAWFUL_BASES
from campaigns.quiet_hours import QuietHours, Window

ROLES = ("coordinator", "decision_maker", "approver", "viewer", "administrator")
_DAY_STAND_IN = date(1970, 1, 1)
_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_WINDOW = re.compile(r"([0-2]?[0-9]):([0-5][0-9])\s*[-–]\s*([0-2]?[0-9]):([0-5][0-9])")
_NAMES = (
    "id", "languages", "title", "sender", "contact", "charter", "audience", "plan", "opens_at", "closes_at",
    "decision_at", "feedback_at", "milestones", "overrides", "time_zone",
    "refuses_drafts",
)  # fmt: skip


def read_definition(data: bytes | str, filename: str = "campaign.yaml") -> Definition:
    """The campaign. Raises InputRefused with every mistake and its line and column."""
    top = open_document(data, filename)
    top.allow(*_NAMES)
    languages = _languages(top)
    zone = _zone(top)
    audience = top.branch("audience")
    definition = Definition(
        id=_campaign_id(top),
        languages=languages,
        title=top.texts("title", languages, required=True),
        sender=top.texts("sender", languages, required=True),
        contact=top.texts("contact", languages, required=True),
        charter=_charter(top.branch("charter"), languages),
        opens_at=top.moment("opens_at", zone),
        closes_at=top.moment("closes_at", zone),
        decision_at=top.moment("decision_at", zone),
        feedback_at=top.moment("feedback_at", zone),
        audience=read_audience(audience) if audience else _no_audience(top),
        plan=_plan(top.branch("plan"), zone.key),
        milestones=_milestones(top.branch("milestones"), zone),
        overrides=tuple(_override(branch) for branch in top.branches("overrides")),
        time_zone=zone.key,
        refuses_drafts=top.boolean("refuses_drafts"),
    )
    top.refuse_if_wrong()
    if not definition.opens_at < definition.closes_at:
        top.complain("The answers close before they open.", "set closes_at later than opens_at", "closes_at")
    if definition.feedback_at < definition.decision_at:
        top.complain("The feedback comes before the decision.", "set feedback_at later", "feedback_at")
    top.refuse_if_wrong()
    return definition


def _campaign_id(top: Branch) -> str:
    value = top.text("id")
    if value and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
        top.complain("The id cannot be used in addresses.", "use at most 40 of a–z, 0–9 and -, such as torget", "id")
    return value


def _languages(top: Branch) -> tuple[str, ...]:
    codes = top.words("languages")
    for code in codes:
        if not _CODE.fullmatch(code):
            top.complain(f"“{code[:20]}” is no language code.", "write such as sv, en or fa-AF", "languages")
    if not codes:
        top.complain("languages is missing.", "list them, the municipality's own first: [sv, en]")
    if len(set(codes)) < len(codes):
        top.complain("A language stands there twice.", "list each once", "languages")
    return codes


def _zone(top: Branch) -> ZoneInfo:
    name = top.text("time_zone", "Europe/Stockholm")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        top.complain("The time zone is not known.", "write such as Europe/Stockholm", "time_zone")
        return ZoneInfo("Europe/Stockholm")


def _no_audience(top: Branch) -> Audience:
    if not top.has("audience"):
        top.complain("audience is missing.", "write “audience: {everyone: yes}” or narrower")
    return Audience("everyone")


def _charter(branch: Branch | None, languages: Collection[str]) -> Charter:
    if branch is None:
        return Charter()
    branch.allow(
        *TEXTS, "level", "level_set", "target_groups", "baseline_source", "attestations", "approvals", "matter",
        "phase", "kind", "is_statutory", "law", "controller", "lawful_basis",
    )  # fmt: skip
    signed = branch.branch("attestations")
    if signed:
        signed.allow("question_open", "decision_makers_open")
    return Charter(
        **{name: branch.texts(name, languages) for name in TEXTS},
        level=branch.one_of("level", LEVELS, ""),
        level_set=_signature(branch, "level_set"),
        target_groups=tuple(_group(inner, languages) for inner in branch.branches("target_groups")),
        baseline_source=branch.text("baseline_source", ""),
        attestations=Attestations(_signature(signed, "question_open"), _signature(signed, "decision_makers_open")),
        approvals=tuple(_approval(inner) for inner in branch.branches("approvals")),
        matter=_matter(branch.branch("matter")),
        phase=branch.one_of("phase", ("decision", "implementation"), ""),
        kind=branch.one_of("kind", ("resident", "service_user", "staff"), ""),
        is_statutory=branch.boolean("is_statutory"),
        law=branch.text("law", ""),
        controller=branch.text("controller", ""),
        lawful_basis=branch.one_of("lawful_basis", LAWFUL_BASES, ""),
    )


def _signature(branch: Branch | None, name: str) -> Signature | None:
    inner = branch.branch(name) if branch else None
    if inner is None:
        return None
    inner.allow("by", "role", "on", "note")
    return Signature(inner.text("by"), inner.one_of("role", ROLES), _day(inner, "on"), inner.text("note", ""))


def _day(branch: Branch, name: str) -> date:
    found = branch.day(name)
    if found is None and not branch.has(name):
        branch.complain(f"{name} is missing.", "write the date, such as 2026-02-16")
    return found or _DAY_STAND_IN


def _group(branch: Branch, languages: Collection[str]) -> AffectedGroup:
    branch.allow("name", "how")
    return AffectedGroup(branch.texts("name", languages), branch.texts("how", languages))


def _approval(branch: Branch) -> Approval:
    branch.allow("body", "by", "on", "note")
    return Approval(branch.text("body"), branch.text("by"), _day(branch, "on"), branch.text("note", ""))


def _matter(branch: Branch | None) -> Matter:
    if branch is None:
        return Matter()
    branch.allow("case_ref", "is_dialogue_used", "reason", "decided")
    is_used = branch.boolean("is_dialogue_used", True)
    return Matter(branch.text("case_ref", ""), is_used, branch.text("reason", ""), _signature(branch, "decided"))


def _plan(branch: Branch | None, time_zone: str) -> Plan:
    if branch is None:
        return Plan(quiet_hours=QuietHours(time_zone=time_zone))
    branch.allow("channels", "failover", "reminders", "max_contacts", "quiet_hours", "required_approvals")
    standard = Plan()
    channels = branch.words("channels") or standard.channels
    if len(set(channels)) < len(channels):
        branch.complain("A channel stands there twice.", "list each once", "channels")
    return Plan(
        channels=channels,
        failover=branch.boolean("failover"),
        reminders=_reminders(branch) if branch.has("reminders") else standard.reminders,
        max_contacts=branch.integer("max_contacts", standard.max_contacts, 1, 10) or standard.max_contacts,
        quiet_hours=_quiet_hours(branch, time_zone),
        required_approvals=branch.words("required_approvals")
        if branch.has("required_approvals")
        else standard.required_approvals,
    )


def _reminders(branch: Branch) -> tuple[int, ...]:
    words = branch.words("reminders")
    days = tuple(int(word) for word in words if re.fullmatch(r"[0-9]{1,3}", word))
    if len(days) < len(words) or 0 in days or list(days) != sorted(set(days)):
        remedy = "list days after the invitation, rising: [3, 7]"
        branch.complain("The reminders are not rising whole days.", remedy, "reminders")
    return days


def _quiet_hours(plan: Branch, time_zone: str) -> QuietHours:
    branch = plan.branch("quiet_hours")
    standard = QuietHours(time_zone=time_zone)
    if branch is None:
        return standard
    branch.allow("weekdays", "weekends", "country")
    country = branch.one_of("country", ("SE", "FI", "NO", "DK"), "SE")
    weekdays = _window(branch, "weekdays", standard.weekdays)
    weekends = _window(branch, "weekends", standard.weekends)
    if weekdays.opens == weekdays.closes and weekends.opens == weekends.closes:
        branch.complain("No hour of the week is open.", "open some, such as 09:00-20:00")
        return standard
    return QuietHours(weekdays, weekends, country, time_zone)


def _window(branch: Branch, name: str, standard: Window) -> Window:
    text = branch.text(name, "")
    if not text:
        return standard
    if text == "closed":
        return Window(0, 0)
    match = _WINDOW.fullmatch(text)
    opens, closes = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (1, 0)
    if not 0 <= opens < closes <= 24 * 60:
        branch.complain(f"{name} is no part of a day.", "write such as 09:00-20:00, or closed", name)
        return standard
    return Window(opens, closes)


def _milestones(branch: Branch | None, zone: ZoneInfo) -> dict[str, datetime]:
    if branch is None:
        return {}
    branch.allow(*MILESTONES)
    return {kind: branch.moment(kind, zone) for kind in MILESTONES if branch.has(kind)}


def _override(branch: Branch) -> Override:
    branch.allow("gate", "by", "role", "reason", "on")
    role = branch.one_of("role", ROLES)
    return Override(branch.text("gate"), branch.text("by"), role, branch.text("reason"), _day(branch, "on"))
