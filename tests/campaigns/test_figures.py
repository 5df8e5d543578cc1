"""From raw counts to figures, coverage and response rates."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.audience import Audience
from campaigns.coverage import booster, coverage
from campaigns.figures import RawCount, question_figures
from campaigns.response_rates import Dispositions, effective_n, rr1, rr2


def counts(by: str = "", group: str = "", **answers: int) -> list[RawCount]:
    return [RawCount(by, group, value.replace("_", " "), n) for value, n in answers.items()]


def test_shares_are_of_those_who_answered_the_question() -> None:
    figures = question_figures("parking", "select_one", ["keep", "halve"], counts(keep=30, halve=90), 10)
    assert figures.overall.base == 120
    assert figures.overall.shares == {"keep": 0.25, "halve": 0.75}
    assert figures.minority == "keep"


def test_several_answers_of_one_person_count_each() -> None:
    figures = question_figures("wishes", "select_multiple", ["a", "b", "c"], counts(a=20, a_b=30, b_c=25), 10)
    assert figures.overall.counts == {"a": 50, "b": 55, "c": 25}
    assert figures.overall.base == 75


def test_a_rank_counts_what_was_put_first() -> None:
    figures = question_figures("order", "rank", ["a", "b"], counts(a_b=20, b_a=40), 10)
    assert figures.overall.counts == {"a": 20, "b": 40}


def test_numbers_have_mean_and_median() -> None:
    raw = [RawCount("", "", str(value), n) for value, n in ((1, 5), (2, 5), (10, 10))]
    overall = question_figures("minutes", "integer", [], raw, 10).overall
    assert (overall.mean, overall.median, overall.base) == (5.75, 6.0, 20)


@given(st.lists(st.integers(0, 50), min_size=10, max_size=60))
def test_the_median_is_the_one_of_the_sorted_list(numbers: list[int]) -> None:
    raw = [RawCount("", "", str(value), n) for value, n in Counter(numbers).items()]
    ordered, half = sorted(numbers), len(numbers) // 2
    expected = ordered[half] if len(numbers) % 2 else (ordered[half - 1] + ordered[half]) / 2
    assert question_figures("n", "integer", [], raw, 10).overall.median == expected


def test_a_group_too_small_has_no_mean_and_neither_has_the_one_it_could_be_computed_from() -> None:
    raw = [
        *counts(**{"5": 54}),
        *counts("area", "A", **{"5": 30}),
        *counts("area", "B", **{"5": 21}),
        *counts("area", "C", **{"5": 3}),
    ]
    figures = question_figures("safe", "range", [], raw, 10)
    assert {figure.group: figure.mean for figure in figures.groups} == {"A": 5.0, "B": None, "C": None}


def test_a_text_is_only_counted() -> None:
    figures = question_figures("idea", "text", [], counts(**{"Mer träd": 11}), 10)
    assert (figures.overall.base, dict(figures.overall.counts)) == (11, {})


def test_those_without_a_trait_stand_under_unknown() -> None:
    raw = [*counts(yes=40), *counts("area", "A", yes=25), *counts("area", "", yes=15)]
    assert [figure.group for figure in question_figures("q", "select_one", ["yes"], raw, 10).groups] == ["A", "unknown"]


def test_breakdowns_that_do_not_cover_everybody_are_refused() -> None:
    with pytest.raises(ValueError, match="do not make"):
        question_figures("q", "select_one", ["yes"], [*counts(yes=40), *counts("area", "A", yes=39)], 10)


def test_no_answers_give_empty_figures() -> None:
    assert question_figures("q", "select_one", ["yes", "no"], [], 10).overall.counts == {"yes": 0, "no": 0}


BASELINE = {("16-29", "A"): 1000, ("65+", "A"): 1000, ("16-29", "B"): 1000, ("65+", "B"): 1000}


def test_coverage_stands_lowest_first() -> None:
    answered = {("16-29", "A"): 20, ("65+", "A"): 80, ("16-29", "B"): 0, ("65+", "B"): 40}
    rows = coverage(BASELINE, dict.fromkeys(BASELINE, 100), answered, 6)
    assert [(row.group, row.area) for row in rows] == [("16-29", "B"), ("16-29", "A"), ("65+", "B"), ("65+", "A")]
    assert rows[-1].index == pytest.approx(80 / 140 / 0.25)
    assert rows[0].expected == 35


def test_a_booster_goes_to_those_heard_too_little() -> None:
    answered = {("16-29", "A"): 20, ("65+", "A"): 80, ("16-29", "B"): 60, ("65+", "B"): 40}
    wave = booster(coverage(BASELINE, dict.fromkeys(BASELINE, 100), answered, 6), 6)
    assert wave == Audience(
        "all_of", parts=(Audience("areas", areas=("A",)), Audience("target_group", min_age=16, max_age=29))
    )


def test_coverage_of_nothing_is_empty() -> None:
    assert coverage({}, {}, {}, 6) == ()


def test_response_rates_count_everybody_invited() -> None:
    ended = Dispositions(complete=40, partial=10, refused=5, not_contacted=30, other=5, unknown=10)
    assert (rr1(ended), rr2(ended)) == (0.4, 0.5)
    assert rr1(Dispositions()) is None


@given(st.lists(st.floats(0.2, 5), min_size=1, max_size=50))
def test_weights_never_add_answers(weights: list[float]) -> None:
    assert effective_n(weights) <= len(weights) + 1e-9
