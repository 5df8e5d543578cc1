"""Numbers as residents read them: the sign before the decimals in each language. Number words live in `numerals`, reading numbers in `understanding.quantities`."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import get_decimal_symbol

from bot.languages import cldr

POINT = "."


@lru_cache(maxsize=64)
def decimal_sign(language: str) -> str:
    """What stands before the decimals beside the digits 0-9, in which all texts write numbers (CLDR); a point where that is not known."""
    locale = cldr(language)
    return get_decimal_symbol(locale) if locale is not None else POINT


def number_text(value: str, language: str) -> str:
    """A stored number ("3.5", "2.0") as the language writes it, without an idle decimal (ODK stores "2.0"). Thousands are not
    parted, so that what is told means the same number when it is said back."""
    return value.removesuffix(".0").replace(POINT, decimal_sign(language))
