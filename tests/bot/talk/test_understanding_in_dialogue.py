"""Understanding over several turns: what is asked back is answered, and an answer goes before a foreign command."""

from __future__ import annotations

from bot.contents import Said
from bot.engine import Engine
from bot.events import Answered, Misunderstood, OptedOut, Skipped, WentBack
from bot.lexicon import Lexicon
from locales import load_lexicon
from tests.bot.talk.surveys import KINDS, NOW, survey
from tests.fuzz.dialogues import TOWN

MOMENTS = """
| survey |
| | type | name | label | required |
| | time | clock | Vilken tid? | |
| | geopoint | where | Var? | |
| | integer | age | Ålder? | yes |
| | select_one yn | sure | Säkert? | |
| choices |
| | list_name | name | label |
| | yn | y | Ja |
| | yn | n | Nej |
"""


def hold(markdown: str, *texts: str, lexicon: Lexicon | None = None, language: str = "sv"):
    """The events of each turn."""
    engine, form = Engine(lexicon or load_lexicon(), TOWN), survey(markdown)
    dialogue = engine.invite(form, language=language, opens_with_question=True, now=NOW).dialogue
    turns = []
    for text in texts:
        turn = engine.reply(form, dialogue, Said(text=text), now=NOW)
        dialogue = turn.dialogue
        turns.append(turn.events)
    return turns


def answered(events) -> list[str]:
    return [event.value for event in events if isinstance(event, Answered)]


def test_a_time_on_the_dial_is_asked_back_and_settled_by_number_or_part_of_day():
    asked, settled = hold(MOMENTS, "halv tre", "2")
    misunderstood = next(event for event in asked if isinstance(event, Misunderstood))
    assert misunderstood.reason == "ambiguous"
    assert misunderstood.suggestions == ("02:30:00", "14:30:00")
    assert misunderstood.candidates == ("02:30", "14:30")
    assert answered(settled)[0].startswith("14:30:00")
    assert answered(hold(MOMENTS, "halv tre", "på kvällen")[1])[0].startswith("14:30:00")


def test_a_place_of_two_names_is_asked_back_and_settled_by_name():
    turns = hold(MOMENTS, "14:30", "torg", "torggatan")
    asked = next(event for event in turns[1] if isinstance(event, Misunderstood))
    assert asked.candidates == ("Torget", "Torggatan")
    assert answered(turns[2]) == ["57.931 12.114 0.0 0.0"]


def test_two_numbers_are_asked_back_and_settled_by_the_number_itself():
    turns = hold(MOMENTS, "14:30", "torget", "mellan 3 och 4", "4")
    asked = next(event for event in turns[2] if isinstance(event, Misunderstood))
    assert asked.candidates == ("3", "4")
    assert answered(turns[3]) == ["4"]


def test_not_knowing_leaves_an_optional_question_out_and_a_required_one_open():
    turns = hold(MOMENTS, "vet ej", "vet inte", "ingen aning")
    assert any(isinstance(event, Skipped) for event in turns[0])
    assert any(isinstance(event, Skipped) for event in turns[1])
    assert [event.reason for event in turns[2] if isinstance(event, Misunderstood)] == ["required"]


def test_an_answer_goes_before_a_foreign_command_and_an_opt_out_before_all():
    lexicon = Lexicon.build(
        {
            "sv": {"words": {"yes": ["ja"], "no": ["nej"]}},
            "xx": {"commands": {"back": ["alfa beta gamma", "tolv"], "stop": ["gamma"]}, "numbers": {}},
            "yy": {"numbers": {"plain": {"12": ["tolv"]}}},
        }
    )
    assert any(isinstance(event, Answered) for event in hold(KINDS, "alfa beta gamma", lexicon=lexicon)[0])
    assert hold(KINDS, "gamma", lexicon=lexicon)[0] == (OptedOut(),)
    turns = hold(MOMENTS, "14:30", "torget", "tolv", lexicon=lexicon)
    assert answered(turns[2]) == ["12"]
    turns = hold(MOMENTS, "14:30", "torget", "tolv", lexicon=lexicon, language="xx")
    assert any(isinstance(event, WentBack) for event in turns[2])


def test_what_no_document_can_hold_is_left_out_of_an_answer():
    text = "| survey |\n| | type | name | label |\n| | text | a | Vad? |\n"
    assert answered(hold(text, "en\x07 bänk\ud800\x00")[0]) == ["en bänk"]
    assert answered(hold(text, "\u202een bänk\u202c")[0]) == ["\u202een bänk\u202c"]
