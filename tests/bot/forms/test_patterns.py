"""Patterns of forms: ECMAScript's words, linear time."""

import time

import pytest

from bot.forms.patterns import PatternError, pattern, regex


@pytest.mark.parametrize(
    ("source", "text", "is_found"),
    [
        (r"^\u00e5$", "å", True),
        (r"^\x41$", "A", True),
        (r"^\s$", "\u00a0", True),
        (r"^[\s,]+$", " ,\u2003", True),
        (r"^\S+$", "a\u00a0b", False),
        (r"^a\/b\-c$", "a/b-c", True),
        (r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", "a@b.se", True),
        (r"^\d{3}$", "١٢٣", False),
    ],
)
def test_a_pattern_means_what_it_means_to_other_clients(source, text, is_found):
    assert regex(text, source) is is_found


@pytest.mark.parametrize("source", [r"^(?=a)b$", r"(?<!a)b", r"^(a)\1$", "(", "[a"])
def test_a_pattern_without_linear_time_or_sense_is_refused(source):
    with pytest.raises(PatternError):
        pattern(source)


def test_no_answer_makes_a_pattern_slow():
    began = time.process_time()
    assert not regex("a" * 100_000 + "!", r"^(a+)+$")
    assert time.process_time() - began < 1
