"""What residents write in Persian, Dari, Sorani, Kurmanji and Tigrinya: one row a case. Other languages stand in the tests beside this."""

from __future__ import annotations

import pytest

from bot.understanding import Selectable
from tests.bot.talk import readings
from tests.bot.talk.readings import Meant

YES_OR_NO = (Selectable("yes", ("Ja",)), Selectable("no", ("Nej",)))
THINGS = tuple(Selectable(name, (name,)) for name in ("bench", "light", "square", "street"))
CHOICES = {"select_one": THINGS, "select_multiple": THINGS, "yes or no": YES_OR_NO}


def value_of(language: str, kind: str, text: str) -> Meant:
    type_ = "select_one" if kind == "yes or no" else kind
    return readings.value_of(type_, text, language, choices=CHOICES.get(kind, ()))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fa", "بله لطفاً", "yes"),
        ("fa", "نه ممنون", "no"),
        ("fa", "نمی خواهم", "no"),
        ("fa-AF", "بلی", "yes"),
        ("fa-AF", "نی تشکر", "no"),
        ("ckb", "بەلی", "yes"),
        ("ckb", "نەخێر سوپاس", "no"),
        ("kmr", "ere", "yes"),
        ("kmr", "na spas", "no"),
        ("ti", "እወ በጃኹም", "yes"),
        ("ti", "አይፋል", "no"),
        ("ar", "تمام", "yes"),  # "finished" in Persian
        ("sv", "du", None),  # "two" in Kurmanji
        ("sv", "neh", "no"),  # "nine" in Kurmanji
    ],
)
def test_yes_and_no(language, text, expected):
    assert value_of(language, "yes or no", text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fa", "بیست و پنج", "25"),
        ("fa", "بیست و نه", "29"),
        ("fa", "نه", None),  # "no" and "nine" are written alike
        ("fa", "دو هزار و سیصد", "2300"),
        ("fa", "۳۴ ساله", "34"),
        ("fa-AF", "دو صد و پنجاه", "250"),
        ("ckb", "دووسەد و پەنجا", "250"),
        ("ckb", "٣٤ ساڵ", "34"),
        ("kmr", "bist u penc", "25"),
        ("kmr", "du sed û pêncî", "250"),
        ("kmr", "du", "2"),
        ("sv", "du", None),
        ("ti", "ዕስራን ሓሙሽተን", "25"),
        ("ti", "ክልተ ሽሕን ሰለስተ ሚእትን", "2300"),
        ("ti", "፳፭", "25"),
    ],
)
def test_numbers(language, text, expected):
    assert value_of(language, "integer", text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fa", "همه به جز ۲", "bench square street"),
        ("fa", "۱ و ۳", "bench square"),
        ("ckb", "هەموویان جگە لە ٢", "bench square street"),
        ("ckb", "هیچیان", ""),
        ("kmr", "hemû ji bilî 2", "bench square street"),
        ("kmr", "tu yek ji wan", ""),
        ("ti", "ኩሎም ብጀካ 2", "bench square street"),
        ("ti", "ሓደን ሰለስተን", "bench square"),
    ],
)
def test_several_of_several(language, text, expected):
    assert value_of(language, "select_multiple", text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fa", "۵ خرداد", "2026-05-26"),
        ("fa", "۱۴۰۴/۱۲/۲۰", "2026-03-11"),
        ("fa", "جمعه گذشته", "2026-02-27"),
        ("fa", "سه روز دیگر", "2026-03-07"),
        ("fa-AF", "۵ جوزا", "2026-05-26"),
        ("fa-AF", "۱۵ مارچ", "2026-03-15"),
        ("ckb", "١٥ی ئازار", "2026-03-15"),
        ("ckb", "دوای سێ ڕۆژ", "2026-03-07"),
        ("kmr", "15ê adarê", "2026-03-15"),
        ("kmr", "sê roj berê", "2026-03-01"),
        ("ti", "15 መጋቢት", "2026-03-15"),
        ("ti", "ዝሓለፈ ዓርቢ", "2026-02-27"),
    ],
)
def test_dates(language, text, expected):
    assert value_of(language, "date", text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fa", "ده دقیقه به سه", ("02:50:00", "14:50:00")),
        ("fa", "سه و ده دقیقه", ("03:10:00", "15:10:00")),
        ("fa", "سه و ربع", ("03:15:00", "15:15:00")),
        ("fa", "هشت شب", "20:00:00"),
        ("fa", "دو شب", "02:00:00"),
        ("fa-AF", "سه و نیم بجه", ("03:30:00", "15:30:00")),
        ("ckb", "دە خولەک بۆ سێ", ("02:50:00", "14:50:00")),
        ("ckb", "هەشت و نیوی ئێوارە", "20:30:00"),
        ("kmr", "deh deqe ji sisiyan re", ("02:50:00", "14:50:00")),
        ("kmr", "saet 8ê sibê", "08:00:00"),
        ("ti", "ሰዓት ክልተን ፈረቓን", ("02:30:00", "08:30:00", "14:30:00", "20:30:00")),  # from midnight or from sunrise
        ("ti", "14:30", "14:30:00"),
    ],
)
def test_times(language, text, expected):
    assert value_of(language, "time", text) == expected
