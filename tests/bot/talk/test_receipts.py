"""What a page shows beside the question: answers, progress, the button that opens one again; and why an answer was not taken."""

from __future__ import annotations

from bot.contents import Content
from bot.events import WentBack
from bot.receipts import Progress, Receipt, receipt
from bot.wordings import Manner
from locales import translation
from tests.bot.talk.surveys import NOW, Resident

PAGE = {"has_buttons": True, "opens_with_question": True, "has_card_in_invitation": True, "is_page": True}


def of(resident: Resident) -> Receipt:
    t = translation(resident.dialogue.language)
    return receipt(resident.form, resident.dialogue, t=t, now=NOW, manner=Manner(**PAGE))


def test_answers_stand_as_the_resident_knows_them_and_in_the_order_of_the_questions():
    given = of(Resident().says("ja", "1, 3", "34")).answers
    assert [(one.question, one.answer) for one in given] == [
        ("Använder du parken?", "Ja"),
        ("Vad gör du där?", "Går, Sitter"),
        ("Hur gammal är du?", "34"),
    ]


def test_the_button_beside_an_answer_opens_its_question_again():
    resident = Resident().says("ja", "1, 3", "34")
    resident.presses(of(resident).answers[1].change)
    assert WentBack("/data/does") in resident.events
    assert resident.is_asked("does")


def test_a_button_that_names_no_question_shows_the_answers():
    resident = Resident().says("ja", "1")
    for choice in ("!change.99", "!change.", "!change.x", "!change.٣", "!change.1234567"):
        resident.presses(choice)
        assert resident.is_asked("age")


def test_progress_counts_the_open_question_and_ends_with_the_last():
    resident = Resident()
    assert of(resident).progress == Progress(1, 5, is_estimate=True)
    resident.says("nej")
    assert of(resident).progress == Progress(2, 4, is_estimate=False)
    resident.says("34", "Inget", "ja")
    assert (of(resident).progress, len(of(resident).answers)) == (None, 4)


def test_why_an_answer_was_not_taken_stands_in_the_text_and_apart():
    (content,) = Resident().says("nej", "400").hears(**PAGE)
    assert content.problem == "Högst 120."
    assert content.text.startswith("Högst 120.")
    assert Content.from_data(content.to_data()) == content


def test_what_is_only_told_is_no_problem():
    for said in ("tillbaka", "hjälp", "ja"):
        assert [content.problem for content in Resident().says(said).hears(**PAGE)] == [""]


def test_a_page_is_not_told_to_write_what_its_fields_and_buttons_do():
    (invited,) = Resident().hears(**PAGE)
    assert "STOPP" not in invited.text
    (finished,) = Resident().says("nej", "34", "Inget", "ja").hears(**PAGE)
    assert "MINA" not in finished.text
