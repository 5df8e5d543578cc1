"""No hidden count can be computed from what is shown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.disclosure import Protected, Table, one_way, protect, two_way
from campaigns.figures import Key, QuestionFigures, RawCount, linked_table, question_figures
from tests.campaigns.attackers import possible_values

K = 4
small = st.one_of(st.integers(0, 9), st.sampled_from([0, 1, 2, 3, 40]))


def assert_safe(table: Table, k: int, protected: Protected | None = None) -> None:
    protected = protected or protect(table, k)
    ceiling = max(table.counts.values()) + 2 * k
    for cell, count in table.counts.items():
        shown = protected[cell]
        assert shown is None or shown == count
        if shown is None:
            values = possible_values(table, protected, cell, ceiling=ceiling)
            assert len(values) == 2, f"{cell} can only be {values}"
        else:
            assert not 0 < count < k
    for line in table.sums:
        hidden = [part for part in line.parts if protected[part] is None]
        if hidden and protected[line.total] is not None:
            assert sum(table.counts[part] for part in hidden) >= k


@given(st.lists(small, min_size=1, max_size=6))
@settings(deadline=None, max_examples=100)
def test_one_question_alone(counts: list[int]) -> None:
    assert_safe(one_way({f"a{i}": n for i, n in enumerate(counts)}), K)


@given(st.lists(st.lists(small, min_size=3, max_size=3), min_size=2, max_size=4))
@settings(deadline=None, max_examples=100)
def test_answers_by_group(rows: list[list[int]]) -> None:
    assert_safe(two_way({(f"a{a}", f"g{g}"): n for g, row in enumerate(rows) for a, n in enumerate(row)}), K)


people = st.lists(
    st.tuples(st.sampled_from("ab c".replace(" ", "")), st.sampled_from("xy"), st.sampled_from("pqr")), max_size=40
)


def raw_of(persons: list[tuple[str, str, str]]) -> list[RawCount]:
    raw = []
    for answer, area, age in persons:
        raw += [RawCount("", "", answer, 1), RawCount("area", area, answer, 1), RawCount("age", age, answer, 1)]
    return raw


@given(people)
@settings(deadline=None, max_examples=50)
def test_a_question_by_two_breakdowns_at_once(persons: list[tuple[str, str, str]]) -> None:
    assert_safe(linked_table("select_one", ["a", "b", "c"], raw_of(persons), K), K)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "a b", "b c"]), st.sampled_from("xy")), max_size=40))
@settings(deadline=None, max_examples=50)
def test_several_answers_each_by_a_breakdown(persons: list[tuple[str, str]]) -> None:
    raw = [r for answer, area in persons for r in (RawCount("", "", answer, 1), RawCount("area", area, answer, 1))]
    assert_safe(linked_table("select_multiple", ["a", "b", "c"], raw, K), K)


def shown_in(figures: QuestionFigures, table: Table) -> Protected:
    """Everything that a page made of the figures would tell, as an attacker sees it."""
    shown: dict[object, int | None] = dict.fromkeys(table.counts)
    for figure in (figures.overall, *figures.groups):
        shown[Key(figure.by, figure.group)] = figure.base
        for value, count in figure.counts.items():
            shown[Key(figure.by, figure.group, value)] = count
    return Protected(shown, K)


@given(people)
@settings(deadline=None, max_examples=50)
def test_what_a_page_shows_gives_nobody_away(persons: list[tuple[str, str, str]]) -> None:
    figures = question_figures("q", "select_one", ["a", "b", "c"], raw_of(persons), K)
    table = linked_table("select_one", ["a", "b", "c"], raw_of(persons), K)
    protected = shown_in(figures, table)
    ceiling = max(table.counts.values()) + 2 * K
    for cell, count in table.counts.items():
        if protected[cell] is None and 0 < count < K:
            assert len(possible_values(table, protected, cell, ceiling=ceiling)) == 2


@given(people)
@settings(deadline=None, max_examples=50)
def test_breakdowns_take_nothing_from_the_whole(persons: list[tuple[str, str, str]]) -> None:
    raw = raw_of(persons)
    alone = question_figures("q", "select_one", ["a", "b", "c"], [row for row in raw if not row.by], K)
    assert question_figures("q", "select_one", ["a", "b", "c"], raw, K).overall == alone.overall


def test_large_counts_are_all_shown() -> None:
    assert not protect(two_way({("yes", "n"): 40, ("no", "n"): 30, ("yes", "s"): 25, ("no", "s"): 90}), 10).hidden


def test_nobody_is_shown_as_nobody() -> None:
    protected = protect(one_way({"yes": 40, "no": 0}), 10)
    assert (protected["yes"], protected["no"]) == (40, 0)


def test_a_group_too_small_to_show_keeps_even_its_noughts() -> None:
    counts = {
        ("yes", "big"): 40,
        ("no", "big"): 30,
        ("yes", "tiny"): 3,
        ("no", "tiny"): 0,
        ("yes", "mid"): 20,
        ("no", "mid"): 25,
    }
    protected = protect(two_way(counts), 10)
    assert protected["yes", "tiny"] is None
    assert protected["no", "tiny"] is None
    assert protected["", "tiny"] is None


def test_a_bridge_between_two_cycles_is_seen() -> None:
    # Every row and column hides two counts or more, and still the sums give the middle one away unless chains are followed.
    counts = {(f"a{r}", f"g{c}"): 50 for r in range(4) for c in range(4)}
    for cell in (
        ("a0", "g0"),
        ("a0", "g1"),
        ("a1", "g0"),
        ("a1", "g1"),
        ("a1", "g2"),
        ("a2", "g2"),
        ("a2", "g3"),
        ("a3", "g2"),
        ("a3", "g3"),
    ):
        counts[cell] = 2
    assert_safe(two_way(counts), 3)


def test_a_kept_figure_is_hidden_last() -> None:
    counts = {"a": 150, "b": 60, "c": 24, "d": 3}
    assert protect(one_way(counts), 10)["c"] is None
    protected = protect(one_way(counts, keep=["a", "c"]), 10)
    assert (protected["a"], protected["c"]) == (150, 24)


def test_thirty_areas_by_eight_answers_take_little_time() -> None:
    counts = {(f"a{a}", f"g{g}"): (a * 7 + g * 13) % 23 for a in range(8) for g in range(30)}
    started = time.process_time()
    protect(two_way(counts), 6)
    assert time.process_time() - started < 5


def test_wrong_sums_are_refused() -> None:
    table = one_way({"a": 12, "b": 30})
    with pytest.raises(ValueError, match="do not make"):
        protect(Table({**table.counts, "": 41}, table.sums), 10)
