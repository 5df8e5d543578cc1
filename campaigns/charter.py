"""What a dialogue promises before it begins (R1–R8). Whether it may be launched is judged in `gates`; how residents see it in `cards`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.problems import Problem

Level = Literal["information", "consultation", "dialogue", "influence", "co_decision"]
LEVELS: tuple[Level, ...] = ("information", "consultation", "dialogue", "influence", "co_decision")
Texts = Mapping[str, str]

# Names of the charter's texts as they stand in campaign.yaml, with what each of them says.
TEXTS = {
    "purpose": "why the question is asked",
    "benefit": "what good the answers do",
    "goal": "what should have been reached when the dialogue is over",
    "can_change": "what the answers can change",
    "cannot_change": "what they cannot change",
    "committee": "which committee is responsible",
    "handling": "how answers are taken care of",
    "who_decides": "who decides",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """Who said so, in which role, on which day, and in which record."""

    by: str
    role: str
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """That a body stands behind the dialogue (R4): "management_group", "responsible_politician" or another that is required."""

    body: str
    by: str
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attestations:
    """That the question is open and that those who decide are open (R2)."""

    question_open: Signature | None = None
    decision_makers_open: Signature | None = None


@dataclass(frozen=True, slots=True)
class AffectedGroup:
    """A group that the matter touches, and how (R7)."""

    name: Texts
    how: Texts


@dataclass(frozen=True, slots=True)
class Matter:
    """The matter, and the answer to “should residents be asked?” with its reason (R5)."""

    case_ref: str = ""
    is_dialogue_used: bool = True
    reason: str = ""
    decided: Signature | None = None


@dataclass(frozen=True, slots=True)
class Charter:
    """The charter. Whatever is not written is empty, so that everything missing can be listed at once."""

    purpose: Texts = field(default_factory=dict)
    benefit: Texts = field(default_factory=dict)
    goal: Texts = field(default_factory=dict)
    can_change: Texts = field(default_factory=dict)
    cannot_change: Texts = field(default_factory=dict)
    committee: Texts = field(default_factory=dict)
    handling: Texts = field(default_factory=dict)
    who_decides: Texts = field(default_factory=dict)
    level: str = ""
    level_set: Signature | None = None
    target_groups: tuple[AffectedGroup, ...] = ()
    baseline_source: str = ""
    attestations: Attestations = field(default_factory=Attestations)
    approvals: tuple[Approval, ...] = ()
    matter: Matter = field(default_factory=Matter)
    phase: str = ""
    kind: str = ""
    is_statutory: bool = False
    law: str = ""
    controller: str = ""
    lawful_basis: str = ""


def missing_parts(charter: Charter, languages: Collection[str]) -> dict[str, Problem]:
    """Every part of the charter that is not written (R1, R7, R8), by its name in campaign.yaml; a text must be in all `languages`."""
    missing = {}
    for name, meaning in TEXTS.items():
        missing.update(_missing_text(f"charter.{name}", getattr(charter, name), meaning, languages))
    for name, value, meaning in (
        ("level", charter.level, f"the level of participation ({', '.join(LEVELS)})"),
        ("baseline_source", charter.baseline_source, "where the population figures come from"),
        ("phase", charter.phase, "decision or implementation"),
        ("kind", charter.kind, "resident, service_user or staff"),
        ("target_groups", charter.target_groups, "at least one group that is affected, and how"),
    ):
        if not value:
            missing[f"charter.{name}"] = Problem(f"The charter has no {name}.", f"write {meaning}")
    for number, group in enumerate(charter.target_groups, start=1):
        for name, texts, meaning in (
            ("name", group.name, "what it is called"),
            ("how", group.how, "how it is affected"),
        ):
            missing.update(_missing_text(f"charter.target_groups.{number}.{name}", texts, meaning, languages))
    return missing


def _missing_text(name: str, texts: Texts, meaning: str, languages: Collection[str]) -> dict[str, Problem]:
    without = [code for code in languages if not texts.get(code, "").strip()]
    short = name.removeprefix("charter.")
    if len(without) == len(languages):
        return {name: Problem(f"The charter has no {short}.", f"write {meaning}, in every language")}
    return {
        f"{name}.{code}": Problem(f"The charter's {short} is not written in {code}.", f"write {meaning} in {code}")
        for code in without
    }
