"""What a conversation does beyond answers: rewritten messages, pages of choices, proxies, greetings, long rests, ground that goes away."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.contents import Said
from bot.dialogues import Dialogue
from bot.events import (
    Answered,
    Asked,
    Began,
    ConstraintBroken,
    Corrected,
    Declined,
    EraseAsked,
    EraseConfirmed,
    Finished,
    Greeted,
    HelpAsked,
    LanguageOffered,
    MineAsked,
    Misunderstood,
    OptedOut,
    Paged,
    PersonAsked,
    ProxyDeclared,
    Resumed,
    SetAside,
    Shown,
    Skipped,
    WentBack,
    WhoAsked,
    as_data,
)
from bot.sendouts import reminder
from bot.understanding import Understood
from bot.wordings import Manner, words_to_write
from channels.rendering import numbered
from locales import codes, translation
from tests.bot.talk.surveys import BRIEFING, ENGINE, FILTERED, KINDS, NOW, REPEATS, WISHES, Resident, survey

OTHERS = """
| survey |
| | type | name | label | constraint |
| | select_one things or_other | thing | Vad saknas? | |
| | text | last | Mer? | |
| choices |
| | list_name | name | label |
| | things | bench | Bänk |
| | things | tree | Träd |
"""

CLOCKED = """
| survey |
| | type | name | label | relevant |
| | text | early | Före tolv? | format-date(now(), '%H') < '13' |
| | text | last | Mer? | |
"""


def rewritten(resident: Resident, path: str, text: str) -> Resident:
    turn = ENGINE.reply(resident.form, resident.dialogue, Said(text=text), now=NOW, corrects=path)
    resident.dialogue, resident.events, resident.entry = turn.dialogue, turn.events, turn.entry
    return resident


# --- in every language


@pytest.mark.parametrize("code", codes())
def test_the_words_we_tell_people_to_write_work_at_an_open_question_in_every_language(code):
    words = words_to_write(translation(code))
    expected = {
        "stop": OptedOut(),
        "help": HelpAsked(),
        "language": LanguageOffered(),
        "back": WentBack("/data/uses"),
        "mine": MineAsked(),
        "erase": EraseAsked(),
        "who": WhoAsked(),
        "skip": Skipped("/data/does"),
        "person": PersonAsked(),
    }
    for name, event in expected.items():
        assert Resident().says("ja", words[name]).events[0] == event, name
    assert Resident().says("ja", f"{words['change']} 1").events[0] == WentBack("/data/uses")
    own = Resident(survey(WISHES), language=code)
    assert own.says(words["erase"], words["yes"]).events == (EraseConfirmed(),)


# --- an earlier message, written anew


def test_a_rewritten_message_corrects_what_it_had_answered_and_the_open_question_stands():
    resident = rewritten(Resident().says("ja", "1", "25"), "/data/does", "leker")
    assert resident.events == (Corrected("/data/does", "walk", "play"), Asked("/data/more"))


def test_a_rewritten_message_runs_the_skip_logic_again():
    resident = rewritten(Resident().says("ja", "1", "25"), "/data/uses", "nej")
    assert resident.events[:2] == (Corrected("/data/uses", "y", "n"), SetAside("/data/does"))
    assert resident.is_asked("more")


def test_a_rewritten_message_that_is_not_understood_asks_its_question_once_more():
    resident = rewritten(Resident().says("ja", "1", "25"), "/data/does", "blubb")
    assert resident.events == (WentBack("/data/does"), Asked("/data/does"), Misunderstood("/data/does", "choice"))
    assert resident.answer("does") == "walk"
    assert resident.says("2").events == (Corrected("/data/does", "walk", "play"), Asked("/data/more"))


def test_a_rewritten_answer_that_the_survey_refuses_asks_its_question_once_more():
    resident = rewritten(Resident().says("ja", "1", "25"), "/data/age", "150")
    assert resident.events[-1] == ConstraintBroken("/data/age", "Högst 120.")
    assert resident.is_asked("age")
    assert resident.answer("age") == "25"
    assert "Hur gammal är du?" in resident.text()


def test_a_message_rewritten_to_the_same_answer_changes_nothing():
    resident = rewritten(Resident().says("ja", "1"), "/data/does", "1")
    assert resident.events == (Asked("/data/age"),)


def test_a_finished_dialogue_takes_a_rewritten_answer():
    resident = rewritten(Resident().says("nej", "25", "x", "ja"), "/data/age", "26")
    assert resident.events == (Corrected("/data/age", "25", "26"), Finished())


def test_a_message_rewritten_to_stop_opts_out():
    assert rewritten(Resident().says("ja", "1"), "/data/does", "stopp").events == (OptedOut(),)


def test_a_message_rewritten_to_a_command_is_that_command():
    assert rewritten(Resident().says("ja", "1"), "/data/does", "hjälp").events == (HelpAsked(), Asked("/data/age"))


def test_a_rewritten_answer_to_a_question_that_is_gone_is_no_answer_to_another():
    resident = rewritten(Resident().says("ja", "1", "ändra 1", "nej"), "/data/does", "2")
    assert resident.was_told(Misunderstood)
    assert resident.answer("age") == ""
    assert resident.is_asked("age")


def test_a_rewritten_answer_to_the_open_question_is_simply_said():
    resident = rewritten(Resident().says("ja"), "/data/does", "2")
    assert resident.answer("does") == "play"


def test_ticks_of_the_open_question_do_not_slip_into_a_rewritten_answer():
    resident = Resident(survey(WISHES)).says("park")
    resident = rewritten(resident, "/data/wish", "simhall")
    assert resident.dialogue.offered == ("bath",)


# --- pages of choices


def test_another_page_updates_the_message_and_stays_while_boxes_are_ticked():
    resident = Resident().says("ja").presses("!page.2.1")
    assert resident.events == (Paged("/data/does", 1),)
    content = resident.hears(has_buttons=True)[0]
    assert (content.is_update, content.page) == (True, 1)
    assert resident.presses("2.3").hears(has_buttons=True)[0].page == 1
    assert resident.presses("!done.2").hears(has_buttons=True)[0].page == 0


@pytest.mark.parametrize("choice", ["!page.1.1", "!page.9.1"])
def test_a_page_of_another_question_is_not_turned(choice):
    assert Resident().says("ja").presses(choice).events == ()


@pytest.mark.parametrize("choice", ["!page.2.x", "!page.2.-1", "!page.2.²", "!page.2.99999", "!page.2"])
def test_a_page_that_there_is_not_is_a_button_out_of_date(choice):
    resident = Resident().says("ja").presses(choice)
    assert resident.events == (Misunderstood("/data/does", "stale"),)
    assert resident.dialogue.page == 0


def test_turning_a_page_does_not_begin_the_survey():
    assert Resident().presses("!page.1.1").dialogue.phase == "invited"


# --- who answers, and who should


def test_a_proxy_is_noted_and_the_question_stands():
    resident = Resident().says("ja", "ombud")
    assert resident.events == (ProxyDeclared(), Asked("/data/does"))
    assert "åt någon annan" in resident.text()


def test_a_proxy_can_say_so_before_the_first_question_and_after_the_last():
    assert Resident(opens_with_question=False).says("ombud").events == (ProxyDeclared(),)
    assert Resident().says("nej", "25", "x", "ja", "ombud").events == (ProxyDeclared(),)


def test_a_person_is_offered_by_a_word_that_works():
    resident = Resident().says("ja", "kanhända", "kanhända")
    assert "Skriv MÄNNISKA om du vill prata med en människa." in resident.text()
    assert resident.says("MÄNNISKA").events == (PersonAsked(), Asked("/data/does"))
    assert "Vi har fört vidare" in resident.text()


def test_the_third_failure_is_shorter_than_the_second_and_each_is_worded_anew():
    resident = Resident().says("ja")
    texts = [numbered(resident.says(*said).hears()[0]) for said in ((), *[("kanhända",)] * 4)]
    assert len(set(texts[:4])) == 4
    assert len(texts[3]) < len(texts[2])
    assert texts[4] == texts[3]


def test_where_there_are_buttons_the_question_is_never_left_out():
    resident = Resident().says("ja", *["kanhända"] * 5)
    content = resident.hears(has_buttons=True)[0]
    assert [option.label for option in content.options] == ["Går", "Leker", "Sitter"]


def test_a_button_out_of_date_is_no_failure():
    resident = Resident().says("ja").presses("9.9", "9.9", "9.9")
    assert resident.dialogue.tries == 0
    assert "MÄNNISKA" not in resident.text()


# --- greetings


@pytest.mark.parametrize("word", ["hej", "Hej!", "tack", "hello", "thanks"])
def test_a_greeting_repeats_the_question_and_is_no_failure(word):
    resident = Resident().says("ja", word)
    assert resident.events == (Greeted(), Asked("/data/does"))
    assert resident.dialogue.tries == 0


def test_a_greeting_to_an_invitation_is_told_how_to_begin():
    resident = Resident(opens_with_question=False).says("hej")
    assert resident.events == (Greeted(),)
    assert "Svara JA för att börja." in resident.text()
    assert "Förlåt" not in resident.text()
    assert [action.value for action in resident.hears(has_buttons=True)[0].actions] == ["!begin", "!stop"]


def test_a_greeting_to_an_invitation_with_a_question_does_not_answer_it():
    resident = Resident(survey(REPEATS)).says("hej")
    assert resident.events == (Greeted(), Asked("/data/child[1]/name"))
    assert resident.dialogue.answered == ()


def test_thanks_as_free_text_are_kept_as_they_were_typed():
    resident = Resident().says("nej", "25", "tack")
    assert resident.answer("more") == "tack"


def test_one_who_has_opted_out_is_told_who_asks_and_asked_nothing():
    assert Resident().says("ja", "stopp", "vem").events == (WhoAsked(),)


def test_a_greeting_to_one_who_declined_is_told_how_to_begin_after_all():
    assert Resident(opens_with_question=False).says("nej", "hej").events == (Declined(),)


# --- after a long rest


def test_after_a_rest_a_greeting_takes_the_conversation_up_where_it_was():
    resident = Resident().says("ja", "1", "25").rests(hours=30).says("hej")
    assert resident.events == (Resumed(3), Greeted(), Asked("/data/more"))
    assert "Välkommen tillbaka. Du har svarat på 3 av 5 frågor." in resident.text()
    assert resident.answer("more") == ""


def test_after_a_rest_an_answer_is_an_answer():
    resident = Resident().says("ja", "1").rests(hours=200).says("25")
    assert resident.events == (Resumed(3), Answered("/data/age", "25"), Asked("/data/more"))
    assert "Du har svarat på 3 av 5 frågor." in resident.text()


def test_after_a_rest_earlier_failures_are_forgotten():
    resident = Resident().says("ja", "kanhända", "kanhända").rests(hours=7).says("kanhända")
    assert resident.dialogue.tries == 1
    assert "MÄNNISKA" not in resident.text()


def test_a_short_pause_is_no_rest():
    assert Resident().says("ja").rests(hours=5.9).says("1").events[0] == Answered("/data/does", "walk")


def test_nobody_is_welcomed_back_to_commands_the_end_or_a_stop():
    assert Resident().says("ja").rests(hours=30).says("stopp").events == (OptedOut(),)
    finished = Resident().says("nej", "25", "x").rests(hours=30).says("ja")
    assert finished.events == (Answered("/data/again", "y"), Finished())
    assert "Välkommen tillbaka" not in Resident().says("ja").rests(hours=30).says("hjälp").text()


def test_what_stands_now_says_how_far_one_had_come():
    resident = Resident().says("ja").rests(hours=30)
    assert ENGINE.current(resident.form, resident.dialogue, now=resident.now)[0] == Resumed(1)


# --- "other" in one's own words


def test_what_is_said_beside_other_answers_the_question_behind_it():
    resident = Resident(survey(OTHERS))
    resident.take(Understood("other", rest="en papperskorg"))
    assert resident.events[1:] == (
        Answered("/data/thing", "other"),
        Answered("/data/thing_other", "en papperskorg"),
        Asked("/data/last"),
    )


def test_what_is_said_beside_another_choice_is_dropped():
    resident = Resident(survey(OTHERS))
    resident.take(Understood("tree", rest="en ek"))
    assert resident.events[1:] == (Answered("/data/thing", "tree"), Asked("/data/last"))


def test_other_alone_asks_for_the_words():
    resident = Resident(survey(OTHERS)).says("3")
    assert resident.is_asked("thing_other")
    assert "Skriv med egna ord vad du menar." in resident.text()


# --- ground that goes away


def clocked() -> Resident:
    resident = Resident(survey(CLOCKED))
    assert resident.is_asked("early")
    return resident.rests(hours=2)


def test_an_answer_to_a_question_whose_time_is_past_is_no_answer_to_the_next():
    resident = clocked().says("bra")
    assert resident.events == (Asked("/data/last"),)
    assert resident.says("mer").answer("last") == "mer"


def test_commands_and_buttons_work_when_the_open_question_is_past():
    assert clocked().says("stopp").events == (OptedOut(),)
    assert clocked().says("hjälp").events == (HelpAsked(), Asked("/data/last"))
    assert clocked().presses("!skip.1").events[-1] == Asked("/data/last")
    assert clocked().shares(57.9, 12.1).events == (Asked("/data/last"),)
    resident = clocked()
    assert ENGINE.current(resident.form, resident.dialogue, now=resident.now) == (Asked("/data/last"),)


def test_a_reminder_of_a_question_whose_time_is_past_asks_the_next():
    resident = clocked()
    resident.dialogue = replace(resident.dialogue, phase="asking")
    t = translation("sv")
    told = reminder(resident.form, resident.dialogue, briefing=BRIEFING, t=t, now=resident.now, manner=Manner())
    assert "Mer?" in told.text
    assert "Före tolv?" not in told.text


def test_an_offer_of_one_more_that_is_gone_is_passed_over():
    form = survey(REPEATS)
    resident = Resident(form).says("Ada")
    moved = survey(REPEATS.replace("begin repeat", "begin group").replace("end repeat", "end group"))
    resident.form = moved
    assert resident.says("ja").dialogue.phase == "asking"


@pytest.mark.parametrize("other", [WISHES, KINDS, FILTERED, REPEATS, CLOCKED])
@pytest.mark.parametrize("said", [("ja", "1", "25"), ("nej",), ("ja", "1", "25", "x", "ja"), ("ja", "kanske")])
def test_a_dialogue_goes_on_in_another_version_of_its_survey(other, said):
    for before, after in ((survey(), survey(other)), (survey(other), survey())):
        resident = Resident(before).says(*said)
        resident.form = after
        for text in ("hej", "1", "mina", "ändra 1", "2"):
            resident.says(text)
            for manner in ({}, {"has_buttons": True}):
                for content in resident.hears(**manner):
                    assert content.text


def test_a_survey_of_notes_alone_is_shown_and_done():
    form = survey("| survey |\n| | type | name | label |\n| | note | n | Läs det här. |\n")
    resident = Resident(form)
    assert resident.events[1:] == (Shown("/data/n"), Finished())


# --- as data


def test_an_event_leaves_out_what_is_as_usual():
    assert as_data(Answered("/data/bus", "y")) == {"event": "Answered", "path": "/data/bus", "value": "y"}
    assert as_data(Asked("/data/child", is_repeat=True)) == {"event": "Asked", "path": "/data/child", "is_repeat": True}
    assert as_data(Began()) == {"event": "Began"}
    assert as_data(Misunderstood("/data/a", "ambiguous", ("x", "y"), tries=2)) == {
        "event": "Misunderstood",
        "path": "/data/a",
        "reason": "ambiguous",
        "suggestions": ["x", "y"],
        "tries": 2,
    }


def test_a_dialogue_stored_in_the_first_way_is_read():
    old = {
        "language": "sv",
        "phase": "asking",
        "entry": {"values": {"uses": "y", "does": "walk"}},
        "position": "/data/age",
        "history": ["/data/uses", "/data/does", "/data/age"],
        "marks": [2616189488, 1, 0],
        "answered": ["/data/uses", "/data/does"],
        "passed": ["/data/hello"],
        "page": [{"text": "a page that was shown", "language": "sv"}],
    }
    dialogue = Dialogue.from_data(json.loads(json.dumps(old)))
    assert dialogue.history == ("/data/uses", "/data/does", "/data/age")
    assert dialogue.answered == ("/data/uses", "/data/does")
    assert dialogue.page == 0
    assert Dialogue.from_data(json.loads(json.dumps(dialogue.to_data()))) == dialogue
    turn = ENGINE.reply(survey(), dialogue, Said(text="25"), now=NOW + timedelta(days=9))
    assert turn.events[0] == Answered("/data/age", "25")


def test_a_dialogue_stored_in_a_later_way_is_refused():
    with pytest.raises(ValueError, match="version 3"):
        Dialogue.from_data({"v": 3, "language": "sv"})


def test_a_yes_after_a_rest_answers_the_open_question_and_nothing_else():
    """A nudge asks nothing of its own."""
    assert Resident().says("nej", "34").rests(hours=30).says("ja").answer("more") == "ja"
    assert Resident().rests(hours=30).says("ja").answer("uses") == "y"


def test_a_greeting_after_a_rest_is_no_answer_in_free_text():
    resident = Resident().says("nej", "34").rests(hours=30).says("hej")
    assert resident.answer("more") == ""
    assert resident.is_asked("more")


def test_the_welcome_back_counts_as_the_question_does():
    text = Resident().says("nej", "34").rests(hours=30).says("hej").text()
    assert "2 av 4 frågor" in text
    assert "Fråga 3 av 4" in text


# --- which language to go on in


@pytest.mark.parametrize(
    ("said", "language"), [("2", "en"), ("tvåan", "en"), ("English", "en"), ("٣", "ar"), ("B", "en")]
)
def test_an_offered_language_is_chosen_by_its_number_or_name(said: str, language: str):
    resident = Resident().says("ja", "språk", said)
    assert resident.dialogue.language == language
    assert resident.answer("does") == ""
    assert resident.is_asked("does")


def test_a_yes_to_which_language_is_no_answer_to_the_question_before():
    resident = Resident().says("språk", "ja")
    assert resident.answer("uses") == ""
    assert resident.events == (LanguageOffered(),)
    assert resident.says("nej").answer("uses") == ""
    assert resident.is_asked("uses")
    assert resident.says("nej").answer("uses") == "n"


def test_what_is_no_language_is_heard_as_before():
    resident = Resident().says("nej", "språk", "34")
    assert resident.answer("age") == "34"
    assert Resident().says("språk", "stopp").dialogue.phase == "opted_out"


def test_an_offer_of_languages_is_over_when_something_else_was_said():
    resident = Resident().says("språk", "hjälp", "2")
    assert (resident.dialogue.language, resident.answer("uses")) == ("sv", "n")


def test_a_language_is_chosen_when_nothing_is_left_to_ask():
    resident = Resident().says("nej", "34", "-", "ja", "språk", "2")
    assert (resident.dialogue.language, resident.dialogue.phase) == ("en", "finished")
