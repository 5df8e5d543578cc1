"""Bringing what people write to one form for comparison: case, script variants, digits, punctuation. Meaning lives beside this."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Arabic-script letters that are written in several ways, and the apostrophes that join rather than part words.
_SAME_LETTER = str.maketrans("أإآٱىةیک", "اااايهيك", "'’ʼ`´")
# Letters whose stroke or hook Unicode does not take apart: Polish, South Slavic, Sami, Danish and Ukrainian keyboards have them.
_PLAIN_LETTER = str.maketrans("łđŧøґ", "ldtoг")
# Signs that stand for a number or a letter of a list and that Unicode does not take apart itself.
_SIGNS = str.maketrans({"🔟": "10", "🅰": "a", "🅱": "b", "🅾": "o"})
_ASCII_SIGNS = {char: char for char in "$+<=>^|~"}  # kept, as symbols of other scripts are
SHORT, LONGEST, MOST_MARKS = 120, 4000, 4
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_ETHIOPIC = range(0x1369, 0x137D)
# Marks that hang on a letter (short vowels, tatweel), keycaps and invisible format characters carry no meaning here.
_DROPPED = {"Cf", "Me"}
_ARABIC_MARKS = {*range(0x064B, 0x0660), 0x0670, 0x0640, 0xFE0F, 0xFE0E}


def digits_to_ascii(text: str) -> str:
    """The same text with decimal digits of any script as 0-9, and Ethiopic numerals as one number."""
    out: list[str] = []
    ethiopic: list[int] = []
    for char in text:
        if ord(char) in _ETHIOPIC:
            ethiopic.append(int(unicodedata.numeric(char)))
            continue
        if ethiopic:
            out.append(str(_ethiopic_value(ethiopic)))
            ethiopic = []
        digit = unicodedata.decimal(char, None) if not char.isascii() else None
        out.append(char if digit is None else str(digit))
    if ethiopic:
        out.append(str(_ethiopic_value(ethiopic)))
    return "".join(out)


def _ethiopic_value(signs: list[int]) -> int:
    """Ge'ez numerals add up, but hundred and ten thousand multiply what stands before them."""
    total, group = 0, 0
    for sign in signs:
        if sign >= 100:
            total, group = total + max(group, 1) * sign, 0
        else:
            group += sign
    return total + group


def fold(text: str) -> str:
    """The form in which two texts are compared: no case, no punctuation, single spaces, one way to write each letter."""
    return _fold_short(text) if len(text) <= SHORT else _fold_long(text[:LONGEST])


def bare(text: str) -> str:
    """Folded, and without accents: the way people write on a keyboard that lacks them."""
    return _bare_short(text) if len(text) <= SHORT else _bare(text)


def single_marks(text: str) -> str:
    """The same text with at most a few marks on each letter: sorting thousands on one takes long, and none of them is read."""
    if text.isascii():
        return text
    out: list[str] = []
    row = 0
    for char in text:
        row = row + 1 if unicodedata.combining(char) else 0
        if row <= MOST_MARKS:
            out.append(char)
    return "".join(out)


def normalised(text: str) -> str:
    """Compatibility forms as plain ones ("２": "2"), never longer than the longest text that is read."""
    return text if text.isascii() else unicodedata.normalize("NFKC", single_marks(text))[:LONGEST]


def _fold(text: str) -> str:
    text = digits_to_ascii(normalised(text.translate(_SIGNS))).casefold().translate(_SAME_LETTER)
    out: list[str] = []
    for char in text:
        if char.isascii():
            out.append(char if char.isalnum() else _ASCII_SIGNS.get(char, " "))
            continue
        category = unicodedata.category(char)
        if category in _DROPPED or ord(char) in _ARABIC_MARKS or ord(char) in _SKIN_TONES:
            continue
        out.append(" " if category[0] in "PZC" else f" {char} " if category == "So" else char)
    return " ".join("".join(out).split())


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", fold(text).translate(_PLAIN_LETTER))
    return "".join(char for char in decomposed if unicodedata.category(char) != "Mn")


_fold_short = lru_cache(maxsize=20_000)(_fold)
_fold_long = lru_cache(maxsize=16)(_fold)  # one turn looks at its message again and again
_bare_short = lru_cache(maxsize=20_000)(_bare)
