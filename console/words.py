"""A reader's words: which language a page is read in, and how texts, dates and numbers are written in it. No page is composed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any, Protocol

from babel import Locale
from babel.dates import format_date, format_interval, format_time
from babel.numbers import format_decimal, format_percent

from bot.days import day_text
from bot.languages import Direction, cldr, name

# Languages that CLDR names under another code.
CLDR_NAMES = {"kmr": "ku", "rmy": "rom"}


class Translation(Protocol):
    """One language's catalog. Message ids are English sentences with {named} places."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, singular: str, plural: str, n: int, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Languages:
    """Where catalogs and writing directions come from."""

    translation: Callable[[str], Translation]
    direction: Callable[[str], str]
    zone: tzinfo

    def words(self, code: str) -> Words:
        direction: Direction = "rtl" if self.direction(code) == "rtl" else "ltr"
        return Words(code, direction, self.translation(code), self.zone)


@dataclass(frozen=True, slots=True)
class Words:
    """Everything needed to write a page in one language, at the municipality's clock."""

    language: str
    direction: Direction
    translation: Translation
    zone: tzinfo

    @property
    def locale(self) -> Locale:
        return locale_of(self.language)

    def gettext(self, message: str, **values: Any) -> str:
        text = self.translation.gettext(message)
        return text.format(**values) if values else text

    def ngettext(self, singular: str, plural: str, n: int, **values: Any) -> str:
        return self.translation.ngettext(singular, plural, n).format(n=self.number(n), **values)

    def date(self, moment: datetime | date) -> str:
        """A day, written out: "3 mars 2027"."""
        if isinstance(moment, datetime):
            moment = moment.astimezone(self.zone).date()
        if cldr(self.language) is None:
            return str(format_date(moment, "long", locale=self.locale))
        return day_text(moment, self.language)

    def moment(self, moment: datetime) -> str:
        """A day and the time of day, without seconds."""
        day = format_date(moment.astimezone(self.zone).date(), "medium", locale=self.locale)
        return f"{day} {self.clock(moment)}"

    def period(self, start: datetime, end: datetime) -> str:
        """From one day to another, as short as the language allows: "1–22 mars 2027"."""
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        return str(format_interval(first, last, "yMMMMd", locale=self.locale))

    def clock(self, moment: datetime) -> str:
        return str(format_time(moment, "short", tzinfo=self.zone, locale=self.locale))

    def number(self, value: float) -> str:
        return str(format_decimal(value, locale=self.locale))

    def share(self, value: float) -> str:
        """A share between 0 and 1 as whole per cent."""
        return str(format_percent(value, locale=self.locale))

    def name_of(self, code: str) -> str:
        """The name of a language in the reader's own language."""
        names = self.locale.languages
        return next(
            (names[known] for known in (code.replace("-", "_"), CLDR_NAMES.get(code, code)) if known in names),
            name(code),
        )


@lru_cache(maxsize=256)
def locale_of(code: str) -> Locale:
    """The formats of a language; those of the one that stands in for it, or English ones, where none are known."""
    british = Locale("en", "GB")
    return british if code == "en" else cldr(code) or cldr(code.split("-")[0]) or british


@lru_cache(maxsize=256)
def own_name(code: str) -> str:
    """The name of a language in itself, as its speakers look for it."""
    known = name(code)
    if known != code:
        return known
    locale = locale_of(code)
    found = locale.languages.get(locale.language, "") if locale.language == code.split("-")[0] else ""
    return found[:1].upper() + found[1:] or code


def choose(asked: str | None, accepted: str | None, offered: Sequence[str]) -> str:
    """One of `offered`: what the address asks for, else the best of the Accept-Language header, else the first."""
    wanted = [asked] if asked else []
    wanted += [code for code, _ in sorted(_accepted(accepted or ""), key=lambda item: -item[1])]
    by_name = {code.lower(): code for code in offered}
    by_main = {code.lower().split("-")[0]: code for code in reversed(offered)}
    for code in wanted:
        found = by_name.get(code.lower()) or by_main.get(code.lower().split("-")[0])
        if found:
            return found
    return offered[0]


def _accepted(header: str) -> list[tuple[str, float]]:
    """The languages of an Accept-Language header (RFC 9110, 12.5.4) with their weights; what cannot be read is passed over."""
    found = []
    for part in header.split(",")[:20]:
        code, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if code and code != "*" and quality > 0:
            found.append((code, quality))
    return found
