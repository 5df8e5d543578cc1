"""How many forms a counted word has in each language, as gettext writes it. The forms themselves stand in the catalogs."""

from __future__ import annotations

_ONE_AND_MORE = (2, "(n != 1)")
_SLAVIC = (
    3,
    "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)",
)

# Source: Unicode CLDR 47, plural rules for whole numbers (cardinal). A category that only fractions use has no form
# here. CLDR lacks Meänkieli and Romani (rmy): both have a singular and a plural, Meänkieli as Finnish has. Kurmanji is
# CLDR's `ku`.
PLURAL_FORMS: dict[str, tuple[int, str]] = {
    "ar": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100<=2 ? 4 : 5)"),
    "bs": _SLAVIC,
    "ckb": _ONE_AND_MORE,
    "en": _ONE_AND_MORE,
    "fa": (2, "(n > 1)"),
    "fa-AF": (2, "(n > 1)"),
    "fi": _ONE_AND_MORE,
    "fit": _ONE_AND_MORE,
    "kmr": _ONE_AND_MORE,
    "pl": (3, "(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"),
    "rmy": _ONE_AND_MORE,
    "ru": _SLAVIC,
    "se": (3, "(n==1 ? 0 : n==2 ? 1 : 2)"),
    "so": _ONE_AND_MORE,
    "sv": _ONE_AND_MORE,
    "sv-simple": _ONE_AND_MORE,
    "ti": (2, "(n > 1)"),
    "uk": _SLAVIC,
    "yi": _ONE_AND_MORE,
}


def header(code: str) -> str:
    """The value of a catalog's header `Plural-Forms`. Raises KeyError for a language without a rule."""
    count, rule = PLURAL_FORMS[code]
    return f"nplurals={count}; plural={rule};"
