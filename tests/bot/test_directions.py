"""Which runs a text from right to left would show in another order. How browsers show them is seen in tests/console/test_directions.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.directions import loose_runs
from bot.wordings import shielded_text
from locales import translation

BEFORE, AFTER = "اتصل بالرقم ", " أو اكتب إلينا."
ISOLATES = "\u2066\u2067\u2068\u2069"


def loose(text: str, *, with_addresses: bool = False) -> list[str]:
    return [text[start:end] for start, end in loose_runs(text, with_addresses=with_addresses)]


@pytest.mark.parametrize(
    "run",
    [
        "0980-319 200",
        "0980\u00a0319\u00a0200",
        "0980–319 200",
        "0980 - 319 200",
        "+46980319200",
        "+46 (0)980-319 200",
        "(0980) 319 200",
        "2026-03-09",
        "2026-03-09 09:00",
        "2026/0114",
        "8 500",
        "831 31 Östersund",
        "112@sjovik.example",
        "@sjovik_bot",
        "#torget",
    ],
)
def test_a_run_is_kept_whole(run: str) -> None:
    assert loose(BEFORE + run + AFTER) == [run]
    assert loose(run) == [run]
    assert loose(f"({run})،") == [run]


@pytest.mark.parametrize(
    "run",
    [
        "7",
        "1,5",
        "09:00",
        "09:00-20:00",
        "3-5",
        "65–74",
        "2026-2027",
        "SBN 2026/0114",
        "Storgatan 12-14",
        "Box 12, 831 31 Östersund",
        "torget@sjovik.example",
        "https://sjovik.example/2026-05/",
        "Sjövik",
        "a2-3",
    ],
)
def test_what_keeps_its_order_or_is_read_as_the_text_runs_is_left_alone(run: str) -> None:
    assert loose(BEFORE + run + AFTER) == []


def test_addresses_are_given_to_those_who_isolate_by_markup() -> None:
    said = f"{BEFORE}torget@sjovik.example. www.sjovik.example، https://sjovik.example/2026-05/.{AFTER}"
    found = loose(said, with_addresses=True)
    assert found == ["torget@sjovik.example", "www.sjovik.example", "https://sjovik.example/2026-05/"]


def test_each_line_begins_anew_and_so_does_what_is_isolated() -> None:
    assert loose("Sjövik\n0980-319 200") == ["0980-319 200"]
    assert loose("Sjövik \u2068ب 0980-319 200\u2069") == ["0980-319 200"]
    assert loose("ب \u2068Sjövik\u2069 0980-319 200") == ["0980-319 200"]
    assert loose("Sjövik \u2068ب\u2069 0980-319 200") == []


def test_a_run_that_only_begins_what_is_isolated_is_still_loose() -> None:
    assert loose("\u20680980-319 200 أو\u2069") == ["0980-319 200"]
    assert loose("\u20680980-319 200\u2069") == []


@given(
    st.lists(
        st.sampled_from([*"0123456789 -/+().:,@#\n", *ISOLATES, "ب", "א", "a", "Ö", "0980-319 200", "a@b.se", "www.x"]),
        max_size=40,
    ).map("".join)
)
def test_shielding_adds_marks_alone_and_shielding_again_adds_none(text: str) -> None:
    arabic = translation("ar")
    shown = shielded_text(arabic, text)
    assert shielded_text(arabic, shown) == shown
    without = str.maketrans("", "", ISOLATES)
    assert shown.translate(without) == text.translate(without)
    assert shielded_text(translation("sv"), text) == text


@pytest.mark.parametrize(
    "text", ["1-" * 3000 + "a", "5 " + "a" * 6000 + "@", "+46(0" * 1500, "http://" * 1000, "1 " * 3000 + "@"]
)
def test_nonsense_takes_no_longer_than_its_length(text: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end in loose_runs(text, with_addresses=True))
