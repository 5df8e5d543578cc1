"""Days that are said at the turn of the year, and 29 February."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.understanding import Ambiguous, Open, Understood, read
from locales import load_lexicon

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def reading(now: str, kind: str, text: str, language: str) -> Understood | Ambiguous:
    moment = datetime.fromisoformat(now).replace(tzinfo=STOCKHOLM)
    found = read(Open(kind, language, load_lexicon(), moment), text)
    assert isinstance(found, Understood | Ambiguous), found
    return found


@pytest.mark.parametrize(
    ("now", "language", "text", "expected"),
    [
        ("2026-12-31T12:00", "sv", "imorgon", "2027-01-01"),
        ("2026-12-31T12:00", "en", "tomorrow", "2027-01-01"),
        ("2026-12-31T12:00", "fi", "huomenna", "2027-01-01"),
        ("2026-12-31T12:00", "ar", "غدا", "2027-01-01"),
        ("2026-12-31T12:00", "ru", "завтра", "2027-01-01"),
        ("2026-12-31T23:59", "sv", "imorgon", "2027-01-01"),
        ("2027-01-01T00:01", "sv", "imorgon", "2027-01-02"),
        ("2027-01-01T00:01", "en", "yesterday", "2026-12-31"),
        ("2026-12-31T12:00", "en", "in two days", "2027-01-02"),
        ("2026-12-31T12:00", "sv", "om två dagar", "2027-01-02"),
        ("2026-12-31T12:00", "sv", "om en vecka", "2027-01-07"),
        ("2027-01-01T12:00", "en", "two days ago", "2026-12-30"),
        ("2026-12-31T12:00", "sv", "nästa måndag", "2027-01-04"),
        ("2026-12-31T12:00", "sv", "i torsdags", "2026-12-24"),
        ("2028-02-28T12:00", "sv", "imorgon", "2028-02-29"),
        ("2028-02-28T12:00", "sv", "om två dagar", "2028-03-01"),
        ("2028-02-29T12:00", "en", "tomorrow", "2028-03-01"),
        ("2028-03-01T12:00", "sv", "igår", "2028-02-29"),
        ("2027-06-01T12:00", "sv", "29/2 2028", "2028-02-29"),
        ("2026-12-31T12:00", "sv", "29.2.2028", "2028-02-29"),
    ],
)
def test_what_is_said_from_today_crosses_the_turn_of_the_year(
    now: str, language: str, text: str, expected: str
) -> None:
    found = reading(now, "date", text, language)
    assert isinstance(found, Understood)
    assert (found.value, found.is_inferred) == (expected, False)


@pytest.mark.parametrize(
    ("now", "language", "text", "expected"),
    [
        ("2026-12-31T12:00", "sv", "fredag", ("2026-12-25", "2027-01-01")),
        ("2026-12-31T12:00", "sv", "nästa fredag", ("2027-01-01", "2027-01-08")),
        ("2026-12-31T12:00", "en", "next friday", ("2027-01-01", "2027-01-08")),
        ("2026-12-31T12:00", "ar", "الجمعة القادمة", ("2027-01-01", "2027-01-08")),
        ("2027-01-01T12:00", "sv", "torsdag", ("2026-12-31", "2027-01-07")),
        ("2026-12-30T12:00", "en", "1/3", ("2027-03-01", "2027-01-03")),
    ],
)
def test_what_can_be_two_days_is_asked_back_over_the_turn_of_the_year(
    now: str, language: str, text: str, expected: tuple[str, ...]
) -> None:
    found = reading(now, "date", text, language)
    assert isinstance(found, Ambiguous)
    assert found.values == expected


@pytest.mark.parametrize(
    ("now", "language", "text", "expected", "otherwise"),
    [
        ("2026-12-30T12:00", "sv", "3 januari", "2027-01-03", ("2026-01-03", "2028-01-03")),
        ("2026-12-30T12:00", "en", "3 January", "2027-01-03", ("2026-01-03", "2028-01-03")),
        ("2026-12-30T12:00", "fi", "3.1.", "2027-01-03", ("2026-01-03", "2028-01-03")),
        ("2026-12-30T12:00", "ar", "٣ يناير", "2027-01-03", ("2026-01-03", "2028-01-03")),
        ("2026-12-30T12:00", "sv", "söndag 3 januari", "2027-01-03", ()),
        ("2026-12-30T12:00", "sv", "den 3:e", "2027-01-03", ()),
        ("2027-01-02T12:00", "sv", "30 december", "2026-12-30", ("2025-12-30", "2027-12-30")),
        ("2027-01-02T12:00", "sv", "den 31:a", "2026-12-31", ()),
        ("2026-12-31T12:00", "fa", "۱۳ دی", "2027-01-03", ("2026-01-03", "2028-01-03")),
        ("2026-12-31T12:00", "fa", "30 اسفند", "2025-03-20", ("2021-03-20", "2030-03-20")),
        ("2026-12-30T12:00", "sv", "29 februari", "2028-02-29", ("2024-02-29", "2032-02-29")),
        ("2028-02-29T12:00", "en", "29 Feb", "2028-02-29", ("2024-02-29", "2032-02-29")),
        ("2098-03-01T12:00", "sv", "29/2", "2096-02-29", ("2092-02-29", "2104-02-29")),
        ("2100-02-28T12:00", "sv", "29/2", "2096-02-29", ("2092-02-29", "2104-02-29")),
    ],
)
def test_a_day_without_its_year_is_the_nearest_and_told_back_with_others_in_reserve(
    now: str, language: str, text: str, expected: str, otherwise: tuple[str, ...]
) -> None:
    found = reading(now, "date", text, language)
    assert isinstance(found, Understood)
    assert (found.value, found.is_inferred, found.otherwise) == (expected, True, otherwise)


def test_a_day_and_a_time_over_midnight() -> None:
    assert reading("2026-12-31T23:50", "datetime", "imorgon kl 14", "sv") == Understood("2027-01-01T14:00:00")
    found = reading("2026-12-30T12:00", "datetime", "3 januari 14:30", "sv")
    assert isinstance(found, Understood)
    assert (found.value, found.otherwise[0]) == ("2027-01-03T14:30:00", "2026-01-03T14:30:00")


@pytest.mark.parametrize("text", ["29/2 2027", "29 februari 2026", "31 november", "30/2"])
def test_a_day_that_no_year_has_is_not_understood(text: str) -> None:
    moment = datetime(2026, 12, 30, 12, tzinfo=STOCKHOLM)
    assert not isinstance(read(Open("date", "sv", load_lexicon(), moment), text), Understood)
