"""How residents recognise phrases, questions and what is offered."""

from __future__ import annotations

from sandbox.reading import Phrase, PhraseBook, plain, same_label
from sandbox.wire import Arrival, Button
from tests.sandbox.scripted_wire import PHRASES

BOOK = PhraseBook(PHRASES)


def read(text, *, prefer="sv", buttons=()):
    return BOOK.read(Arrival("sms", "x", "1", text, 0.0, tuple(buttons)), prefer)


def test_a_phrase_is_found_over_line_breaks_case_and_direction_marks():
    assert read("SJÖVIK vill\nhöra \u2068dig\u2069 om  bussen").kinds == {"invitation"}


def test_a_gap_can_hold_anything_but_the_rest_must_follow():
    phrase = Phrase.of("You said … trips")
    assert phrase.find(plain("Hello. You said 12 trips.")) == (7, 24)
    assert phrase.find(plain("Trips, you said.")) is None


def test_a_gap_phrase_is_found_where_it_is_whole():
    assert Phrase.of("you said … trips").find(plain("you said 3 trips, you said")) == (0, 16)


def test_a_question_in_another_language_tells_the_language():
    reading = read("Which bus line do you use most?")
    assert (reading.question.key, reading.language) == ("bus", "en")


def test_the_last_question_of_a_message_is_the_one_that_is_asked():
    text = "Vilken busslinje åker du mest?\nLinje Centrum\n\nNär åker du? Välj en eller flera."
    assert read(text).question.key == "times"


def test_numbered_lines_are_offers_and_a_star_is_a_tick():
    shown = read("Vilken?\n1 Linje Centrum\n2* Linje Bruket\n3) Tre\n2026 var ett bra år").shown
    assert [(s.number, s.label, s.is_ticked) for s in shown] == [
        ("1", "Linje Centrum", False), ("2", "Linje Bruket", True), ("3", "Tre", False),
    ]  # fmt: skip


def test_arabic_digits_number_lines_too():
    assert [s.number for s in read("\u200f١ نعم\n\u200f٢ لا").shown] == ["١", "٢"]


def test_buttons_are_offers_and_carry_ticks():
    shown = read("Vilken?", buttons=[Button("✓ Morgon", "1.1"), Button("Klar", "!done")]).shown
    assert [(s.label, s.data, s.is_ticked) for s in shown] == [("✓ Morgon", "1.1", True), ("Klar", "!done", False)]


def test_a_label_is_known_with_a_mark_before_it():
    assert same_label("☑ Linje Centrum", "Linje Centrum")
    assert not same_label("Linje", "Linje Centrum")


def test_what_is_in_no_book_cannot_be_read():
    assert not read("Lorem ipsum").is_readable


def test_a_notice_in_the_book_is_read_without_calling_for_anything():
    data = {**PHRASES, "languages": {"sv": {**PHRASES["languages"]["sv"], "notices": ["Nu är … räknat"]}}}
    reading = PhraseBook(data).read(Arrival("sms", "x", "1", "Nu är allt räknat.", 0.0), "sv")
    assert reading.kinds == {"notice"}


def test_a_kind_of_message_may_be_known_by_several_phrases():
    data = {**PHRASES, "languages": {"sv": {**PHRASES["languages"]["sv"], "thanks": ["Tack för allt", "Vi tackar"]}}}
    book = PhraseBook(data)
    assert all(
        book.read(Arrival("sms", "x", "1", text, 0.0), "sv").kinds == {"thanks"}
        for text in data["languages"]["sv"]["thanks"]
    )
