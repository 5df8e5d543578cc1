"""Dates and times as people write them: told by table, one row a case. Now is Wednesday 4 March 2026, noon."""

from __future__ import annotations

from datetime import date

import pytest

from bot.understanding import Ambiguous, NotUnderstood, Open, Understood, read
from bot.understanding.calendars import persian
from locales import load_lexicon
from tests.bot.talk.readings import value_of
from tests.bot.talk.surveys import NOW


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
        ("2026 mars 5", "2026-03-05"),
        ("femte mars 2026", "2026-03-05"),
        ("torsdag 5 mars 2026", "2026-03-05"),
        ("05/31/2026", "2026-05-31"),
        ("idag", "2026-03-04"),
        ("yesterday", "2026-03-03"),
        ("غدا", "2026-03-05"),
        ("i övermorgon", "2026-03-06"),
        ("om tre dagar", "2026-03-07"),
        ("om 2 veckor", "2026-03-18"),
        ("för en vecka sedan", "2026-02-25"),
        ("in 3 days", "2026-03-07"),
        ("two weeks ago", "2026-02-18"),
        ("kolme päivää sitten", "2026-03-01"),
        ("قبل ٣ أيام", "2026-03-01"),
        ("i fredags", "2026-02-27"),
        ("31/2 2026", None),
        ("fredag 5 mars 2026", None),
        ("snart", None),
        ("5", None),
        ("5 6", None),
        ("mars", None),
        ("mars 2026", None),
        ("5 mars 3026", None),
        ("inte 5 mars", None),
        ("99999999", None),
        ("om 99999 dagar", None),
        ("1/2/3/4", None),
        ("5-12 mars", None),
        ("5, 12 mars", None),
        ("mars 5-12", None),
        ("3 maj - 5 maj", None),
        ("den 5 och 6 mars", None),
        ("5/3-7/3", None),
    ],
)
def test_dates(text, expected):
    assert value_of("date", text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("31 maj", "sv", "2026-05-31"),
        ("maj 31", "sv", "2026-05-31"),
        ("31/5", "sv", "2026-05-31"),
        ("31.5.", "fi", "2026-05-31"),
        ("31. toukokuuta", "fi", "2026-05-31"),
        ("5/31", "sv", "2026-05-31"),
        ("05-31", "sv", "2026-05-31"),
        ("den 31 maj", "sv", "2026-05-31"),
        ("trettioförsta maj", "sv", "2026-05-31"),
        ("May 31st", "en", "2026-05-31"),
        ("31 May", "sv", "2026-05-31"),
        ("٣١ مايو", "ar", "2026-05-31"),
        ("31 maajo", "so", "2026-05-31"),
        ("20 december", "sv", "2025-12-20"),
        ("5/6", "sv", "2026-06-05"),
        ("5 mars", "sv", "2026-03-05"),
        ("29 februari", "sv", "2028-02-29"),
        ("fredag 5 juni", "sv", "2026-06-05"),
        ("den 5:e", "sv", "2026-03-05"),
        ("den 25:e", "sv", "2026-02-25"),
        ("the 5th", "en", "2026-03-05"),
        ("den femte", "sv", "2026-03-05"),
        ("5/3 84", "sv", "1984-03-05"),
        ("5 mars 26", "sv", "2026-03-05"),
        ("840305", "sv", "1984-03-05"),
        ("på fredag", "sv", "2026-03-06"),
        ("on Friday", "en", "2026-03-06"),
        ("förra fredagen", "sv", "2026-02-27"),
        ("last friday", "en", "2026-02-27"),
        ("viime perjantaina", "fi", "2026-02-27"),
        ("الجمعة الماضية", "ar", "2026-02-27"),
    ],
)
def test_what_was_not_said_of_a_date_is_the_nearest_and_told_back(text, language, expected):
    reading = read(Open("date", language, load_lexicon(), NOW), text)
    assert isinstance(reading, Understood)
    assert (reading.value, reading.is_inferred) == (expected, True)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("fredag", "sv", ("2026-02-27", "2026-03-06")),
        ("perjantaina", "fi", ("2026-02-27", "2026-03-06")),
        ("يوم الجمعة", "ar", ("2026-02-27", "2026-03-06")),
        ("jimcaha", "so", ("2026-02-27", "2026-03-06")),
        ("onsdag", "sv", ("2026-02-25", "2026-03-04", "2026-03-11")),
        ("på onsdag", "sv", ("2026-03-04", "2026-03-11")),
        ("nästa fredag", "sv", ("2026-03-06", "2026-03-13")),
        ("next friday", "en", ("2026-03-06", "2026-03-13")),
        ("nästa måndag", "sv", "2026-03-09"),
        ("ensi perjantaina", "fi", ("2026-03-06", "2026-03-13")),
        ("الجمعة القادمة", "ar", ("2026-03-06", "2026-03-13")),
        ("5/6", "en", ("2026-06-05", "2026-05-06")),
        ("5/6/2026", "en", ("2026-06-05", "2026-05-06")),
        ("5.6.2026", "en", "2026-06-05"),
        ("05-06", "sv", ("2026-06-05", "2026-05-06")),
        ("26-03-05", "sv", ("2026-03-05", "2005-03-26")),
        ("260305", "sv", ("2026-03-05", "2005-03-26")),
    ],
)
def test_what_can_be_two_dates_is_asked_back(text, language, expected):
    assert value_of("date", text, language) == expected


def test_what_is_asked_back_is_readable():
    assert read(Open("time", "sv", load_lexicon(), NOW), "halv tre") == Ambiguous(
        ("02:30:00", "14:30:00"), candidates=("02:30", "14:30")
    )


@pytest.mark.parametrize(
    ("year", "month", "day", "expected"),
    [
        (1405, 1, 1, date(2026, 3, 21)),
        (1404, 1, 1, date(2025, 3, 21)),
        (1403, 1, 1, date(2024, 3, 20)),
        (1403, 12, 30, date(2025, 3, 20)),
        (1399, 12, 30, date(2021, 3, 20)),
        (1400, 1, 1, date(2021, 3, 21)),
        (1357, 11, 22, date(1979, 2, 11)),
        (1404, 12, 30, None),
        (1405, 7, 31, None),
        (1405, 13, 1, None),
        (2026, 1, 1, None),
    ],
)
def test_the_persian_calendar(year, month, day, expected):
    assert persian(year, month, day) == expected


def test_years_of_the_persian_calendar_are_read_where_people_use_it():
    lexicon = type(load_lexicon()).build({"fa": {"persian_months": [[f"m{n}"] for n in range(1, 13)]}, "sv": {}})
    assert read(Open("date", "fa", lexicon, NOW), "۱۴۰۵/۱/۱") == Understood("2026-03-21", is_inferred=True)
    assert read(Open("date", "fa", lexicon, NOW), "۱ m1") == Understood(
        "2026-03-21", is_inferred=True, otherwise=("2025-03-21", "2027-03-21")
    )
    assert read(Open("date", "sv", lexicon, NOW), "1405-01-01") == NotUnderstood("date")
    assert read(Open("date", "sv", lexicon, NOW), "1 m1 1405") == Understood("2026-03-21", is_inferred=True)
    assert read(Open("date", "fa", lexicon, NOW), "2026-03-21") == Understood("2026-03-21")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", "14:30:00"),
        ("14.30", "14:30:00"),
        ("kl 14", "14:00:00"),
        ("klockan 7.05", "07:05:00"),
        ("1430", "14:30:00"),
        ("0830", "08:30:00"),
        ("2 pm", "14:00:00"),
        ("2pm", "14:00:00"),
        ("12 am", "00:00:00"),
        ("12 pm", "12:00:00"),
        ("2:15 p.m.", "14:15:00"),
        ("١٤:٣٠", "14:30:00"),
        ("14:30:00", "14:30:00"),
        ("kvart över 14", "14:15:00"),
        ("mitt på dagen", "12:00:00"),
        ("midnight", "00:00:00"),
        ("noon", "12:00:00"),
        ("25:00", None),
        ("14:75", None),
        ("14 på morgonen", None),
        ("sen", None),
        ("klockan", None),
        ("inte 14", None),
        ("14:30:15:20", None),
        ("8-10", None),
        ("10–12", None),
        ("8 till 10", None),
        ("8 to 10", None),
        ("mellan 8 och 10", None),
        ("14:30-15:30", None),
    ],
)
def test_times_of_day(text, expected):
    assert value_of("time", text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("8 på kvällen", "sv", "20:00:00"),
        ("åtta på morgonen", "sv", "08:00:00"),
        ("kl 8 fm", "sv", "08:00:00"),
        ("halv tre på natten", "sv", "02:30:00"),
        ("halv tre på eftermiddagen", "sv", "14:30:00"),
        ("halv 3 em", "sv", "14:30:00"),
        ("kvart över åtta på kvällen", "sv", "20:15:00"),
        ("fem i halv tre på eftermiddagen", "sv", "14:25:00"),
        ("fem över halv tre em", "sv", "14:35:00"),
        ("tio i åtta på kvällen", "sv", "19:50:00"),
        ("halv ett på natten", "sv", "00:30:00"),
        ("tolv på natten", "sv", "00:00:00"),
        ("half past two in the afternoon", "en", "14:30:00"),
        ("quarter to eight in the evening", "en", "19:45:00"),
        ("ten past eight pm", "en", "20:10:00"),
        ("eight thirty pm", "en", "20:30:00"),
        ("puoli kolme iltapäivällä", "fi", "14:30:00"),
        ("varttia vaille kahdeksan illalla", "fi", "19:45:00"),
        ("kahdeksalta aamulla", "fi", "08:00:00"),
        ("الثامنة والربع مساء", "ar", "20:15:00"),
        ("الثامنة إلا ربعا صباحا", "ar", "07:45:00"),
        ("الثانية والنصف بعد الظهر", "ar", "14:30:00"),
        ("siddeed iyo rubuc fiidnimo", "so", "20:15:00"),
        ("laba iyo badh galabnimo", "so", "14:30:00"),
    ],
)
def test_a_part_of_the_day_settles_a_time(text, language, expected):
    assert value_of("time", text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("halv tre", "sv", ("02:30:00", "14:30:00")),
        ("kl halv tre", "sv", ("02:30:00", "14:30:00")),
        ("halv ett", "sv", ("00:30:00", "12:30:00")),
        ("kvart över åtta", "sv", ("08:15:00", "20:15:00")),
        ("kvart i ett", "sv", ("00:45:00", "12:45:00")),
        ("åtta", "sv", ("08:00:00", "20:00:00")),
        ("half two", "en", ("02:30:00", "14:30:00")),
        ("half past two", "sv", ("02:30:00", "14:30:00")),
        ("puoli kolme", "fi", ("02:30:00", "14:30:00")),
        ("puoli kolme", "sv", ("02:30:00", "14:30:00")),
        ("الثانية والنصف", "ar", ("02:30:00", "14:30:00")),
        ("åtta på natten", "sv", None),
    ],
)
def test_what_is_said_on_a_dial_of_twelve_hours_is_asked_back(text, language, expected):
    assert value_of("time", text, language) == expected


@pytest.mark.parametrize(
    ("text", "is_inferred"), [("8", True), ("2:30", True), ("08:30", False), ("14", False), ("0:30", False)]
)
def test_figures_are_the_24_hour_clock_and_told_back_when_they_need_not_be(text, is_inferred):
    reading = read(Open("time", "sv", load_lexicon(), NOW), text)
    assert isinstance(reading, Understood)
    assert reading.is_inferred is is_inferred


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "02:30:00"),
        ("tvåan", "14:30:00"),
        ("den andra", "14:30:00"),
        ("b", "14:30:00"),
        ("på kvällen", "14:30:00"),
        ("em", "14:30:00"),
        ("pm", "14:30:00"),
        ("på natten", "02:30:00"),
        ("14:30", "14:30:00"),
        ("15:00", "15:00:00"),
    ],
)
def test_which_time_was_meant(text, expected):
    assert value_of("time", text, offered=("02:30:00", "14:30:00")) == expected


def test_a_number_that_is_both_a_place_in_the_list_and_another_of_its_times_is_asked_back_again():
    assert value_of("time", "2", offered=("02:00:00", "14:00:00")) == ("02:00:00", "14:00:00")
    assert value_of("time", "1", offered=("01:00:00", "13:00:00")) == "01:00:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05 14:30", "2026-03-05T14:30:00"),
        ("2026-03-05T14:30", "2026-03-05T14:30:00"),
        ("5 mars 2026 kl 14", "2026-03-05T14:00:00"),
        ("kl 14 den 5 mars", "2026-03-05T14:00:00"),
        ("14:30 idag", "2026-03-04T14:30:00"),
        ("i morgon kl 8 på kvällen", "2026-03-05T20:00:00"),
        ("i morgon kväll kl 8", "2026-03-05T20:00:00"),
        ("på fredag klockan 18", "2026-03-06T18:00:00"),
        ("tomorrow at 8 pm", "2026-03-05T20:00:00"),
        ("i morgon halv tre", ("2026-03-05T02:30:00", "2026-03-05T14:30:00")),
        ("huomenna kello 14", "2026-03-05T14:00:00"),
        ("غدا الساعة ١٤", "2026-03-05T14:00:00"),
        ("berri saacadda 14", "2026-03-05T14:00:00"),
        ("5 mars 2026 1430", "2026-03-05T14:30:00"),
        ("5 mars 2026", None),
        ("5/3 2026", None),
        ("5/3 8-10", None),
        ("idag", None),
        ("14:30", None),
    ],
)
def test_a_date_with_a_time(text, expected):
    assert value_of("datetime", text) == expected
