"""Keeping one filled form in step with itself: relevance, calculations, offered choices, counts. The public face is `entries`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.forms.frames import Frame
from bot.forms.graph import Unit
from bot.forms.nodes import Action, Brought, Choice, Node, Scope, Step

if TYPE_CHECKING:
    from bot.forms.form import Form

MAX_INSTANCES = 100
"""The most instances of one repeat in a conversation. A count above it is cut to it: no survey asks more, and a typing slip must
not fill the memory."""
_MAX_COMPARED = 10_000
_MAX_ACTIONS = 500
_MAX_ROUNDS = 100


class Recalculation:
    """The frames of an entry, and what runs when a value changes. Runs only what depends on the change, in order.

    `is_verbatim`: texts stand as the form has them in the language, without help from another one where they are missing.
    """

    __slots__ = (
        "_asleep", "_eased", "_events", "_has_begun", "_late", "_new", "_offers", "_results", "_root", "_targets", "_walk", "form", "is_verbatim",
        "language", "now", "seed",
    )  # fmt: skip

    def __init__(self, form: Form, now: datetime, seed: str) -> None:
        self.form = form
        self.now = now
        self.seed = seed
        self.language = form.languages[0]
        self.is_verbatim = False
        self._has_begun = False
        self._events: list[tuple[Action, Frame]] = []
        self._asleep: set[tuple[Frame, int]] = (
            set()
        )  # nodes that have not begun: they neither calculate nor hear triggers yet
        self._late: list[tuple[Unit, Frame]] | None = (
            None  # while values begin: calculations that wait for the last to have begun
        )
        self._new: list[Frame] = []
        self._eased: set[tuple[Frame, int]] = set()
        self._results: dict[tuple[Frame, int], str] = {}
        self._targets: dict[int, set[Frame] | None] = {}
        self._walk: dict[str, Step] | None = None  # until relevance or repeats change
        self._offers: dict[tuple[str, str], tuple[Choice, ...]] = {}
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

    def everything(self) -> None:
        """Recalculate all, as when a form is opened."""
        self._targets = dict.fromkeys(self.form.repeated, None)
        self._settle(self.form.all_units)
        self._has_begun = True

    def open(self) -> None:
        """Recalculate all in a new entry: values begin in document order, as ODK's engine lets them."""
        if self.form.has_beginnings:
            for scope in self.form.scopes:
                for frame in self.frames(scope, self._root):
                    self._lull(frame)
            self._has_begun = True
        self.everything()
        self._awaken(self._root, is_new=False)
        self._follow()
        self._asleep.clear()

    def settle(self, pending: int) -> None:
        """Run the recalculations in `pending` and all that they set off, then the actions that became due."""
        self._settle(pending)
        if self._events or self._new:
            self._follow()
            self._asleep.clear()

    def _follow(self) -> None:
        done = 0
        while (self._new or self._events) and done < _MAX_ACTIONS:
            done += 1
            if self._new:
                self._awaken(self._new.pop(0), is_new=True)
            else:
                action, frame = self._events.pop(0)
                self._settle(self._act(action, frame))
        self._events.clear()
        self._new.clear()

    def _lull(self, frame: Frame) -> None:
        self._asleep.update((frame, node.slot) for node in frame.scope.beginnings if node.scope is frame.scope)

    def _awaken(self, frame: Frame, *, is_new: bool) -> None:
        """Let the values of a frame and of all inside it begin, one after the other; what they set off comes after the last."""
        if not self._asleep:
            return
        self._late = []
        self._wake(frame, is_new=is_new)
        late, self._late, pending = self._late, None, 0
        for unit, place in late:
            pending |= 1 << unit.index
            if unit.scope.parent is not None:
                self._target(unit.index, iter((place,)))
        self._settle(pending)

    def _wake(self, frame: Frame, *, is_new: bool) -> None:
        for node in frame.scope.beginnings:
            if node.scope is not frame.scope:
                if not node.scope.has_count:  # those are counted, and so begin, when all around them have begun
                    for inner in list(frame.children[node.scope.index]):
                        self._wake(inner, is_new=is_new)
            elif (frame, node.slot) in self._asleep:
                self._asleep.discard((frame, node.slot))
                self._begin(frame, node, node.news if is_new else node.firsts)

    def _begin(self, frame: Frame, node: Node, actions: tuple[Action, ...]) -> None:
        if node.calculation >= 0 and frame.relevant[node.slot]:
            self._settle(self._calculate(self.form.units[node.calculation], frame))
        for action in actions:
            self._settle(self._act(action, frame))

    def _act(self, action: Action, frame: Frame) -> int:
        target = action.target
        if action.is_first and not frame.relevant[target.slot]:
            return 0
        value = action.run(frame)
        return self.put(frame, target, target.store(value) if target.store is not None else value)

    def _settle(self, pending: int) -> None:
        if len(self.form.scopes) > 1:  # what repeats are offered may hang on any value
            self._walk = None
        self._offers.clear()
        units, root = self.form.units, self._root
        while pending:
            low = pending & -pending
            pending ^= low
            unit = units[low.bit_length() - 1]
            if unit.scope.parent is None:
                pending |= self._run(unit, root)
                continue
            targets = self._targets.pop(unit.index, None)
            for frame in list(self.frames(unit.scope, root)) if targets is None else targets:
                pending |= self._run(unit, frame)

    def _run(self, unit: Unit, frame: Frame) -> int:
        node = unit.node
        if unit.role == "relevant":
            is_own = unit.run(frame)
            if is_own == frame.own[node.slot]:
                return 0
            frame.own[node.slot] = is_own
            return self._relate(frame, node, is_own and _is_relevant_outside(frame, node))
        if unit.role == "calculate":
            if not frame.relevant[node.slot] or (self._asleep and (frame, node.slot) in self._asleep):
                return 0
            if self._late is not None:
                self._late.append((unit, frame))
                return 0
            if unit.is_own or (self.is_verbatim and node.question is not None):
                return self._calculate(unit, frame)
            value = unit.run(frame)
            return self.put(frame, node, node.store(value) if node.store is not None else value)
        if unit.role == "choices":
            return self._refresh(frame, node)
        return self._count(frame, node.scope, unit.run(frame))

    def _calculate(self, unit: Unit, frame: Frame) -> int:
        """A calculation that looks at its own value runs until that changes no more."""
        node, pending = unit.node, 0
        for _ in range(_MAX_ROUNDS if unit.is_own else 1):
            before, value = frame.raw[node.slot], unit.run(frame)
            if self.is_verbatim and node.question is not None:
                if self._results.get((frame, node.slot)) == value:
                    break  # ODK's engine leaves what was answered since where the result is the same as before
                self._results[frame, node.slot] = value
            pending |= self.put(frame, node, node.store(value) if node.store is not None else value)
            if frame.raw[node.slot] == before:
                break
        return pending

    def put(self, frame: Frame, node: Node, value: str) -> int:
        """Store a value; gives the recalculations that it sets off."""
        slot = node.slot
        if frame.raw[slot] == value:
            return 0
        frame.raw[slot] = value
        return self._refresh(frame, node)

    def _refresh(self, frame: Frame, node: Node) -> int:
        slot = node.slot
        value = frame.raw[slot] if frame.relevant[slot] else ""
        if value and node.is_filtered:
            value = still_offered(node, value, node.control.choices.offered(frame))
        if value == frame.seen[slot]:
            return 0
        frame.seen[slot] = value
        for action in node.actions:
            target = frame.above(frame.scope.depth - action.target.scope.depth)
            is_heard = not self.is_verbatim or _is_first(frame, target)
            if is_heard and self._has_begun and (target, action.target.slot) not in self._asleep:
                self._events.append((action, target))
        if node.spread:
            self._aim(frame, node)
        return node.mask

    def _aim(self, frame: Frame, node: Node) -> None:
        """Note in which instances the recalculations after a change of `node` must run."""
        for index, is_local in node.spread:
            scope = self.form.units[index].scope
            if is_local and scope.is_within(frame.scope):
                self._target(index, self.frames(scope, frame))
            else:
                self._targets[index] = None

    def _target(self, index: int, frames: Iterator[Frame]) -> None:
        known = self._targets.setdefault(index, set())
        if known is not None:
            known.update(frames)

    def _relate(self, frame: Frame, node: Node, is_relevant: bool) -> int:
        """Relevance of a node as a whole has changed: pass it on to everything below."""
        slot = node.slot
        if frame.relevant[slot] == is_relevant:
            return 0
        frame.relevant[slot] = is_relevant
        self._walk = None
        if not node.children:
            pending = self._refresh(frame, node)
            if is_relevant and node.calculation >= 0:
                self._results.pop((frame, slot), None)
                pending |= 1 << node.calculation
                if node.scope.parent is not None:
                    self._target(node.calculation, iter((frame,)))
            return pending
        pending = 0
        for child in node.children:
            if child.scope is frame.scope:
                pending |= self._relate(frame, child, is_relevant and frame.own[child.slot])
            else:
                for inner in frame.children[child.scope.index]:
                    pending |= self._relate(inner, child, is_relevant and inner.own[child.slot])
        return pending

    # --- instances of repeats

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

    def _restructured(self, scope: Scope) -> int:
        pending = 0
        for index in scope.readers:
            pending |= 1 << index
            self._targets[index] = None
        return pending

    def _count(self, frame: Frame, scope: Scope, wanted: float) -> int:
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


def brought(origin: Brought, scope: Scope, at: int) -> Brought:
    """What the form brings along for the instance at place `at` (from 0) of a repeat."""
    own = origin.inner[scope.index]
    return own[at] if at < len(own) else scope.template


def _is_first(frame: Frame, around: Frame) -> bool:
    """Whether a frame is the first of its repeat, and so on outwards: from outside, ODK's engine hears no other."""
    while frame is not around:
        if frame.position != 1 or frame.parent is None:
            return False
        frame = frame.parent
    return True


def _is_relevant_outside(frame: Frame, node: Node) -> bool:
    if node.parent is None:
        return True
    outer = frame.parent if node.is_repeat else frame
    return outer is None or outer.relevant[node.parent.slot]


def still_offered(node: Node, value: str, offered: Mapping[str, None]) -> str:
    """The part of a choice that is offered now: what is filtered away reads as not chosen. What a rank leaves out comes last."""
    if node.question is not None and node.question.type == "select_one":
        return value if value in offered else ""
    parts = [part for part in value.split() if part in offered]
    if node.question is not None and node.question.type == "rank":
        parts = list(dict.fromkeys([*parts, *offered]))
    return " ".join(parts)


def path_of(frame: Frame, node: Node) -> str:
    """The instance path of a node: "/data/child[2]/age"."""
    return frame_path(frame) + node.tail


def frame_path(frame: Frame) -> str:
    """The instance path of a frame's root."""
    if frame.parent is None:
        return frame.scope.root.path
    root = frame.scope.root
    outer = root.parent
    return f"{path_of(frame.parent, outer) if outer else ''}/{root.name}[{frame.position}]"
