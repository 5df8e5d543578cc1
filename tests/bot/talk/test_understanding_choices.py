"""What a message means when there are choices: told by table, one row a case."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import Ambiguous, Selectable, Understood, read
from tests.bot.talk import readings
from tests.bot.talk.readings import Meant, opened

PARKS = (
    Selectable("meadow", ("Ängen", "The meadow", "المرج")),
    Selectable("river", ("Parken vid ån", "The park by the river", "الحديقة عند النهر")),
    Selectable("square", ("Torget", "The square", "الساحة")),
    Selectable("school", ("Skolgården", "The school yard", "ساحة المدرسة")),
)
YES_NO = (
    Selectable("y", ("Ja", "Yes", "نعم")),
    Selectable("n", ("Nej", "No", "لا")),
    Selectable("dk", ("Vet ej", "Don't know", "لا أعرف")),
)
SUPPORT = (
    Selectable("very", ("Mycket nöjd",)),
    Selectable("rather", ("Ganska nöjd",)),
    Selectable("not", ("Inte nöjd",)),
)
OFTEN = (Selectable("0", ("0 gånger",)), Selectable("1", ("1 gång",)), Selectable("2", ("2 gånger",)))
AGES = (Selectable("a", ("16-24 år",)), Selectable("b", ("25-34 år",)), Selectable("c", ("35 år eller mer",)))
THINGS = (*PARKS, Selectable("none", ("Inget av dessa", "None of these", "لا شيء مما سبق")))


def value_of(kind: str, choices: tuple[Selectable, ...], text: str, **more: Any) -> Meant:
    return readings.value_of(kind, text, choices=choices, **more)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", "river"),
        (" 2. ", "river"),
        ("2!", "river"),
        ("٢", "river"),
        ("۲", "river"),
        ("፪", "river"),
        ("２", "river"),
        ("2️⃣", "river"),
        ("②", "river"),
        ("nr 2", "river"),
        ("nummer två", "river"),
        ("alternativ 3 tack", "square"),
        ("tvåan", "river"),
        ("den andra", "river"),
        ("2:an", "river"),
        ("2:an tack", "river"),
        ("2nd", "river"),
        ("second", "river"),
        ("الثاني", "river"),
        ("laba", "river"),
        ("kakkonen", "river"),
        ("B", "river"),
        ("b)", "river"),
        ("Torget", "square"),
        ("torget!", "square"),
        ("TORGET", "square"),
        ("the square", "square"),
        ("السّاحة", "square"),
        ("jag väljer torget", "square"),
        ("3 torget", "square"),
        ("tor", "square"),
        ("skol", "school"),
        ("the sch", "school"),
        ("angen", "meadow"),
        ("Torgett", "square"),
        ("trget", "square"),
        ("Skolgrden", "school"),
        ("Skolgaarden", "school"),
        ("park", "river"),
        ("0", None),
        ("5", None),
        ("9999999999999", None),
        ("hej hopp", None),
        ("inte torget", None),
        ("torget eller skolgården", ("square", "school")),
        ("2 eller 3", ("river", "square")),
        ("the", ("river", "square", "school", "meadow")),
        ("yard", ("school",)),
        ("", None),
        ("!?", None),
    ],
)
def test_one_of_several_places(text, expected):
    found = value_of("select_one", PARKS, text)
    assert (set(found) if isinstance(found, tuple) else found) == (
        set(expected) if isinstance(expected, tuple) else expected
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ja", "y"),
        ("Ja tack!", "y"),
        ("ja tack", "y"),
        ("👍", "y"),
        ("👍🏽", "y"),
        ("👍👍", "y"),
        ("yes please", "y"),
        ("نعم", "y"),
        ("haa", "y"),
        ("kyllä", "y"),
        ("okej", "y"),
        ("j", "y"),
        ("nej", "n"),
        ("nej tack", "n"),
        ("👎", "n"),
        ("maya", "n"),
        ("لا", "n"),
        ("ei", "n"),
        ("vet ej", "dk"),
        ("vet", "dk"),
        ("dont know", "dk"),
        ("v", "dk"),
        ("ja nej", ("y", "n")),
        ("nja", None),
    ],
)
def test_yes_and_no(text, expected):
    assert value_of("select_one", YES_NO, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nöjd", ("very", "rather")),
        ("mycket nöjd", "very"),
        ("inte nöjd", "not"),
        ("inte", "not"),
        ("ganska nojd", "rather"),
        ("mycket missnöjd", None),
    ],
)
def test_what_two_choices_share_is_asked_back_and_a_negation_never_dropped(text, expected):
    assert value_of("select_one", SUPPORT, text) == expected


def test_a_number_that_is_both_a_place_and_a_label_is_asked_back():
    assert value_of("select_one", OFTEN, "1") == ("0", "1")
    assert value_of("select_one", OFTEN, "2 gånger") == "2"
    assert value_of("select_one", OFTEN, "3") == "2"


def test_a_letter_that_also_begins_another_label_is_asked_back():
    choices = (Selectable("bus", ("Buss",)), Selectable("car", ("Bil",)), Selectable("walk", ("Annat",)))
    assert value_of("select_one", choices, "a") == ("bus", "walk")
    assert value_of("select_one", choices, "c") == "walk"


@pytest.mark.parametrize(
    ("text", "expected"), [("16-24", "a"), ("25–34", "b"), ("35", "c"), ("2", "b"), ("30", None), ("25-34 år", "b")]
)
def test_labels_that_begin_with_numbers(text, expected):
    assert value_of("select_one", AGES, text) == expected


def test_slips_never_cross_from_a_word_to_its_opposite():
    choices = (Selectable("fit", ("Lämpligt",)), Selectable("mid", ("Varken eller",)))
    assert value_of("select_one", choices, "olämpligt") is None
    assert value_of("select_one", choices, "lämpligtt") == "fit"


def test_two_near_labels_are_asked_back():
    choices = (Selectable("east", ("Norra",)), Selectable("west", ("Norre",)))
    assert value_of("select_one", choices, "norro") == ("east", "west")


def test_what_is_asked_back_keeps_its_number_in_the_list():
    assert value_of("select_one", PARKS, "2", offered=("river", "school")) == "river"
    assert value_of("select_one", PARKS, "4", offered=("river", "school")) == "school"
    assert value_of("select_one", PARKS, "skolgården", offered=("river", "school")) == "school"


def test_what_was_asked_back_narrows_what_could_be_meant():
    assert value_of("select_one", PARKS, "the", offered=("river",)) == "river"
    assert value_of("select_one", PARKS, "den andra", offered=("square", "school")) == "school"
    assert value_of("select_one", PARKS, "den andra", offered=("river", "school")) == ("river", "school")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1, 3 och 4", "meadow square school"),
        ("1 3 4", "meadow square school"),
        ("1,3,4", "meadow square school"),
        ("4 och 1", "meadow school"),
        ("1-3", "meadow river square"),
        ("١ و ٣", "meadow square"),
        ("1، 3", "meadow square"),
        ("ettan och trean", "meadow square"),
        ("one and three", "meadow square"),
        ("A, C", "meadow square"),
        ("torget och ängen", "meadow square"),
        ("the square, 1", "meadow square"),
        ("torget, skolg", "square school"),
        ("torgett, ängen", "meadow square"),
        ("parken vid ån och 1", "meadow river"),
        ("2", "river"),
        ("alla", "meadow river square school"),
        ("all of them", "meadow river square school"),
        ("inget av dem", "none"),
        ("none of them", "none"),
        ("لا شيء", "none"),
        ("5", "none"),
        ("alla utom 3", "meadow river school"),
        ("1 men inte 2", None),
        ("1, 9", None),
        ("134", None),
        ("kanske", None),
    ],
)
def test_several_at_once(text, expected):
    assert value_of("select_multiple", THINGS, text) == expected


def test_none_of_them_where_no_choice_is_called_so_is_an_empty_answer():
    assert value_of("select_multiple", PARKS, "inga av dem") == ""


def test_a_doubtful_part_is_asked_back_and_the_sure_ones_kept():
    reading = read(opened("select_multiple", choices=(*PARKS, Selectable("parking", ("Parkering",)))), "1, park")
    assert reading == Ambiguous(("river", "parking"), kept=("meadow",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 1 2 4", "square meadow river school"),
        ("3, 1, 2", "square meadow river school"),
        ("torget ängen skolgården", "square meadow school river"),
        ("3 1", None),
        ("3 3 1 2", None),
        ("torget först", None),
    ],
)
def test_an_order(text, expected):
    assert value_of("rank", PARKS, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("ok", "OK"), ("Ja tack", "OK"), ("👍", "OK"), ("1", "OK"), ("✅", "OK"), ("nej", None)]
)
def test_an_acknowledgement(text, expected):
    assert value_of("acknowledge", (), text) == expected


def test_what_was_guessed_at_is_marked_so_that_it_is_told_back():
    assert read(opened("select_one", choices=PARKS), "torgett") == Understood("square", is_inferred=True)
    assert read(opened("select_one", choices=PARKS), "torget") == Understood("square", is_literal=True)


@pytest.mark.parametrize("text", ["square", "Square"])
def test_what_begins_one_label_and_stands_in_another_is_asked_back(text: str):
    places = (Selectable("a", ("The square",)), Selectable("b", ("Square Street",)), Selectable("c", ("Baths",)))
    assert read(opened("select_one", choices=places, language="en"), text) == Ambiguous(("a", "b"))
