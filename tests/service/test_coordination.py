"""What a coordinator does: launch through the gates, close, decide. Each leaves its entry in the audit trail, or nothing at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from bot.problems import InputRefused
from campaigns.decisions import DecisionTexts, read_decision
from campaigns.definition_files import read_definition
from campaigns.quiet_hours import is_open
from service.commands.campaigns import read_folder
from service.coordination import close_now, enter_decision, launch_campaign
from service.readiness import CampaignFolder
from store.areas import import_areas
from store.campaigns import get_campaign, list_waves, set_status
from store.people import import_people
from store.promises import get_decision, list_milestones
from store.schema import audit_entry, campaign, participation, survey_version, wave
from tests.console.village import Place, ring
from tests.service.hall import DAY, Hall, Resident, number_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "torget"
PLACES = [Place(f"SJ0{n}", f"Sjövik {n}", ring(12 + n / 10, 58, 12.1 + n / 10, 58.1)) for n in range(1, 7)]


@cache
def example() -> CampaignFolder:
    return read_folder(EXAMPLE)


def changed(old: str, new: str) -> CampaignFolder:
    text = (EXAMPLE / "campaign.yaml").read_text()
    assert old in text
    return CampaignFolder(read_definition(text.replace(old, new), "campaign.yaml"), example().xform)


def decision() -> DecisionTexts:
    data = (EXAMPLE / "decision.yaml").read_bytes()
    return read_decision(data, "decision.yaml", languages=example().definition.languages)


def settle_in(hall: Hall) -> None:
    residents = [Resident(f"r{n}", {"sms": number_of(n)}, area=f"SJ0{n % 6 + 1}") for n in range(12)]
    residents.append(Resident("mute", {"fax": "1"}, area="SJ01"))
    hall.do(lambda c: import_areas(c, PLACES))
    hall.do(lambda c: import_people(c, residents, hall.vault, BEFORE))


BEFORE = example().definition.opens_at - 5 * DAY


def launch(hall: Hall, folder: CampaignFolder | None = None):
    return hall.do(lambda c: launch_campaign(c, folder or example(), ["sms", "email"], BEFORE, "Karin"))


def test_a_launch_reaches_its_audience_and_says_whom(hall: Hall) -> None:
    settle_in(hall)
    report = launch(hall)
    assert (report.added, report.unreachable, report.by_channel) == (10, 1, {"sms": 10})
    [entry] = hall.rows(audit_entry)
    assert (entry.actor, entry.action, entry.subject) == ("Karin", "launched", "campaign torget")
    assert entry.details == {"recipients": 10, "unreachable": 1, "overridden": []}
    kinds = [(w.kind, w.number, w.status) for w in hall.do(lambda c: list_waves(c, "torget"))]
    assert kinds == [("invitation", 1, "planned"), ("reminder", 1, "planned"), ("reminder", 2, "planned")]
    promised = [m.kind for m in hall.do(lambda c: list_milestones(c, "torget"))]
    assert promised == ["receipt", "status", "you_said", "decision"]


def test_a_refused_launch_lists_every_gate_and_leaves_nothing(hall: Hall) -> None:
    settle_in(hall)
    folder = changed("  lawful_basis: public_task\n", "")
    folder = replace(folder, definition=replace(folder.definition, closes_at=folder.definition.decision_at))
    with pytest.raises(InputRefused) as refused:
        launch(hall, folder)
    places = [problem.place for problem in refused.value.problems]
    assert len(places) >= 2
    assert any(place.startswith("charter.lawful_basis") for place in places)
    assert any(place.startswith("closes_before_decision") for place in places)
    assert all(problem.remedy for problem in refused.value.problems)
    assert [hall.count(table) for table in (campaign, participation, audit_entry)] == [0, 0, 0]


def test_a_gate_that_was_lifted_is_launched_and_written_down(hall: Hall) -> None:
    settle_in(hall)
    line = "    - {body: management_group, by: Management group § 8, on: 2026-02-16}\n"
    with pytest.raises(InputRefused):
        launch(hall, changed(line, ""))
    lifted = changed(line, "")
    text = (EXAMPLE / "campaign.yaml").read_text().replace(line, "")
    text += "\noverrides:\n  - {gate: approvals.management_group, by: Jonas Brandt, role: decision_maker, reason: Urgent, on: 2026-02-20}\n"
    lifted = CampaignFolder(read_definition(text, "campaign.yaml"), example().xform)
    launch(hall, lifted)
    [entry] = hall.rows(audit_entry)
    word = {"gate": "approvals.management_group", "by": "Jonas Brandt", "reason": "Urgent"}
    assert entry.details["overridden"] == [word]


def test_a_launched_campaign_is_not_launched_again(hall: Hall) -> None:
    settle_in(hall)
    launch(hall)
    with pytest.raises(InputRefused, match="was launched on"):
        launch(hall, changed("  sv: Stora torget\n", "  sv: Lilla torget\n"))
    assert hall.count(audit_entry) == 1
    assert hall.count(survey_version) == 1
    assert get_title(hall) == "Stora torget"


def get_title(hall: Hall) -> str:
    return str(hall.do(lambda c: get_campaign(c, "torget").definition["title"]["sv"]))


def test_closing_stops_what_still_asks(hall: Hall) -> None:
    settle_in(hall)
    launch(hall)
    now = example().definition.opens_at + DAY
    hall.do(lambda c: close_now(c, "torget", now, "Karin"))
    assert {row.status for row in hall.rows(wave)} == {"cancelled"}
    with pytest.raises(InputRefused, match="not open"):
        hall.do(lambda c: close_now(c, "torget", now, "Karin"))
    assert [entry.action for entry in hall.rows(audit_entry)] == ["launched", "closed"]


def test_nothing_is_decided_while_answers_are_taken(hall: Hall) -> None:
    settle_in(hall)
    launch(hall)
    with pytest.raises(InputRefused, match="answers are still taken"):
        hall.do(lambda c: enter_decision(c, example().definition, decision(), BEFORE, "Jonas"))
    assert hall.do(lambda c: get_decision(c, "torget")) is None


@pytest.mark.parametrize("hour", [3, 10, 23])
def test_feedback_is_due_in_open_hours_and_never_before_it_was_promised(small_hall: Hall, hour: int) -> None:
    hall = small_hall
    made = example().definition
    settle_in(hall)
    launch(hall)
    late = made.feedback_at.replace(hour=hour) + 3 * DAY
    hall.do(lambda c: close_now(c, "torget", made.closes_at, "Karin"))
    early = hall.do(lambda c: enter_decision(c, made, decision(), made.decision_at, "Jonas"))
    assert early == made.feedback_at
    again = hall.do(lambda c: enter_decision(c, made, decision(), late, "Jonas"))
    assert is_open(again, made.plan.quiet_hours)
    assert late <= again < late + timedelta(days=1)
    [planned] = hall.rows(wave, wave.c.kind == "feedback")
    assert planned.due_at == again


def test_what_residents_were_told_is_not_decided_otherwise(hall: Hall) -> None:
    made = example().definition
    settle_in(hall)
    launch(hall)
    hall.do(lambda c: close_now(c, "torget", made.closes_at, "Karin"))
    hall.do(lambda c: enter_decision(c, made, decision(), made.decision_at, "Jonas"))
    hall.do(lambda c: set_status(c, "torget", "fed_back"))
    other = replace(decision(), case_ref="SBN 2026/0999")
    with pytest.raises(InputRefused, match="has been told"):
        hall.do(lambda c: enter_decision(c, made, other, made.feedback_at + DAY, "Jonas"))
    kept = hall.do(lambda c: get_decision(c, "torget"))
    assert kept.case_ref == "SBN 2026/0114"
