"""Reading numbers: digits of any script, comma or point, number words, a unit or "about" beside them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from bot.decimals import decimal_sign
from bot.folding import digits_to_ascii, fold, normalised
from bot.understanding.readings import Ambiguous, NotUnderstood, Open, Reading, Understood, one_or_asked

MOST_DIGITS, MOST_CHARS, MOST_WORDS = 15, 200, 30
_SIGNS = str.maketrans({"−": "-", "٫": ".", "٬": " ", "،": ",", "%": " ", "°": " "})
_KEYCAPS = {ord("🔟"): "10", 0xFE0F: None, 0x20E3: None}  # digits in boxes are digits
_DASH = "–"
_APOSTROPHE = re.compile(r"(?<![^\W\d_])['’]|['’](?![^\W\d_])")  # within a word it is a letter: п'ять
_BETWEEN = re.compile(r"(?<=\d) {0,3}[-–—−] {0,3}(?=\d)")
_PARTS_OF_ONE = re.compile(r"(\d{0,9}) ?([½¼¾])")
_AFTER_POINT = {"½": ".5", "¼": ".25", "¾": ".75"}
_NUMBER = re.compile(r"[+-]?\d[\d\s.,]*|[+-]?[.,]\d+")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_GROUPED = re.compile(r"\d{1,3}(?: \d{3})+")


def read_integer(question: Open, text: str) -> Reading:
    """A whole number, in plain digits."""
    return _read(question, text, is_whole=True)


def read_decimal(question: Open, text: str) -> Reading:
    """A number with a decimal point where it has decimals."""
    return _read(question, text, is_whole=False)


def read_range(question: Open, text: str) -> Reading:
    """A number on a scale; the survey itself says which ones it has."""
    is_whole = question.step is None or question.step == question.step.to_integral_value()
    return read_integer(question, text) if is_whole else read_decimal(question, text)


def _read(question: Open, text: str, *, is_whole: bool) -> Reading:
    if len(text) > MOST_CHARS:
        return NotUnderstood("number")
    if fold(text) in question.words["unknown"]:
        return Understood("")
    if fold(text) in question.words["none"]:  # no children, or no answer to how old one is
        return Ambiguous(("0",), candidates=("0",))
    words = _words(text)
    number = _one(question, words, is_whole=is_whole)
    numbers = (number,) if number is not None else _two(question, words, is_whole=is_whole)
    if number is not None and not is_whole and _may_be_thousands(question, words):
        numbers = (number, number * 1000)
    if is_whole and any(n != n.to_integral_value() for n in numbers):
        return NotUnderstood("number")
    plain = [_plain(n) for n in numbers]
    return one_or_asked(dict(zip(plain, plain, strict=True)), is_inferred=False, reason="number")


def _may_be_thousands(question: Open, words: list[str]) -> bool:
    """Whether a point before three digits may part thousands: nobody who writes decimals behind a comma must mean "1.000" as one."""
    return decimal_sign(question.language) == "," and any(_THOUSANDS.fullmatch(word) for word in words)


def _plain(number: Decimal) -> str:
    text = format(number.normalize(), "f")
    return "0" if text in ("-0", "") else text


def _words(text: str) -> list[str]:
    """The message as words in plain digits; what hangs on a number is a word of its own ("25år"), and so is a dash between two."""
    text = _PARTS_OF_ONE.sub(lambda part: f"{part[1] or 0}{_AFTER_POINT[part[2]]}", text)
    text = digits_to_ascii(normalised(text.translate(_KEYCAPS)))
    text = _APOSTROPHE.sub(" ", _BETWEEN.sub(r" – ", text).translate(_SIGNS))
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Sc"))
    return re.sub(r"(\d)-?(?=[^\W\d_])", r"\1 ", text).split()


def _one(question: Open, words: list[str], *, is_whole: bool) -> Decimal | None:
    """The one number that the words are, below zero where a word or a sign of its own says so."""
    if len(words) > 1 and (words[0] == "-" or fold(words[0]) in question.words["minus"]):
        number = _above_zero(question, words[1:], is_whole=is_whole)
        return None if number is None or number < 0 else -number
    return _above_zero(question, words, is_whole=is_whole)


def _above_zero(question: Open, words: list[str], *, is_whole: bool) -> Decimal | None:
    rest = " ".join(word for word in words if word != _DASH and not _is_small(question, word)).strip(" .!?:;")
    if _DASH in words:
        return None
    if _NUMBER.fullmatch(rest):
        return _digits(rest, question.language, is_whole=is_whole)
    for phrase in dict.fromkeys((fold(" ".join(words)), fold(rest))):
        if (named := question.lexicon.count(phrase, question.language)) is not None:
            return Decimal(named)
        if (halved := question.lexicon.fraction(phrase, question.language)) is not None:
            return halved
    return None


def _is_small(question: Open, word: str) -> bool:
    """Whether a word beside a number leaves it as it is: "about", "years", "please"."""
    folded, words = fold(word) or word, question.words
    return any(folded in words[name] for name in ("about", "units", "fillers", "polite"))


def _two(question: Open, words: list[str], *, is_whole: bool) -> tuple[Decimal, ...]:
    """Two numbers that are said to hold the answer between them, or one of them: "3-4", "between 3 and 4", "3 or 4"."""
    parting = question.words["between"] | question.words["joiners"]
    groups: list[list[str]] = [[]]
    for word in words[:MOST_WORDS]:
        if word == _DASH or fold(word) in parting:
            groups.append([])
        elif not _is_small(question, word):
            groups[-1].append(word)
    said = [group for group in groups if group]
    found = [_one(question, group, is_whole=is_whole) for group in said]
    numbers = tuple(dict.fromkeys(number for number in found if number is not None))
    return numbers if len(said) == len(numbers) == 2 else ()


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
