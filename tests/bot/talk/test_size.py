"""What a dialogue costs while it waits: 30 questions in groups, half of them answered, some of them changed."""

from __future__ import annotations

import json

from bot.contents import Said
from bot.dialogues import Dialogue
from tests.bot.talk.surveys import ENGINE, NOW, survey

MOST_BYTES = 3000
KINDS = ("select_one places", "integer", "text", "select_multiple places", "select_one places")
ANSWERS = ("2", "25", "Jag vill ha fler bänkar i skuggan och bättre ljus vid gångvägen till skolan", "1, 3", "4")
CHOICES = "\n".join(
    f"| | places | {name} | {name.replace('_', ' ')} |"
    for name in ("by_the_river", "at_the_square", "near_the_school", "somewhere_else")
)


def form_of_thirty():
    rows = []
    for number in range(30):
        if number % 6 == 0:
            rows += ["| | end group | | | |"] if number else []
            rows.append(f"| | begin group | about_the_park_{number // 6} | Om parken | |")
        relevant = f"${{how_often_and_why_{number - 1}}} != ''" if number % 6 == 3 else ""
        rows.append(f"| | {KINDS[number % 5]} | how_often_and_why_{number} | Fråga {number}? | {relevant} |")
    table = "\n".join(["| survey |", "| | type | name | label | relevant |", *rows, "| | end group | | | |"])
    return survey(f"{table}\n| choices |\n| | list_name | name | label |\n{CHOICES}\n")


def test_a_waiting_dialogue_costs_less_than_three_thousand_bytes():
    form = form_of_thirty()
    dialogue = ENGINE.invite(form, language="sv", opens_with_question=True, now=NOW).dialogue
    for number in range(15):
        dialogue = ENGINE.reply(form, dialogue, Said(text=ANSWERS[number % 5]), now=NOW).dialogue
    for text in ("ändra 2", "26", "ångra", "ändra 5", "1"):
        dialogue = ENGINE.reply(form, dialogue, Said(text=text), now=NOW).dialogue
    assert len(dialogue.answered) == 15
    stored = json.dumps(dialogue.to_data())
    assert len(stored.encode()) < MOST_BYTES
    assert Dialogue.from_data(json.loads(stored)) == dialogue
