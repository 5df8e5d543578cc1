"""How XPath values turn into each other: text, numbers, truth. Dates as numbers come from `dates`."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from bot.forms.dates import days

NAN = math.nan
_NUMBER = re.compile(r"\s*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*")


@lru_cache(maxsize=8192)
def number(text: str) -> float:
    """number() of a text: NaN when it is none; dates and date-times count as days since 1970-01-01 (ODK)."""
    if not text:
        return NAN
    if _NUMBER.fullmatch(text):
        return float(text)
    return days(text)


def string(value: float) -> str:
    """string() of a number: whole numbers without a point, never an exponent."""
    if value != value:
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value):
        return str(int(value))
    text = repr(value)
    return _spelt_out(text) if "e" in text else text


def truth(value: bool) -> str:
    """string() of a boolean."""
    return "true" if value else "false"


def _spelt_out(text: str) -> str:
    mantissa, exponent = text.split("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    places = -int(exponent)
    return f"{sign}0.{(whole + fraction).rjust(places + len(fraction), '0')}"


def round_half_up(value: float) -> float:
    """XPath round(): halves go towards positive infinity."""
    return value if value != value or math.isinf(value) else float(math.floor(value + 0.5))
