"""Bringing what people write to one form for comparison: case, script variants, digits, punctuation. Meaning lives beside this."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Arabic-script letters that are written in several ways, and the apostrophes that join rather than part words.
_SAME_LETTER = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "'": "", "’": "", "`": "", "´": ""}
)
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


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """The form in which two texts are compared: no case, no punctuation, single spaces, one way to write each letter."""
    text = digits_to_ascii(unicodedata.normalize("NFKC", text)).casefold().translate(_SAME_LETTER)
    out: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if category in _DROPPED or ord(char) in _ARABIC_MARKS or ord(char) in _SKIN_TONES:
            continue
        out.append(" " if category[0] in "PZC" else f" {char} " if category == "So" else char)
    return " ".join("".join(out).split())


@lru_cache(maxsize=20_000)
def bare(text: str) -> str:
    """Folded, and without accents: the way people write on a keyboard that lacks them."""
    decomposed = unicodedata.normalize("NFKD", fold(text))
    return "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
