"""What a text costs on the air."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.rendering import utf16_units
from channels.sms.segments import costs, plain


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
