"""One filled form as all others use it: opened, answered, walked through, kept. What may stand lives in `judging`, what is said in `speaking`, the dialogue around it in `engine`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import ne
from typing import TYPE_CHECKING, Any, Literal

from bot.forms import walking
from bot.forms.frames import Frame, path_of
from bot.forms.instances import brought
from bot.forms.nodes import Ask, Body, Brought, Node, Scope, Step
from bot.forms.selections import chosen, still_offered
from bot.forms.speaking import Speaking

if TYPE_CHECKING:
    from bot.forms.form import Form

Reason = Literal["constraint", "required", "choice", "type", "readonly"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer was stored. `message` is the form's own words for why not, if it has any."""

    ok: bool
    reason: Reason | None = None
    entry: Entry | None = None
    path: str = ""

    def message(self, language: str) -> str | None:
        """What the form's author wrote for this refusal, in the form's own name of a language."""
        if self.entry is None or self.reason not in ("constraint", "required"):
            return None
        return self.entry.message(self.path, self.reason, language) or None


_OK = Verdict(ok=True)


class Entry(Speaking):
    """One filled form. Paths are instance paths: "/data/child[2]/age"; a repeat as a whole is "/data/child".

    Times: `now` is when it was opened; today() is its date in its own time zone, so pass the residents' local time.
    """

    __slots__ = ()

    @classmethod
    def fresh(cls, form: Form, now: datetime, seed: str, *, is_verbatim: bool = False) -> Entry:
        """An entry as the form begins: its own instances, defaults and calculations."""
        entry = cls(form, now, seed)
        entry.is_verbatim = is_verbatim
        for scope in form.root.children:
            entry.begin(entry._root, scope)
        entry.open()
        return entry

    @classmethod
    def resumed(cls, form: Form, data: Mapping[str, Any], now: datetime) -> Entry:
        """The entry whose `data()` this was. Raises `KeyError` for data of another form."""
        entry = cls(form, now, data.get("seed", ""))
        repeats = data.get("repeats", {})
        if form.root.children:
            entry._regrow(entry._root, repeats)
        raw, slots = entry._root.raw, form.slots
        for key, value in data.get("values", {}).items():
            slot = slots.get(key)
            if slot is not None:
                raw[slot] = value
                entry._root.seen[slot] = value
            else:
                frame, node = entry._find(f"{form.root_path}/{key}")
                frame.raw[node.slot] = frame.seen[node.slot] = value
        entry.everything()
        return entry

    def at(self, now: datetime) -> Entry:
        """The same entry as it is when opened at another moment, itself where that changes nothing."""
        if not self.form.is_steady:
            return Entry.resumed(self.form, self.data(), now)
        self.now = now
        self._offers.clear()
        return self

    def _regrow(self, frame: Frame, repeats: Mapping[str, int]) -> None:
        for scope in frame.scope.children:
            key = self._key(frame, scope)
            count = repeats.get(key, _count_at_first(frame.origin, scope))
            for at in range(count):
                self.grow(frame, scope, brought(frame.origin, scope, at), is_bare=True)
            for inner in frame.children[scope.index]:
                self._regrow(inner, repeats)

    def data(self) -> dict[str, Any]:
        """What must be kept between two turns: JSON types, only what differs from an untouched form."""
        repeats: dict[str, int] = {}
        root = self._root
        differing = compress(zip(self.form.kept, root.raw, strict=True), map(ne, root.raw, root.scope.template.values))
        values = {key: value for key, value in differing if key}
        if root.scope.children:
            start = len(self.form.root_path) + 1
            self._inner_data(root, root.scope.template, start, values, repeats)
        data: dict[str, Any] = {"values": values}
        if repeats:
            data["repeats"] = repeats
        if self.seed:
            data["seed"] = self.seed
        return data

    def _inner_data(
        self, frame: Frame, origin: Brought, start: int, values: dict[str, str], repeats: dict[str, int]
    ) -> None:
        """`origin` is what a restored frame begins as, whatever this one began as before instances moved up."""
        for scope, row in zip(frame.scope.children, frame.children, strict=True):
            if len(row) != _count_at_first(origin, scope):
                repeats[self._key(frame, scope)] = len(row)
            for inner in row:
                assumed = brought(origin, scope, inner.position - 1)
                for node in scope.nodes:
                    if node.is_leaf and node.is_kept and inner.raw[node.slot] != assumed.values[node.slot]:
                        values[path_of(inner, node)[start:]] = inner.raw[node.slot]
                self._inner_data(inner, assumed, start, values, repeats)

    def _key(self, frame: Frame, scope: Scope) -> str:
        outer = scope.root.parent
        prefix = path_of(frame, outer) if outer else ""
        return f"{prefix}/{scope.root.name}"[len(self.form.root_path) + 1 :]

    # --- answers

    def set(self, path: str, value: str) -> Verdict:
        """Answer a question. A refused value is not stored; a stored one is made canonical and all that depends on it follows."""
        frame, node = self._find(path)
        value = value.strip()
        if not value:
            return self._empty(frame, node, path)
        if node.read is not None:
            canonical = node.read(value)
            if canonical is None:
                return Verdict(False, "type", self, path)
            value = canonical
        if node.readonly is not None and self.holds(node.readonly, frame):
            return Verdict(False, "readonly", self, path)
        if node.control is not None and node.control.choices is not None:
            picked = chosen(node, value, node.control.choices.offered(frame))
            if picked is None:
                return Verdict(False, "choice", self, path)
            value = picked
        if node.constraint is not None and not self._would_hold(frame, node, value):
            return Verdict(False, "constraint", self, path)
        self.settle(self.put(frame, node, value))
        return _OK

    def _empty(self, frame: Frame, node: Node, path: str) -> Verdict:
        if self.holds(node.required, frame):
            return Verdict(False, "required", self, path)
        if self.holds(node.readonly, frame):
            return Verdict(False, "readonly", self, path)
        self.settle(self.put(frame, node, ""))
        return _OK

    def fill(self, path: str, value: str) -> bool:
        """Answer as other ODK clients do: what is not of the type or not offered becomes no answer, a broken constraint is kept
        (and told by `is_valid`). False when the place takes no answers now, and nothing has changed."""
        frame, node = self._find(path)
        if node.question is None or node.question.type == "note" or self.holds(node.readonly, frame):
            return False
        if node.control is not None and node.control.choices is not None:
            offered = node.control.choices.offered(frame)
            if node.question.type == "rank" and value and not set(offered) <= set(value.split()):
                return False
            if node.question.type != "rank" or not node.is_filtered:
                value = still_offered(node, value, offered) if value else ""
            if node.question.type == "select_multiple":
                value = " ".join(choice for choice in offered if choice in value.split())
        elif node.question.type == "acknowledge":
            value = node.read(value) or ""
        elif node.store is not None:
            value = node.store(value)
        self.settle(self.put(frame, node, value))
        return True

    def clear(self, path: str) -> None:
        """Take an answer away, required or not."""
        frame, node = self._find(path)
        self.settle(self.put(frame, node, ""))

    # --- the walk

    def steps(self) -> Iterable[Step]:
        """Everything to ask or show now, in order; after the last instance of an open repeat, whether to add one."""
        return self.steps_by_path().values()

    def steps_by_path(self) -> Mapping[str, Step]:
        """The same by their instance paths."""
        if self._walk is None:
            if len(self.form.scopes) > 1:
                self._walk = {step.path: step for step in self._steps(self._root, self.form.body)}
            else:
                relevant = self._root.relevant
                self._walk = dict(compress(self.form.walk, [relevant[slot] for slot in self.form.walked]))
        return self._walk

    def _steps(self, frame: Frame, body: Body) -> Iterator[Step]:
        is_outermost = frame.parent is None
        for item in body:
            if isinstance(item, Ask):
                if frame.relevant[item.node.slot]:
                    yield item.step if is_outermost else Step(path_of(frame, item.node), item.node.question)
                continue
            row = frame.children[item.scope.index]
            for inner in row:
                if inner.relevant[item.scope.root.slot]:
                    yield from self._steps(inner, item.body)
            if len(row) < self.most_instances and self._is_offered(frame, item.scope):
                outer = item.scope.root.parent
                yield Step(f"{path_of(frame, outer) if outer else ''}/{item.scope.root.name}", None, "repeat")

    def add_repeat(self, path: str) -> None:
        """Add an instance of the repeat at `path`. Raises `ValueError` when its form decides on the number itself."""
        frame, scope = self._repeat(path)
        if scope.is_fixed or len(frame.children[scope.index]) >= self.most_instances:
            raise ValueError(f"{path} takes no further instance")
        self.settle(self.grow(frame, scope))

    def remove_repeat(self, path: str) -> None:
        """Remove the instance at `path` ("/data/child[2]"); later ones move up."""
        frame, node = self._find(path)
        if not node.is_repeat or frame.scope is not node.scope or frame.parent is None or node.scope.is_fixed:
            raise ValueError(f"{path} is no instance that can be removed")
        self.settle(self.shrink(frame.parent, node.scope, frame.position))

    def repeat_count(self, path: str) -> int:
        """How many instances the repeat at `path` has."""
        frame, scope = self._repeat(path)
        return len(frame.children[scope.index])

    def _repeat(self, path: str) -> tuple[Frame, Scope]:
        frame, node = self._find(path)
        if not node.is_repeat:
            raise KeyError(path)
        if frame.scope is node.scope and frame.parent is not None:
            return frame.parent, node.scope
        return frame, node.scope

    def walk_state(self) -> dict[str, Any]:
        """Every leaf as expressions read it, with its relevance: for comparing walks step by step."""
        return {
            path: {"value": node["value"], "relevant": node["relevant"]}
            for path, node in walking.state(self).items()
            if node["is_leaf"]
        }


def _count_at_first(origin: Brought, scope: Scope) -> int:
    return 0 if scope.has_count else len(origin.inner[scope.index])
