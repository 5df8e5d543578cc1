"""Paths and predicates as closures: from a node, an item or the whole form to what their steps lead to. Operators and functions live in `compiler`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from bot.forms import paths
from bot.forms.codes import Code, Model, Run, View, nodes
from bot.forms.conversions import Conversions
from bot.forms.expressions import Binary, Call, Expression, Filter, Path, Step
from bot.forms.frames import Focus, Frame, Item
from bot.forms.nodes import Element, Node
from bot.forms.tokens import XPathError

Keep = Callable[[list[Item], Frame], list[Item]]


class Navigation(Conversions, ABC):
    """Finds its way through the form from one bound node. `uses_focus` tells that what was just compiled looked at the item of a
    predicate."""

    def __init__(self, model: Model, node: Node) -> None:
        super().__init__(model.zone)
        self.model = model
        self.node = node
        self.uses_focus = False

    @abstractmethod
    def code(self, tree: Expression, view: View) -> Code:
        """The closure of any syntax tree seen from `view`."""

    def filtered(self, tree: Filter, view: View) -> Code:
        operand = self.code(tree.operand, view)
        if operand.kind != "nodes":
            raise XPathError("[…] selects among nodes only", tree.at)
        inner = View(operand.targets, is_focus=True, is_elements=operand.is_elements)
        keeps = [self._predicate(predicate, inner) for predicate in tree.predicates]
        items, outer = operand.run, view.frame

        def run(c: Any) -> list[Item]:
            found: list[Item] = items(c)
            frame = outer(c)
            for keep in keeps:
                found = keep(found, frame)
            return found

        return nodes(run, operand.targets, is_elements=operand.is_elements)

    def located(self, tree: Path, view: View) -> Code:
        start, steps = tree.start, tree.steps
        for step in steps:
            if step.axis in ("attribute", "namespace"):
                raise XPathError("attributes cannot be read in a form", step.at)
        if start == ".":
            if view.is_focus:
                self.uses_focus = True
                return self._from_focus(steps, view)
            return self._from_frame(self.node, 0, steps, view)
        if start == "/":
            return self._from_document(steps, view)
        assert not isinstance(start, str)  # noqa: S101 - "." and "/" are the only texts
        code = self.code(start, view)
        if code.kind != "nodes":
            raise XPathError("/ leads on from nodes only", tree.at)
        if isinstance(start, Call) and start.name == "current":
            return self._from_frame(self.node, 0, steps, view)
        return self._walk(code.run, steps, code.targets, view, is_elements=code.is_elements)

    def _from_focus(self, steps: tuple[Step, ...], view: View) -> Code:
        if not view.is_elements and len(view.nodes) == 1:
            direct = self._direct(view.nodes[0], 0, steps)
            if direct is not None:
                target, hops = direct
                self.reads.value(target, is_local=False)
                return _focus_reader(target, hops)
        if view.is_elements and len(steps) == 1 and _is_plain_child(steps[0]):
            name = paths.plain(steps[0].test)
            return nodes(
                lambda c: c.item.by_name.get(name, ()), (), is_elements=True, text=lambda c: _child_text(c.item, name)
            )
        return self._walk(lambda c: [c.item], steps, view.nodes, view, is_elements=view.is_elements)

    def _from_frame(self, node: Node, hops: int, steps: tuple[Step, ...], view: View) -> Code:
        """A path from a node of the frame so many scopes further out."""
        direct = self._direct(node, hops, steps)
        if direct is not None:
            target, hops = direct
            if target.is_leaf:
                self.reads.value(target, is_local=True)
            return _frame_reader(target, hops, is_focus=view.is_focus)
        outer = view.frame
        return self._walk(lambda c: [(outer(c).above(hops), node)], steps, (node,), view, is_elements=False)

    def _from_document(self, steps: tuple[Step, ...], view: View) -> Code:
        """An absolute path: it leads to all instances of what repeats, also from inside one, as it does in ODK's engine."""
        return self._from_frame(self.model.document, self.node.scope.depth, steps, view)

    def _only_child(self, node: Node, step: Step) -> Node | None:
        if step.axis != "child" or step.predicates or step.test in ("*", "node()", "text()"):
            return None
        found = paths.reachable((node,), step)
        return found[0] if len(found) == 1 else None

    def _direct(self, node: Node, hops: int, steps: tuple[Step, ...]) -> tuple[Node, int] | None:
        """The one node that steps without predicates lead to, and how many scopes further out it is."""
        for step in steps:
            if step.predicates:
                return None
            if step.axis == "parent" and step.test == "node()":
                if node.parent is None:
                    raise XPathError("the path leads out of the form", step.at)
                hops += node.is_repeat
                node = node.parent
            elif not (step.axis == "self" and step.test == "node()"):
                child = self._only_child(node, step)
                if child is None or child.is_repeat:
                    return None
                node = child
        return node, hops

    def _walk(
        self, start: Run, steps: tuple[Step, ...], statics: tuple[Node, ...], view: View, *, is_elements: bool
    ) -> Code:
        stages: list[tuple[paths.Reach, list[Keep], bool]] = []
        is_tangled = False
        outer = view.frame
        for step in steps:
            if step.test == "text()":
                raise XPathError("text() is not needed: a path to an element gives its text", step.at)
            statics = self._advance(statics, step, is_elements=is_elements)
            inner = View(statics, is_focus=True, is_elements=is_elements)
            before = self.uses_focus
            keeps = [self._predicate(predicate, inner) for predicate in step.predicates]
            self.uses_focus = before
            is_tangled = is_tangled or paths.can_disorder(step)
            stages.append((paths.walker(step), keeps, is_tangled))
        for target in statics:
            if target.is_leaf:
                self.reads.value(target, is_local=False)

        def run(c: Any) -> list[Item]:
            items: list[Item] = start(c)
            frame = outer(c)
            for reach, keeps, tangled in stages:
                found: list[Item] = []
                for item in items:
                    row = reach(item)
                    for keep in keeps:
                        row = keep(row, frame)
                    found += row
                items = paths.in_order(found) if tangled and len(found) > 1 else found
            return items

        return nodes(run, statics, is_elements=is_elements)

    def _advance(self, statics: tuple[Node, ...], step: Step, *, is_elements: bool) -> tuple[Node, ...]:
        if is_elements:
            return ()
        reached = paths.reachable(statics, step)
        if not reached:
            near = get_close_matches(step.test, [c.name for node in statics for c in node.children], n=1)
            hint = f"; the closest is {near[0]!r}" if near else ""
            raise XPathError(f"there is nothing named {step.test!r} there{hint}", step.at)
        for node in reached:
            self.read_scopes(node, None)
        return tuple(reached)

    def _predicate(self, tree: Expression, view: View) -> Keep:
        before, self.uses_focus = self.uses_focus, False
        quick = self._equality(tree, view) if view.is_elements else None
        if quick is not None:
            self.uses_focus = before
            return quick
        code = self.code(tree, view)
        self.uses_focus = before
        test = self._test(code)
        return lambda row, outer: [i for at, i in enumerate(row, 1) if test(Focus(i, at, len(row), outer))]

    def _test(self, code: Code) -> Callable[[Focus], bool]:
        """Whether a predicate keeps what it looks at: a number is a position."""
        if code.branches is not None:
            condition, yes, no = code.branches
            a, b = self._test(yes), self._test(no)
            return lambda c: a(c) if condition(c) else b(c)
        if code.kind == "number":
            run = code.run
            return lambda c: bool(run(c) == c.position)
        return self.boolean(code)

    def _equality(self, tree: Expression, view: View) -> Keep | None:
        """[child = something outside], the usual choice filter: the outside is computed once."""
        if not isinstance(tree, Binary) or tree.operator != "=":
            return None
        for near, far in ((tree.left, tree.right), (tree.right, tree.left)):
            if (
                not isinstance(near, Path)
                or near.start != "."
                or len(near.steps) != 1
                or not _is_plain_child(near.steps[0])
            ):
                continue
            code = self.code(far, view)
            if self.uses_focus or code.kind in ("number", "boolean") or (code.kind == "nodes" and not code.is_single):
                return None
            value, name = self.string(code), paths.plain(near.steps[0].test)

            def keep(row: list[Item], outer: Frame) -> list[Item]:
                wanted = value(Focus(None, 1, 1, outer))  # noqa: B023 - returned in the same turn of the loop
                return [item for item in row if any(child.value() == wanted for child in item.by_name.get(name, ()))]  # noqa: B023

            return keep
        return None


def _frame_reader(target: Node, hops: int, *, is_focus: bool) -> Code:
    """The code of one node that always exists, in this frame or further out."""
    slot = target.slot
    text: Run
    run: Run
    if is_focus:
        run = lambda c: [(c.outer.above(hops), target)]  # noqa: E731
        text = (lambda c: c.outer.seen[slot]) if hops == 0 else (lambda c: c.outer.above(hops).seen[slot])
    else:
        run = lambda c: [(c.above(hops), target)]  # noqa: E731
        text = _near_text(slot, hops)
    if not target.is_leaf:
        return nodes(run, (target,), is_single=True)
    return nodes(run, (target,), is_single=True, text=text)


def _near_text(slot: int, hops: int) -> Run:
    if hops == 0:
        return lambda c: c.seen[slot]
    if hops == 1:
        return lambda c: c.parent.seen[slot]
    return lambda c: c.above(hops).seen[slot]


def _focus_reader(target: Node, hops: int) -> Code:
    run: Run = lambda c: [(c.item[0].above(hops), target)]  # noqa: E731
    slot = target.slot
    text: Run | None = (lambda c: c.item[0].above(hops).seen[slot]) if target.is_leaf else None
    return nodes(run, (target,), is_single=True, text=text)


def _child_text(item: Element, name: str) -> str:
    found = item.by_name.get(name)
    return found[0].value() if found else ""


def _is_plain_child(step: Step) -> bool:
    return step.axis == "child" and not step.predicates and step.test not in ("*", "node()", "text()")
