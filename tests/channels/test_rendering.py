"""Texts as channels without buttons show them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contents import Content, Option
from channels.rendering import direction, numbered, split, utf16_units

YES, NO = Option("1.1", "Ja"), Option("1.2", "Nej")


def test_options_become_numbered_lines_and_actions_are_left_out():
    content = Content("Fråga?", "sv", options=(YES, NO), select="one", actions=(Option("!back", "Tillbaka"),))
    assert numbered(content) == "Fråga?\n1 Ja\n2 Nej"


def test_a_chosen_option_carries_an_asterisk():
    content = Content("Vilka?", "sv", options=(YES, NO), select="many", chosen=("1.2",))
    assert numbered(content) == "Vilka?\n1 Ja\n2* Nej"


def test_a_ranking_carries_places_instead_of_asterisks():
    content = Content("Viktigast?", "sv", options=(YES, NO), select="rank", chosen=("1.2", "1.1"))
    assert numbered(content) == "Viktigast?\n1 Ja (2)\n2 Nej (1)"


def test_a_part_of_a_list_keeps_its_numbers():
    assert numbered(Content("Fråga?", "sv", options=(YES, NO), select="one"), 1, 2) == "Fråga?\n2 Nej"


def test_what_is_asked_back_keeps_the_numbers_of_the_questions_own_list():
    assert numbered(Content("Menade du?", "sv", options=(Option("3.2", "Torget"), Option("3.5", "Torggatan")))) == (
        "Menade du?\n2 Torget\n5 Torggatan"
    )


def test_a_label_in_another_direction_does_not_turn_its_line():
    content = Content("Språk?", "sv", options=(Option("1.1", "العربية"), Option("1.2", "Ja")))
    assert numbered(content) == "Språk?\n\u200e1 \u2068العربية\u2069\n2 Ja"


def test_labels_in_the_direction_of_the_language_stay_as_typed():
    assert numbered(Content("سؤال؟", "ar", options=(Option("1.1", "نعم"),))) == "سؤال؟\n1 نعم"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("sv", "ltr"),
        ("ar", "rtl"),
        ("fa-AF", "rtl"),
        ("ckb", "rtl"),
        ("kmr", "ltr"),
        ("ku-Arab", "rtl"),
        ("yi", "rtl"),
        ("uz-Latn", "ltr"),
    ],
)
def test_the_script_or_else_the_language_decides_the_direction(language, expected):
    assert direction(language) == expected


def test_a_paragraph_end_is_a_better_bound_than_a_word():
    assert split("aaa bbb ccc\n\nddd eee", 16) == ["aaa bbb ccc", "ddd eee"]


def test_an_emoji_of_several_characters_is_not_cut():
    family = "👨‍👩‍👧"
    assert all(piece.count("\u200d") in (0, 2) for piece in split("x" * 7 + family, 9))


@given(st.text(alphabet="ab å👍\n.ü", max_size=300), st.integers(4, 40))
def test_pieces_fit_and_lose_only_white_space(text, limit):
    pieces = split(text, limit, utf16_units)
    assert all(0 < utf16_units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
