"""How many segments a text is billed as, and which characters make it dear: GSM 03.38 or UCS-2. Nothing is sent here."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from channels.rendering import utf16_units

Encoding = Literal["GSM-7", "UCS-2"]

# 3GPP TS 23.038, section 6.2.1: the default alphabet, and what takes an escape before it (two septets each).
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
ALONE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
JOINED: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}  # what the header of a concatenated message leaves

# Typography that word processors and telephones put in, with the signs of GSM-7 that say the same. Letters are never
# exchanged for others, and figures never (2½ is not 21/2). Marks of direction say nothing in a text of one direction.
LOOK_ALIKES = {
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‘’‚‛′´`\u02bc\u02b9\u2039\u203a", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
    **dict.fromkeys("\t\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff", ""),
    **dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""),
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    **dict.fromkeys("•‣◦·", "-"),
    "…": "...",
    "⁄": "/",
    "×": "x",
    "→": "->",
    "←": "<-",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬀ": "ff",
}
_PLAIN = str.maketrans(LOOK_ALIKES)


@dataclass(frozen=True, slots=True)
class TextCost:
    """What a text takes on the air, as it stands.

    `units` are septets in GSM-7 and 16-bit units in UCS-2; `left` more fit into the last segment. `costly` names each
    character once that GSM-7 has not, in order, with what could stand for it there ("" when it can be left out), or
    None when nothing can: one such character makes the whole text UCS-2, which holds less than half as much a segment.
    """

    encoding: Encoding
    segments: int
    units: int
    costly: tuple[tuple[str, str | None], ...] = ()
    left: int = 0


def costs(text: str) -> TextCost:
    """Segments of a text as it stands: 160 or 153 septets, 70 or 67 units; no character is cut in two between segments."""
    costly = tuple((character, _replacement(character)) for character in dict.fromkeys(text) if not is_gsm7(character))
    if costly:
        return _counted("UCS-2", [utf16_units(character) for character in text], costly)
    return _counted("GSM-7", [2 if character in EXTENSION else 1 for character in text], ())


def plain(text: str) -> str:
    """The text with typographic signs replaced when that makes all of it fit GSM-7; unchanged otherwise.

    Letters that came as a base and a combining mark are put together first (ä as one character is in GSM-7).
    """
    simpler = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return simpler if is_gsm7(simpler) else text


def is_gsm7(text: str) -> bool:
    """Whether every character is in GSM 03.38, extension included."""
    return all(character in BASIC or character in EXTENSION for character in text)


def _replacement(character: str) -> str | None:
    composed = unicodedata.normalize("NFC", character)  # Å as the sign of ångström is the letter
    return LOOK_ALIKES.get(character) if composed == character else composed


def _counted(encoding: Encoding, sizes: list[int], costly: tuple[tuple[str, str | None], ...]) -> TextCost:
    units = sum(sizes)
    if units <= ALONE[encoding]:
        return TextCost(encoding, 1, units, costly, ALONE[encoding] - units)
    segments, room = 1, JOINED[encoding]
    for size in sizes:
        if size > room:
            segments, room = segments + 1, JOINED[encoding]
        room -= size
    return TextCost(encoding, segments, units, costly, room)
