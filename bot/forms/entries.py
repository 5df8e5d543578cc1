"""One filled form: what is asked now, what was answered, and what follows from it. The dialogue around it lives in `engine`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from bot.forms import walking
from bot.forms.frames import Frame
from bot.forms.model import Control
from bot.forms.nodes import Ask, Body, Brought, Choice, Node, Scope, Step
from bot.forms.recalculation import Recalculation, brought, path_of, still_offered

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


class Entry(Recalculation):
    """One filled form. Paths are instance paths: "/data/child[2]/age"; a repeat as a whole is "/data/child".

    Times: `now` is when it was opened; today() is its date in its own time zone, so pass the residents' local time.
    """

    __slots__ = ()

    def __init__(self, form: Form, now: datetime, seed: str) -> None:
        super().__init__(form, now, seed)

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
        values: dict[str, str] = {}
        repeats: dict[str, int] = {}
        root = self._root
        start = len(self.form.root_path) + 1
        initial = root.scope.template.values
        if root.raw != initial:
            for node in self.form.kept:
                if root.raw[node.slot] != initial[node.slot]:
                    values[node.path[start:]] = root.raw[node.slot]
        if root.scope.children:
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

    def value(self, path: str) -> str:
        """What expressions read there: "" when empty or irrelevant."""
        frame, node = self._find(path)
        return frame.seen[node.slot]

    def kept(self, path: str) -> str:
        """What was answered there, relevant now or not."""
        frame, node = self._find(path)
        return frame.raw[node.slot]

    def set(self, path: str, value: str) -> Verdict:
        """Answer a question. A refused value is not stored; a stored one is made canonical and all that depends on it follows."""
        slot = self.form.slots_by_path.get(path)
        if slot is not None:
            frame, node = self._root, self.form.root.nodes[slot]
        else:
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
            chosen = _chosen(node, value, node.control.choices.offered(frame))
            if chosen is None:
                return Verdict(False, "choice", self, path)
            value = chosen
        if node.constraint is not None and not self._would_hold(frame, node, value):
            return Verdict(False, "constraint", self, path)
        self.settle(self.put(frame, node, value))
        return _OK

    def is_possible(self, path: str, value: str) -> bool:
        """Whether the constraint of a question without choices would let this value, as it is stored, stand there. Changes nothing."""
        frame, node = self._find(path)
        return node.constraint is None or self._would_hold(frame, node, value)

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

    # --- conditions

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
        return frame.seen[node.slot] != "" and self.stands(frame, node)

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

    # --- what is read

    def choices(self, path: str, language: str) -> tuple[Choice, ...]:
        """What is offered there now."""
        self.speak(language)
        offered = self._offers.get((path, language))
        if offered is None:
            offered = self._offers[path, language] = self._choices(path)
        return offered

    def _choices(self, path: str) -> tuple[Choice, ...]:
        frame, node = self._find(path)
        control: Control | None = node.control
        if control is None or control.choices is None:
            return ()
        return control.choices.choices(frame)

    def label(self, path: str, language: str) -> str:
        """The question, or the name of a repeat or group, with values put in."""
        return self._say(path, "label", language)

    def hint(self, path: str, language: str) -> str:
        """The hint, or ""."""
        return self._say(path, "hint", language)

    def guidance(self, path: str, language: str) -> str:
        """The longer guidance, or ""."""
        return self._say(path, "guidance", language)

    def required_message(self, path: str, language: str) -> str:
        """What the author wrote for an answer that is left out, or ""."""
        return self.message(path, "required", language)

    def message(self, path: str, kind: Literal["constraint", "required"] | str, language: str) -> str:
        """The author's words for a broken rule, or ""."""
        frame, node = self._find(path)
        self.speak(language)
        say = node.messages.get(kind)
        return say(frame).strip() if say else ""

    def headings(self, path: str, language: str) -> tuple[str, ...]:
        """The labels of the groups around a question, outermost first."""
        frame, node = self._find(path)
        self.speak(language)
        found: list[str] = []
        here: Frame | None = frame
        outer = node
        while outer.parent is not None and here is not None:
            here, outer = (here.parent if outer.is_repeat else here), outer.parent
            if outer.control is not None and here is not None:
                found.append(outer.control.label(here).strip())
        return tuple(label for label in reversed(found) if label)

    def _say(self, path: str, what: Literal["label", "hint", "guidance"], language: str) -> str:
        frame, node = self._find(path)
        self.speak(language)
        control: Control | None = node.control
        if control is None:
            return ""
        text: str = getattr(control, what)(self._inside(frame, node))
        return text.strip()

    def _inside(self, frame: Frame, node: Node) -> Frame:
        """Where the texts of a node look from: for a repeat as a whole its last instance, or one that is not there yet."""
        if not node.is_repeat or frame.scope is node.scope:
            return frame
        row = frame.children[node.scope.index]
        return row[-1] if row else Frame(self, node.scope, frame, node.scope.template)

    def speak(self, language: str) -> None:
        """Let all texts, and calculations that hold labels, be in one of the form's languages from now on."""
        if language == self.language or language not in self.form.languages:
            return
        self.language = language
        if self.form.translated_units:
            for index in self.form.translated:
                self._targets[index] = None
            self.settle(self.form.translated_units)

    # --- the walk

    def steps(self) -> Iterable[Step]:
        """Everything to ask or show now, in order; after the last instance of an open repeat, whether to add one."""
        return self.steps_by_path().values()

    def steps_by_path(self) -> Mapping[str, Step]:
        """The same by their instance paths."""
        if self._walk is None:
            self._walk = {step.path: step for step in self._steps(self._root, self.form.body)}
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

    def _is_offered(self, frame: Frame, scope: Scope) -> bool:
        outer = scope.root.parent
        if scope.is_fixed or (outer is not None and not frame.relevant[outer.slot]):
            return False
        return scope.is_offered is None or self.holds(scope.is_offered, frame)

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

    def _find(self, path: str) -> tuple[Frame, Node]:
        """The frame and node at an instance path; the outer frame for a repeat as a whole. Raises `KeyError`."""
        slot = self.form.slots_by_path.get(path)
        if slot is not None:
            return self._root, self.form.root.nodes[slot]
        places, node = self.form.locate(path)
        frame = self._root
        for index, position in places:
            row = frame.children[index]
            if not 1 <= position <= len(row):
                raise KeyError(path)
            frame = row[position - 1]
        return frame, node


def _count_at_first(origin: Brought, scope: Scope) -> int:
    return 0 if scope.has_count else len(origin.inner[scope.index])


def _chosen(node: Node, value: str, offered: Mapping[str, None]) -> str | None:
    """The value as it is stored, several in the order in which they are offered; None when one is not offered."""
    kind = node.question.type if node.question is not None else "select_one"
    if kind == "select_one":
        return value if value in offered else None
    parts = value.split()
    if len(parts) != len(set(parts)) or not all(part in offered for part in parts):
        return None
    return value if kind == "rank" or len(parts) == 1 else " ".join(part for part in offered if part in parts)
