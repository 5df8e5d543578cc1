"""Plain texts as safe HTML, and languages by their own names. What stands on a page is decided in `views`."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale, UnknownLocaleError
from markupsafe import Markup, escape

LINK = re.compile(r"(https?://[^\s<>\"\u2066-\u2069]*[^\s<>\"\u2066-\u2069.,;:!?)\]؟،])")
BULLET = re.compile(r"^\s*[-•*]\s+")
BLANK_LINE = re.compile(r"\n\s*\n")

# Names that Babel lacks, or gives in a way that those who speak the language would not.
OWN_NAMES = {
    "sv-simple": "Lätt svenska",
    "fa-AF": "دری",
    "fa": "فارسی",
    "ckb": "کوردی سۆرانی",
    "kmr": "Kurmancî",
    "rmy": "Romani čhib",
    "fit": "Meänkieli",
    "se": "Davvisámegiella",
    "yi": "ייִדיש",
}


@cache
def language_name(code: str) -> str:
    """A language as those who speak it call it; the code itself when nobody knows."""
    if code in OWN_NAMES:
        return OWN_NAMES[code]
    try:
        name = Locale.parse(code, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:] if name else code


def paragraphs(text: str) -> list[str]:
    """The text's paragraphs, those that say something."""
    return [part.strip() for part in BLANK_LINE.split(text) if part.strip()]


def lines(text: str) -> Markup:
    """Text as HTML within a paragraph: escaped, line breaks kept, addresses as links."""
    return Markup("<br>").join(_linked(line.strip()) for line in text.split("\n"))


def blocks(text: str) -> Markup:
    """Text as HTML: paragraphs, and lists where every line of a paragraph is an item."""
    return Markup("\n").join(_block(part) for part in paragraphs(text))


def _block(paragraph: str) -> Markup:
    items = paragraph.split("\n")
    if all(BULLET.match(item) for item in items):
        entries = (Markup("<li>{}</li>").format(_linked(BULLET.sub("", item))) for item in items)
        return Markup('<ul dir="auto">{}</ul>').format(Markup("").join(entries))
    return Markup('<p dir="auto">{}</p>').format(lines(paragraph))


def _linked(line: str) -> Markup:
    return Markup("").join(
        Markup('<a href="{0}" rel="noreferrer" dir="ltr">{0}</a>').format(part) if place % 2 else escape(part)
        for place, part in enumerate(LINK.split(line))
    )
