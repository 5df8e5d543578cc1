"""Every way through a form, as far as its rules tell answers apart: how many questions, and what nobody can reach. Its rules are read in `rules`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.forms.exploring import Exploration, Link
from bot.forms.form import Form
from bot.forms.links import Cluster, clusters
from bot.forms.nodes import Node
from bot.forms.rules import Rule, Rules, read_rules

MOST_TRIALS = 6000
"""Answers tried before ways are given up on; some tens of microseconds each."""


@dataclass(frozen=True, slots=True)
class Way:
    """How many questions a resident is asked, and answers that lead there by instance path ("": passed over)."""

    count: int
    answers: dict[str, str]
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something on no way. `rule` is the expression at fault ("" when none is) and `culprit` the path of its node.

    `names` are the questions that the expression looks at. `is_certain` is false when not all ways were tried.
    """

    path: str
    culprit: str
    role: str
    rule: str
    names: tuple[str, ...]
    is_certain: bool
    value: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """What exploring a form found. Each repeat is walked with one instance.

    `shortest` is None when no way leads to the end. `unreachable` questions are never asked, `never_offered` choices never
    shown; `traps` are required questions that some way leads to and no answer leaves; `impossible` ones take no answer at
    all and can only be passed over.
    """

    shortest: Way | None
    longest: Way
    unreachable: tuple[Finding, ...]
    never_offered: tuple[Finding, ...]
    traps: tuple[Finding, ...]
    impossible: tuple[Finding, ...]

    @property
    def is_exact(self) -> bool:
        """Whether no way was left untried."""
        return self.longest.is_exact and (self.shortest is None or self.shortest.is_exact)


def explore(form: Form, xform: str, *, now: datetime, most_trials: int = MOST_TRIALS) -> Ways:
    """Walk a compiled form, made of `xform`, as residents can. Never raises for a form that could be compiled."""
    rules = read_rules(form, xform, now)
    found: list[Exploration] = []
    left = most_trials
    waiting = clusters(form, rules)
    for place, cluster in enumerate(waiting):
        share = max(50, left // (len(waiting) - place))
        exploration = Exploration(form, rules, cluster, now, share)
        exploration.run()
        left = max(0, left - exploration.trials)
        found.append(exploration)
    return _ways(form, rules, found)


def _ways(form: Form, rules: Rules, found: list[Exploration]) -> Ways:
    is_exact = all(each.is_exact for each in found)
    has_repeats = len(form.scopes) > 1
    asked = [form.nodes[q.path] for q in form.questions if q.type != "note" and not _is_shown_only(form.nodes[q.path])]
    always = [node for node in asked if not rules.conditions(node)]
    most = _way([each.most for each in found], is_exact=is_exact)
    if not has_repeats and most.count == len(asked):
        most = Way(most.count, most.answers, True)
    fewest = None
    if not any(each.fewest is None for each in found):
        fewest = _way([each.fewest for each in found], is_exact=is_exact)
        if not has_repeats and fewest.count == len(always):
            fewest = Way(fewest.count, fewest.answers, True)
    return Ways(
        fewest,
        most,
        tuple(finding for each in found for finding in _unreachable(rules, each)),
        tuple(finding for each in found for finding in _never_offered(rules, each)),
        tuple(finding for each in found for finding in _stuck(rules, each, each.traps)),
        tuple(finding for each in found for finding in _stuck(rules, each, each.impossible())),
    )


def _is_shown_only(node: Node) -> bool:
    return node.readonly is True


def _way(links: list[Link | None], *, is_exact: bool) -> Way:
    answers: dict[str, str] = {}
    for link in links:
        here = link
        while here is not None and here.path:
            answers[here.path] = here.value
            here = here.rest
    return Way(sum(link.count for link in links if link is not None), answers, is_exact)


def _unreachable(rules: Rules, found: Exploration) -> list[Finding]:
    findings = []
    for node in found.cluster.nodes:
        if node in found.reached:
            continue
        conditions = rules.conditions(node)
        rule = next((r for r in conditions if r.role == "relevant" and r.node not in found.relevant), None)
        rule = rule or next(iter(conditions), None)
        findings.append(_finding(node, rule, found))
    return findings


def _finding(node: Node, rule: Rule | None, found: Exploration, value: str = "") -> Finding:
    if rule is None:
        return Finding(node.path, node.path, "", "", (), found.is_exact, value)
    names = tuple(dict.fromkeys(read.name for read in found.cluster.behind(rule)))
    return Finding(node.path, rule.node.path, rule.role, rule.source, names, found.is_exact, value)


def _never_offered(rules: Rules, found: Exploration) -> list[Finding]:
    findings = []
    for node in found.cluster.nodes:
        offered = found.offered.get(node)
        if node not in found.reached or offered is None:
            continue
        rule = next(iter(rules.of(node, "choice_filter")), None)
        missing = [value for value in rules.lists.get(node, ()) if value not in offered]
        findings += [_finding(node, rule, found, value) for value in missing]
    return findings


def _stuck(rules: Rules, found: Exploration, nodes: dict[Node, str]) -> list[Finding]:
    findings = []
    for node, role in nodes.items():
        rule = next(iter(rules.of(node, role)), None)
        finding = _finding(node, rule, found)
        findings.append(Finding(node.path, finding.culprit, role, finding.rule, finding.names, True))
    return findings


__all__ = ["Cluster", "Finding", "Way", "Ways", "explore"]
