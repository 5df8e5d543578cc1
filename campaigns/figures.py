"""From raw grouped counts to the figures of one question, every one of them through disclosure control. Counting is the store's work; drawing the console's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

from campaigns.disclosure import Cell, Protected, Sum, Table, protect

QuestionKind = Literal["one", "many", "number", "count"]
UNKNOWN = "unknown"
_Tallies: TypeAlias = dict[tuple[str, str], dict[str, int]]
_KINDS: dict[str, QuestionKind] = {
    "select_one": "one",
    "acknowledge": "one",
    "rank": "one",
    "select_multiple": "many",
    "integer": "number",
    "decimal": "number",
    "range": "number",
}


class RawCount(NamedTuple):
    """How many gave exactly this answer, in one group of one breakdown; ("", "") is everybody.

    `value` is as stored: a select_multiple or rank is its values joined by spaces.
    """

    by: str
    group: str
    value: str
    n: int


class Key(NamedTuple):
    """One count of the linked tables; an empty `value` is the base. `is_not` counts those who did not choose the value."""

    by: str
    group: str
    value: str = ""
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One group's answers to one question. None stands for what is hidden; `base` is how many answered the question.

    `counts` and `shares` (of the base) are by answer in the survey's order; `mean` and `median` are of numbers.
    """

    by: str
    group: str
    base: int | None
    counts: Mapping[str, int | None] = field(default_factory=dict)
    shares: Mapping[str, float | None] = field(default_factory=dict)
    mean: float | None = None
    median: float | None = None


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """One question: everybody, then each group of each breakdown. `minority` is the answer fewest people gave whose figure can be shown."""

    question: str
    kind: QuestionKind
    k: int
    overall: Figure
    groups: tuple[Figure, ...]
    minority: str | None = None


def kind_of(question_type: str) -> QuestionKind:
    """How a survey question's answers are counted: a rank by what was put first; texts, dates and places only as how many."""
    return _KINDS.get(question_type, "count")


def question_figures(
    question: str, question_type: str, choices: Sequence[str], raw: Iterable[RawCount], k: int
) -> QuestionFigures:
    """The figures of one question, with small counts hidden for `k`.

    Every breakdown in `raw` must cover the same people as everybody (by = ""); who lacks the trait goes under "unknown".
    Raises ValueError when it does not, since the figures could not be protected together. What is shown of everybody
    does not depend on the breakdowns: one that could not be shown beside it is hidden as a whole.
    """
    kind = kind_of(question_type)
    tallies = _tallies(raw)
    values = _values(question_type, choices, tallies)
    safe = _protected(question_type, values, tallies, k)
    figures = [_figure(by, group, tally, values, kind, safe) for (by, group), tally in tallies.items()]
    overall = next(figure for figure in figures if not figure.by)
    groups = tuple(figure for figure in figures if figure.by)
    return QuestionFigures(question, kind, k, overall, groups, _minority(overall))


def linked_table(question_type: str, choices: Sequence[str], raw: Iterable[RawCount], k: int) -> Table:
    """All counts of one question, overall and in every breakdown, with every sum that ties them together."""
    tallies = _tallies(raw)
    return _linked(question_type, _values(question_type, choices, tallies), tallies, k)


def _protected(question_type: str, values: list[str], tallies: _Tallies, k: int) -> Mapping[Cell, int | None]:
    """Everybody's figures first; then the breakdowns, all or as many in turn as leave everybody's figures as they are."""
    whole = _linked(question_type, values, _only(tallies, ()), k)
    first = protect(whole, k)
    keep = frozenset(whole.counts) - first.hidden

    def beside(chosen: tuple[str, ...]) -> Protected | None:
        table = _linked(question_type, values, _only(tallies, chosen), k)
        found = protect(replace(table, keep=keep, hidden=first.hidden), k)
        return found if not found.hidden & keep else None

    names = tuple(dict.fromkeys(by for by, _ in tallies if by))
    best = beside(names)
    accepted: tuple[str, ...] = ()
    if best is None:
        best = first
        for name in names:
            found = beside((*accepted, name))
            if found is not None:
                best, accepted = found, (*accepted, name)
    everything = _linked(question_type, values, tallies, k)
    return {cell: best.counts.get(cell) for cell in everything.counts}


def _only(tallies: _Tallies, names: tuple[str, ...]) -> _Tallies:
    return {key: tally for key, tally in tallies.items() if not key[0] or key[0] in names}


def _values(question_type: str, choices: Sequence[str], tallies: _Tallies) -> list[str]:
    """The answers that are counted one by one: the survey's own in order, then any other that was given."""
    if kind_of(question_type) not in ("one", "many"):
        return []
    given = (value for tally in tallies.values() for answer in tally for value in _split(answer, question_type))
    return list(dict.fromkeys([*choices, *given]))


def _linked(question_type: str, values: list[str], tallies: _Tallies, k: int) -> Table:
    kind = kind_of(question_type)
    counts: dict[Cell, int] = {}
    for (by, group), tally in tallies.items():
        base = sum(tally.values())
        counts[Key(by, group)] = base
        for value in values:
            chosen = sum(n for answer, n in tally.items() if value in _split(answer, question_type))
            counts[Key(by, group, value)] = chosen
            if kind == "many":
                counts[Key(by, group, value, True)] = base - chosen
    return Table(counts, _sums(list(tallies), values, kind), _keep(counts, values, k))


def _tallies(raw: Iterable[RawCount]) -> _Tallies:
    tallies: _Tallies = {("", ""): {}}
    for row in raw:
        key = (row.by, (row.group or UNKNOWN) if row.by else "")
        tally = tallies.setdefault(key, {})
        tally[row.value] = tally.get(row.value, 0) + row.n
    return tallies


def _split(answer: str, question_type: str) -> list[str]:
    words = answer.split()
    if question_type == "select_multiple":
        return words
    return words[:1] if question_type == "rank" else [answer]


def _sums(keys: list[tuple[str, str]], values: list[str], kind: QuestionKind) -> tuple[Sum, ...]:
    sums = []
    for by, group in keys:
        base = Key(by, group)
        if kind == "one":
            sums.append(Sum(base, tuple(Key(by, group, value) for value in values)))
        elif kind == "many":
            sums += [Sum(base, (Key(by, group, v), Key(by, group, v, True))) for v in values]
    for by in dict.fromkeys(by for by, _ in keys if by):
        groups = [group for other, group in keys if other == by]
        for value, is_not in _columns(values, kind):
            sums.append(Sum(Key("", "", value, is_not), tuple(Key(by, g, value, is_not) for g in groups)))
    return tuple(sums)


def _columns(values: list[str], kind: QuestionKind) -> list[tuple[str, bool]]:
    columns = [("", False), *((value, False) for value in values)]
    return columns + [(value, True) for value in values] if kind == "many" else columns


def _keep(counts: Mapping[Cell, int], values: list[str], k: int) -> frozenset[Cell]:
    """The most and the least given answer of everybody: what a summary must be able to say (R24)."""
    shown = sorted((counts[Key("", "", v)], Key("", "", v)) for v in values if counts[Key("", "", v)] >= k)
    return frozenset(key for _, key in (*shown[:1], *shown[-1:]))


def _figure(
    by: str, group: str, tally: dict[str, int], values: list[str], kind: QuestionKind, safe: Mapping[Cell, int | None]
) -> Figure:
    base = safe[Key(by, group)]
    counts = {value: safe[Key(by, group, value)] for value in values}
    shares = {value: count / base if base and count is not None else None for value, count in counts.items()}
    if kind != "number" or not base:
        return Figure(by, group, base, counts, shares)
    numbers = sorted((float(answer), n) for answer, n in tally.items())
    mean = sum(number * n for number, n in numbers) / base
    return Figure(by, group, base, mean=mean, median=_median(numbers, base))


def _median(numbers: list[tuple[float, int]], base: int) -> float:
    """The middle number, or the mean of the two middle ones, of numbers with how often each was given."""

    def at(rank: int) -> float:
        seen = 0
        for number, n in numbers:
            seen += n
            if rank < seen:
                return number
        raise IndexError(rank)

    return (at((base - 1) // 2) + at(base // 2)) / 2


def _minority(overall: Figure) -> str | None:
    shown = [(count, value) for value, count in overall.counts.items() if count]
    return min(shown, key=lambda pair: pair[0])[1] if len(shown) > 1 else None
