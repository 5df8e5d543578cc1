"""Numbers told back: as the language writes them, and understood as the same when a resident says them again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms.answers import decimal
from bot.kinds import value_text
from bot.understanding import Understood, read
from bot.wordings import isolate
from locales import codes, translation
from tests.bot.talk.readings import opened
from tests.bot.talk.surveys import NOW, Resident, survey

WALK = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) | calculation | parameters | constraint | constraint_message::Svenska (sv) | constraint_message::English (en) | constraint_message::العربية (ar) |
| | decimal | far | Hur långt gick du? | How far did you walk? | كم مشيت؟ | | | . < ${most} | Högst ${most} km. | At most ${most} km. | على الأكثر ${most} كم. |
| | calculate | most | | | | 2.5 * 4 + 0.25 | | | | | |
| | calculate | twice | | | | ${far} * 2 | | | | | |
| | range | steep | Brant, efter ${far} km (${twice} hem igen)? | Steep, after ${far} km (${twice} and back)? | منحدر بعد ${far} كم (${twice})؟ | | start=0.5 end=2.5 step=0.5 | | | | |
| | text | more | Mer? | More? | المزيد؟ | | | | | | |
"""
LANGUAGES = [("sv", ","), ("en", "."), ("ar", ".")]


@pytest.mark.parametrize("language", codes())
@given(number=st.decimals(-(10**8), 10**8, places=6), places=st.integers(0, 6))
def test_what_is_told_is_understood_as_the_same_number(language, number, places):
    stored = decimal(format(round(number, places), "f"))
    assert stored is not None
    told = value_text("decimal", stored, language)
    for written in (told, isolate(translation(language), told)):
        reading = read(opened("decimal", language), written)
        assert isinstance(reading, Understood), (written, reading)
        assert decimal(reading.value) == stored or Decimal(reading.value) == Decimal(stored) == 0


@pytest.mark.parametrize(
    ("language", "told"),
    [("sv", "3,5"), ("sv-simple", "3,5"), ("fi", "3,5"), ("fit", "3,5"), ("rmy", "3,5"), ("se", "3,5"), ("kmr", "3,5"), ("bs", "3,5"),
     ("pl", "3,5"), ("ru", "3,5"), ("uk", "3,5"), ("en", "3.5"), ("ar", "3.5"), ("fa", "3.5"), ("ti", "3.5"), ("xx", "3.5")],
)  # fmt: skip
def test_decimals_stand_behind_the_sign_of_the_language(language, told):
    assert value_text("decimal", "3.5", language) == told


@pytest.mark.parametrize("kind", ["decimal", "range", "integer"])
def test_thousands_are_not_parted(kind):
    assert [value_text(kind, "1234567", language) for language in codes()] == ["1234567"] * len(codes())


def test_coordinates_keep_their_points():
    assert value_text("geopoint", "57.9 12.1 0.0 0.0", "sv") == "57.9, 12.1"


@pytest.mark.parametrize(("language", "sign"), LANGUAGES)
def test_answers_are_told_with_it_and_kept_with_a_point(language, sign):
    resident = Resident(survey(WALK), language=language).says("3.5", "1.5", "mine")
    assert f"3{sign}5" in resident.text()
    assert f"1{sign}5" in resident.text()
    assert (resident.answer("far"), resident.answer("steep"), resident.answer("twice")) == ("3.5", "1.5", "7")
    assert f"2{sign}75" in resident.says("change 1", "2.75").text()
    assert f"2{sign}75" in resident.says("change 2", "back").text()


@pytest.mark.parametrize(("language", "sign"), LANGUAGES)
def test_a_survey_tells_answers_and_what_comes_of_them_in_its_texts(language, sign):
    resident = Resident(survey(WALK), language=language).says("3.25")
    assert f"3{sign}25" in resident.text()
    assert f"6{sign}5" in resident.text()


@pytest.mark.parametrize(("language", "sign"), LANGUAGES)
def test_a_survey_tells_its_bounds_in_the_words_for_a_broken_rule(language, sign):
    assert f"10{sign}25" in Resident(survey(WALK), language=language).says("11").text()


def test_other_clients_of_a_survey_read_its_texts_as_odk_writes_them():
    entry = survey(WALK).new(now=NOW, is_verbatim=True)
    entry.fill("/data/far", "3.25")
    assert entry.label("/data/steep", "Svenska (sv)") == "Brant, efter 3.25 km (6.5 hem igen)?"


@pytest.mark.parametrize(("language", "sign"), LANGUAGES)
def test_a_scale_names_its_numbers_with_it(language, sign):
    resident = Resident(survey(WALK), language=language).says("3")
    (shown,) = resident.hears(has_buttons=True)
    assert [option.label for option in shown.options] == [f"0{sign}5", "1", f"1{sign}5", "2", f"2{sign}5"]
    assert all(f"{bound[0]}{sign}{bound[2]}" in resident.text() for bound in ("0.5", "2.5"))
    assert resident.presses(shown.options[2].value).answer("steep") == "1.5"


def test_what_could_be_meant_is_asked_back_with_it():
    resident = Resident(survey(WALK.replace(". < ${most}", ""))).says("1.005")
    assert "Menade du 1,005 eller 1005?" in resident.text()
    assert [action.label for action in resident.hears(has_buttons=True)[0].actions[:2]] == ["1,005", "1005"]
    assert resident.says("1,005").answer("far") == "1.005"
