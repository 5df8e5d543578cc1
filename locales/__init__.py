"""Catalogs of the system's texts and the words residents use, one set per language. Which text is said when lives with its speaker."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.lexicon import Lexicon

FOLDER = Path(__file__).parent
TEMPLATE = FOLDER / "genklang.pot"
SOURCE = "en"


class Translation:
    """One language's texts. What has no translation comes back as it stands in the code, which is English."""

    def __init__(self, code: str, catalog: Catalog | None) -> None:
        self.code = code
        self.direction = direction(code)
        self._texts: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self._form: Callable[[int], int] = lambda n: int(n != 1)
        if catalog is not None:
            self._form = _plural_form(catalog)
            for message in catalog:
                key = message.id if isinstance(message.id, str) else message.id[0]
                strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
                if key and strings and all(strings) and not message.fuzzy:
                    self._texts[key, message.context] = strings

    def gettext(self, message: str) -> str:
        return self._texts.get((message, None), (message,))[0]

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        forms = self._texts.get((singular, None))
        if forms is None:
            return singular if n == 1 else plural
        return forms[min(self._form(n), len(forms) - 1)]

    def pgettext(self, context: str, message: str) -> str:
        return self._texts.get((message, context), (message,))[0]


def _plural_form(catalog: Catalog) -> Callable[[int], int]:
    """The catalog's own rule (`Plural-Forms`), as a function."""
    from gettext import c2py

    return c2py(catalog.plural_expr)


@cache
def codes() -> tuple[str, ...]:
    """The shipped languages (BCP 47), in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.po")))


@cache
def translation(code: str) -> Translation:
    """The texts of a language, or of its base language ("fa-AF": "fa"), or of the code itself in English."""
    for candidate in (code, code.partition("-")[0]):
        if candidate in codes():
            return Translation(candidate, _read(FOLDER / f"{candidate}.po"))
    return Translation(code, None)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem.replace("-", "_"))


@cache
def drafts(code: str) -> frozenset[str]:
    """The texts of a shipped language that no person has approved, by their English sentence (after its context and U+0004 if it has one)."""
    catalog = _read(FOLDER / f"{code}.po")
    return frozenset(
        f"{message.context}\u0004{message.id}" if message.context else str(message.id)
        for message in catalog
        if message.id and "draft" in message.user_comments
    )


@cache
def direction(code: str) -> str:
    """ "rtl" or "ltr": how the language's usual script runs."""
    if code.partition("-")[0] in ("ar", "fa", "ckb", "ur", "he", "yi", "ps"):
        return "rtl"
    try:
        return Locale.parse(code, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"


@cache
def load_lexicon() -> Lexicon:
    """Every language's words, read once."""
    data = {}
    for path in sorted((FOLDER / "words").glob("*.toml")):
        data[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
    return Lexicon.build(data)
