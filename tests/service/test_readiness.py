"""`campaign check` says what `campaign launch` would: every refusal of a launch, in the same words, and nothing written."""

from __future__ import annotations

import ast
import inspect
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

import campaigns.gates
from service.clock import SharedClock
from store.campaigns import Dates, save_campaign
from store.schema import audit_entry, campaign, message, milestone, participation, survey_version, wave
from tests.service.hall import Hall
from tests.service.test_commands import Run, genklang
from tests.service.test_coordination import BEFORE, EXAMPLE, changed, example, launch, settle_in

__all__ = ["genklang"]
Edits = tuple[tuple[str, str], ...]
TABLES = (campaign, survey_version, wave, milestone, participation, message, audit_entry)
NO_CHANNELS = ("GENKLANG_TELEGRAM_TOKEN", "GENKLANG_SMS_ACCOUNT_SID", "GENKLANG_EMAIL_HOST")
SIGNED = "    question_open: {by: Karin Ekdahl, role: coordinator, on: 2026-02-12, note: No proposal is chosen and no contract is signed}\n"
OPEN = "    decision_makers_open: {by: Jonas Brandt, role: decision_maker, on: 2026-02-12}\n"
APPROVAL = "    - {body: management_group, by: Management group § 8, on: 2026-02-16}\n"
OVERRIDE = "\noverrides:\n  - {gate: x, by: Karin, role: coordinator, reason: Urgent, on: 2026-02-20}\n"
POLYGON = "  polygon: POLYGON((1 1, 1 2, 2 2, 2 1, 1 1))\n"
AREAS = "areas: [SJ01, SJ02, SJ03, SJ04, SJ05]"


def nothing(_: Hall) -> None:
    """The database stays as it is."""


def launch_before(hall: Hall) -> None:
    launch(hall)


def make_newer(hall: Hall) -> None:
    hall.do(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))


@dataclass(frozen=True)
class Refusal:
    """What is changed of the example that can be launched, and what is told then."""

    told: str
    edits: Edits = ()
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Hall], None] = nothing


REFUSALS = {
    # the folder
    "no campaign.yaml": Refusal("has no campaign.yaml", files={"campaign.yaml": None}),
    "no YAML": Refusal("This is not YAML", (("id: torget", "id: [torget"),)),
    "a word that is not known": Refusal("line 8, column 1", (("opens_at:", "open_at:"),)),
    "a time that never comes": Refusal(
        "campaign.yaml: line 11, column 14: feedback_at: clocks in Europe/Stockholm never show 2027-03-28 02:30",
        (("feedback_at: 2026-04-24 10:00", "feedback_at: 2027-03-28 02:30"),),
    ),
    "a time that comes twice": Refusal(
        "2027-10-31 02:30+02:00 is the first time",
        (("feedback_at: 2026-04-24 10:00", "feedback_at: 2027-10-31 02:30"),),
    ),
    "no time that can be reckoned with": Refusal("in the year 9999", (("2026-04-24 10:00", "9999-12-31 23:00"),)),
    "what no database keeps": Refusal("an escape that is no character", (("  en: The main square", r'  en: "a\0b"'),)),
    "half of a character": Refusal("an escape that is no character", (("  en: The main square", r'  en: "\ud83d"'),)),
    "a survey that is no workbook": Refusal("survey.xlsx", files={"survey.xlsx": b"\x00\x01 no workbook"}),
    # the installation
    "no secret": Refusal("GENKLANG_SECRET_KEY", settings={"GENKLANG_SECRET_KEY": ""}),
    "a setting that cannot be used": Refusal("GENKLANG_EMAIL_SECURITY", settings={"GENKLANG_EMAIL_SECURITY": "some"}),
    "half of a channel's credentials": Refusal("set GENKLANG_SMS_AUTH_TOKEN", settings={"GENKLANG_SMS_AUTH_TOKEN": ""}),
    "no channel in use": Refusal("plan.channels: No message can leave", settings=dict.fromkeys(NO_CHANNELS, "")),
    "a plan for channels that are not there": Refusal(
        "none of the plan's channels (pigeon, web) is in use here", (("[telegram, sms, email]", "[pigeon, web]"),)
    ),
    "a server that is away": Refusal(
        "The database cannot be used",
        settings={"GENKLANG_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/nowhere"},
    ),
    "a file that is no database": Refusal(
        "The database", settings={"GENKLANG_DATABASE_URL": f"sqlite:///{Path(__file__).parent}"}
    ),
    "a newer version's database": Refusal("by a newer version", prepare=make_newer),
    # what only the database knows
    "an unknown area": Refusal("audience: The audience names an unknown area “SJ77”", (("SJ05]", "SJ77]"),)),
    "an unknown group": Refusal(
        "audience: Nobody is in a group named “choir”", (("min_age: 16}", "min_age: 16, groups: [choir]}"),)
    ),
    "an unknown list": Refusal("Nobody is in a group named “park”", ((AREAS, "interest: [park]"),)),
    "a polygon around nothing": Refusal(
        "No area lies at least half inside", ((f"    - {AREAS}\n", f"    -{POLYGON[1:]}"),)
    ),
    "launched before": Refusal("id: A campaign torget was launched on 2026-03-04 already", prepare=launch_before),
    # the gates
    "charter.purpose": Refusal(
        "charter.purpose.fi (policy)",
        (("    fi: Suurtori uudistetaan vuonna 2027. Haluamme tietää, mitä toivot.\n", ""),),
    ),
    "questions": Refusal("questions (policy)", (("level: consultation", "level: information"),)),
    "attestations.question_open": Refusal("attestations.question_open (policy)", ((SIGNED, ""),)),
    "attestations.decision_makers_open": Refusal("attestations.decision_makers_open (policy)", ((OPEN, ""),)),
    "level_set": Refusal("level_set (policy)", (("§ 14, role: decision_maker", "§ 14, role: coordinator"),)),
    "approvals": Refusal("approvals.management_group (policy)", ((APPROVAL, ""),)),
    "closes_before_decision": Refusal("closes_before_decision (policy)", (("2026-03-23 18:00", "2026-04-22 12:00"),)),
    "closes_at": Refusal(
        "closes_at (fact)", (("2026-03-09 09:00", "2026-01-09 09:00"), ("2026-03-23 18:00", "2026-01-23 18:00"))
    ),
    "matter": Refusal("matter (policy)", (("    case_ref: SBN 2026/0114\n", ""),)),
    "drafts": Refusal("drafts.so (policy)", (("time_zone:", "refuses_drafts: yes\ntime_zone:"),)),
    "charter.lawful_basis": Refusal("charter.lawful_basis (legal)", (("  lawful_basis: public_task\n", ""),)),
    "charter.controller": Refusal(
        "charter.controller (legal)", (("  controller: Samhällsbyggnadsnämnden, Sjöviks kommun\n", ""),)
    ),
    "charter.law": Refusal("charter.law (legal)", (("is_statutory: no", "is_statutory: yes"),)),
    "age": Refusal("age (legal)", (("public_task", "consent"), ("min_age: 16", "min_age: 7"))),
    "overrides": Refusal("overrides.x (policy)", (("audience:\n", f"{OVERRIDE.lstrip()}\naudience:\n"),)),
}
NOT_IN_THE_EXAMPLE = {"sms_questions"}  # it would need a survey of ten questions: see tests/campaigns/test_gates.py


@pytest.fixture(autouse=True)
def _before_it_opens(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands' clock; the hall's stands in another year."""
    if {"hall", "small_hall"} & set(request.fixturenames):
        request.getfixturevalue("hall" if "hall" in request.fixturenames else "small_hall")
        SharedClock(tmp_path / "early", start=BEFORE)
        monkeypatch.setenv("GENKLANG_CLOCK_FILE", str(tmp_path / "early"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example as a folder of its own."""
    shutil.copytree(EXAMPLE, tmp_path / "torget")
    return tmp_path / "torget"


def written(hall: Hall) -> list[int]:
    return [hall.count(table) for table in TABLES]


def edit(folder: Path, edits: Edits, files: Mapping[str, bytes | None]) -> None:
    told = (folder / "campaign.yaml").read_text()
    for old, new in edits:
        assert old in told
        told = told.replace(old, new, 1)
    (folder / "campaign.yaml").write_text(told)
    for name, data in files.items():
        (folder / name).unlink()
        if data is not None:
            (folder / name).write_bytes(data)


@pytest.mark.parametrize("name", REFUSALS)
def test_what_a_launch_refuses_the_check_refuses_in_the_same_words(
    hall: Hall, genklang: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    refusal = REFUSALS[name]
    settle_in(hall)
    refusal.prepare(hall)
    edit(folder, refusal.edits, refusal.files)
    for variable, value in refusal.settings.items():
        monkeypatch.setenv(variable, value)
    before = written(hall)
    checked, launched = genklang("campaign", "check", str(folder)), genklang("campaign", "launch", str(folder))
    assert (checked.code, launched.code) == (2, 2)
    assert refusal.told in checked.err
    assert checked.err == launched.err
    assert "can be launched" not in checked.out
    assert written(hall) == before


def test_no_gate_is_left_out_of_the_table() -> None:
    """Read from the gates' own code, so that a new one asks for its line here."""
    calls = [
        node.args[0]
        for node in ast.walk(ast.parse(inspect.getsource(campaigns.gates)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Gate"
    ]
    named = {
        str(part.value).rstrip(".")
        for call in calls
        for part in (call.values[:1] if isinstance(call, ast.JoinedStr) else [call])
        if isinstance(part, ast.Constant)
    }
    missing = {gate for gate in named if not any(f"{gate}" in refusal.told for refusal in REFUSALS.values())}
    assert missing == NOT_IN_THE_EXAMPLE


def test_what_the_check_lets_through_is_launched_and_reaches_whom_it_said(
    hall: Hall, genklang: Run, folder: Path
) -> None:
    settle_in(hall)
    made = example().definition
    dates = Dates(made.opens_at, made.closes_at, made.decision_at, made.feedback_at)
    hall.do(
        lambda c: save_campaign(c, "torget", made.to_data(), dates, xform=None, now=BEFORE)
    )  # a draft is no hindrance
    before = written(hall)
    checked = genklang("campaign", "check", str(folder))
    assert (checked.code, checked.err) == (0, "")
    assert "torget can be launched: 10 residents would be invited, 1 cannot be reached.\n" in checked.out
    assert written(hall) == before
    launched = genklang("campaign", "launch", str(folder))
    assert launched.code == 0
    assert "10 residents will be invited, 1 cannot be reached" in launched.out


def test_a_channel_without_credentials_is_noted(
    hall: Hall, genklang: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_in(hall)
    monkeypatch.setenv("GENKLANG_SMS_ACCOUNT_SID", "")
    monkeypatch.setenv("GENKLANG_SMS_AUTH_TOKEN", "")
    monkeypatch.setenv("GENKLANG_SMS_MESSAGING_SERVICE_SID", "")
    told = genklang("campaign", "check", str(folder))
    assert "Note: Nobody is invited by sms: it is in the plan, but sends nothing here." in told.out
    assert "torget can be launched: 0 residents would be invited, 11 cannot be reached.\n" in told.out


def test_without_a_database_it_says_what_it_could_not_check_and_makes_none(
    small_hall: Hall, genklang: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENKLANG_DATABASE_URL", f"sqlite:///{folder / 'var' / 'new.db'}")
    told = genklang("campaign", "check", str(folder))
    assert told.code == 0
    assert (
        "Note: Not checked, since there is no database yet: whether the audience's areas and groups are known"
        in told.out
    )
    assert "torget can be launched, as far as can be seen without the database.\n" in told.out
    assert not (folder / "var").exists()


def test_tables_of_an_older_version_are_not_asked(hall: Hall, genklang: Run, folder: Path) -> None:
    hall.do(lambda c: c.execute(text("DELETE FROM alembic_version")))
    told = genklang("campaign", "check", str(folder))
    assert told.code == 0
    assert "Note: Not checked, since the database's tables are not up to date" in told.out
    assert hall.do(lambda c: c.execute(text("SELECT count(*) FROM alembic_version")).scalar()) == 0


def test_ages_are_those_of_the_year_in_which_it_opens_where_it_lives(hall: Hall, genklang: Run, folder: Path) -> None:
    """00:30 on New Year's Day in Sweden is still the old year in UTC: whoever turns 16 in the new one is asked."""
    settle_in(hall)  # everybody is born in 1980
    edits = (
        ("2026-03-09 09:00", "2027-01-01 00:30"),
        ("2026-03-23 18:00", "2027-01-23 18:00"),
        ("decision_at: 2026", "decision_at: 2027"),
        ("feedback_at: 2026", "feedback_at: 2027"),
        ("min_age: 16", "min_age: 47"),
    )
    edit(folder, edits, {})
    checked, launched = genklang("campaign", "check", str(folder)), genklang("campaign", "launch", str(folder))
    assert "10 residents would be invited" in checked.out, checked.err
    assert "10 residents will be invited" in launched.out, launched.err
    assert changed("min_age: 16", "min_age: 47").definition.opening_year == 2026
