"""Numbers with a half in words, digits in boxes, and the year that was not said."""

from __future__ import annotations

import pytest

from bot.events import Answered, ConstraintBroken, Misunderstood
from bot.understanding import Ambiguous, NotUnderstood, Open, Selectable, Understood, read
from tests.bot.talk.surveys import ENGINE, NOW, Resident, survey

HALVES = [
    ("sv", "en och en halv", "1.5"), ("sv", "Två och ett halvt år", "2.5"), ("sv", "2 och en halv", "2.5"),
    ("sv", "halvannan", "1.5"), ("sv", "en halv", "0.5"), ("sv", "tjugotvå och en halv", "22.5"),
    ("en", "one and a half", "1.5"), ("en", "about two and a half km", "2.5"), ("en", "half", "0.5"),
    ("fi", "puolitoista", "1.5"), ("fi", "kaksi ja puoli", "2.5"), ("fit", "kolme ja puoli", "3.5"),
    ("pl", "półtora", "1.5"), ("pl", "dwa i pół", "2.5"), ("ru", "полтора", "1.5"), ("ru", "два с половиной", "2.5"),
    ("uk", "півтора", "1.5"), ("uk", "два з половиною", "2.5"), ("bs", "dva i po", "2.5"), ("ar", "ثلاثة ونصف", "3.5"),
    ("fa", "یک و نیم", "1.5"), ("fa-AF", "دو و نیم", "2.5"), ("ckb", "دوو و نیو", "2.5"), ("kmr", "du û nîv", "2.5"),
    ("so", "laba iyo badh", "2.5"), ("yi", "צוויי מיט אַ האַלב", "2.5"), ("sv", "puolitoista", "1.5"),
]  # fmt: skip

TRIPS = """
| survey |
| | type | name | label | constraint | constraint_message |
| | date | been | När var du där? | . <= today() | Det måste ha hänt. |
| | date | goes | När åker du? | . > today() + 400 | Tidigast nästa år. |
| | date | met | När träffades vi? | . != date('2026-03-20') | Inte då. |
| | text | last | Mer? | | |
"""


def open_with(count: int, kind: str = "select_multiple") -> Open:
    choices = tuple(Selectable(f"c{n}", (f"Val {n} av många",)) for n in range(1, count + 1))
    return Open(kind, "sv", ENGINE.lexicon, NOW, choices=choices)


@pytest.mark.parametrize(("language", "said", "value"), HALVES)
def test_a_number_with_a_half(language: str, said: str, value: str):
    assert read(Open("decimal", language, ENGINE.lexicon, NOW), said) == Understood(value)


@pytest.mark.parametrize("said", ["en och en halv", "halvannan", "och en halv", "inte en halv"])
def test_a_half_is_no_whole_number_and_never_without_the_number_before_it(said: str):
    assert read(Open("integer", "sv", ENGINE.lexicon, NOW), said) == NotUnderstood("number")


def test_a_number_or_a_half_is_asked_back():
    asked = read(Open("decimal", "sv", ENGINE.lexicon, NOW), "tre eller en halv")
    assert isinstance(asked, Ambiguous)
    assert asked.values == ("3", "0.5")


@pytest.mark.parametrize(("said", "value"), [("3️⃣4️⃣", "34"), ("7️⃣", "7"), ("🔟", "10"), ("1️⃣0️⃣", "10")])
def test_digits_in_boxes_are_a_number(said: str, value: str):
    assert read(Open("integer", "sv", ENGINE.lexicon, NOW), said) == Understood(value)


def test_digits_in_boxes_are_choices_where_only_that_is_possible():
    assert read(open_with(6), "3️⃣4️⃣") == Understood("c3 c4", is_literal=True)
    assert read(open_with(12), "1️⃣0️⃣") == Understood("c10", is_literal=True)
    assert read(open_with(3, "rank"), "3️⃣1️⃣2️⃣") == Understood("c3 c1 c2", is_literal=True)


def test_digits_in_boxes_that_could_be_either_are_asked_back():
    assert read(open_with(40), "3️⃣4️⃣") == Ambiguous(("c3", "c4", "c34"))
    assert read(open_with(6, "select_one"), "3️⃣4️⃣") == Ambiguous(("c3", "c4"))
    assert read(open_with(40, "select_one"), "3️⃣4️⃣") == Ambiguous(("c3", "c4", "c34"))


def test_both_is_all_of_two_or_the_two_asked_back():
    two, three = open_with(2), open_with(3)
    assert read(two, "båda två") == Understood("c1 c2", is_literal=True)
    assert read(two, "molemmat") == Understood("c1 c2", is_literal=True)
    assert isinstance(read(three, "båda"), NotUnderstood)
    asked = Open("select_multiple", "sv", ENGINE.lexicon, NOW, choices=three.choices, offered=("c1", "c3"))
    assert read(asked, "both") == Understood("c1 c3", is_literal=True)


def test_the_year_not_said_is_the_one_that_the_survey_takes():
    resident = Resident(survey(TRIPS)).says("1 juli")
    assert Answered("/data/been", "2025-07-01", is_inferred=True) in resident.events
    assert "2025" in resident.text()


def test_a_year_that_was_said_is_never_exchanged():
    resident = Resident(survey(TRIPS)).says("1 juli 2026")
    assert resident.was_told(ConstraintBroken)
    assert resident.answer("been") == ""
    assert Resident(survey(TRIPS)).says("onsdag 1 juli").was_told(ConstraintBroken)


def test_a_date_that_no_year_beside_it_mends_is_refused():
    resident = Resident(survey(TRIPS)).says("1 mars", "20 mars")
    assert resident.was_told(ConstraintBroken)
    assert resident.is_asked("goes")


def test_two_years_that_would_do_are_asked_back():
    resident = Resident(survey(TRIPS)).says("1 mars", "20 mars 2029", "20 mars")
    [asked] = [event for event in resident.events if isinstance(event, Misunderstood)]
    assert asked.suggestions == ("2025-03-20", "2027-03-20")
    assert resident.answer("met") == ""
    assert resident.says("2").answer("met") == "2027-03-20"
