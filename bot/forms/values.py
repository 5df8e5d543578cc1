"""How XPath values turn into each other: text, numbers, truth, as ODK's engine does it. Dates as numbers come from `dates`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache

from bot.forms.dates import days

NAN = math.nan
SPACE = " \t\n\r"
"""What counts as white space in XPath and in lists of choices."""
_BLANK = (
    SPACE
    + "\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_BASED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)", re.ASCII)
_ENDLESS = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}


@lru_cache(maxsize=8192)
def number(text: str) -> float:
    """number() of a text: NaN when it is none; dates and date-times count as days since 1970-01-01 (ODK)."""
    if not text:
        return NAN
    found = numeral(text)
    return days(text) if found != found else found


@lru_cache(maxsize=8192)
def held_number(text: str) -> float:
    """number() of what a node holds: unlike of another text, white space alone is none."""
    return number(text) if text.strip(SPACE) else NAN


def held_number_in(zone: tzinfo | None) -> Callable[[str], float]:
    """number() of what a node holds where dates without offset are in a time zone."""
    if zone is None:
        return held_number
    read = number_in(zone)
    return lambda text: read(text) if text.strip(SPACE) else NAN


def number_in(zone: tzinfo | None) -> Callable[[str], float]:
    """number() of a text where dates without offset are in a time zone."""
    if zone is None:
        return number

    def run(text: str) -> float:
        found = numeral(text) if text else NAN
        return days(text, zone) if found != found else found

    return run


def numeral(text: str) -> float:
    """A number as ODK's engine reads one (the rules of ECMAScript's Number()): white space alone is 0."""
    text = text.strip(_BLANK)
    if not text:
        return 0.0
    if _PLAIN.fullmatch(text):
        return float(text)
    if _BASED.fullmatch(text):
        return float(int(text, 0))
    return _ENDLESS.get(text, NAN)


def string(value: float) -> str:
    """string() of a number, as ODK's engine writes it (ECMAScript's Number::toString); "" for NaN."""
    if value != value:
        return ""
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    return text if "e" not in text and not text.endswith(".0") else _by_size(text)


def _by_size(text: str) -> str:
    """Digits and exponent by the bounds of ECMAScript: plain from 0.000001 up to 21 digits, otherwise an exponent."""
    sign, digits, point = _digits(text)
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    exponent = point - 1
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def _digits(text: str) -> tuple[str, str, int]:
    """Sign, significant digits, and where the decimal point stands among them, of a float's repr."""
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return sign, digits.rstrip("0") or "0", point


def decimal_text(value: float) -> str:
    """A decimal as it is stored: at least one and at most 20 decimals, never an exponent ("2.0", "0.25")."""
    if value == int(value) and abs(value) < 1e15:
        return f"{'-' if math.copysign(1.0, value) < 0 and not value else ''}{int(value)}.0"
    sign, digits, point = _digits(repr(value))
    if point <= 0:
        whole, fraction = "0", "0" * -point + digits
    else:
        whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    if len(fraction) > 20:
        rounded = f"{abs(value):.20f}"
        whole, _, fraction = rounded.partition(".")
        fraction = fraction.rstrip("0")
    return f"{sign}{whole}.{fraction or '0'}"


def truth(value: bool) -> str:
    """string() of a boolean."""
    return "true" if value else "false"


def whole(text: str) -> float:
    """A text's leading whole number (ECMAScript's parseInt), NaN when it begins with none."""
    match = re.match(r"\s*([+-]?[0-9]+)", text, re.ASCII)
    return float(match[1]) if match else NAN


def round_half_up(value: float) -> float:
    """Halves go towards positive infinity (ECMAScript's Math.round)."""
    if value != value or math.isinf(value):
        return value
    below = math.floor(value)
    return math.copysign(float(below if value - below < 0.5 else below + 1), value)


def squeezed(text: str) -> str:
    """White space taken away at both ends; within, several become one space."""
    return re.sub(f"[{SPACE}]{{2,}}", " ", text.strip(SPACE))


def listed(text: str) -> list[str]:
    """The parts of a list separated by white space."""
    return [part for part in re.split(f"[{SPACE}]+", text) if part]
