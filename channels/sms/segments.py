"""How many segments a text is billed as: GSM 03.38 with its extension table, or UCS-2. Nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from channels.rendering import utf16_units

Alphabet = Literal["GSM-7", "UCS-2"]

# 3GPP TS 23.038, section 6.2.1: the default alphabet, and what takes an escape before it (two septets each).
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")

# Typography that word processors put in, with what it stands for. Only used when the whole text then fits GSM-7.
PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " "),
        **dict.fromkeys("\u00ad\u200b\u200e\u2060\ufeff", ""),
        "…": "...",
        "•": "-",
        "·": "-",
    }
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a text takes on the air. `units` are septets in GSM-7 and 16-bit units in UCS-2; `left` fit into the last segment."""

    alphabet: Alphabet
    units: int
    segments: int
    left: int


def plain(text: str) -> str:
    """The text with typographic signs replaced when that makes it fit GSM-7; unchanged otherwise."""
    simpler = text.translate(PLAIN)
    return simpler if is_gsm7(simpler) else text


def is_gsm7(text: str) -> bool:
    """Whether every character is in GSM 03.38, extension included."""
    return all(character in BASIC or character in EXTENSION for character in text)


def cost(text: str) -> Cost:
    """Segments of a text as it stands: 160 or 153 septets, 70 or 67 units; no character is cut in two between segments."""
    if is_gsm7(text):
        return _cost("GSM-7", [2 if character in EXTENSION else 1 for character in text], 160, 153)
    return _cost("UCS-2", [utf16_units(character) for character in text], 70, 67)


def _cost(alphabet: Alphabet, sizes: list[int], alone: int, joined: int) -> Cost:
    units = sum(sizes)
    if units <= alone:
        return Cost(alphabet, units, 1, alone - units)
    segments, room = 1, joined
    for size in sizes:
        if size > room:
            segments, room = segments + 1, joined
        room -= size
    return Cost(alphabet, units, segments, room)
