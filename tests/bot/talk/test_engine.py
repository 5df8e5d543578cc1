"""What a conversation does: asking in order, corrections, commands, buttons, languages, and never a stored opt-out."""

from __future__ import annotations

import pytest

from bot.contents import Said
from bot.events import (
    AlreadyFinished,
    Answered,
    Asked,
    Began,
    ConstraintBroken,
    Corrected,
    Declined,
    EraseAsked,
    EraseConfirmed,
    Finished,
    HelpAsked,
    Invited,
    LanguageChanged,
    LanguageOffered,
    MineAsked,
    Misunderstood,
    OptedIn,
    OptedOut,
    PersonAsked,
    SetAside,
    Shown,
    Skipped,
    Toggled,
    WentBack,
    WhoAsked,
)
from tests.bot.talk.surveys import ENGINE, FILTERED, KINDS, NOW, REPEATS, WISHES, Resident, survey


def test_an_invitation_waits_for_a_yes():
    resident = Resident(opens_with_question=False)
    assert resident.dialogue.phase == "invited"
    assert resident.events == (Invited(),)
    resident.says("ja tack")
    assert resident.events == (Began(), Shown("/data/hello"), Asked("/data/uses"))
    assert resident.dialogue.phase == "asking"


def test_an_invitation_with_the_first_question_takes_its_answer():
    resident = Resident()
    assert resident.events == (Invited(), Shown("/data/hello"), Asked("/data/uses"))
    resident.says("nej")
    assert resident.events == (Began(), Answered("/data/uses", "n"), Shown("/data/sorry"), Asked("/data/age"))


def test_a_no_to_the_invitation_declines_and_start_begins_after_all():
    resident = Resident(opens_with_question=False).says("nej tack")
    assert resident.events == (Declined(),)
    assert resident.says("ok").events == (Declined(),)
    assert resident.says("start").was_told(Began)


def test_what_is_no_yes_and_no_no_does_not_begin():
    resident = Resident(opens_with_question=False).says("hej vad är det här")
    assert resident.events == (Misunderstood("", "begin"),)
    assert resident.dialogue.phase == "invited"


def test_a_whole_conversation():
    resident = Resident().says("ja", "1, leker", "25 år", "Fler bänkar!", "ja")
    assert resident.events == (Answered("/data/again", "y"), Finished())
    assert resident.dialogue.phase == "finished"
    assert [resident.answer(name) for name in ("uses", "does", "age", "more", "again")] == [
        "y",
        "walk play",
        "25",
        "Fler bänkar!",
        "y",
    ]


def test_two_failures_in_a_row_are_counted_and_an_answer_ends_the_count():
    resident = Resident().says("ja", "kanske")
    assert resident.events == (Misunderstood("/data/does", "choice", tries=1),)
    assert resident.says("vad").events == (Misunderstood("/data/does", "choice", tries=2),)
    assert resident.says("1").dialogue.tries == 0


def test_the_surveys_own_rule_is_told_in_the_dialogues_language():
    resident = Resident(language="en").says("yes", "1", "150")
    assert resident.events == (ConstraintBroken("/data/age", "At most 120."),)
    assert resident.answer("age") == ""
    assert resident.is_asked("age")


def test_optional_questions_can_be_skipped_and_required_ones_not():
    resident = Resident().says("hoppa över")
    assert resident.events == (Began(), Misunderstood("/data/uses", "required"))
    resident.says("ja", "skip")
    assert resident.events == (Skipped("/data/does"), Asked("/data/age"))


def test_none_of_them_leaves_an_optional_question_empty():
    resident = Resident().says("ja", "inget av dem")
    assert resident.events == (Skipped("/data/does"), Asked("/data/age"))
    assert resident.answer("does") == ""


# --- corrections


def test_back_opens_the_question_before_and_the_new_answer_corrects():
    resident = Resident().says("ja", "1", "ångra")
    assert resident.events == (WentBack("/data/does"), Asked("/data/does"))
    assert resident.answer("does") == "walk"
    resident.says("2")
    assert resident.events == (Corrected("/data/does", "walk", "play"), Asked("/data/age"))


def test_back_twice_goes_two_questions_back():
    assert Resident().says("ja", "1", "25", "back", "BACK").is_asked("does")


def test_back_at_the_first_question_says_so():
    assert Resident().says("ångra").events == (Misunderstood("/data/uses", "first"),)


def test_the_same_answer_again_corrects_nothing():
    resident = Resident().says("ja", "1", "ångra", "1")
    assert resident.events == (Asked("/data/age"),)


def test_change_opens_the_numbered_question_and_then_goes_on_where_it_was():
    resident = Resident().says("ja", "1", "25", "ändra 2")
    assert resident.is_asked("does")
    assert resident.says("3").is_asked("more")


def test_change_without_such_a_question_shows_the_answers():
    assert Resident().says("ja", "ändra 9").events == (MineAsked(), Asked("/data/does"))


def test_a_correction_sets_aside_what_lost_its_ground():
    resident = Resident().says("ja", "1", "25", "ändra 1", "nej")
    assert resident.events[:2] == (Corrected("/data/uses", "y", "n"), SetAside("/data/does"))
    assert resident.is_asked("more")
    assert resident.answer("does") == ""


def test_an_answer_that_regains_its_ground_is_given_back():
    resident = Resident().says("ja", "1", "25", "ändra 1", "nej", "ändra 1", "ja")
    assert resident.events[:2] == (
        Corrected("/data/uses", "n", "y"),
        Answered("/data/does", "walk", is_restored=True),
    )
    assert resident.answer("does") == "walk"


def test_a_correction_that_opens_a_question_asks_it():
    resident = Resident().says("nej", "25", "ändra 1", "ja")
    assert resident.is_asked("does")
    assert resident.says("2").is_asked("more")


def test_a_finished_survey_can_still_be_corrected():
    resident = Resident().says("nej", "25", "Bra", "ja", "ändra 2", "26")
    assert resident.events == (Corrected("/data/age", "25", "26"), Finished())


def test_skip_in_a_correction_keeps_the_answer():
    resident = Resident().says("ja", "1", "25", "ångra", "hoppa över")
    assert resident.events == (Asked("/data/more"),)
    assert resident.answer("age") == "25"


# --- opting out


@pytest.mark.parametrize("word", ["STOP", "stopp", " Stopp! ", "LOPETA", "jooji", "إيقاف", "/stop", "unsubscribe"])
@pytest.mark.parametrize(
    "before", [(), ("ja",), ("ja", "1"), ("ja", "1", "25"), ("ja", "1", "25", "x", "ja"), ("radera",)]
)
def test_an_opt_out_word_at_any_point_opts_out_and_is_never_an_answer(word, before):
    resident = Resident().says(*before)
    answered = resident.dialogue.answered
    resident.says(word)
    assert resident.events == (OptedOut(),)
    assert resident.dialogue.phase == "opted_out"
    assert resident.dialogue.answered == answered


def test_an_answer_that_contains_the_word_is_an_answer():
    resident = Resident().says("nej", "25", "Stoppa bilarna, stopp!")
    assert resident.answer("more") == "Stoppa bilarna, stopp!"


def test_after_an_opt_out_there_is_silence_until_start():
    resident = Resident().says("ja", "stopp", "1")
    assert resident.events == ()
    assert resident.presses("2.1").events == ()
    assert resident.shares(57.9, 12.1).events == ()
    resident.says("START")
    assert resident.events == (OptedIn(), Asked("/data/does"))


def test_who_has_opted_out_can_still_be_erased():
    assert Resident().says("ja", "stopp", "radera", "ja").events == (EraseConfirmed(),)


# --- other commands


@pytest.mark.parametrize(
    ("text", "event"), [("hjälp", HelpAsked), ("VEM", WhoAsked), ("mina svar", MineAsked), ("qof", PersonAsked)]
)
def test_questions_to_us_are_answered_and_the_open_question_stands(text, event):
    resident = Resident().says("ja", text)
    assert resident.events == (event(), Asked("/data/does"))


def test_erasure_wants_a_yes_and_leaves_nothing():
    resident = Resident().says("ja", "1", "radera")
    assert resident.events == (EraseAsked(),)
    resident.says("ja")
    assert resident.events == (EraseConfirmed(),)
    assert resident.dialogue.answered == ()
    assert resident.answer("uses") == ""


def test_a_no_to_erasure_goes_on():
    assert Resident().says("ja", "radera", "nej").events == (Asked("/data/does"),)


def test_an_answer_instead_of_a_yes_to_erasure_is_an_answer():
    resident = Resident().says("ja", "radera", "2")
    assert resident.answer("does") == "play"
    assert resident.says("25").answer("age") == "25"


def test_erasure_is_confirmed_or_dropped_by_button_too():
    assert Resident().says("ja", "radera").presses("!erase:yes").events == (EraseConfirmed(),)
    assert Resident().says("ja", "radera").presses("!erase:no").events == (Asked("/data/does"),)


def test_only_the_very_next_yes_erases():
    assert Resident().says("ja", "radera").presses("2.1").says("ja").events != (EraseConfirmed(),)
    assert Resident().presses("!erase:yes").events == (EraseAsked(),)


def test_after_the_end_thanks_need_no_answer_and_anything_else_gets_one():
    resident = Resident().says("nej", "25", "x", "ja")
    assert resident.says("tack!").events == ()
    assert resident.says("👍").events == ()
    assert resident.says("och sen då").events == (AlreadyFinished(),)


# --- languages


@pytest.mark.parametrize(
    ("word", "code"), [("English", "en"), ("العربية", "ar"), ("engelska", "en"), ("in Arabic", "ar"), ("carabi", "ar")]
)
def test_a_language_is_changed_by_its_name(word, code):
    resident = Resident().says("ja", word)
    assert resident.events == (LanguageChanged(code), Asked("/data/does"))
    assert resident.dialogue.language == code


def test_a_language_that_the_survey_lacks_is_answered_with_those_it_has():
    assert Resident().says("suomi").events == (LanguageOffered(wanted="fi"),)


def test_languages_are_offered_and_chosen_by_button():
    resident = Resident().says("språk")
    assert resident.events == (LanguageOffered(),)
    resident.presses("!lang:ar")
    assert resident.events == (LanguageChanged("ar"), Invited(), Asked("/data/uses"))


@pytest.mark.parametrize("text", ["Play", "ألعب", "leker", "PLAY!"])
def test_answers_in_any_of_the_surveys_languages_are_understood(text):
    for language in ("sv", "en", "ar"):
        assert Resident(language=language).says("1", text).answer("does") == "play"


def test_an_unknown_language_begins_in_the_surveys_own():
    assert Resident(language="xx").dialogue.language == "sv"
    assert Resident(language="en-GB").dialogue.language == "en"


def test_a_survey_of_no_named_language_leaves_the_choice_to_our_own_texts():
    resident = Resident(survey(WISHES), language="fi")
    assert resident.dialogue.language == "fi"
    assert resident.says("English").events[0] == LanguageChanged("en")


# --- buttons


def test_a_button_answers():
    resident = Resident().presses("1.1")
    assert resident.events == (Began(), Answered("/data/uses", "y"), Asked("/data/does"))


def test_the_same_button_twice_changes_nothing():
    assert Resident().presses("1.1", "1.1").events == ()


def test_an_earlier_questions_button_corrects_it():
    resident = Resident().presses("1.1").says("1").presses("1.2")
    assert resident.events[:2] == (Corrected("/data/uses", "y", "n"), SetAside("/data/does"))


def test_boxes_are_ticked_and_cleared_and_then_sent():
    resident = Resident().presses("1.1", "2.3", "2.1")
    assert resident.events == (Toggled("/data/does", ("walk", "sit")),)
    resident.presses("2.3")
    assert resident.events == (Toggled("/data/does", ("walk",)),)
    assert resident.answer("does") == ""
    resident.presses("!done.2")
    assert resident.events == (Answered("/data/does", "walk"), Asked("/data/age"))


def test_done_and_skip_pressed_twice_do_not_skip_the_next_question():
    resident = Resident().presses("1.1", "2.3", "!done.2", "!done.2")
    assert resident.events == ()
    assert resident.is_asked("age")
    resident.presses("!skip.3", "!skip.3")
    assert resident.is_asked("more")


def test_all_boxes_of_a_page_come_at_once():
    resident = Resident().presses("1.1", "2.1 2.3 !done")
    assert resident.answer("does") == "walk sit"
    assert Resident().presses("1.1", "2.1 2.3").answer("does") == "walk sit"


def test_typing_replaces_the_ticks():
    assert Resident().presses("1.1", "2.3").says("1 och 2").answer("does") == "walk play"


@pytest.mark.parametrize(
    "choice",
    [
        "",
        "9.9",
        "1.99",
        "0.0",
        "1",
        "x.y",
        "!dance",
        "2.1",
        "-1.1",
        "1.1 2.1",
        "!lang:tlh",
        "!done.9",
        "!",
        "1.1.1",
        "²·³",
        "1.٣",
    ],
)
def test_a_button_that_is_not_ours_stores_nothing(choice):
    resident = Resident().presses(choice)
    assert resident.dialogue.answered == ()


def test_a_place_is_only_taken_where_one_is_asked_for():
    assert Resident().says("ja").shares(57.9, 12.1).events == (Misunderstood("/data/does", "stale"),)


# --- what is asked back


def test_a_doubtful_answer_is_asked_back_and_picked_by_its_number_in_the_list():
    form = survey(WISHES)
    resident = Resident(form).says("park")
    assert resident.events == (Began(), Misunderstood("/data/wish", "ambiguous", ("park", "parking"), tries=1))
    assert resident.says("2").answer("wish") == "park"
    assert Resident(form).says("park", "3").answer("wish") == "parking"
    assert Resident(form).says("park", "parkering").answer("wish") == "parking"
    assert Resident(form).says("park").presses("1.3").answer("wish") == "parking"


@pytest.mark.parametrize("word", ["nej", "no", "NEJ tack"])
def test_none_of_several_suggestions_asks_anew_and_is_no_failure(word):
    resident = Resident(survey(WISHES)).says("park", word)
    assert resident.events == (Asked("/data/wish"),)
    assert resident.dialogue.offered == ()
    assert resident.says("1").answer("wish") == "bath"


def test_one_suggestion_is_taken_by_yes_and_dropped_by_no():
    form = survey(WISHES)
    resident = Resident(form).says("simhall")
    assert resident.events[-1] == Misunderstood("/data/wish", "ambiguous", ("bath",), tries=1)
    assert Resident(form).says("simhall", "ja").answer("wish") == "bath"
    assert Resident(form).says("simhall", "nej").events == (Asked("/data/wish"),)


# --- other types


def test_every_type_is_asked_and_answered():
    resident = Resident(survey(KINDS)).says("c a").shares(57.93, 12.11).says("4", "5 mars 2026", "ok")
    assert resident.dialogue.phase == "finished"
    assert [resident.answer(name) for name in ("order", "grade", "day", "read")] == ["c a b", "4", "2026-03-05", "OK"]
    assert resident.answer("place").split()[:2] == ["57.93", "12.11"]


def test_an_order_can_be_pressed():
    resident = Resident(survey(KINDS)).presses("1.3", "1.1")
    assert resident.events[-1] == Toggled("/data/order", ("c", "a"))
    assert resident.presses("1.2").answer("order") == "c a b"


def test_a_short_scale_has_buttons():
    resident = Resident(survey(KINDS)).says("1 2 3").shares(1, 2).presses("3.4")
    assert resident.answer("grade") == "4"


def test_a_repeat_asks_for_one_more_until_it_is_enough():
    resident = Resident(survey(REPEATS)).says("Ada")
    assert resident.events[-1] == Asked("/data/child", is_repeat=True)
    resident.says("ja", "Bo", "nej")
    assert resident.is_asked("last")
    assert resident.answer("child[2]/name") == "Bo"


def test_an_answer_that_is_no_longer_a_choice_is_set_aside_and_asked_anew():
    resident = Resident(survey(FILTERED)).says("norr", "berget", "ändra 1", "söder")
    assert SetAside("/data/spot") in resident.events
    assert resident.is_asked("spot")
    assert resident.says("1").answer("spot") == "s1"


def test_an_old_button_whose_choices_have_changed_is_not_taken_for_a_new_one():
    resident = Resident(survey(FILTERED)).presses("1.1").presses("1.2").presses("2.1")
    assert resident.answer("spot") == ""
    assert resident.was_told(Misunderstood)
    assert resident.presses("3.1").answer("spot") == "s1"


def test_what_stands_now_can_be_told_without_changing_anything():
    resident = Resident()
    assert ENGINE.current(resident.form, resident.dialogue, now=NOW) == (
        Invited(),
        Shown("/data/hello"),
        Asked("/data/uses"),
    )
    resident.says("nej")
    assert ENGINE.current(resident.form, resident.dialogue, now=NOW) == (Shown("/data/sorry"), Asked("/data/age"))


def test_replaying_gives_the_same_turn():
    resident = Resident().says("ja")
    once = ENGINE.reply(resident.form, resident.dialogue, Said(text="1"), now=NOW)
    assert ENGINE.reply(resident.form, resident.dialogue, Said(text="1"), now=NOW) == once


def test_no_answer_is_seen_where_a_dialogue_or_an_event_is_printed():
    resident = Resident().says("nej", "25", "Min hemlighet")
    assert "hemlighet" in str(resident.dialogue.to_data())
    assert "hemlighet" not in repr((resident.dialogue, resident.events))
