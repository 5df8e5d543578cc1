"""A survey held in the shell: lines go in, texts come out."""

from __future__ import annotations

import json
from io import StringIO

from channels.terminal import talk
from locales import translation
from tests.bot.talk.surveys import ENGINE, NOW, survey


def held(*lines: str, language: str = "sv", **how: bool) -> tuple[str, str]:
    out = StringIO()
    dialogue = talk(survey(), ENGINE, translation, language=language, lines=lines, out=out, now=lambda: NOW, **how)
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


def test_json_is_one_line_a_turn():
    text, phase = held("nej", "25", "x", "ja", is_json=True)
    turns = [json.loads(line) for line in text.splitlines()]
    assert [turn["said"] for turn in turns] == [None, "nej", "25", "x", "ja"]
    assert {"event": "Answered", "path": "/data/age", "value": "25"} in turns[2]["events"]
    assert "Hur gammal är du?" in turns[1]["texts"][0]
    assert phase == "finished"


def test_held_with_a_person_it_prompts_and_ends_when_nothing_is_left():
    text, phase = held("stopp", "hej", is_interactive=True)
    assert phase == "opted_out"
    assert text.count("> ") == 1
