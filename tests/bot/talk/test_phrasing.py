"""What residents read: one message where one is enough, in the right language, with how to answer where there are no buttons."""

from __future__ import annotations

import pytest

from bot.contents import Content
from bot.events import Asked
from bot.phrasing import Manner, closed, feedback, invitation, reminder
from bot.understanding import Ambiguous, Understood
from bot.wordings import isolate, shielded
from locales import translation
from tests.bot.talk.surveys import BRIEFING, KINDS, NOW, REPEATS, WISHES, Resident, survey

MANNERS = (
    {},
    {"has_buttons": True},
    {"is_terse": True},
    {"has_card_in_invitation": True, "opens_with_question": True},
)


def only(contents: tuple[Content, ...]) -> Content:
    assert len(contents) == 1
    return contents[0]


def invited(language: str = "sv", *, opens_with_question: bool = False, **manner: bool) -> Content:
    resident = Resident(language=language, opens_with_question=opens_with_question)
    how = Manner(opens_with_question=opens_with_question, **manner)
    return invitation(resident.form, resident.dialogue, briefing=BRIEFING, t=translation(language), now=NOW, manner=how)


def test_the_first_sms_names_sender_purpose_number_of_questions_and_stop_and_has_no_link():
    assert invited(is_terse=True).text == (
        "Sjövik kommun: Vi bygger om parken. Ungefär 5 frågor. Svara JA för att börja. Svara STOPP så skriver vi inte mer."
    )


def test_an_invitation_with_room_carries_the_card_and_can_be_verified():
    content = invited(has_buttons=True, has_card_in_invitation=True)
    for part in ("Sjövik kommun", BRIEFING.card, "Ungefär 5 frågor.", "STOPP", BRIEFING.verify_url, BRIEFING.contact):
        assert part in content.text
    assert [option.value for option in content.actions] == ["!begin", "!lang", "!stop"]


def test_an_invitation_that_opens_with_the_question_carries_its_options():
    content = invited(opens_with_question=True, has_card_in_invitation=True)
    assert content.text.index(BRIEFING.card) < content.text.index("Använder du parken?")
    assert [option.value for option in content.options] == ["1.1", "1.2"]
    assert content.select == "one"


@pytest.mark.parametrize("manner", [{}, {"is_terse": True}, {"has_buttons": True}])
def test_the_card_stands_before_the_first_question_where_the_invitation_had_no_room(manner):
    text = only(Resident(opens_with_question=False).says("ja").hears(**manner)).text
    assert text.index(BRIEFING.card) < text.index("Använder du parken?")


def test_the_card_is_not_repeated_where_the_invitation_had_it():
    resident = Resident(opens_with_question=False).says("ja")
    assert BRIEFING.card not in resident.text(has_card_in_invitation=True)


def test_who_changes_language_before_answering_reads_the_card_again():
    resident = Resident(opens_with_question=False).says("ja", "English")
    assert BRIEFING.card in resident.text(has_card_in_invitation=True)
    assert BRIEFING.card not in Resident().says("ja", "English").text()


def test_notes_thanks_and_the_next_question_are_one_message():
    content = only(Resident().says("nej").hears())
    assert content.text == (
        "Tack!\n\nTråkigt att höra.\n\nHur gammal är du?\nSvara med ett tal. Skriv HOPPA om du inte vill svara."
    )
    assert content.input == "integer"


def test_with_buttons_the_text_does_not_repeat_how_to_answer():
    content = only(Resident(opens_with_question=False).says("ja").hears(has_buttons=True, has_card_in_invitation=True))
    assert content.text.endswith("Använder du parken?")
    assert "Svara" not in content.text


def test_without_buttons_the_text_says_how_to_answer():
    assert "Svara med en eller flera siffror" in Resident().says("ja").text()


def test_options_are_numbered_within_the_history_and_in_the_dialogues_language():
    content = only(Resident(language="ar").says("نعم").hears())
    assert [(option.value, option.label) for option in content.options] == [
        ("2.1", "أمشي"),
        ("2.2", "ألعب"),
        ("2.3", "أجلس"),
    ]
    assert content.language == "ar"
    assert content.select == "many"


def test_a_tick_updates_the_message_it_was_made_in():
    content = only(Resident().presses("1.1", "2.2").hears(has_buttons=True))
    assert content.is_update
    assert content.chosen == ("2.2",)
    assert "!done.2" in [option.value for option in content.actions]


def test_progress_is_told_sparingly():
    told = [Resident().says(*said).text() for said in (("ja",), ("ja", "1"), ("ja", "1", "25"), ("ja", "1", "25", "x"))]
    assert ["Fråga" in text for text in told] == [False, True, False, True]
    assert "Fråga 3 av 5" in told[1]
    assert "Fråga" not in Resident().says("ja", "1").text(is_terse=True)


def test_the_number_of_questions_is_an_estimate_while_skip_logic_can_change_it():
    assert "Fråga 1 av ungefär 5" in Resident(opens_with_question=False).says("ja").text()
    assert "Fråga 3 av 4" in Resident().says("nej", "25").text()


def test_the_invitation_promises_the_number_that_progress_counts_towards():
    content = invited(opens_with_question=True, has_card_in_invitation=True)
    assert "Ungefär 5 frågor." in content.text
    assert "Fråga 1 av ungefär 5" in content.text


def test_a_survey_without_skip_logic_has_an_exact_number_of_questions():
    resident = Resident(survey(WISHES))
    content = invitation(
        resident.form, resident.dialogue, briefing=BRIEFING, t=translation("sv"), now=NOW, manner=Manner(is_terse=True)
    )
    assert " 2 frågor." in content.text
    assert "Ungefär" not in content.text


def test_the_first_failure_rephrases_and_the_second_offers_a_person():
    resident = Resident().says("ja", "kanske")
    assert "Förlåt, vi förstod inte" in resident.text()
    assert BRIEFING.contact not in resident.text()
    assert "Skriv MÄNNISKA om du vill prata med en människa." in resident.says("vad menas").text()
    assert BRIEFING.contact in resident.text()


def test_a_slip_is_told_back_as_it_was_understood():
    assert "Vi förstod: Leker" in Resident().says("ja", "lekre").text()


def test_a_broken_rule_is_told_with_the_question():
    text = Resident(language="en").says("yes", "1", "150").text()
    assert text.startswith("At most 120.")
    assert "How old are you?" in text


def test_the_end_thanks_and_promises_feedback():
    assert (
        Resident().says("nej", "25", "x", "ja").text(is_terse=True)
        == "Tack! Det var alla frågor. Vi berättar här vad beslutet blir."
    )


def test_ones_own_answers_are_listed_with_their_numbers_and_labels():
    text = Resident().says("ja", "1, 2", "mina").text()
    assert "1. Använder du parken?\n   Ja\n2. Vad gör du där?\n   Går, Leker" in text


def test_going_back_shows_what_was_answered():
    assert "Du svarade: Går." in Resident().says("ja", "1", "ångra").text()


def test_who_asks_is_told_with_the_card_the_proof_and_the_contact():
    text = Resident().says("vem").text()
    for part in (BRIEFING.sender, BRIEFING.card, BRIEFING.verify_url, BRIEFING.contact, "Använder du parken?"):
        assert part in text


def test_a_person_is_offered_beneath_what_is_asked_back():
    resident = Resident(survey(WISHES)).says("park")
    assert resident.text().endswith("\n\nMenade du 2, Parker, eller 3, Parkering?")
    asked, *below = resident.says("park").text().split("\n")
    assert asked == "Menade du 2, Parker, eller 3, Parkering?"
    assert below == [
        "Skriv MÄNNISKA om du vill prata med en människa. Då hör vi av oss. Du kan också kontakta oss: Ring 0123-456 00"
    ]


def test_all_of_that_is_said_where_a_part_was_understood():
    assert "allt" not in Resident().says("ja", "kanske, vem vet").text()
    assert "allt" in Resident().says("ja", "går och kanske, leker").text()


def test_languages_are_offered_by_their_own_names():
    content = only(Resident().says("språk").hears(has_buttons=True))
    assert [(o.value, o.label) for o in content.actions] == [
        ("!lang:sv", "Svenska"),
        ("!lang:en", "English"),
        ("!lang:ar", "العربية"),
    ]
    assert "1 Svenska\n2 English\n3 \u2068العربية\u2069" in Resident().says("språk").text()


def test_silence_is_no_message():
    assert Resident().says("stopp", "hej").hears() == ()


@pytest.mark.parametrize("language", ["sv", "en", "ar"])
@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize(
    "said",
    [
        ("1",), ("kanske",), ("stopp",), ("hjälp",), ("vem",), ("mina",), ("radera",), ("radera", "ja"), ("qof",), ("språk",), ("suomi",),
        ("1", "ångra"), ("1", "1", "999"), ("2", "25", "x", "1"), ("2", "25", "x", "1", "hej du glada"), ("2", "25", "x", "1", "English"),
        ("ångra",), ("",), ("stopp", "start"),
    ],
)  # fmt: skip
def test_whatever_happens_is_told_in_one_message_of_the_dialogues_language_with_nothing_left_to_fill_in(
    said, manner, language
):
    resident = Resident(language=language).says(*said)
    content = only(resident.hears(**manner))
    assert content.text.strip()
    assert content.language == resident.dialogue.language
    assert not set("{}") & set(content.text)
    assert all(len(option.value) <= 32 and option.value.isascii() for option in (*content.options, *content.actions))
    assert Content.from_data(content.to_data()) == content


# --- send-outs


def test_a_reminder_repeats_the_question_that_was_left_open():
    resident = Resident().says("ja")
    content = reminder(
        resident.form, resident.dialogue, briefing=BRIEFING, t=translation("sv"), now=NOW, manner=Manner()
    )
    assert "Vad gör du där?" in content.text
    assert [option.value for option in content.options] == ["2.1", "2.2", "2.3"]
    assert content.title.startswith("Påminnelse: ")


def test_a_reminder_to_one_who_has_not_begun_is_the_invitation_in_few_words():
    resident = Resident(opens_with_question=False)
    manner = Manner(is_terse=True)
    content = reminder(resident.form, resident.dialogue, briefing=BRIEFING, t=translation("sv"), now=NOW, manner=manner)
    assert content.text.startswith("En påminnelse: du kan fortfarande svara. Sjövik kommun: ")
    assert "STOPP" in content.text


def test_a_late_answer_is_told_that_it_is_too_late_and_what_was_decided():
    dialogue = Resident().dialogue
    swedish = translation("sv")
    assert "för sent" in closed(dialogue.language, briefing=BRIEFING, t=swedish).text
    assert closed(dialogue.language, briefing=BRIEFING, t=swedish, result="Ängen vann.").text.endswith("Ängen vann.")


def test_feedback_says_from_whom_it_comes():
    content = feedback(
        "The meadow it is.", "en", briefing=BRIEFING, t=translation("en"), manner=Manner(), title="The park"
    )
    assert content.text.startswith(
        'Hello from Sjövik kommun. Thank you for your answers about "The park".\n\nThe meadow it is.'
    )
    assert content.title == "What was decided: The park"
    assert "STOP" in content.text


def test_names_are_isolated_only_where_directions_meet():
    assert isolate(translation("ar"), "Sjövik kommun") == "\u2068Sjövik kommun\u2069"
    assert isolate(translation("ar"), "نعم") == "نعم"
    assert isolate(translation("ar"), "https://sjovik.example/") == "https://sjovik.example/"
    assert isolate(translation("sv"), "Sjövik") == "Sjövik"
    assert isolate(translation("sv"), "العربية") == "\u2068العربية\u2069"


def test_a_telephone_number_keeps_its_order_where_the_text_runs_right():
    said = Content("اتصل بالرقم 0980-319 200 أو torget@sjovik.example. 3 أسئلة. https://x.example/2026-05/", "ar")
    shown = shielded(translation("ar"), said)
    assert shown.text == said.text.replace("0980-319 200", "\u20660980-319 200\u2069")
    assert shielded(translation("ar"), shown) == shown
    assert shielded(translation("sv"), said) == said


def test_a_scale_says_how_far_it_reaches():
    resident = Resident(survey(KINDS)).says("1 2 3", "57.9, 12.1")
    assert "Svara med ett tal från 1 till 5." in resident.text()


def test_a_whole_number_is_read_back_as_it_was_said():
    table = "| survey |\n| | type | name | label |\n| | decimal | far | How far? |\n| | text | free | More? |\n"
    resident = Resident(survey(table), language="en").says("12", "mine")
    assert resident.answer("far") == "12.0"
    assert "12" in resident.text()
    assert "12.0" not in resident.text()


# --- groups, repeats, scales, help

GROUPED = """
| survey |
| | type | name | label | hint | guidance_hint | required | parameters |
| | begin group | about | Om torget | | | | |
| | note | hello | Torget ska byggas om. | | | | |
| | select_one yesno | likes | Gillar du torget? | Som det är nu. | Tänk på hela året. | yes | |
| | integer | times | Hur ofta är du där? | | | | |
| | end group | | | | | | |
| | begin repeat | child | Barn | | | | |
| | begin group | who | Vem | | | | |
| | integer | age | Hur gammalt? | | | | |
| | end group | | | | | | |
| | end repeat | | | | | | |
| | range | grade | Betyg? | | | yes | start=0 end=100 step=10 |
| | date | day | När? | | | | |
| choices |
| | list_name | name | label |
| | yesno | y | Ja |
| | yesno | n | Nej |
"""


def test_a_groups_heading_stands_once_where_the_group_begins():
    resident = Resident(survey(GROUPED), opens_with_question=False).says("ja")
    assert resident.text(has_card_in_invitation=True, is_terse=True) == (
        "Om torget\nTorget ska byggas om.\n\nGillar du torget?\nSom det är nu.\nSvara med siffran."
    )
    assert "Om torget" not in resident.says("ja").text()


def test_the_heading_stands_with_the_first_question_where_no_note_goes_before():
    without = GROUPED.replace("| | note | hello | Torget ska byggas om. | | | | |\n", "")
    resident = Resident(survey(without), opens_with_question=False).says("ja")
    assert "Om torget\nGillar du torget?" in resident.text(has_card_in_invitation=True)


def test_each_instance_of_a_repeat_says_which_one_it_is():
    resident = Resident(survey(GROUPED)).says("ja", "3")
    assert "Barn 1\nVem\nHur gammalt?" in resident.text()
    assert resident.says("4").text(is_terse=True) == "Barn\nVill du lägga till en till? Svara JA eller NEJ."
    assert "Barn 2\nVem\nHur gammalt?" in resident.says("ja").text()
    assert "Barn 1: Hur gammalt?\n   4" in resident.says("mina").text()


def test_an_instance_whose_label_counts_by_itself_is_not_numbered_twice():
    counted = REPEATS.replace(
        "| | begin repeat | child | Barn |", "| | begin repeat | child | Barn nr ${no} |"
    ).replace("| | text | name |", "| | calculate | no | | position(..) |\n| | text | name |")
    counted = counted.replace("| | type | name | label |", "| | type | name | label | calculation |", 1)
    text = Resident(survey(counted), opens_with_question=False).says("ja").text(has_card_in_invitation=True)
    assert "Barn nr 1\nVad heter barnet?" in text


def test_where_one_comes_back_to_all_headings_are_told():
    resident = Resident(survey(GROUPED)).says("ja", "3", "4", "ja", "5", "ändra 4")
    assert "Barn 2\nVem\nHur gammalt?" in resident.text()
    assert "Om torget\nHur ofta" in resident.says("ändra 2").text()
    assert "Om torget\nHur ofta" in Resident(survey(GROUPED)).says("ja").rests(hours=9).says("hej").text()


def test_help_tells_how_to_answer_first_and_only_then_what_the_author_adds():
    resident = Resident(survey(GROUPED), opens_with_question=False).says("ja")
    assert "Tänk på hela året." not in resident.text()
    text = resident.says("hjälp").text()
    assert text.startswith(
        "Tänk på hela året.\n\nSkriv 1 eller 2, eller själva svaret.\n\nDu kan när som helst skriva:"
    )
    assert text.endswith("Gillar du torget?\nSom det är nu.")
    assert "HOPPA" not in text
    assert "HOPPA" in resident.says("ja", "hjälp").text()


def test_help_before_the_first_question_tells_how_to_begin_first():
    text = Resident(opens_with_question=False).says("hjälp").text()
    assert text.startswith("Svara JA för att börja.\n\nDu kan när som helst skriva:")


def test_help_names_only_what_is_of_use_now():
    at_first = Resident(survey(GROUPED), opens_with_question=False).says("hjälp").text()
    assert not any(word in at_first for word in ("TILLBAKA", "ÄNDRA", "MINA", "SPRÅK"))
    later = Resident().says("ja", "hjälp").text()
    assert all(word in later for word in ("TILLBAKA", "ÄNDRA 1", "MINA", "SPRÅK", "VEM", "MÄNNISKA", "STOPP", "RADERA"))


def test_a_scale_tells_its_step_and_what_is_not_on_it():
    resident = Resident(survey(GROUPED)).says("ja", "3", "hoppa", "nej")
    assert "Svara med ett tal från 0 till 100, i steg om 10." in resident.text()
    assert "Det talet finns inte på skalan. Skriv ett tal: 0 är lägst och 100 är högst." in resident.says("15").text()


def test_a_scale_that_runs_downwards_has_its_buttons():
    downwards = KINDS.replace("start=1 end=5", "start=5 end=1")
    resident = Resident(survey(downwards)).says("1 2 3", "57.9, 12.1")
    assert "Svara med ett tal från 1 till 5." in resident.text()
    assert [option.label for option in resident.hears(has_buttons=True)[0].options] == ["5", "4", "3", "2", "1"]


def test_dates_are_told_as_people_write_them():
    resident = Resident(survey(KINDS)).says("1 2 3", "57.9, 12.1", "4", "2026-03-05", "mina")
    assert "5 mars 2026" in resident.text()


# --- asked back


def test_what_could_be_meant_is_asked_back_by_number_and_label_in_one_sentence():
    content = only(Resident(survey(WISHES)).says("park").hears(has_card_in_invitation=True))
    assert content.text == "Menade du 2, Parker, eller 3, Parkering?"
    assert content.options == ()
    assert content.input == "text"


def test_with_buttons_it_is_asked_back_without_numbers():
    content = only(Resident(survey(WISHES)).says("park").hears(has_buttons=True, has_card_in_invitation=True))
    assert content.text == "Menade du Parker eller Parkering?"
    assert [(option.value, option.label) for option in content.options] == [("1.2", "Parker"), ("1.3", "Parkering")]
    assert content.actions[0].value == "!again.1"


def test_one_candidate_is_a_yes_or_no():
    text = Resident(survey(WISHES)).says("simhall").text(has_card_in_invitation=True)
    assert text == "Menade du Ny simhall? Svara JA eller NEJ."


def test_candidates_that_are_no_choices_are_numbered_among_themselves():
    resident = Resident(survey(KINDS)).says("1 2 3", "57.9, 12.1", "4")
    resident.take(Ambiguous(("2026-04-03", "2026-03-04"), candidates=("2026-04-03", "2026-03-04")))
    assert resident.text() == "Menade du 1, 3 april 2026, eller 2, 4 mars 2026?"
    content = only(resident.hears(has_buttons=True))
    assert [action.label for action in content.actions[:3]] == ["3 april 2026", "4 mars 2026", "Nej, något annat"]
    assert resident.presses(content.actions[1].value).answer("day") == "2026-03-04"


def test_places_are_asked_back_by_their_names():
    resident = Resident(survey(KINDS)).says("1 2 3")
    resident.take(Ambiguous(("57.9 12.1 0 0", "57.8 12.2 0 0"), candidates=("Torget", "Torggatan")))
    assert resident.text() == "Menade du 1, Torget, eller 2, Torggatan?"


def test_numbers_are_asked_back_without_numbers_of_their_own():
    resident = Resident().says("ja", "1")
    resident.take(Ambiguous(("3", "4"), candidates=("3", "4")))
    assert resident.text() == "Menade du 3 eller 4?"


def test_a_place_that_was_read_by_its_name_is_told_by_it():
    resident = Resident(survey(KINDS)).says("1 2 3")
    resident.take(Understood("57.9 12.1 0 0", is_inferred=True, told="Torget"))
    assert "Vi förstod: Torget" in resident.text()


def test_what_lost_its_ground_is_named():
    text = Resident().says("ja", "1", "25", "ändra 1", "nej").text()
    assert "Ditt svar på den här frågan passar inte längre och räknas inte:\n- Vad gör du där?" in text
    again = Resident().says("ja", "1", "25", "ändra 1", "nej", "ändra 1", "ja").text()
    assert "Ditt tidigare svar räknas igen:\n- Vad gör du där? Går" in again


def test_coming_back_to_boxes_shows_them_ticked():
    resident = Resident().says("ja", "1, 3", "ångra")
    assert only(resident.hears(has_buttons=True)).chosen == ("2.1", "2.3")
    assert resident.presses("!done.2").events == (Asked("/data/age"),)
    assert resident.answer("does") == "walk sit"


def test_where_places_are_known_by_name_a_street_is_asked_for():
    resident = Resident(survey(KINDS)).says("1 2 3")
    assert "Svara med en gata eller namnet på en plats." in resident.text(knows_places=True)
    assert "latitud" not in resident.text(knows_places=True)
    told = resident.text(knows_places=True, has_location_button=True)
    assert "Du kan också skriva en gata eller namnet på en plats." in told
