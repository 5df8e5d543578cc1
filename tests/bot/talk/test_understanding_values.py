"""What a message means as a number, a date, a time or a place, and which messages are commands."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.understanding import NotUnderstood, Open, Understood, find_command, is_opt_out, read
from locales import load_lexicon

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def value_of(kind: str, text: str, language: str = "sv", step: Decimal | None = None) -> str | None:
    reading = read(Open(kind, language, load_lexicon(), NOW, step=step), text)
    assert isinstance(reading, Understood | NotUnderstood)
    return reading.value if isinstance(reading, Understood) else None


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
        ("2 eller 3", None),
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


def test_a_scale_takes_whole_numbers_unless_its_step_is_a_part():
    assert value_of("range", "3,5", step=Decimal(1)) is None
    assert value_of("range", "3,5", step=Decimal("0.5")) == "3.5"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05", "2026-03-05"),
        ("5/3 2026", "2026-03-05"),
        ("5.3.2026", "2026-03-05"),
        ("05-03-2026", "2026-03-05"),
        ("20260305", "2026-03-05"),
        ("5 mars 2026", "2026-03-05"),
        ("den 5:e mars 2026", "2026-03-05"),
        ("March 5th, 2026", "2026-03-05"),
        ("5 maaliskuuta 2026", "2026-03-05"),
        ("٥ مارس ٢٠٢٦", "2026-03-05"),
        ("idag", "2026-03-04"),
        ("yesterday", "2026-03-03"),
        ("غدا", "2026-03-05"),
        ("31/2 2026", None),
        ("5 mars", None),
        ("5/3 84", None),
        ("snart", None),
    ],
)
def test_dates(text, expected):
    assert value_of("date", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", "14:30:00"),
        ("14.30", "14:30:00"),
        ("kl 14", "14:00:00"),
        ("klockan 7.05", "07:05:00"),
        ("1430", "14:30:00"),
        ("2 pm", "14:00:00"),
        ("12 am", "00:00:00"),
        ("2:15 p.m.", "14:15:00"),
        ("١٤:٣٠", "14:30:00"),
        ("14:30:00", "14:30:00"),
        ("25:00", None),
        ("14:75", None),
        ("13 pm", None),
        ("sen", None),
    ],
)
def test_times_of_day(text, expected):
    assert value_of("time", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-03-05 14:30", "2026-03-05T14:30:00"), ("5 mars 2026 kl 14", "2026-03-05T14:00:00"), ("idag", None)],
)
def test_a_date_with_a_time(text, expected):
    assert value_of("datetime", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("57.93, 12.11", "57.93 12.11 0 0"),
        ("57,93; 12,11", "57.93 12.11 0 0"),
        ("-57.93 12.11", "-57.93 12.11 0 0"),
        ("97.93, 12.11", None),
        ("vid torget", None),
    ],
)
def test_places(text, expected):
    assert value_of("geopoint", text) == expected


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


def test_changing_names_the_question():
    command = find_command(load_lexicon(), "ändra fråga tre", "sv")
    assert command is not None
    assert command.number == 3
