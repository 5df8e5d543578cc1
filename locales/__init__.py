"""Catalogs of the system's texts and the words residents use, one set per language. Which text is said when lives with its speaker."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from gettext import c2py

from babel.messages.catalog import Catalog

from bot.languages import direction, fallbacks, standard
from bot.lexicon import Lexicon
from bot.readability import Wordlist
from locales.catalogs import FOLDER, SOURCE, TEMPLATE, forms, is_draft, is_translated, key, paths, read, texts

__all__ = [
    "FOLDER",
    "SOURCE",
    "TEMPLATE",
    "Translation",
    "codes",
    "direction",
    "drafts",
    "load_lexicon",
    "load_wordlist",
    "translation",
]


class Translation:
    """One language's texts. What has no translation is said by the language that stands in for it, at last in English as the code has it."""

    def __init__(self, code: str, catalog: Catalog | None, otherwise: Translation | None = None) -> None:
        self.code = code
        self.direction: str = direction(code)
        self._otherwise = otherwise
        self._texts: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self._form: Callable[[int], int] = lambda n: int(n != 1)
        if catalog is not None:
            self._form = c2py(catalog.plural_expr)
            for message in texts(catalog):
                if is_translated(message):
                    identity = message.id if isinstance(message.id, str) else message.id[0]
                    self._texts[identity, message.context] = forms(message)

    def gettext(self, message: str) -> str:
        return self._find(message) or message

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        found = self._texts.get((singular, None))
        if found is not None:
            return found[min(self._form(n), len(found) - 1)]
        if self._otherwise is not None:
            return self._otherwise.ngettext(singular, plural, n)
        return singular if n == 1 else plural

    def pgettext(self, context: str, message: str) -> str:
        return self._find(message, context) or message

    def _find(self, message: str, context: str | None = None) -> str | None:
        found = self._texts.get((message, context))
        if found is not None:
            return found[0]
        return self._otherwise._find(message, context) if self._otherwise else None


@cache
def codes() -> tuple[str, ...]:
    """The shipped languages (BCP 47), in alphabetical order."""
    return tuple(sorted(paths()))


def translation(code: str) -> Translation:
    """The texts of a language, or of the one that stands in for it ("fa_AF" is "fa-AF", then "fa"), or those of the code in English."""
    return _translation(standard(code))


@cache
def _translation(code: str) -> Translation:
    shipped = [candidate for candidate in fallbacks(code) if candidate in codes()]
    if not shipped:
        return Translation(code, None)
    return _chained(tuple(shipped))


@cache
def _chained(shipped: tuple[str, ...]) -> Translation:
    code, *rest = shipped
    return Translation(code, read(paths()[code]), _chained(tuple(rest)) if rest else None)


@cache
def drafts(code: str) -> frozenset[str]:
    """The texts of a shipped language that no person has approved, by their English sentence (after its context and U+0004 if it has one).

    Raises KeyError for a language that is not shipped.
    """
    return frozenset(key(message) for message in texts(read(paths()[standard(code)])) if is_draft(message))


@cache
def load_lexicon() -> Lexicon:
    """Every language's words, read once."""
    data = {}
    for path in sorted((FOLDER / "words").glob("*.toml")):
        data[standard(path.stem)] = tomllib.loads(path.read_text(encoding="utf-8"))
    return Lexicon.build(data)


@cache
def load_wordlist(code: str) -> Wordlist:
    """The list of hard words of a language or its base language; an empty one where nobody has written any."""
    path = FOLDER / "plain" / f"{code.partition('-')[0]}.toml"
    if not path.is_file():
        return Wordlist()
    return Wordlist.build(tomllib.loads(path.read_text(encoding="utf-8")))
