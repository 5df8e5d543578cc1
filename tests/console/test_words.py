"""Which language a page is read in, and how dates and numbers stand in it."""

from datetime import UTC, datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

import pytest

from bot.languages import NAMES
from console.words import Words, choose, locale_of, own_name

OFFERED = ("sv", "en", "ar", "fa-AF")


@pytest.mark.parametrize(
    ("asked", "accepted", "expected"),
    [
        ("ar", "en", "ar"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "de,ar;q=0.4,en;q=0.7", "en"),
        (None, "fa", "fa-AF"),
        (None, "EN", "en"),
        ("xx", None, "sv"),
        (None, "ar;q=0", "sv"),
        (None, ";;,q=,en;q=high,*", "sv"),
        (None, None, "sv"),
    ],
)
def test_the_address_goes_before_the_browser_and_the_first_language_is_the_last_resort(asked, accepted, expected):
    assert choose(asked, accepted, OFFERED) == expected


def test_a_moment_is_written_at_the_municipalitys_clock():
    words = Words("sv", "ltr", NullTranslations(), ZoneInfo("Europe/Stockholm"))
    assert words.date(datetime(2027, 6, 30, 22, 30, tzinfo=UTC)) == "1 juli 2027"


@pytest.mark.parametrize(
    ("code", "expected"), [("so", "1 Janaayo 2027"), ("ti", "1 ጥሪ 2027"), ("tlh", "1 January 2027")]
)
def test_a_page_writes_a_day_as_messages_do(code: str, expected: str):
    words = Words(code, "ltr", NullTranslations(), ZoneInfo("Europe/Stockholm"))
    assert words.date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == expected


def test_a_period_over_the_turn_of_the_year_names_both_years():
    zone = ZoneInfo("Europe/Stockholm")
    start, end = datetime(2026, 12, 28, 8, tzinfo=UTC), datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    for code in NAMES:
        told = Words(code, "ltr", NullTranslations(), zone).period(start, end)
        assert told.count("2026") == told.count("2027") == 1, (code, told)


def test_numbers_follow_the_language():
    words = Words("sv", "ltr", NullTranslations(), ZoneInfo("Europe/Stockholm"))
    assert (words.number(12345), words.share(0.237)) == ("12\N{NO-BREAK SPACE}345", "24\N{NO-BREAK SPACE}%")


def test_a_language_without_formats_of_its_own_is_written_with_those_of_another():
    assert locale_of("sv-simple").language == "sv"
    assert locale_of("fit").language == "sv"
    assert locale_of("kmr").language == "ku"
    assert locale_of("tlh").language == "en"


def test_languages_are_named_as_their_speakers_name_them():
    assert [own_name(code) for code in ("sv", "sv-simple", "en")] == ["Svenska", "Lättläst svenska", "English"]
    assert own_name("ar") == "العربية"
    assert [own_name(code) for code in ("fit", "de", "xx")] == ["Meänkieli", "Deutsch", "xx"]


def test_every_shipped_language_has_a_name_to_every_reader():
    zone = ZoneInfo("Europe/Stockholm")
    for reader in NAMES:
        names = {code: Words(reader, "ltr", NullTranslations(), zone).name_of(code) for code in NAMES}
        assert [code for code, name in names.items() if name == code] == [], reader
    swedish = Words("sv", "ltr", NullTranslations(), zone)
    assert [swedish.name_of(code) for code in ("fa-AF", "sv-simple", "rmy")] == ["dari", "Lättläst svenska", "romani"]
