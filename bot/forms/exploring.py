"""Walking one cluster of questions in every way its rules tell apart, as the engine asks: the first question not dealt with. Results are put together in `ways`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.forms.entries import Entry
from bot.forms.form import Form
from bot.forms.links import Cluster
from bot.forms.nodes import Node, Question, Step
from bot.forms.rules import Rules
from bot.forms.samples import Samples, samples

_MOST_DEPTH = 300


@dataclass(frozen=True, slots=True)
class Link:
    """One question of a way and the rest of it: `count` questions from here on, this one answered with `value`."""

    count: int
    path: str = ""
    value: str = ""
    rest: Link | None = None


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a walk has come to. `asked` is kept only where a question can be asked twice."""

    entry: Entry
    answered: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()


_Found = tuple[Link | None, Link]  # the shortest way to the end, if any leads there, and the longest
_END: _Found = (Link(0), Link(0))


class Exploration:
    """The ways through one cluster. `most_trials` bounds how many answers are tried."""

    def __init__(self, form: Form, rules: Rules, cluster: Cluster, now: datetime, most_trials: int) -> None:
        self.form, self.rules, self.cluster, self.now = form, rules, cluster, now
        self.left, self.trials = most_trials, 0
        self.members = {node.path: node for node in cluster.nodes}
        self.order = {question.path: place for place, question in enumerate(form.questions)}
        self.is_exact = cluster.is_plain
        self.fewest: Link | None = None
        self.most = Link(0)
        self.reached: set[Node] = set()
        self.relevant: set[Node] = set()
        self.offered: dict[Node, set[str]] = {}
        self.traps: dict[Node, str] = {}
        self._refused: dict[Node, str] = {}
        self._accepted: set[Node] = set()
        self._known: dict[tuple[object, ...], _Found] = {}
        conditional = {rule.node for node in cluster.nodes for rule in rules.conditions(node)}
        self._unseen = {node for node in conditional if node.relevant is not None and not node.is_repeat}
        self._watched = [(node, instance_path(node)) for node in cluster.nodes if node in cluster.last]

    def run(self) -> None:
        """Explore; the findings stand in the attributes afterwards."""
        self.fewest, self.most = self._explore(_Stand(self.form.new(now=self.now)), 0)

    def impossible(self) -> dict[Node, str]:
        """Questions that were asked and took no answer, with the role of the rule that refused."""
        return {node: role for node, role in self._refused.items() if node not in self._accepted | set(self.traps)}

    # --- walking

    def _explore(self, stand: _Stand, depth: int) -> _Found:
        stand, step = self._next(stand)
        self._look(stand.entry)
        if step is None:
            return _END
        key = self._key(stand, step)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._try(stand, step, depth)
        return known

    def _next(self, stand: _Stand) -> tuple[_Stand, Step | None]:
        """The first question not dealt with, after answers that no longer hold were taken back."""
        while True:
            steps = {step.path: step for step in stand.entry.steps() if self._is_ours(step)}
            broken = [p for p in stand.answered if p in steps and not stand.entry.has_valid(p)]
            if not broken:
                break
            entry = self._copied(stand.entry)
            for path in broken:
                entry.clear(path)
            stand = replace(stand, entry=entry, answered=stand.answered.difference(broken))
        passed = stand.passed.intersection(steps)
        for path, step in steps.items():
            if path in stand.answered or path in passed:
                continue
            if step.question is not None and (step.question.type == "note" or stand.entry.is_readonly(path)):
                self.reached.add(self.members[step.question.path])
                passed |= {path}
                continue
            if step.kind == "repeat" and stand.entry.repeat_count(path):
                passed |= {path}
                continue
            return replace(stand, passed=passed), step
        return replace(stand, passed=passed), None

    def _is_ours(self, step: Step) -> bool:
        if step.question is not None:
            return step.question.path in self.members
        return any(path.startswith(f"{_static(step.path)}/") for path in self.members)

    def _look(self, entry: Entry) -> None:
        """Note which conditions hold here, of those that have not been seen to hold."""
        for node in list(self._unseen):
            try:
                frame, _ = entry._find(instance_path(node))
            except KeyError:
                continue
            if frame.own[node.slot]:
                self._unseen.discard(node)
                self.relevant.add(node)

    def _key(self, stand: _Stand, step: Step) -> tuple[object, ...]:
        """All of the past that can matter to what is still to come."""
        if not self.cluster.is_forward:
            values = tuple(_value(stand.entry, path) for _, path in self._watched)
            return (step.path, step.kind, values, stand.answered, stand.passed, stand.asked)
        here = self.order[step.question.path] if step.question is not None else -1
        last = self.cluster.last
        live = (path for node, path in self._watched if here < 0 or self.order[node.path] < here <= last[node])
        return (step.path, step.kind, stand.passed if here < 0 else None, *(_value(stand.entry, path) for path in live))

    def _try(self, stand: _Stand, step: Step, depth: int) -> _Found:
        if step.question is None:
            return self._try_repeat(stand, step, depth)
        self.reached.add(self.members[step.question.path])
        is_new = step.path not in stand.asked
        if not self.cluster.is_forward:
            stand = replace(stand, asked=stand.asked | {step.path})
        branches = self._branches(stand, step.path, step.question)
        if depth > _MOST_DEPTH:
            self.is_exact = False
            return Link(int(is_new), step.path), Link(int(is_new), step.path)
        fewest: Link | None = None
        most = Link(int(is_new), step.path)
        for value, following in branches:
            few, many = self._explore(following, depth + 1)
            if few is not None and (fewest is None or few.count + is_new < fewest.count):
                fewest = Link(few.count + is_new, step.path, value, few)
            if many.count + is_new > most.count or most.rest is None:
                most = Link(many.count + is_new, step.path, value, many)
        return fewest, most

    def _try_repeat(self, stand: _Stand, step: Step, depth: int) -> _Found:
        without = self._explore(replace(stand, passed=stand.passed | {step.path}), depth + 1)
        entry = self._copied(stand.entry)
        try:
            entry.add_repeat(step.path)
        except ValueError:
            return without
        self.is_exact = self.is_exact and not depth > _MOST_DEPTH
        few, most = self._explore(replace(stand, entry=entry), depth + 1)
        fewest = min((each for each in (without[0], few) if each is not None), key=lambda e: e.count, default=None)
        return fewest, max(without[1], most, key=lambda each: each.count)

    # --- answering

    def _branches(self, stand: _Stand, path: str, question: Question) -> Iterator[tuple[str, _Stand]]:
        """The answers to try, each with where it leads: one where no rule looks at them, else every one told apart."""
        node = self.members[question.path]
        matters = node in self.cluster.last
        tried, kept = self._samples(stand.entry, node), 0
        for value in tried.values:
            if kept and (not matters or self.left <= 0):
                self.is_exact = self.is_exact and not matters
                break
            entry = self._copied(stand.entry)
            if entry.set(path, value).ok:
                kept += 1
                self._accepted.add(node)
                yield value, replace(stand, entry=entry, answered=stand.answered | {path})
        if matters and not tried.is_complete:
            self.is_exact = False
        if not kept:
            self._note_refusal(stand.entry, path, node, tried)
        if not stand.entry.is_required(path):
            if matters or not kept:
                entry = self._copied(stand.entry)
                entry.clear(path)
                yield "", replace(stand, entry=entry, passed=stand.passed | {path})
        elif not kept and not tried.is_complete:
            yield "", replace(stand, passed=stand.passed | {path})  # some answer may do; we have not found it

    def _samples(self, entry: Entry, node: Node) -> Samples:
        offered: list[str] = []
        if node.control is not None and node.control.choices is not None:
            frame, _ = entry._find(instance_path(node))
            offered = [value for value, _ in node.control.choices.rows(frame)]
            self.offered.setdefault(node, set()).update(offered)
        assert node.question is not None  # noqa: S101 - every member is asked
        return samples(node.question, self.cluster.mentions.get(node, ()), offered)

    def _note_refusal(self, entry: Entry, path: str, node: Node, tried: Samples) -> None:
        if not tried.is_complete:
            return
        role = "constraint" if tried.values else "choice_filter"
        if entry.is_required(path):
            self.traps[node] = role
        self._refused[node] = role

    def _copied(self, entry: Entry) -> Entry:
        self.left -= 1
        self.trials += 1
        return self.form.restore(entry.data(), now=self.now)


def instance_path(node: Node) -> str:
    """The path of a node in the first instance of each repeat around it."""
    parts: list[str] = []
    here: Node | None = node
    while here is not None and here.name:
        parts.insert(0, f"{here.name}[1]" if here.is_repeat else here.name)
        here = here.parent
    return "/" + "/".join(parts)


def _static(path: str) -> str:
    return path.replace("[1]", "")


def _value(entry: Entry, path: str) -> str | None:
    try:
        return entry.value(path)
    except KeyError:
        return None
