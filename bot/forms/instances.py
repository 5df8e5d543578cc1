"""One filled form as expressions look at it: its clock, chance and language, and a tree of frames in which instances of repeats come and go. What follows from a change lives in `recalculation`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bot.forms.frames import Frame, path_of
from bot.forms.nodes import Brought, Node, Scope

if TYPE_CHECKING:
    from bot.forms.form import Form

MAX_INSTANCES = 100
"""The most instances of one repeat in a conversation. A count above it is cut to it: no survey asks more, and a typing slip must
not fill the memory."""
_MAX_COMPARED = 10_000


class Instances:
    """The frames of an entry. What adds or takes away gives the recalculations that it sets off, as a mask.

    `is_verbatim`: as ODK's engine has it, so texts stand as they are in the language, without help from another one.
    `_targets` are the frames in which a unit must run (None: in all); `_asleep` nodes that have not begun, which neither calculate
    nor hear triggers yet; `_new` frames in which values are still to begin.
    """

    __slots__ = ("_asleep", "_has_begun", "_new", "_root", "_targets", "form", "is_verbatim", "language", "now", "seed")

    def __init__(self, form: Form, now: datetime, seed: str) -> None:
        self.form = form
        self.now = now
        self.seed = seed
        self.language = form.languages[0]
        self.is_verbatim = False
        self._has_begun = False
        self._asleep: set[tuple[Frame, int]] = set()
        self._new: list[Frame] = []
        self._targets: dict[int, set[Frame] | None] = {}
        self._root = Frame(self, form.root, None, form.root.template)

    @property
    def outermost(self) -> Frame:
        """The frame of all that stands outside repeats."""
        return self._root

    @property
    def most_instances(self) -> int:
        """How many instances a repeat can have. ODK's engine has no bound."""
        return _MAX_COMPARED if self.is_verbatim else MAX_INSTANCES

    def chance(self, frame: Frame, node: Node, at: int) -> int:
        """128 bits of chance for one place in a node's expression, always the same in one entry."""
        text = f"{self.seed}|{path_of(frame, node)}|{at}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])

    def frames(self, scope: Scope, within: Frame) -> Iterator[Frame]:
        """Every frame of `scope` inside `within` (itself, if it is one)."""
        if within.scope is scope:
            yield within
            return
        chain = scope
        while chain.parent is not within.scope:
            chain = chain.parent  # type: ignore[assignment]  # scope is within `within`
        for inner in within.children[chain.index]:
            yield from self.frames(scope, inner)

    def grow(self, frame: Frame, scope: Scope, origin: Brought | None = None, *, is_bare: bool = False) -> int:
        """Add an instance at the end; gives the recalculations that it sets off. `is_bare`: without instances inside it."""
        row = frame.children[scope.index]
        inner = Frame(self, scope, frame, origin or scope.template)
        row.append(inner)
        inner.position = len(row)
        parent = scope.root.parent
        if parent is not None and not frame.relevant[parent.slot]:
            inner.relevant = [False] * len(inner.raw)
            inner.seen = [""] * len(inner.raw)
        pending = self._restructured(scope)
        for index in scope.units:
            pending |= 1 << index
            self._target(index, iter((inner,)))
        if scope.beginnings and self._has_begun:
            self._lull(inner)
            self._new.append(inner)
        if not is_bare:
            for deeper in scope.children:
                pending |= self.begin(inner, deeper)
        return pending

    def begin(self, frame: Frame, scope: Scope) -> int:
        """Add the instances that the form brings along."""
        if scope.has_count:
            return 0
        pending = 0
        for origin in frame.origin.inner[scope.index]:
            pending |= self.grow(frame, scope, origin)
        return pending

    def shrink(self, frame: Frame, scope: Scope, position: int) -> int:
        """Take the instance at `position` (from 1) away; gives the recalculations that this sets off."""
        row = frame.children[scope.index]
        del row[position - 1]
        for place, inner in enumerate(row, start=1):
            inner.position = place
        return self._restructured(scope)

    def count(self, frame: Frame, scope: Scope, wanted: float) -> int:
        """Let a repeat have as many instances as its count wants; NaN leaves them as they are."""
        if wanted != wanted:
            return 0
        count = int(max(0.0, min(wanted, self.most_instances)))
        row = frame.children[scope.index]
        pending = 0
        while len(row) < count:
            pending |= self.grow(frame, scope, brought(frame.origin, scope, len(row)))
        while len(row) > count:
            pending |= self.shrink(frame, scope, len(row))
        return pending

    def _restructured(self, scope: Scope) -> int:
        pending = 0
        for index in scope.readers:
            pending |= 1 << index
            self._targets[index] = None
        return pending

    def _target(self, index: int, frames: Iterator[Frame]) -> None:
        known = self._targets.setdefault(index, set())
        if known is not None:
            known.update(frames)

    def _lull(self, frame: Frame) -> None:
        self._asleep.update((frame, node.slot) for node in frame.scope.beginnings if node.scope is frame.scope)


def brought(origin: Brought, scope: Scope, at: int) -> Brought:
    """What the form brings along for the instance at place `at` (from 0) of a repeat."""
    own = origin.inner[scope.index]
    return own[at] if at < len(own) else scope.template
