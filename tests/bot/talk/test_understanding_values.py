"""What a message means as a number, a date, a time or a place, and which messages are commands."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.lexicon import Lexicon
from bot.understanding import Command, find_command, is_opt_out
from locales import load_lexicon
from tests.bot.talk.readings import Meant, reading_of, told


def value_of(kind: str, text: str, language: str = "sv", step: Decimal | None = None) -> Meant:
    return told(reading_of(kind, text, language, step=step))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "12"),
        ("١٢", "12"),
        ("۱۲", "12"),
        ("፲፪", "12"),
        ("፻፳፫", "123"),
        ("007", "7"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("+5", "5"),
        ("2,0", "2"),
        ("1 200", "1200"),
        ("1\u00a0200", "1200"),
        ("1.200", "1200"),
        ("1,200", "1200"),
        ("1.200.000", "1200000"),
        ("25 år", "25"),
        ("25år", "25"),
        ("ca 25", "25"),
        ("jag är 25 år gammal", "25"),
        ("100 kr", "100"),
        ("tolv", "12"),
        ("tjugofem", "25"),
        ("tjugo fem", "25"),
        ("twenty-five", "25"),
        ("kaksikymmentäviisi", "25"),
        ("labaatan iyo shan", "25"),
        ("خمسة وعشرون", "25"),
        ("25 سنة", "25"),
        ("en", "1"),
        ("2,5", None),
        ("minst 5", None),
        ("inte 5", None),
        ("många", None),
        ("1 2 3", None),
        ("12345678901234567890", None),
        ("½", None),
        ("", None),
    ],
)
def test_whole_numbers(text, expected):
    assert value_of("integer", text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("2,5", "sv", "2.5"),
        ("2.5", "sv", "2.5"),
        ("٢٫٥", "ar", "2.5"),
        ("2,50", "sv", "2.5"),
        (",5", "sv", "0.5"),
        ("1 200,5", "sv", "1200.5"),
        ("1.200,5", "sv", "1200.5"),
        ("1,200.5", "en", "1200.5"),
        ("1,200", "en", "1200"),
        ("0,125", "sv", "0.125"),
        ("3", "sv", "3"),
        ("-0", "sv", "0"),
        ("3 km", "sv", "3"),
        ("100 %", "sv", "100"),
        ("2,5,5", "sv", None),
        ("1e5", "sv", None),
    ],
)
def test_numbers_with_decimals(text, language, expected):
    assert value_of("decimal", text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("tvåhundrafemtio", "sv", "250"),
        ("två hundra femtio", "sv", "250"),
        ("ett tusen", "sv", "1000"),
        ("ettusen", "sv", "1000"),
        ("tusen", "sv", "1000"),
        ("tolvhundra", "sv", "1200"),
        ("nittonhundraåttiofyra", "sv", "1984"),
        ("tvåtusen tjugosex", "sv", "2026"),
        ("hundratjugo", "sv", "120"),
        ("cirka tvåhundra personer", "sv", "200"),
        ("tvåhundratusen", "sv", "200000"),
        ("two hundred and fifty", "en", "250"),
        ("one thousand two hundred", "en", "1200"),
        ("a hundred and five", "en", "105"),
        ("fifteen hundred", "en", "1500"),
        ("kaksisataaviisikymmentä", "fi", "250"),
        ("tuhat", "fi", "1000"),
        ("kaksituhatta", "fi", "2000"),
        ("مئتان وخمسون", "ar", "250"),
        ("مئة وخمسة وعشرون", "ar", "125"),
        ("ثلاثة آلاف", "ar", "3000"),
        ("ألفان", "ar", "2000"),
        ("laba boqol iyo konton", "so", "250"),
        ("kun iyo laba boqol", "so", "1200"),
        ("two hundred", "sv", "200"),
        ("tvåhundra", "en", "200"),
        ("två tre", "sv", None),
        ("tio fem", "sv", None),
        ("entre", "sv", None),
        ("noll noll", "sv", None),
        ("hundra hundra", "sv", None),
    ],
)
def test_numbers_put_together(text, language, expected):
    assert value_of("integer", text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("2 eller 3", "sv", ("2", "3")),
        ("mellan 3 och 4", "sv", ("3", "4")),
        ("3-4", "sv", ("3", "4")),
        ("3–4 år", "sv", ("3", "4")),
        ("3 till 4", "sv", ("3", "4")),
        ("mellan tre och fyra", "sv", ("3", "4")),
        ("between 3 and 4", "en", ("3", "4")),
        ("3 or 4", "en", ("3", "4")),
        ("3 tai 4", "fi", ("3", "4")),
        ("بين ٣ و ٤", "ar", ("3", "4")),
        ("3 ama 4", "so", ("3", "4")),
        ("3 och 3", "sv", None),
        ("1-2-3", "sv", None),
        ("inte 3-4", "sv", None),
        ("inte 5", "sv", None),
        ("not 5", "en", None),
        ("ei 5", "fi", None),
        ("minst 5", "sv", None),
        ("över 5", "sv", None),
        ("5 eller fler", "sv", None),
        ("upp till 5", "sv", None),
        ("3, 4", "sv", None),
        ("2 barn och en hund", "sv", None),
        ("070-123 45 67", "sv", None),
        ("2026-03-05", "sv", None),
    ],
)
def test_two_numbers_are_asked_back_and_a_negation_is_never_dropped(text, language, expected):
    assert value_of("integer", text, language) == expected
    assert value_of("range", text, language, step=Decimal(1)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("½", "0.5"), ("2½", "2.5"), ("1 ¼ km", "1.25"), ("2,5 pizzor", None), ("2,5 kg", "2.5"), ("2,5 timmar", "2.5")],
)
def test_parts_of_one(text, expected):
    assert value_of("decimal", text) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("vet ej", "sv"),
        ("Vet inte!", "sv"),
        ("I don't know", "en"),
        ("لا أعرف", "ar"),
        ("ma aqaan", "so"),
        ("en tiedä", "fi"),
        ("vet ej", "en"),
    ],
)
@pytest.mark.parametrize(
    "kind", ["integer", "decimal", "range", "date", "time", "datetime", "geopoint", "select_one", "rank"]
)
def test_not_knowing_is_an_answer_left_out(kind, text, language):
    assert value_of(kind, text, language) == ""


def test_not_knowing_is_kept_as_free_text():
    assert value_of("text", "vet ej") == "vet ej"


def test_a_scale_takes_whole_numbers_unless_its_step_is_a_part():
    assert value_of("range", "3,5", step=Decimal(1)) is None
    assert value_of("range", "3,5", step=Decimal("0.5")) == "3.5"


def test_free_text_is_kept_as_typed():
    assert value_of("text", "  Fler bänkar,\nTACK! 2 ") == "Fler bänkar,\nTACK! 2"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("STOP", "stop"), ("stopp!", "stop"), (" Stop. ", "stop"), ("/stop", "stop"), ("lopeta", "stop"), ("JOOJI", "stop"), ("إيقاف", "stop"),
        ("Hjälp", "help"), ("?help?", "help"), ("مساعدة", "help"), ("ÅNGRA", "back"), ("undo", "back"), ("mina svar", "mine"),
        ("radera", "erase"), ("WHO", "who"), ("språk", "language"), ("English", "speak"), ("العربية", "speak"), ("på svenska", "speak"),
        ("ändra 3", "change"), ("change question 3", "change"), ("ÄNDRA FRÅGA ٣", "change"), ("ändra", "mine"),
    ],
)  # fmt: skip
def test_commands_of_every_language_are_known_whatever_language_is_set(text, name):
    for language in ("sv", "en", "ar", "so", "fi"):
        command = find_command(load_lexicon(), text, language)
        assert command is not None
        assert command.name == name


@pytest.mark.parametrize(
    "text",
    [
        "stoppa byggandet",
        "please stop the traffic",
        "jag vill sluta köra bil",
        "stop 2",
        "help the school",
        "ändra allt",
        "",
    ],
)
def test_a_message_that_only_contains_a_command_is_none(text):
    assert find_command(load_lexicon(), text, "sv") is None
    assert not is_opt_out(load_lexicon(), text)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u202e\u202c", "\ufeff", "\n\t", "\u2066\u2069 "])
def test_what_shows_nothing_is_no_text(text):
    assert value_of("text", text) is None


@pytest.mark.parametrize("text", ["?", "-", "🙂", "…", "1", "\u202eabc\u202c"])
def test_whatever_shows_is_a_text(text):
    assert value_of("text", text) == text


def test_a_word_with_a_meaning_of_its_own_is_no_foreign_command():
    lexicon = Lexicon.build(
        {"aa": {"commands": {"back": ["da"], "stop": ["na"]}}, "bb": {"words": {"yes": ["da", "na"]}}, "cc": {}}
    )
    assert find_command(lexicon, "da", "aa") == Command("back")
    assert find_command(lexicon, "da", "bb") is None
    assert find_command(lexicon, "da", "cc") == Command("back", is_own=False)
    assert find_command(lexicon, "na", "bb") == Command("stop")


def test_changing_names_the_question():
    command = find_command(load_lexicon(), "ändra fråga tre", "sv")
    assert command is not None
    assert command.number == 3


@pytest.mark.parametrize(
    ("text", "language"),
    [("inga", "sv"), ("Ingen.", "sv"), ("none", "en"), ("ei yhtään", "fi"), ("لا شيء", "ar"), ("هیچ", "fa"), ("жодного", "uk"),
     ("żadnego", "pl"), ("nijedan", "bs"), ("waxba", "so")],
)  # fmt: skip
def test_none_where_a_number_is_asked_may_be_nought_and_is_asked_back(text, language):
    assert value_of("integer", text, language) == ("0",)
