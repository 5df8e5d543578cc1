"""What stands in a filled form, and whether it may: relevance, constraints, what is required. What it is called lives in `speaking`."""

from __future__ import annotations

from typing import Any

from bot.forms.frames import Frame
from bot.forms.nodes import Node, Scope
from bot.forms.recalculation import Recalculation


class Judging(Recalculation):
    """Values by their instance paths, and the form's conditions on them. A path that leads nowhere raises `KeyError`."""

    __slots__ = ()

    def value(self, path: str) -> str:
        """What expressions read there: "" when empty or irrelevant."""
        frame, node = self._find(path)
        return frame.seen[node.slot]

    def kept(self, path: str) -> str:
        """What was answered there, relevant now or not."""
        frame, node = self._find(path)
        return frame.raw[node.slot]

    def is_possible(self, path: str, value: str) -> bool:
        """Whether the constraint of a question without choices would let this value, as it is stored, stand there. Changes nothing."""
        frame, node = self._find(path)
        return node.constraint is None or self._would_hold(frame, node, value)

    def is_relevant(self, path: str) -> bool:
        """Whether it is part of the form as things stand."""
        frame, node = self._find(path)
        if node.is_repeat and frame.scope is not node.scope:
            return self._is_offered(frame, node.scope)
        return frame.relevant[node.slot]

    def is_required(self, path: str) -> bool:
        """Whether an answer is needed now."""
        frame, node = self._find(path)
        return self.holds(node.required, frame)

    def is_readonly(self, path: str) -> bool:
        """Whether it is only shown."""
        frame, node = self._find(path)
        return self.holds(node.readonly, frame)

    def is_valid(self, path: str) -> bool:
        """Whether what stands there may stand: required, and within its constraint. Irrelevant is valid; a choice that is
        not offered now counts as no answer."""
        frame, node = self._find(path)
        return self.stands(frame, node)

    def has_valid(self, path: str) -> bool:
        """Whether a relevant answer stands there, and may."""
        frame, node = self._find(path)
        return frame.seen[node.slot] != "" and (node.constraint is None or self.holds(node.constraint, frame))

    def stands(self, frame: Frame, node: Node) -> bool:
        """The same of one node in one frame."""
        slot = node.slot
        if not frame.relevant[slot]:
            return True
        if not frame.seen[slot]:
            if self.is_verbatim and node.is_always_there and frame.raw[slot] == frame.origin.values[slot] != "":
                return self._stands_at_first(frame, node)
            return not self.holds(node.required, frame)
        return node.constraint is None or self.holds(node.constraint, frame)

    def _stands_at_first(self, frame: Frame, node: Node) -> bool:
        """A first value that is not offered: ODK's engine counts it as an answer until it, or what judges it, changes."""
        if not node.is_required_fixed and self.holds(node.required, frame):
            return False
        place = (frame, node.slot)
        if node.constraint is None or place in self._eased:
            return True
        if self.holds(node.constraint, frame) or self._would_hold(frame, node, frame.raw[node.slot]):
            self._eased.add(place)
            return True
        return False

    def _would_hold(self, frame: Frame, node: Node, value: str) -> bool:
        slot = node.slot
        before, frame.seen[slot] = frame.seen[slot], value
        try:
            return self.holds(node.constraint, frame)
        finally:
            frame.seen[slot] = before

    @staticmethod
    def holds(condition: Any, frame: Frame) -> bool:
        """Whether a node's condition (None, a constant, or a function of a frame) holds."""
        if condition is None or condition is False:
            return False
        return condition is True or bool(condition(frame))

    def _is_offered(self, frame: Frame, scope: Scope) -> bool:
        outer = scope.root.parent
        if scope.is_fixed or (outer is not None and not frame.relevant[outer.slot]):
            return False
        return scope.is_offered is None or self.holds(scope.is_offered, frame)

    def _find(self, path: str) -> tuple[Frame, Node]:
        """The frame and node at an instance path; the outer frame for a repeat as a whole. Raises `KeyError`."""
        node = self.form.outermost.get(path)
        if node is not None:
            return self._root, node
        places, node = self.form.locate(path)
        frame = self._root
        for index, position in places:
            row = frame.children[index]
            if not 1 <= position <= len(row):
                raise KeyError(path)
            frame = row[position - 1]
        return frame, node
