"""`genklang survey walk`: one line a step in the agreed shape, and clear words for answers that cannot be taken."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from service.cli import main

SURVEY = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | relevant | constraint | required |
| | integer | age | Hur gammal? | How old? | | . < 120 | yes |
| | select_multiple l | parks | Vilka? | | ${age} > 17 | | |
| | begin repeat | child | Barn | Child | | | |
| | text | name | Namn? | Name? | | | |
| | end repeat | | | | | | |
| | note | bye | Hej ${age} | Bye ${age} | | | |
| | select_one_from_file towns.csv | town | Var? | Where? | | | |
| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) |
| | l | a | A | A |
| | l | b | B | B |
"""


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command on the survey; gives exit code, lines and words."""
    (tmp_path / "park.md").write_text(SURVEY)
    (tmp_path / "towns.csv").write_text("name,label\nale,Ale\n")

    def run(answers: str, *, piped: bool = False) -> tuple[int, list[dict], str]:
        (tmp_path / "answers.json").write_text(answers)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(answers.encode())))
        arguments = [
            "genklang",
            "survey",
            "walk",
            str(tmp_path / "park.md"),
            "--answers",
            "-" if piped else str(tmp_path / "answers.json"),
        ]
        monkeypatch.setattr(sys, "argv", arguments)
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, [json.loads(line) for line in printed.out.splitlines()], printed.err

    return run


def test_each_step_is_one_line(walk):
    code, lines, _ = walk(
        '[["/data/age", "130"], ["/data/age", 20], ["/data/parks", ["b", "a"]], ["@repeat", "/data/child"],'
        ' ["/data/child[2]/name", "Bo"], ["@lang", "English (en)"], ["/data/town", "ale"]]'
    )
    assert code == 0
    assert [line["after"] for line in lines][:3] == [None, ["/data/age", "130"], ["/data/age", 20]]
    first, broken, _, chosen, grown, named, spoken, last = (line["state"] for line in lines)
    assert first["/data/age"] == {
        "relevant": True, "required": True, "valid": False, "value": "", "label": "Hur gammal?"
    }  # fmt: skip
    assert broken["/data/age"]["value"] == "130"
    assert not broken["/data/age"]["valid"]
    assert chosen["/data/parks"]["value"] == "a b"
    assert grown["/data/child[2]/name"]["label"] == "Namn?"
    assert named["/data/child[2]/name"]["value"] == "Bo"
    assert spoken["/data/bye"]["label"].strip() == "Bye 20"
    assert spoken["/data/parks"]["label"] == "-"  # as the form has it: nobody has translated it
    assert last["/data/town"]["value"] == "ale"


def test_answers_can_be_piped_in(walk):
    code, lines, _ = walk('[["/data/age", "20"]]', piped=True)
    assert code == 0
    assert lines[1]["state"]["/data/age"]["value"] == "20"
    code, lines, said = walk("[[", piped=True)
    assert (code, lines) == (2, [])
    assert "standard input: line 1" in said


def test_an_instance_can_go(walk):
    _, lines, _ = walk('[["@repeat", "/data/child"], ["/data/child[2]/name", "Bo"], ["@remove", "/data/child[1]"]]')
    assert "/data/child[2]" not in lines[-1]["state"]
    assert lines[-1]["state"]["/data/child[1]/name"]["value"] == "Bo"


def test_answers_that_are_not_there_are_told(walk, tmp_path, monkeypatch, capsys):
    arguments = ["genklang", "survey", "walk", str(tmp_path / "park.md"), "--answers", str(tmp_path / "none.json")]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "none.json" in capsys.readouterr().err


def test_dates_count_in_the_time_zone_of_the_machine(walk, tmp_path, monkeypatch):
    (tmp_path / "park.md").write_text(
        "| survey |\n| | type | name | calculation |\n| | calculate | d | number(date('2026-07-01')) * 24 |\n"
        "| | calculate | w | number(date('2026-01-01')) * 24 |\n"
    )
    monkeypatch.setenv("TZ", "Europe/Stockholm")
    _, lines, _ = walk("[]")
    hours = {
        path: float(node["value"]) % 24 for path, node in lines[0]["state"].items() if path in ("/data/d", "/data/w")
    }
    assert hours == {"/data/d": 22, "/data/w": 23}


def test_an_answer_to_a_note_changes_nothing_and_is_noted(walk):
    code, lines, said = walk('[["/data/bye", "x"]]')
    assert code == 0
    assert lines[0]["state"] == lines[1]["state"]
    assert "answer 1" in said


def test_an_irrelevant_answer_is_kept_and_shown_when_it_counts(walk):
    _, lines, _ = walk('[["/data/parks", ["a"]], ["/data/age", "18"]]')
    assert [line["state"]["/data/parks"]["value"] for line in lines] == ["", "", "a"]


@pytest.mark.parametrize(
    ("answers", "place", "remedy"),
    [
        ("{", "line 1, column", "JSON list"),
        ('{"a": 1}', "answers.json", "JSON list"),
        ('[["/data/age"]]', "answer 1", "[path, value]"),
        ('[["/data/age", "1"], ["age", "1"]]', "answer 2", "[path, value]"),
        ('[["/data/age", {"a": 1}]]', "answer 1", "[path, value]"),
        ('[["/data/agee", "1"]]', "answer 1", "/data/age"),
        ('[["/data/child[2]/name", "Bo"]]', "answer 1", "@repeat"),
        ('[["@lang", "Suomi"]]', "answer 1", "Svenska (sv)"),
        ('[["/data/agee", "1"]]', "the closest is /data/age", "/data/age"),
        ('[["@repeat", "/data/age"]]', "answer 1", "/data/child"),
        ('[["@remove", "/data/child[3]"]]', "answer 1", "/data/child[2]"),
        ('[["@remove", "/data/child"]]', "answer 1", "/data/child[2]"),
        ('[["@lang", ["English (en)"]]]', "answer 1", "one text"),
        ('[["@forget", "/data/age"]]', "answer 1", "@remove"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_place_and_remedy(walk, answers, place, remedy):
    code, lines, said = walk(answers)
    assert (code, lines) == (2, [])
    assert place in said
    assert remedy in said
