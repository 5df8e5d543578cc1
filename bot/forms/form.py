"""One survey, compiled: immutable and shared by all its entries. Reading the XForm lives in `loading`, filling it in `entries`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from bot.forms.entries import Entry
from bot.forms.graph import Unit
from bot.forms.nodes import Body, Node, Question, Scope, Step, without_instances
from bot.forms.texts import code_of

_INSTANCE = re.compile(r"\[(\d{1,6})\]")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Form:
    """A survey that can be filled in. `languages` are named as in the form, default first; `questions` in body order.

    While a form `is_steady`, nothing but answers changes its entries: neither the clock nor chance, and they have no repeats.
    The rest is for `Entry`: `units` in the order in which they recalculate, bit masks over them, nodes by path; and of what
    stands outside of repeats: `kept`, by slot the key of what an entry keeps ("" for none), the nodes `outermost` by path, and the
    steps of the whole `walk` by path with the slots of what is `walked`.
    """

    title: str
    version: str
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    root: Scope
    root_path: str
    scopes: tuple[Scope, ...]
    body: Body
    nodes: Mapping[str, Node]
    units: tuple[Unit, ...]
    all_units: int
    repeated: tuple[int, ...]
    translated: tuple[int, ...]
    translated_units: int
    has_beginnings: bool
    is_steady: bool
    has_chance: bool
    kept: tuple[str, ...]
    slots: Mapping[str, int]
    outermost: Mapping[str, Node]
    walk: tuple[tuple[str, Step], ...]
    walked: tuple[int, ...]
    _located: Any = field(init=False, repr=False)
    _codes: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_codes", tuple(code_of(language) for language in self.languages))
        object.__setattr__(self, "_located", lru_cache(maxsize=1024)(self._locate))

    def __repr__(self) -> str:
        return f"<Form {self.title!r} of {len(self.questions)} questions>"

    @classmethod
    def load(cls, xform: str, *, zone: tzinfo | None = None) -> Form:
        """Compile an XForm. Raises `InputRefused` with everything that cannot be carried, by name. With a `zone`, dates without
        offset turn into numbers there, as in ODK's engine; without, their days count as UTC days."""
        from bot.forms.loading import load

        return load(xform, zone)

    def codes(self) -> tuple[str, ...]:
        """BCP 47 codes of the languages, default first; "und" for a language whose name has none."""
        return self._codes

    def language(self, code: str) -> str:
        """The form's own name of the language nearest to a BCP 47 code: itself, its base, a sister, or the default."""
        return _nearest(self.languages, self._codes, code)

    def new(self, *, now: datetime, seed: str = "", is_verbatim: bool = False) -> Entry:
        """An entry as it begins. `seed` feeds random() and uuid(); without one it comes from `now`. `is_verbatim`: as ODK's engine
        shows it, without texts of another language where one is missing, and with an end only when it is sent."""
        return Entry.fresh(self, now, (seed or now.isoformat()) if self.has_chance else "", is_verbatim=is_verbatim)

    def restore(self, data: Mapping[str, Any], *, now: datetime) -> Entry:
        """The entry whose `Entry.data()` this was; an entry as it begins for no data."""
        return Entry.resumed(self, data, now) if data else self.new(now=now)

    def locate(self, path: str) -> tuple[tuple[tuple[int, int], ...], Node]:
        """The instances on the way to a node, as (index among the scope's repeats, position), and the node. Raises `KeyError`."""
        found: tuple[tuple[tuple[int, int], ...], Node] = self._located(path)
        return found

    def _locate(self, path: str) -> tuple[tuple[tuple[int, int], ...], Node]:
        node = self.nodes.get(without_instances(path))
        if node is None:
            raise KeyError(path)
        positions = [int(match[1]) for match in _INSTANCE.finditer(path)]
        chain: list[Scope] = []
        scope = node.scope
        while scope.parent is not None:
            chain.insert(0, scope)
            scope = scope.parent
        is_whole = node.is_repeat and len(positions) == len(chain) - 1
        if len(positions) != len(chain) and not is_whole:
            raise KeyError(path)
        return tuple((scope.index, position) for scope, position in zip(chain, positions, strict=False)), node


@lru_cache(maxsize=1024)
def _nearest(languages: tuple[str, ...], codes: tuple[str, ...], code: str) -> str:
    codes = tuple(known.lower() for known in codes)
    wanted = code.lower()
    base = wanted.partition("-")[0]
    for test in (wanted, base):
        if test in codes:
            return languages[codes.index(test)]
    for known, language in zip(codes, languages, strict=True):
        if known.partition("-")[0] == base:
            return language
    return languages[0]
