"""Facts about languages that every room needs: their own names, how their scripts run, whose words and whose formats stand in. Texts and words live in `locales`."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError

Direction = Literal["ltr", "rtl"]

# Scripts and languages written from right to left (CLDR 47, layout/orientation; Kurdish in Iraq by common use).
RTL_SCRIPTS = frozenset({"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"})
RTL_LANGUAGES = frozenset(
    {
        "apc", "ar", "arc", "bal", "bgn", "ckb", "dv", "fa", "he", "iw", "ks", "ku-iq", "lrc", "mzn", "nqo", "prs", "ps",
        "rhg", "sd", "sdh", "skr", "syr", "trw", "ug", "ur", "yi",
    }
)  # fmt: skip

# The shipped languages as those who speak them call them.
NAMES = {
    "ar": "العربية",
    "bs": "Bosanski",
    "ckb": "کوردیی سۆرانی",
    "en": "English",
    "fa": "فارسی",
    "fa-AF": "دری",
    "fi": "Suomi",
    "fit": "Meänkieli",
    "kmr": "Kurmancî",
    "pl": "Polski",
    "rmy": "Romani čhib",
    "ru": "Русский",
    "se": "Davvisámegiella",
    "so": "Soomaali",
    "sv": "Svenska",
    "sv-simple": "Lättläst svenska",
    "ti": "ትግርኛ",
    "uk": "Українська",
    "yi": "ייִדיש",
}

# Whose texts stand in where a language has none. A language of the minority pack is spoken by people who read Swedish;
# Croats and Serbs read what Swedish authorities write as one language (bosniska/kroatiska/serbiska).
FALLBACKS = {
    "fit": "sv",
    "hr": "bs",
    "ku": "kmr",
    "ku-arab": "ckb",
    "ku-iq": "ckb",
    "no": "sv",
    "nb": "sv",
    "nn": "sv",
    "da": "sv",
    "prs": "fa-AF",
    "rmy": "sv",
    "rom": "rmy",
    "se": "sv",
    "sh": "bs",
    "sr-latn": "bs",
    "tg": "fa",
    "yi": "sv",
}

# Whose dates, numbers and names of languages stand in for a language that CLDR does not have. Meänkieli and Romani have
# borrowed the Swedish months, and all who read them here read Swedish dates. CLDR's `ku` is Kurmanji.
FORMATS = {"fit": "sv", "kmr": "ku", "prs": "fa-AF", "rmy": "sv", "rom": "sv", "sv-simple": "sv"}


@lru_cache(maxsize=1024)
def standard(code: str) -> str:
    """A language code as BCP 47 writes it: "fa_AF" and "fa-af" are "fa-AF"; what is no region or script stays lower case."""
    primary, *rest = code.replace("_", "-").split("-")
    return "-".join([primary.lower(), *map(_subtag, rest)])


def _subtag(subtag: str) -> str:
    if len(subtag) == 2 and subtag.isalpha():
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag.lower()


def direction(code: str) -> Direction:
    """The writing direction of a language: its script subtag decides if there is one, else the language."""
    primary, *rest = standard(code).split("-")
    for subtag in rest:
        if len(subtag) == 4 and subtag.isalpha():
            return "rtl" if subtag in RTL_SCRIPTS else "ltr"
    return "rtl" if primary in RTL_LANGUAGES or standard(code).lower() in RTL_LANGUAGES else "ltr"


def fallbacks(code: str) -> tuple[str, ...]:
    """The languages to try for `code`, itself first: "fa-AF" gives fa-AF, fa; "sv-simple" gives sv-simple, sv; "rom" gives rom, rmy, sv."""
    found: list[str] = []
    waiting: str | None = standard(code)
    while waiting and waiting not in found:
        found.append(waiting)
        waiting = FALLBACKS.get(waiting.lower()) or waiting.rpartition("-")[0]
    return tuple(found)


def formats(code: str) -> str:
    """The language whose dates and numbers to write (BCP 47): itself, or the one that stands in for it."""
    code = standard(code)
    return FORMATS.get(code) or FORMATS.get(code.partition("-")[0], code)


@lru_cache(maxsize=1024)
def cldr(code: str) -> Locale | None:
    """How the language, or the one that stands in for it, writes dates and numbers; None where CLDR knows neither."""
    try:
        return Locale.parse(formats(code), sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def name(code: str) -> str:
    """A shipped language's own name; for others the code."""
    return NAMES.get(standard(code)) or NAMES.get(code.partition("-")[0], code)
