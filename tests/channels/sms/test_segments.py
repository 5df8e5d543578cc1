"""What a text costs on the air."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.rendering import utf16_units
from channels.sms.segments import TextCost, costs, is_gsm7, plain


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("å" * 160, "GSM-7", 160, 1),
        ("ä" * 161, "GSM-7", 161, 2),
        ("ö" * 306, "GSM-7", 306, 2),
        ("ö" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "€" + "a" * 8, "GSM-7", 162, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("ن" * 70, "UCS-2", 70, 1),
        ("ن" * 71, "UCS-2", 71, 2),
        ("ê", "UCS-2", 1, 1),
        ("👍" * 35, "UCS-2", 70, 1),
        ("👍" * 67, "UCS-2", 134, 3),
    ],
)  # fmt: skip
def test_segments_are_counted_as_carriers_bill_them(text: str, alphabet: str, units: int, segments: int) -> None:
    counted = costs(text)
    assert (counted.encoding, counted.units, counted.segments) == (alphabet, units, segments)


def test_typography_gives_way_when_the_text_then_fits_the_cheap_alphabet() -> None:
    assert plain("”Hej” – då…") == '"Hej" - då...'


def test_typography_stays_where_the_text_needs_the_dear_alphabet_anyway() -> None:
    assert plain("”سلام” – …") == "”سلام” – …"


@given(st.text(alphabet="aå€^ن👍", max_size=400))
def test_segments_hold_their_units_and_no_more_than_one_is_wasted_a_segment(text: str) -> None:
    counted = costs(text)
    room = 153 if counted.encoding == "GSM-7" else 67
    if counted.segments > 1:
        assert counted.units <= counted.segments * room < counted.units + room + counted.segments
    assert counted.encoding == "GSM-7" or counted.units == utf16_units(text)


def test_a_text_names_the_characters_that_make_it_dear_and_what_could_stand_for_them() -> None:
    assert costs("”Hej” – ça va? 👍").costly == (("”", '"'), ("–", "-"), ("ç", None), ("👍", None))


def test_one_character_can_double_the_price() -> None:
    cheap, dear = costs("a" * 159 + "-"), costs("a" * 159 + "–")
    assert (cheap.segments, cheap.costly) == (1, ())
    assert (dear.encoding, dear.segments, dear.costly) == ("UCS-2", 3, (("–", "-"),))


def test_a_character_that_says_nothing_can_be_left_out() -> None:
    assert costs("Hej\u200b").costly == (("\u200b", ""),)


def test_a_letter_in_two_characters_is_put_together() -> None:
    assert plain("Va\u0308g") == "Väg"


def test_letters_and_figures_are_never_exchanged_for_others() -> None:
    assert plain("ça coûte 2½ ł") == "ça coûte 2½ ł"


def test_marks_of_direction_give_way_in_a_text_of_one_direction() -> None:
    assert plain("Ring \u20680980-319 200\u2069") == "Ring 0980-319 200"


def test_nothing_to_say_costs_one_message() -> None:
    assert costs("") == TextCost("GSM-7", 1, 0, (), 160)


@given(st.text(max_size=200))
def test_what_is_sent_is_as_it_was_or_cheap_and_costly_tells_which(text: str) -> None:
    sent = plain(text)
    assert is_gsm7(sent) or sent == text
    assert is_gsm7(text) == (costs(text).costly == ())
    if all(replacement is not None for _, replacement in costs(text).costly):
        assert is_gsm7(sent)
