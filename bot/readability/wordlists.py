"""Words of offices with plain ones beside them, abbreviations, and verbs in the passive, as one language's list tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Wordlist:
    """One language's list, compiled. `find_…` give (offset, words as written, what to write instead)."""

    officialese: re.Pattern[str] | None = None
    abbreviations: re.Pattern[str] | None = None
    passive: re.Pattern[str] | None = None
    remedies: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()
    no_passives: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def build(cls, data: Mapping[str, Any]) -> Wordlist:
        """From data as the lists' files have it: tables `officialese`, `abbreviations` and `passive`."""
        officialese, abbreviations = data.get("officialese", {}), data.get("abbreviations", {})
        passive = data.get("passive", {})
        return cls(
            _pattern(officialese, r"\b(?:{})\b"),
            _pattern(abbreviations, r"(?<!\w)(?:{})(?!\w)"),
            _endings(passive.get("endings", ())),
            tuple(officialese[key] for key in _ordered(officialese)),
            tuple(abbreviations[key] for key in _ordered(abbreviations)),
            frozenset(passive.get("exceptions", ())),
        )

    def find_officialese(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Words of offices."""
        return _found(self.officialese, self.remedies, text)

    def find_abbreviations(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Abbreviations."""
        return _found(self.abbreviations, self.meanings, text)

    def find_passives(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Verbs that hide who acts."""
        for match in self.passive.finditer(text) if self.passive else ():
            if match[0].lower() not in self.no_passives:
                yield match.start(), match[0], ""


def _ordered(entries: Mapping[str, str]) -> list[str]:
    """Longer entries first, so that "med hänsyn till" wins over a word of it."""
    return sorted(entries, key=lambda entry: (-len(entry), entry))


def _pattern(entries: Mapping[str, str], frame: str) -> re.Pattern[str] | None:
    if not entries:
        return None
    parts = ["(" + re.sub(r"(\\\*)|(\\ )", _loose, re.escape(entry)) + ")" for entry in _ordered(entries)]
    return re.compile(frame.replace("{}", "|".join(parts)), re.IGNORECASE)


def _loose(found: re.Match[str]) -> str:
    """A star is any ending, a space any white space."""
    return r"\w*" if found[1] else r"\s+"


def _endings(endings: tuple[str, ...]) -> re.Pattern[str] | None:
    """Four letters at least before the ending; -arnas, -ernas, -ornas and -enas are genitives of nouns."""
    if not endings:
        return None
    return re.compile(
        rf"\b(?!\w*(?:[aeo]rnas|enas|[aeiouåäö]as)\b)[^\W\d_]{{3,}}(?:{'|'.join(endings)})\b", re.IGNORECASE
    )


def _found(pattern: re.Pattern[str] | None, remedies: tuple[str, ...], text: str) -> Iterator[tuple[int, str, str]]:
    for match in pattern.finditer(text) if pattern else ():
        yield match.start(), match[0], remedies[(match.lastindex or 1) - 1]
