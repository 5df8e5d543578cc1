"""What stands between a campaign and its launch (R1–R8). Policy gates yield to a decision-maker's reason, legal gates and plain facts to nobody (R6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from campaigns.audience import youngest_age
from campaigns.charter import missing_parts
from campaigns.definition import Definition, Override
from campaigns.people import CONTACT_AGE

MAX_QUESTIONS_ON_SMS = 9
MANY_QUESTIONS = 5
DECIDING_ROLE = "decision_maker"


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that stands in the way. `name` is what an override in campaign.yaml calls it."""

    name: str
    kind: Literal["policy", "legal", "fact"]
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name} ({self.kind}): {self.what} — {self.remedy}"


def launch_gates(
    definition: Definition,
    now: datetime,
    *,
    question_count: int | None = None,
    drafts: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Gate, ...]:
    """Everything that still stands in the way, a line for each; empty when the campaign may be launched.

    `question_count` is how many questions the survey asks; None when it is not known yet. `drafts` is how many of the
    system's own texts no person has approved, by language.
    """
    lifted = {override.gate for override in _valid_overrides(definition)}
    return tuple(
        gate
        for gate in _unmet(definition, now, question_count, drafts)
        if gate.kind != "policy" or not _is_lifted(gate.name, lifted)
    )


def used_overrides(
    definition: Definition,
    now: datetime,
    *,
    question_count: int | None = None,
    drafts: Mapping[str, int] = MappingProxyType({}),
) -> tuple[tuple[Gate, Override], ...]:
    """The policy gates that a decision-maker lifted, each with the word that lifted it: for the log at launch."""
    overrides = list(_valid_overrides(definition))
    return tuple(
        (gate, override)
        for gate in _unmet(definition, now, question_count, drafts)
        if gate.kind == "policy"
        for override in overrides
        if _is_lifted(gate.name, {override.gate})
    )


def launch_warnings(
    definition: Definition, *, question_count: int, drafts: Mapping[str, int] = MappingProxyType({})
) -> tuple[str, ...]:
    """What may be launched but should be thought over."""
    counts = ", ".join(f"{code} {drafts[code]}" for code in definition.languages if drafts.get(code))
    warnings = [f"Drafts among the system's own texts that no person has approved: {counts}."] if counts else []
    if question_count > MANY_QUESTIONS:
        warnings.append(f"The survey asks {question_count} questions; above {MANY_QUESTIONS} many stop before the end.")
    return tuple(warnings)


def _valid_overrides(definition: Definition) -> Iterator[Override]:
    for override in definition.overrides:
        if override.role == DECIDING_ROLE and override.reason.strip():
            yield override


def _is_lifted(name: str, lifted: set[str]) -> bool:
    """A word for a whole part ("charter.benefit") also lifts its languages ("charter.benefit.so")."""
    return any(name == gate or name.startswith(f"{gate}.") for gate in lifted)


def _unmet(
    definition: Definition, now: datetime, question_count: int | None, drafts: Mapping[str, int]
) -> Iterator[Gate]:
    for name, problem in missing_parts(definition.charter, definition.languages).items():
        yield Gate(name, "policy", problem.what, problem.remedy)
    yield from _questions(definition, question_count)
    yield from _level(definition)
    yield from _approvals(definition)
    yield from _dates(definition, now)
    yield from _drafts(definition, drafts)
    yield from _law(definition)
    yield from _idle_overrides(definition)


def _questions(definition: Definition, question_count: int | None) -> Iterator[Gate]:
    """R2: without both attestations only information may be sent out."""
    is_information = definition.charter.level == "information"
    if question_count == 0 or (question_count is None and is_information):
        return
    if is_information:
        remedy = "leave the questions out, or let a decision-maker set another level"
        yield Gate("questions", "policy", "The level is information, but the survey asks questions.", remedy)
    attested = definition.charter.attestations
    for name, signature, what in (
        ("question_open", attested.question_open, "Nobody attests that the question is open."),
        ("decision_makers_open", attested.decision_makers_open, "Nobody attests that those who decide are open."),
    ):
        if signature is None:
            remedy = f"add attestations: {name} with by, role and on, or send information only"
            yield Gate(f"attestations.{name}", "policy", what, remedy)
    if "sms" in definition.plan.channels and (question_count or 0) > MAX_QUESTIONS_ON_SMS:
        what = f"The survey asks {question_count} questions, too many for SMS."
        remedy = f"ask at most {MAX_QUESTIONS_ON_SMS}, or leave sms out of the plan"
        yield Gate("sms_questions", "policy", what, remedy)


def _level(definition: Definition) -> Iterator[Gate]:
    """R3: the elected decide the level."""
    signature = definition.charter.level_set
    if definition.charter.level and (signature is None or signature.role != DECIDING_ROLE):
        remedy = f"add level_set with by, role: {DECIDING_ROLE} and on"
        yield Gate("level_set", "policy", "The level was not set by a decision-maker.", remedy)


def _approvals(definition: Definition) -> Iterator[Gate]:
    """R4."""
    given = {approval.body for approval in definition.charter.approvals}
    for body in definition.plan.required_approvals:
        if body not in given:
            remedy = f"add an approval with body: {body}, by and on"
            yield Gate(f"approvals.{body}", "policy", f"The approval of {body} is missing.", remedy)


def _dates(definition: Definition, now: datetime) -> Iterator[Gate]:
    """R5: early, while the question is open."""
    closing, deciding = definition.local_day(definition.closes_at), definition.local_day(definition.decision_at)
    if closing >= deciding:
        what = f"The answers close on {closing}, not before the decision on {deciding}."
        yield Gate("closes_before_decision", "policy", what, "close earlier or decide later")
    if definition.closes_at <= now:
        what = f"The answers closed on {closing} already."
        yield Gate("closes_at", "fact", what, "set opens_at and closes_at in the time to come")
    matter = definition.charter.matter
    if not matter.is_dialogue_used or matter.decided is None or not matter.case_ref:
        remedy = "add matter with case_ref, is_dialogue_used: yes, and decided with by, role and on"
        yield Gate("matter", "policy", "It is not recorded that this matter shall have a dialogue.", remedy)


def _drafts(definition: Definition, drafts: Mapping[str, int]) -> Iterator[Gate]:
    """Machine drafts reach nobody whose municipality asks for a person's approval first."""
    if not definition.refuses_drafts:
        return
    for language in definition.languages:
        if count := drafts.get(language, 0):
            what = f"In {language} {count} of the system's own texts are drafts that no person has approved."
            remedy = (
                "have somebody who speaks it read them and take the mark “draft” away in the catalog, or leave it out"
            )
            yield Gate(f"drafts.{language}", "policy", what, remedy)


def _law(definition: Definition) -> Iterator[Gate]:
    charter = definition.charter
    if not charter.lawful_basis:
        remedy = "write lawful_basis, such as public_task (GDPR article 6)"
        yield Gate("charter.lawful_basis", "legal", "The lawful basis for the personal data is not written.", remedy)
    if not charter.controller:
        remedy = "write controller: the committee that answers for the data"
        yield Gate("charter.controller", "legal", "Nobody is named as controller of the personal data.", remedy)
    if charter.is_statutory and not charter.law:
        remedy = "write law: the act and section"
        yield Gate("charter.law", "legal", "The dialogue is required by law, but no law is named.", remedy)
    if youngest_age(definition.audience) < CONTACT_AGE and charter.lawful_basis == "consent":
        remedy = f"set min_age: {CONTACT_AGE} or more in the target group"
        yield Gate("age", "legal", f"Children under {CONTACT_AGE} cannot consent to this themselves.", remedy)


def _idle_overrides(definition: Definition) -> Iterator[Gate]:
    """An override that does not count is said, so that nobody relies on it."""
    for override in definition.overrides:
        if override.role != DECIDING_ROLE:
            what = f"The override of {override.gate} is not by a decision-maker."
            yield Gate(f"overrides.{override.gate}", "policy", what, f"have it signed with role: {DECIDING_ROLE}")
