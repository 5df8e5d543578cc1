"""Reading numbers and places: digits of any script, comma or point, number words, a unit or "about" beside them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from bot.folding import digits_to_ascii, fold
from bot.understanding.readings import NotUnderstood, Open, Reading, Understood

MOST_DIGITS = 15
_SIGNS = str.maketrans({"−": "-", "–": "-", "٫": ".", "٬": " ", "،": ",", "’": " ", "'": " ", "%": " ", "°": " "})
_NUMBER = re.compile(r"[+-]?\d[\d\s.,]*|[+-]?[.,]\d+")
_GROUPED = re.compile(r"\d{1,3}(?: \d{3})+")
_PLACE = re.compile(r"([+-]?\d{1,3}[.,]\d+)\s*[,;\s]\s*([+-]?\d{1,3}[.,]\d+)")


def read_integer(question: Open, text: str) -> Reading:
    """A whole number, in plain digits."""
    number = _number(question, text, is_whole=True)
    if number is None or number != number.to_integral_value():
        return NotUnderstood("number")
    return Understood(str(int(number)))


def read_decimal(question: Open, text: str) -> Reading:
    """A number with a decimal point where it has decimals."""
    number = _number(question, text, is_whole=False)
    return NotUnderstood("number") if number is None else Understood(_plain(number))


def read_range(question: Open, text: str) -> Reading:
    """A number on a scale; the survey itself says which ones it has."""
    is_whole = question.step is None or question.step == question.step.to_integral_value()
    return read_integer(question, text) if is_whole else read_decimal(question, text)


def read_place(question: Open, text: str) -> Reading:
    """Latitude and longitude in degrees as they are copied from a map; a shared location comes in by itself."""
    match = _PLACE.fullmatch(digits_to_ascii(text.translate(_SIGNS)).strip())
    if match is None:
        return NotUnderstood("location")
    latitude, longitude = (Decimal(part.replace(",", ".")) for part in match.groups())
    return (
        NotUnderstood("location")
        if abs(latitude) > 90 or abs(longitude) > 180
        else Understood(place_value(latitude, longitude))
    )


def place_value(latitude: Decimal | float, longitude: Decimal | float) -> str:
    """A point as the survey stores it: latitude, longitude, and altitude and accuracy that are not known."""
    return f"{_plain(Decimal(str(latitude)))} {_plain(Decimal(str(longitude)))} 0 0"


def _plain(number: Decimal) -> str:
    text = format(number.normalize(), "f")
    return "0" if text in ("-0", "") else text


def _number(question: Open, text: str, *, is_whole: bool) -> Decimal | None:
    text = digits_to_ascii(unicodedata.normalize("NFKC", text)).translate(_SIGNS)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Sc"))
    words = re.sub(r"(\d)(?=[^\W\d_])", r"\1 ", text).split()
    beside = [question.lexicon.words[name] for name in ("about", "units", "fillers", "polite")]
    rest = " ".join(word for word in words if not any((fold(word) or word) in small for small in beside)).strip(
        " .!?:;"
    )
    if _NUMBER.fullmatch(rest):
        return _digits(rest, question.language, is_whole=is_whole)
    named = question.lexicon.number(fold(text), question.language)
    if named is None:
        named = question.lexicon.number(fold(rest), question.language)
    return None if named is None else Decimal(named)


def _digits(text: str, language: str, *, is_whole: bool) -> Decimal | None:
    """Groups of thousands are closed up; of comma and point, the last is the decimal sign; a lone one before three digits is in doubt."""
    text = text.strip().rstrip(".,")
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text.lstrip("+"))
    if " " in text:
        whole, mark, decimals = _last_mark(text)
        if not _GROUPED.fullmatch(whole):
            return None
        text = whole.replace(" ", "") + (mark and "." + decimals)
    marks = [char for char in text if char in ".,"]
    if (
        len(marks) == 1
        and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text)
        and (is_whole or (marks[0] == "," and language[:2] == "en"))
    ):
        text = text.replace(marks[0], "")
    elif len(marks) > 1:
        text = _many_marks(text)
    return _decimal(sign + text.replace(",", "."))


def _last_mark(text: str) -> tuple[str, str, str]:
    place = max(text.rfind("."), text.rfind(","))
    return (text, "", "") if place < 0 else (text[:place], text[place], text[place + 1 :])


def _many_marks(text: str) -> str:
    whole, mark, decimals = _last_mark(text)
    other = "," if mark == "." else "."
    if mark in whole:  # 1.200.000
        return text.replace(mark, "") if other not in text and re.fullmatch(r"\d{1,3}([.,]\d{3})+", text) else ""
    return whole.replace(other, "") + "." + decimals if re.fullmatch(r"\d{1,3}([.,]\d{3})+", whole) else ""


def _decimal(text: str) -> Decimal | None:
    if sum(char.isdigit() for char in text) > MOST_DIGITS:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
