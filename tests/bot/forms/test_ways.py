"""How many questions a resident is asked, and what nobody can reach: forms with branches, filters, chains, repeats and traps."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogues import Dialogue
from bot.events import Asked
from bot.forms import Form
from bot.forms.ways import Ways, explore
from bot.turns import OpenTurn
from bot.xlsform import read_xlsform
from tests.bot.forms.test_form_properties import surveys

NOW = datetime(2026, 5, 31, 14, 30, tzinfo=UTC)
COLUMNS = ("type", "name", "label", "relevant", "constraint", "required", "calculation", "choice_filter")
CHOICES = """| choices |
| | list_name | name | label | kind |
| | yn | y | Y | a |
| | yn | n | N | a |
| | l | a | A | y |
| | l | b | B | y |
| | l | c | C | n |
| | l | d | D | z |
"""


def written(*rows: str) -> str:
    """A survey of rows such as "text q | label | relevant | constraint | required | calculation | choice_filter"."""
    lines = ["| survey |", "| | " + " | ".join(COLUMNS) + " |"]
    for row in rows:
        kind, *cells = [cell.strip() for cell in row.split("|")]
        what, _, name = kind.rpartition(" ")
        if kind.startswith("end"):
            what, name = kind, ""
        lines.append("| | " + " | ".join([what, name, f"Q {name}" if name else "", *cells]) + " |")
    return "\n".join(lines) + "\n" + CHOICES


def explored(*rows: str, **limits: int) -> Ways:
    xform = read_xlsform(written(*rows).encode(), "survey.md").xform
    return explore(Form.load(xform), xform, now=NOW, **limits)


def lengths(ways: Ways) -> tuple[int | None, int]:
    return ways.shortest.count if ways.shortest else None, ways.longest.count


def test_branches_that_exclude_each_other_are_not_added_up() -> None:
    ways = explored(
        "select_one yn q | | | yes",
        "text y1 | ${q} = 'y'", "text y2 | ${q} = 'y'", "text y3 | ${q} = 'y'",
        "text n1 | ${q} = 'n'", "text n2 | ${q} = 'n'",
    )  # fmt: skip
    assert lengths(ways) == (3, 4)
    assert ways.is_exact
    assert ways.longest.answers["/data/q"] == "y"


def test_an_optional_question_that_is_passed_over_opens_no_branch() -> None:
    assert lengths(explored("select_one yn q", "text a | ${q} != ''")) == (1, 2)


def test_a_number_is_tried_on_both_sides_of_every_bound() -> None:
    ways = explored(
        "integer age | | . >= 0 and . <= 120 | yes", "text young | ${age} < 18", "text old | ${age} >= 65",
        "text exactly | ${age} = 40",
    )  # fmt: skip
    assert lengths(ways) == (1, 2)
    assert not ways.unreachable


def test_a_condition_that_no_answer_fulfils_is_told_with_what_it_looks_at() -> None:
    (found,) = explored("integer age | | | yes", "text q | ${age} > 5 and ${age} < 3").unreachable
    assert (found.path, found.culprit, found.names, found.is_certain) == ("/data/q", "/data/q", ("age",), True)


def test_what_lies_in_an_unreachable_group_or_behind_one_is_unreachable() -> None:
    ways = explored(
        "select_one yn q | | | yes", "begin group g | ${q} = 'maybe'", "text a", "end group", "text b | ${a} != ''"
    )
    assert {found.path: found.culprit for found in ways.unreachable} == {
        "/data/g/a": "/data/g",
        "/data/b": "/data/b",
    }


def test_chains_of_calculations_are_followed() -> None:
    ways = explored(
        "integer age | | . >= 0 | yes", "calculate stage | | | | if(${age} > 17, 'adult', 'child')",
        "calculate fee | | | | if(${stage} = 'adult', 100, 0)", "text pays | ${fee} > 50", "text free | ${fee} = 0",
        "text never | ${fee} = 70",
    )  # fmt: skip
    assert lengths(ways) == (2, 2)
    assert [found.path for found in ways.unreachable] == ["/data/never"]
    assert ways.unreachable[0].names == ("age",)


def test_choices_that_a_filter_leaves_to_nobody_are_told() -> None:
    ways = explored("select_one yn q | | | yes", "select_one l c | | | yes | | kind = ${q}")
    assert [(found.path, found.value) for found in ways.never_offered] == [("/data/c", "d")]


def test_a_required_choice_that_a_filter_empties_is_a_trap() -> None:
    ways = explored("select_one yn q", "select_one l c | | | yes | | kind = ${q}")
    assert [(found.path, found.role) for found in ways.traps] == [("/data/c", "choice_filter")]
    assert lengths(ways)[0] == 2  # whoever answers the first question finds the way out


def test_a_required_question_that_nobody_can_answer_leaves_no_way_to_the_end() -> None:
    ways = explored("integer n | | . > 5 and . < 3 | yes", "text after")
    assert [found.path for found in ways.traps] == ["/data/n"]
    assert ways.shortest is None


def test_a_bound_set_by_another_answer_can_be_a_trap() -> None:
    ways = explored("select_one yn q | | | yes", "integer n | | . > 5 and ${q} = 'y' | yes")
    assert [found.path for found in ways.traps] == ["/data/n"]
    assert ways.shortest is not None


def test_an_optional_question_that_takes_no_answer_is_told_but_can_be_passed_over() -> None:
    ways = explored("integer n | | . > 5 and . < 3", "text after")
    assert [found.path for found in ways.impossible] == ["/data/n"]
    assert not ways.traps
    assert lengths(ways) == (2, 2)


def test_a_constraint_that_only_rare_texts_fulfil_is_not_called_impossible() -> None:
    ways = explored("text plate | | regex(., '^[A-Z]{3} [0-9]{2}[A-Z0-9]$') | yes")
    assert not ways.traps
    assert not ways.impossible
    assert lengths(ways) == (1, 1)


def test_a_repeat_is_walked_once() -> None:
    ways = explored("begin repeat r", "select_one yn q | | | yes", "text more | ${q} = 'y'", "end repeat", "text z")
    assert lengths(ways) == (2, 3)


def test_several_choices_are_combined_and_counted() -> None:
    ways = explored(
        "select_multiple l w | | count-selected(.) <= 2 | yes", "text two | count-selected(${w}) = 2",
        "text ab | selected(${w}, 'a') and selected(${w}, 'b')", "text three | count-selected(${w}) > 2",
    )  # fmt: skip
    assert lengths(ways) == (1, 3)
    assert [found.path for found in ways.unreachable] == ["/data/three"]


def test_dates_are_tried_around_today() -> None:
    ways = explored("date d | | . <= today() | yes", "text past | ${d} < today()", "text late | ${d} > today()")
    assert lengths(ways) == (1, 2)
    assert [found.path for found in ways.unreachable] == ["/data/late"]


def test_a_question_may_depend_on_a_later_one() -> None:
    ways = explored("text early | ${q} = 'y'", "select_one yn q | | | yes", "text end")
    assert lengths(ways) == (2, 3)
    assert ways.is_exact


def test_what_cannot_be_told_apart_is_not_called_exact() -> None:
    ways = explored("integer a | | | yes", "integer b | | | yes", "text c | ${a} * ${b} = 391")
    assert not ways.longest.is_exact
    assert not any(found.is_certain for found in ways.unreachable)


def test_too_many_ways_are_given_up_in_time() -> None:
    rows = [f"select_one yn q{k} | | | yes" for k in range(40)]
    total = " + ".join(f"number(${{q{k}}} = 'y')" for k in range(40))
    ways = explored(*rows, f"text end | {total} = 41", most_trials=500)
    assert not ways.longest.is_exact
    assert ways.longest.count == 40
    assert [found.is_certain for found in ways.unreachable] == [False]


def test_a_hundred_questions_with_a_branch_each_are_explored_whole() -> None:
    rows = [row for k in range(50) for row in (f"select_one yn q{k} | | | yes", f"text t{k} | ${{q{k}}} = 'y'")]
    assert lengths(explored(*rows)) == (50, 100)


# --- any form

QUESTIONS = ("select_one yn", "select_multiple l", "integer", "date", "text", "acknowledge")


@st.composite
def told_apart(draw: st.DrawFn) -> str:
    """A form whose rules can all be explored exactly."""
    rows, names = [], []
    for at in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(QUESTIONS))
        parts = [draw(plain_conditions(names)) for _ in range(draw(st.integers(0, 2)) if names else 0)]
        relevant = f" {draw(st.sampled_from(['and', 'or']))} ".join(parts)
        constraint = draw(st.sampled_from(["", ". >= 2 and . < 7"])) if kind == "integer" else ""
        rows.append(f"{kind} q{at} | {relevant} | {constraint} | {draw(st.sampled_from(['', 'yes']))}")
        names.append((f"q{at}", kind))
    return written(*rows)


@st.composite
def plain_conditions(draw: st.DrawFn, names: list[tuple[str, str]]) -> str:
    name, kind = draw(st.sampled_from(names))
    held = {
        "select_one yn": ["= 'y'", "!= 'n'", "!= ''"], "integer": ["> 3", "<= 5", "= 4", "!= ''"], "acknowledge": ["= 'OK'"],
        "text": ["= 'a'", "!= 'b'", "> 2"], "date": ["> today()", "= '2026-05-31'"],
    }  # fmt: skip
    if kind == "select_multiple l":
        test = draw(st.sampled_from(["selected(${%s}, 'a')", "count-selected(${%s}) > 2", "${%s} = 'b'"]))
        return test % name
    return f"${{{name}}} {draw(st.sampled_from(held[kind]))}"


VALUES = (
    "y",
    "n",
    "a",
    "b",
    "c",
    "a b",
    "a b c d",
    "1",
    "3",
    "4",
    "6",
    "9",
    "2.5",
    "OK",
    "2026-05-31",
    "2027-01-01",
    "x",
)


def walked(form: Form, picks: st.DataObject) -> int | None:
    """How many different questions one random walk asks; None when it finds no answer to go on with."""
    dialogue = Dialogue(language="und", phase="asking", entry=form.new(now=NOW).data())
    turn, asked = OpenTurn(form, dialogue, now=NOW), set()
    turn.advance()
    for _ in range(60):
        if turn.state.phase == "finished":
            return len(asked)
        path = turn.state.position
        if turn.state.is_repeat:
            turn.change(passed=(*turn.state.passed, path))
            turn.advance()
            continue
        asked |= {event.path for event in turn.events if isinstance(event, Asked) and not event.is_repeat}
        choices = [choice.value for choice in turn.entry.choices(path, form.languages[0])]
        value = picks.draw(st.sampled_from([*choices, *VALUES, ""]))
        if value:
            turn.answer(path, value)
        elif not turn.entry.is_required(path):
            turn.drop(path)
    return None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(survey=st.one_of(told_apart(), surveys()), picks=st.data())
def test_no_walk_is_longer_than_the_longest_way_or_shorter_than_the_shortest(survey: str, picks: st.DataObject) -> None:
    xform = read_xlsform(survey.encode(), "survey.md").xform
    form = Form.load(xform)
    ways = explore(form, xform, now=NOW)
    count = walked(form, picks)
    if count is None:
        return
    if ways.longest.is_exact:
        assert count <= ways.longest.count
    if ways.shortest is None:
        assert not ways.is_exact or ways.traps
    elif ways.shortest.is_exact:
        assert count >= ways.shortest.count


@settings(max_examples=60, deadline=None)
@given(survey=told_apart())
def test_forms_whose_rules_hold_answers_against_constants_are_explored_exactly(survey: str) -> None:
    xform = read_xlsform(survey.encode(), "survey.md").xform
    assert explore(Form.load(xform), xform, now=NOW).longest.is_exact


@pytest.mark.parametrize("which", ["shortest", "longest"])
@settings(max_examples=60, deadline=None)
@given(survey=told_apart())
def test_the_answers_of_a_way_lead_along_it(which: str, survey: str) -> None:
    xform = read_xlsform(survey.encode(), "survey.md").xform
    form = Form.load(xform)
    way = getattr(explore(form, xform, now=NOW), which)
    if way is None:
        return
    entry, count = form.new(now=NOW), 0
    for step in form.questions:
        if entry.is_relevant(step.path):
            count += 1
            value = way.answers[step.path]
            if value and not entry.set(step.path, value).ok:
                assert which == "longest"  # it may end in a trap
                return
    assert count == way.count
