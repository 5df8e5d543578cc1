"""Whatever is typed: read without an exception and in bounded time, and never more stored than was said."""

from __future__ import annotations

import time
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.folding import bare, fold
from bot.understanding import Ambiguous, Gazetteer, NotUnderstood, Open, Selectable, Understood, find_command, read
from locales import codes, load_lexicon
from tests.fuzz.dialogues import FORM, TOWN, check, lines_of

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
KINDS = (
    "select_one", "select_multiple", "rank", "acknowledge", "integer", "decimal", "range", "date", "time", "datetime", "geopoint", "text",
)  # fmt: skip
CHOICES = tuple(Selectable(f"v{n}", (f"Alternativ {n} 🚌", f"Choice {n}", f"الخيار {n}")) for n in range(30))
CHOICES = (*CHOICES, Selectable("other", ("Annat", "Other", "غير ذلك")))
SECONDS = 0.5  # generous, so that a busy machine does not fail it: what is slow takes minutes

CONTROLS = st.characters(categories=("Cc", "Cf", "Co", "Cn", "Zl", "Zp"))
MARKS = st.characters(categories=("Mn", "Me", "Mc"))
BIDI = st.sampled_from("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
NUMERIC = st.characters(categories=("Nd", "No", "Nl", "So"))
WORDS = st.sampled_from(
    sorted(
        {word for v in load_lexicon().by_language.values() for words in v.words.values() for word in words}
        | {word for v in load_lexicon().by_language.values() for word in (*v.numbers, *v.months, *v.clock.parts)}
    )
)
PIECES = st.one_of(
    st.text(max_size=8), st.text(CONTROLS, max_size=4), st.text(MARKS, max_size=6), st.text(BIDI, max_size=3),
    st.text(NUMERIC, max_size=4), WORDS, st.sampled_from([",", " ", "-", ":", "/", ".", "1-3", "annat:", "geo:", "https://x.se/@1.5,2.5", "½"]),
)  # fmt: skip
NASTY = st.one_of(
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=8).map(" ".join),
    st.builds(lambda piece, times: (piece * times)[:4000], PIECES, st.integers(1, 4000)),
)


def opened(kind: str, language: str, offered: bool = False) -> Open:
    has_choices = kind in ("select_one", "select_multiple", "rank")
    values = {"time": ("02:30:00", "14:30:00"), "geopoint": ("57.93 12.11 0 0", "58 12 0 0"), "date": ("2026-03-05",)}
    return Open(
        kind, language, load_lexicon(), NOW, choices=CHOICES if has_choices else (), places=TOWN,
        offered=(("v1", "v2") if has_choices else values.get(kind, ())) if offered else (), step=Decimal(1),
    )  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(KINDS), text=NASTY, language=st.sampled_from(codes()), offered=st.booleans())
@example(kind="text", text="\u202e1\u202c", language="sv", offered=False)
@example(kind="integer", text="9" * 4000, language="sv", offered=False)
@example(kind="select_multiple", text="1-30," * 800, language="sv", offered=False)
@example(kind="date", text="²/²", language="sv", offered=False)
@example(kind="time", text="१:३०", language="en", offered=True)
def test_every_reading_is_one_that_the_question_allows(kind, text, language, offered):
    question = opened(kind, language, offered)
    values = {choice.value for choice in question.choices}
    match read(question, text):
        case Understood(value=value, rest=rest):
            if kind == "text":
                assert value
                assert value in text
            elif values:
                assert set(value.split()) <= values
                assert len(set(value.split())) == len(value.split())
            assert rest in text
        case Ambiguous(values=asked, kept=kept, candidates=candidates):
            assert 1 <= len(asked) <= 6
            assert len(set(asked)) == len(asked)
            assert not set(asked) & set(kept)
            if values:
                assert set(asked) | set(kept) <= values
                assert not candidates
            else:
                assert len(candidates) == len(asked)
                assert all(candidates)
        case NotUnderstood(reason=reason):
            assert reason


@settings(max_examples=200, deadline=None)
@given(text=NASTY)
def test_folding_is_stable_and_leaves_no_mark_of_direction(text):
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert not any(unicodedata.category(char) in ("Cf", "Cc") for char in folded)
    assert fold(text.swapcase()) == fold(text.swapcase().casefold()) or not text.isascii()
    assert bare(text) == bare(text)


@settings(max_examples=150, deadline=None)
@given(text=NASTY, language=st.sampled_from(codes()))
def test_a_command_is_one_of_the_known(text, language):
    command = find_command(load_lexicon(), text, language)
    assert command is None or command.name in {*load_lexicon().commands.values(), "change", "speak"}


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(NASTY, max_size=10))
def test_nothing_is_stored_that_was_not_said(texts):
    check(FORM, texts)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", "1\nAnnat: en bänk\n\n2".encode(), b"\x80" * 5000, b"1\n" * 2000]
)
def test_the_fuzz_target_takes_any_bytes(data):
    check(FORM, lines_of(data))


SLOW = {
    "numbers": "1 " * 2000, "commas": "1," * 2000, "spans": "1-30," * 800, "labels": "alternativ 1 " * 300,
    "slips": "alternativv 1, " * 260, "spaces": "1" + " " * 3998 + "x", "digits": "9" * 4000, "points": "1." * 2000,
    "ligatures": "\ufdfa" * 4000, "marks": "a" + "\u0301\u0323" * 2000, "overrides": "\u202e" * 4000, "signs": "👍" * 4000,
    "one letter": "a" * 4000, "number words": "två hundra " * 360, "joined": "tvåhundra" * 440, "geez": "፻" * 4000,
    "dashes": "-" * 4000, "others": "annat: " * 500, "brackets": "(" * 4000, "links": "https://a.b/@1.1,1.1 " * 180,
    "one link": "https://maps.google.com/?q=" + "1" * 3900, "schemes": "geo:" * 1000, "halves": "halv " * 800, "dates": "1/2 " * 1000,
    "degrees": "1°1'1\"N " * 400, "all but": "alla utom " * 400, "yes": "ja " * 1300, "fractions": "½" * 4000,
    "a megabyte": "ett ord " * 131_072,
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_no_message_is_slow_to_read(name):
    places = Gazetteer.build((f"Gata{n} {chr(97 + n % 26)}", 57 + n / 1e4, 12.0) for n in range(2000))
    started = time.process_time()
    for kind in KINDS:
        question = opened(kind, "sv")
        read(Open(kind, "sv", question.lexicon, NOW, choices=question.choices, places=places), SLOW[name])
    assert time.process_time() - started < SECONDS * len(KINDS)
