"""Bytes of a message as text: by the charset that is declared, and by what the bytes can be where that is wrong. MIME is taken apart in `plain`."""

from __future__ import annotations

import codecs
import re
import unicodedata

# What is labelled so and is in truth the larger set (WHATWG Encoding Standard, section 4.2).
_LARGER = {
    "ascii": "utf-8", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932", "big5": "big5hkscs",
}  # fmt: skip
# Labels that Python does not know: what programs write, and what they mean by it.
_NICKNAMES = {"x-unknown": "", "unknown-8bit": "", "x-user-defined": "", "iso-8859-8-i": "iso8859-8",
              "x-mac-roman": "mac_roman", "x-gbk": "gb18030", "cp-850": "cp850", "utf8mb4": "utf-8"}  # fmt: skip
_UNLIKE_OTHERS = (
    "utf-7",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "iso2022_jp",
    "hz",
)  # nobody writes these labels by mistake
_GUESSES = ("cp1252", "cp1251", "koi8-r", "cp1256", "iso8859-2", "gb18030")
_WORD = re.compile(r"[^\W\d_]+")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decoded(raw: bytes, charset: str | None) -> str:
    """The text. `charset` is the label, believed unless the bytes say otherwise; never raises."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    codec = _codec(charset)
    if codec not in _UNLIKE_OTHERS:
        # Text that is valid UTF-8 and not ASCII is nothing else, whatever its label says.
        text = _strictly(raw, "utf-8")
        if text is not None:
            return text
    declared = _strictly(raw, codec) if codec else None
    if declared is not None and (codec in _UNLIKE_OTHERS or _worth(declared) > 0):
        return declared
    return _guessed(raw, declared)


def _codec(charset: str | None) -> str:
    label = (charset or "").strip().strip("\"'").lower()
    label = _NICKNAMES.get(label, label)
    try:
        name = codecs.lookup(label).name if label else ""
    except (LookupError, ValueError):
        return ""
    return _LARGER.get(name, name)


def _strictly(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _guessed(raw: bytes, declared: str | None) -> str:
    """The text that looks most like somebody's words; among equals the declared one, then the commonest charset."""
    guesses = (_strictly(raw, codec) for codec in _GUESSES)
    texts = [text for text in (declared, *guesses) if text is not None]
    return max(texts, key=_worth, default=raw.decode("cp1252", "replace"))


def _worth(text: str) -> float:
    """How much a text looks like words: one alphabet to a word, capitals first or all through, few foreign signs.

    Between -1 and 1; pure ASCII is worth 1, as is a text without any letters.
    """
    words = _WORD.findall(text)
    foreign = [c for c in text if ord(c) > 127 and not c.isspace()]
    if not foreign:
        return 1
    odd = sum(1 for c in foreign if not c.isalpha() and not unicodedata.category(c).startswith(("P", "N", "M", "Cf")))
    strange = sum(len(word) for word in words if _is_strange(word))
    return 1 - 2 * (odd + strange) / max(1, sum(map(len, words)))


def _is_strange(word: str) -> bool:
    alphabets = {unicodedata.name(c, "?").partition(" ")[0] for c in word}
    if len(alphabets) > 1 and not alphabets <= {"CJK", "HIRAGANA", "KATAKANA"}:
        return True
    if alphabets == {"CJK"}:
        return any(ord(c) > 0x9FFF or ord(c) < 0x4E00 for c in word)
    is_cased = word.lower() == word or word.upper() == word or word[1:].lower() == word[1:]
    if alphabets == {"LATIN"}:
        accented = sum(1 for c in word if ord(c) > 127)
        return not is_cased or (accented > 1 and accented * 2 > len(word))
    return not is_cased
