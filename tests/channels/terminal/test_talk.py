"""A survey held in the shell: lines go in, texts come out."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from channels.terminal import Paper, Record, talk, title_of
from channels.terminal.screen import Screen
from locales import translation
from tests.bot.talk.surveys import ENGINE, NOW, PARK, survey

ROOT = Path(__file__).parents[3]


def held(*lines: str, language: str = "sv", is_json: bool = False, is_interactive: bool = False) -> tuple[str, str]:
    out = StringIO()
    teller = Record(out) if is_json else Paper(out)
    dialogue = talk(
        survey(),
        ENGINE,
        translation,
        language=language,
        lines=lines,
        teller=teller,
        now=lambda: NOW,
        is_interactive=is_interactive,
    )
    return out.getvalue(), dialogue.phase


def test_each_line_is_answered_and_the_end_of_lines_ends_it():
    text, phase = held("ja\n", "1, 2\n")
    assert phase == "asking"
    assert (
        text.index("Välkommen till parken.")
        < text.index("1 Ja\n2 Nej")
        < text.index("1 Går")
        < text.index("Hur gammal är du?")
    )


def test_it_speaks_the_wanted_language():
    assert "Do you use the park?" in held(language="en")[0]


def test_json_is_one_line_a_turn_and_the_first_is_the_opening():
    text, phase = held("nej", "25", "x", "ja", is_json=True)
    turns = [json.loads(line) for line in text.splitlines()]
    assert all(set(turn) == {"said", "events", "texts"} for turn in turns)
    assert [turn["said"] for turn in turns] == [None, "nej", "25", "x", "ja"]
    assert turns[0]["events"] == [{"event": "Shown", "path": "/data/hello"}, {"event": "Asked", "path": "/data/uses"}]
    assert {"event": "Answered", "path": "/data/age", "value": "25"} in turns[2]["events"]
    assert "Hur gammal är du?" in turns[1]["texts"][0]
    assert phase == "finished"


def test_piped_lines_go_on_after_the_end():
    text, phase = held("nej", "25", "x", "ja", "ändra 2", "26", is_json=True)
    last = json.loads(text.splitlines()[-1])
    assert last["events"] == [
        {"event": "Corrected", "path": "/data/age", "old": "25", "new": "26"},
        {"event": "Finished"},
    ]
    assert phase == "finished"


def test_with_a_person_an_empty_line_says_nothing_until_the_end_where_it_ends():
    text, phase = held("", "nej", "", "25", "x", "ja", "", "hej", is_interactive=True)
    assert phase == "finished"
    assert "Förlåt" not in text
    assert text.endswith("Skriv MINA om du vill se eller ändra dina svar.\n\n")


def test_with_a_person_stop_ends_it():
    assert held("stopp", "hej", is_interactive=True)[1] == "opted_out"


def test_the_screen_shows_the_question_its_choices_and_what_was_stored():
    console = Console(file=StringIO(), width=60, highlight=False, markup=False, emoji=False)
    screen = Screen(console)
    screen.open(survey(), ["Svenska", "English"], "park")
    lines = ["ja", "1", "25", "[bold]", "ja"]
    left = talk(
        survey(), ENGINE, translation, language="sv", lines=lines, teller=screen, now=lambda: NOW, is_interactive=True
    )
    screen.close(survey(), left)
    shown = console.file.getvalue()
    for part in ("Svenska, English", "Använder du parken?", " 1  Ja", "Nothing is left to ask.", "more [bold]"):
        assert part in shown
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= 60


# --- as a command


@pytest.fixture
def park(tmp_path) -> Path:
    path = tmp_path / "park.md"
    path.write_text(PARK, encoding="utf-8")
    return path


def run(*args: str, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "service", "talk", *args]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, input=given, capture_output=True, env=env, cwd=ROOT, check=False, timeout=120)


def test_lines_are_read_as_they_are_piped_whatever_the_locale(park):
    given = "\ufeffnej\r\n\r\n25\nmer b\rät ".encode() + b"\xff\xfe\n" + "räksmörgås".encode()
    done = run(str(park), "--lang", "sv", "--json", given=given, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    turns = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [turn["said"] for turn in turns] == [None, "nej", "", "25", "mer b\rät \ufffd\ufffd", "räksmörgås"]
    assert turns[2]["events"][0] == {"event": "Misunderstood", "path": "/data/age", "reason": "number"}
    assert turns[4]["events"][0]["value"] == "mer b\rät \ufffd\ufffd"


def test_nothing_piped_in_gives_the_opening_alone(park):
    done = run(str(park), "--json")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    assert json.loads(done.stdout)["said"] is None


def test_an_unknown_language_ends_with_those_there_are(park):
    done = run(str(park), "--lang", "tlh")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "sv (Svenska), en (English), ar (العربية)" in done.stderr.decode()


def test_a_neighbouring_language_is_taken(park):
    assert "Do you use the park?" in run(str(park), "--lang", "en-GB").stdout.decode()


def test_a_survey_that_cannot_be_used_ends_with_what_to_mend(tmp_path):
    path = tmp_path / "bad.md"
    path.write_text("| survey |\n| | type | name | label |\n| | sing | a | A |\n", encoding="utf-8")
    done = run(str(path), "--json", given=b"ja\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"sing" in done.stderr


def test_in_a_terminal_a_person_is_prompted_and_ctrl_d_ends(park):
    leader, follower = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "service", "talk", str(park)]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=env, cwd=ROOT) as process:
        os.close(follower)
        shown = _read_until(leader, b"> ")
        for keys in (b"nej\n", b"\x04"):
            os.write(leader, keys)
            shown += _read_until(leader, b"> " if keys == b"nej\n" else b"")
        assert process.wait(timeout=60) == 0
    os.close(leader)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert text.index("Använder du parken?") < text.index("Hur gammal är du?") < text.index("Stored:")
    assert "uses n" in text


def _read_until(leader: int, prompt: bytes) -> bytes:
    """What the terminal shows until it prompts, or until it closes; gives up after a minute of silence."""
    shown = b""
    while select.select([leader], [], [], 60)[0]:
        chunk = _read(leader)
        shown += chunk
        if not chunk or (prompt and shown.endswith(prompt)):
            break
    return shown


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # Linux says so when the other side has closed
        return b""


def test_a_survey_without_a_title_is_called_by_its_file():
    form = survey()
    assert form.title == "data"
    assert title_of(form, "park") == "park"
    assert title_of(form, "") == "data"
    titled = survey(f"{PARK}| settings |\n| | form_title |\n| | Parken |\n")
    assert title_of(titled, "park") == "Parken"
