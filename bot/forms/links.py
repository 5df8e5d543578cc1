"""Which questions of a form hang together: clusters that can be explored one by one. Exploring them lives in `exploring`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.forms.form import Form
from bot.forms.nodes import Node
from bot.forms.rules import Mention, Rule, Rules


@dataclass(slots=True, eq=False)
class Cluster:
    """Questions whose ways depend on each other, in the order of the form.

    `needs` are the questions that decide about each; `mentions` how rules read each; `last` the order of the last question
    that each decides about. `is_forward`: nothing looks at later questions. `is_plain`: no chance, no actions, no counts.
    """

    nodes: list[Node]
    needs: dict[Node, set[Node]] = field(default_factory=dict)
    mentions: dict[Node, list[Mention]] = field(default_factory=dict)
    last: dict[Node, int] = field(default_factory=dict)
    is_forward: bool = True
    is_plain: bool = True
    behind_rule: dict[int, tuple[Node, ...]] = field(default_factory=dict)

    def behind(self, rule: Rule) -> tuple[Node, ...]:
        """The questions whose answers an expression looks at, calculations followed."""
        return self.behind_rule.get(id(rule), ())


def clusters(form: Form, rules: Rules) -> list[Cluster]:
    """The clusters of a form, in the order of their first questions."""
    linking = _Linking(form, rules)
    groups: dict[Node, list[Node]] = {}
    for node in linking.nodes:
        for need in linking.needs[node]:
            linking.join(node, need)
    for node in linking.nodes:
        groups.setdefault(linking.root(node), []).append(node)
    return [linking.cluster(nodes) for nodes in groups.values()]


class _Linking:
    """Follows rules through calculations to the questions behind them."""

    def __init__(self, form: Form, rules: Rules) -> None:
        self.rules = rules
        self.nodes = [form.nodes[question.path] for question in form.questions]
        self.asked = set(self.nodes)
        self.order = {node: place for place, node in enumerate(self.nodes)}
        self.parent = {node: node for node in self.nodes}
        self.deciding = {node: self._deciding(node) for node in self.nodes}
        self.needs = {node: self._asked_behind(self.deciding[node]) - {node} for node in self.nodes}

    def root(self, node: Node) -> Node:
        while self.parent[node] is not node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def join(self, one: Node, other: Node) -> None:
        a, b = self.root(one), self.root(other)
        if self.order[a] > self.order[b]:
            a, b = b, a
        self.parent[b] = a

    def _deciding(self, node: Node) -> list[Rule]:
        """Every rule that decides whether a question is asked and what may be answered, calculations included."""
        roles = ("required", "readonly", "constraint", "choice_filter", "calculate", "action")
        found: dict[int, Rule] = {}
        waiting = [*self.rules.conditions(node), *self.rules.of(node, *roles)]
        while waiting:
            rule = waiting.pop()
            if id(rule) in found:
                continue
            found[id(rule)] = rule
            for read in rule.reads():
                if read not in self.asked:
                    waiting += [*self.rules.conditions(read), *self.rules.of(read, "calculate", "action")]
        return list(found.values())

    def _asked_behind(self, rules: Iterable[Rule]) -> set[Node]:
        return {read for rule in rules for read in rule.reads() if read in self.asked}

    def cluster(self, nodes: list[Node]) -> Cluster:
        """One cluster with all that exploring it needs."""
        made = Cluster(nodes, {node: self.needs[node] for node in nodes})
        seen: dict[int, Rule] = {id(rule): rule for node in nodes for rule in self.deciding[node]}
        made.is_plain = not any(self._is_unsteady(rule) for rule in seen.values())
        for rule in seen.values():
            for mention in rule.mentions:
                if mention.node in self.asked:
                    made.mentions.setdefault(mention.node, []).append(mention)
            made.behind_rule[id(rule)] = self._behind(rule)
        for node in nodes:
            for need in self.needs[node]:
                made.last[need] = max(made.last.get(need, -1), self.order[node])
                made.is_forward = made.is_forward and self.order[need] < self.order[node]
        return made

    def _behind(self, rule: Rule) -> tuple[Node, ...]:
        found: dict[Node, None] = {}
        waiting, done = list(rule.reads()), set[Node]()
        while waiting:
            read = waiting.pop(0)
            if read in done:
                continue
            done.add(read)
            if read in self.asked:
                found[read] = None
            else:
                waiting += [node for inner in self.rules.of(read, "calculate", "action") for node in inner.reads()]
        return tuple(found)

    @staticmethod
    def _is_unsteady(rule: Rule) -> bool:
        """Whether the rule gives something else at another time, or counts instances by answers."""
        return rule.has_chance or (rule.role == "repeat_count" and bool(rule.mentions))
