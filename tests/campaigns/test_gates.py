"""No launch while a promise is missing; policy yields to a decision-maker's reason, law to nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.charter import TEXTS
from campaigns.definition_files import read_definition
from campaigns.gates import launch_gates, launch_warnings, used_overrides
from tests.campaigns.definitions import BEFORE, changed, example, without

OVERRIDE = (
    "\noverrides:\n  - {{gate: {gate}, by: Jonas Brandt, role: {role}, reason: Asked in another way, on: 2026-02-20}}\n"
)


def names(text: str, questions: int = 8) -> list[str]:
    return [gate.name for gate in launch_gates(read_definition(text), BEFORE, question_count=questions)]


def test_the_example_may_be_launched() -> None:
    assert launch_gates(example(), BEFORE, question_count=8) == ()


@pytest.mark.parametrize("part", sorted(TEXTS))
def test_each_missing_part_of_the_charter_is_a_line_of_its_own(part: str) -> None:
    assert names(without(part)) == [f"charter.{part}"]


def test_everything_missing_is_listed_at_once() -> None:
    found = names(without("charter"))
    assert {f"charter.{part}" for part in TEXTS} <= set(found)
    assert {
        "charter.level",
        "charter.target_groups",
        "charter.baseline_source",
        "charter.phase",
        "charter.kind",
    } <= set(found)
    assert {"attestations.question_open", "attestations.decision_makers_open", "matter", "charter.lawful_basis"} <= set(
        found
    )
    assert {"approvals.management_group", "approvals.responsible_politician"} <= set(found)


@pytest.mark.parametrize(
    ("old", "new", "gate"),
    [
        ("    fi: Vastauksesi auttavat meitä tekemään torin, joka sopii useammalle.\n", "", "charter.benefit.fi"),
        ("role: decision_maker, on: 2026-02-11}", "role: coordinator, on: 2026-02-11}", "level_set"),
        (
            "    - {body: management_group, by: Management group § 8, on: 2026-02-16}\n",
            "",
            "approvals.management_group",
        ),
        ("closes_at: 2026-03-23 18:00", "closes_at: 2026-04-22 08:00", "closes_before_decision"),
        ("is_dialogue_used: yes", "is_dialogue_used: no", "matter"),
        ("is_statutory: no", "is_statutory: yes", "charter.law"),
        ("  lawful_basis: public_task\n", "", "charter.lawful_basis"),
        ("level: consultation", "level: information", "questions"),
    ],
)
def test_a_gate_stands_in_the_way(old: str, new: str, gate: str) -> None:
    assert names(changed(old, new)) == [gate]


def test_without_attestations_only_information_may_be_sent() -> None:
    text = without("attestations")
    assert names(text) == ["attestations.question_open", "attestations.decision_makers_open"]
    assert names(text, questions=0) == []


def test_approvals_are_configurable() -> None:
    text = without("approvals").replace(
        "required_approvals: [management_group, responsible_politician]", "required_approvals: []"
    )
    assert names(text) == []


def test_children_cannot_consent_themselves() -> None:
    text = changed("min_age: 16", "min_age: 10").replace("lawful_basis: public_task", "lawful_basis: consent")
    assert names(text) == ["age"]


def test_a_decision_makers_reason_lifts_a_policy_gate_and_is_there_for_the_log() -> None:
    text = without("benefit") + OVERRIDE.format(gate="charter.benefit", role="decision_maker")
    assert names(text) == []
    [(gate, override)] = used_overrides(read_definition(text), BEFORE, question_count=8)
    assert (gate.name, override.by, override.reason) == ("charter.benefit", "Jonas Brandt", "Asked in another way")


def test_a_coordinators_reason_lifts_nothing() -> None:
    text = without("benefit") + OVERRIDE.format(gate="charter.benefit", role="coordinator")
    assert names(text) == ["charter.benefit", "overrides.charter.benefit"]


def test_nobody_lifts_a_legal_gate() -> None:
    text = changed("  lawful_basis: public_task\n", "") + OVERRIDE.format(
        gate="charter.lawful_basis", role="decision_maker"
    )
    assert names(text) == ["charter.lawful_basis"]


def test_what_is_over_cannot_be_launched() -> None:
    gates = launch_gates(example(), example().closes_at + timedelta(days=1), question_count=8)
    assert [(gate.name, gate.kind) for gate in gates] == [("closes_at", "fact")]


def test_more_than_nine_questions_do_not_go_by_sms() -> None:
    assert [gate.name for gate in launch_gates(example(), BEFORE, question_count=10)] == ["sms_questions"]
    assert launch_warnings(example(), question_count=6)
    assert not launch_warnings(example(), question_count=5)


def test_drafts_keep_a_campaign_that_refuses_them_from_its_launch() -> None:
    drafts = {"sv": 0, "so": 137, "yi": 400}
    assert launch_gates(example(), BEFORE, question_count=8, drafts=drafts) == ()
    refusing = read_definition(changed("languages:", "refuses_drafts: yes\nlanguages:"))
    [gate] = launch_gates(refusing, BEFORE, question_count=8, drafts=drafts)
    assert (gate.name, gate.kind) == ("drafts.so", "policy")
    assert "137" in gate.what
    assert "catalog" in gate.remedy
    lifted = read_definition(
        changed("languages:", "refuses_drafts: yes\nlanguages:")
        + OVERRIDE.format(gate="drafts.so", role="decision_maker")
    )
    assert launch_gates(lifted, BEFORE, question_count=8, drafts=drafts) == ()
    [(gate, _)] = used_overrides(lifted, BEFORE, question_count=8, drafts=drafts)
    assert gate.name == "drafts.so"


def test_how_many_drafts_there_are_is_told_in_any_case() -> None:
    [told] = launch_warnings(example(), question_count=3, drafts={"sv": 2, "so": 137})
    assert "sv 2" in told
    assert "so 137" in told
    assert launch_warnings(example(), question_count=3, drafts={"sv": 0}) == ()
