"""Keeping one filled form in step with itself: relevance, calculations, offered choices. Its frames live in `instances`, the public face is `entries`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.forms.frames import Frame
from bot.forms.graph import Unit
from bot.forms.instances import Instances
from bot.forms.nodes import Action, Choice, Node, Step
from bot.forms.selections import still_offered

if TYPE_CHECKING:
    from bot.forms.form import Form

_MAX_ACTIONS = 500
_MAX_ROUNDS = 100


class Recalculation(Instances):
    """What runs when a value changes: only what depends on the change, in order.

    While values begin, `_late` are calculations that wait for the last to have begun. `_walk` holds until relevance or repeats
    change, `_offers` until anything does.
    """

    __slots__ = ("_eased", "_events", "_late", "_offers", "_results", "_walk")

    def __init__(self, form: Form, now: datetime, seed: str) -> None:
        super().__init__(form, now, seed)
        self._events: list[tuple[Action, Frame]] = []
        self._late: list[tuple[Unit, Frame]] | None = None
        self._eased: set[tuple[Frame, int]] = set()
        self._results: dict[tuple[Frame, int], str] = {}
        self._walk: dict[str, Step] | None = None
        self._offers: dict[tuple[str, str], tuple[Choice, ...]] = {}

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
        return self.count(frame, node.scope, unit.run(frame))

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
