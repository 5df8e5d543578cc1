"""The command line: quick to answer because it imports nothing heavy, and honest about bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "aiogram",
    "twilio",
    "sqlalchemy",
    "sqlmodel",
    "pydantic",
    "pyxform",
    "starlette",
    "altair",
    "babel",
    "aiosmtplib",
    "lxml",
    "prometheus_client",
    "opentelemetry",
    "dns",
)


def genklang(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GENKLANG_")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "GENKLANG_SECRET_KEY": "k" * 40, **settings}
    environment["GENKLANG_DATABASE_URL"] = f"sqlite:///{folder / 'genklang.db'}"
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; import service.cli; print(' '.join(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not [name for name in HEAVY if name in told.split()]


@pytest.mark.parametrize("arguments", [(), ("survey",), ("campaign",), ("people",), ("outbox",), ("audit",)])
def test_every_group_of_commands_explains_itself(arguments: tuple[str, ...], tmp_path: Path) -> None:
    told = genklang(*arguments, "--help", folder=tmp_path)
    assert told.returncode == 0
    assert "Usage" in told.stdout


def test_a_broken_row_is_told_with_its_place_and_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "residents.csv").write_text(
        "ref,language,protected,source,lawful_basis,sms\n"
        "r1,sv,no,register,public_task,+46701740605\n"
        "r2,sv,no,register,public_task,not a number\n"
    )
    told = genklang("people", "import", "residents.csv", folder=tmp_path)
    assert told.returncode == 2
    assert "residents.csv: row 3, column sms" in told.stderr
    assert "not a number" not in told.stderr
    again = genklang("people", "import", "residents.csv", "--dry-run", folder=tmp_path)
    assert again.returncode == 2
    (tmp_path / "one.csv").write_text(
        "ref,language,protected,source,lawful_basis,sms\nr1,sv,no,register,public_task,+46701740605\n"
    )
    assert "1 residents added, 0 updated" in genklang("people", "import", "one.csv", folder=tmp_path).stdout


def test_broken_areas_are_told_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "areas.geojson").write_text('{"type": "FeatureCollection",\n "features": [{"type": "Feature"]}')
    told = genklang("areas", "import", "areas.geojson", folder=tmp_path)
    assert told.returncode == 2
    assert "areas.geojson: line 2" in told.stderr


def test_a_broken_campaign_file_is_told_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "campaign.yaml").write_text("id: Torget på våren\nlanguages: [sv]\nopens_at: yesterday\n")
    told = genklang("campaign", "check", str(tmp_path), folder=tmp_path)
    assert told.returncode == 2
    assert "campaign.yaml: line 1, column" in told.stderr
    assert "line 3" in told.stderr


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "survey.xlsx").write_bytes(b"\x00\x01 no workbook")
    told = genklang("survey", "check", "survey.xlsx", folder=tmp_path)
    assert told.returncode == 2
    assert "survey.xlsx" in told.stderr


def test_an_unknown_campaign_is_an_answer_not_a_crash(tmp_path: Path) -> None:
    told = genklang("campaign", "status", "nowhere", folder=tmp_path)
    assert told.returncode == 2
    assert "nowhere" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_missing_secret_is_asked_for(tmp_path: Path) -> None:
    told = genklang("people", "import", __file__, folder=tmp_path, GENKLANG_SECRET_KEY="")
    assert told.returncode == 2
    assert "GENKLANG_SECRET_KEY" in told.stderr


def test_the_page_of_commands_is_written_from_this_code(tmp_path: Path) -> None:
    told = genklang("commands", folder=tmp_path).stdout
    assert (ROOT / "docs" / "commands.md").read_text() == told, "run: make docs"


def test_a_survey_is_checked_without_any_settings(tmp_path: Path) -> None:
    survey = ROOT / "examples" / "torget" / "survey.xlsx"
    told = genklang("survey", "check", str(survey), folder=tmp_path, GENKLANG_SECRET_KEY="")
    assert told.returncode == 0
    assert "Questions: shortest way 6, longest way 8." in told.stdout
    assert "Counted with the texts of the campaign torget." in told.stdout


def test_a_survey_with_a_trap_ends_with_2_and_machines_get_it_as_json(tmp_path: Path) -> None:
    (tmp_path / "survey.md").write_text(
        "| survey |\n| | type | name | label | constraint | required |\n"
        "| | integer | n | How many? | . > 5 and . < 3 | yes |\n"
    )
    told = genklang("survey", "check", "survey.md", "--json", folder=tmp_path)
    assert told.returncode == 2
    data = json.loads(told.stdout)
    assert not data["is_ok"]
    assert data["problems"][0]["place"] == "sheet survey, row 2, column constraint (D)"


def test_a_survey_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "survey.md").write_text("| survey |\n| | type | name | label |\n| | txet | n | Q |\n")
    told = genklang("survey", "check", "survey.md", folder=tmp_path)
    assert told.returncode == 2
    assert "survey.md: sheet survey, row 2, column type (A)" in told.stderr


def test_a_campaigns_texts_are_told_even_while_gates_are_closed(tmp_path: Path) -> None:
    told = genklang("campaign", "check", str(ROOT / "examples" / "torget"), folder=tmp_path)
    assert "survey.xlsx: 6 to 8 questions, 5 languages" in told.stdout
    assert "campaign.yaml: plain language: sv easy" in told.stdout
