"""What holds for every form and every answer: nothing raises, data comes back, and each step equals a full recalculation."""

import json
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.forms import Entry, Verdict
from bot.forms.expressions import parse
from bot.forms.tokens import XPathError
from tests.bot.forms.surveys import NOW, compiled

COLUMNS = ("type", "name", "label", "relevant", "constraint", "required", "calculation", "choice_filter", "default")
CHOICES = """| choices |
| | list_name | name | label | kind |
| | l | a | A | x |
| | l | b | B ${q0} | x |
| | l | c | C | a |
"""
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def conditions(draw: st.DrawFn, names: list[str]) -> str:
    """A condition on earlier questions."""
    name = f"${{{draw(st.sampled_from(names))}}}"
    plain = draw(
        st.sampled_from(
            [
                f"{name} = 'a'", f"{name} != ''", f"selected({name}, 'b')", f"{name} > 2", f"count-selected({name}) >= 1",
                f"string-length({name}) mod 2 = 0", f"not({name} < 3)", f"regex({name}, '^[a-c0-9 ]*$')",
                f"{name} = today()", f"position(..) = 1 or {name} = 'c'",
            ]
        )
    )  # fmt: skip
    return (
        f"({plain}) {draw(st.sampled_from(['and', 'or']))} {draw(conditions(names))}"
        if draw(st.integers(0, 4)) == 0
        else plain
    )


@st.composite
def calculations(draw: st.DrawFn, names: list[str]) -> str:
    name = f"${{{draw(st.sampled_from(names))}}}"
    return draw(
        st.sampled_from(
            [
                f"{name} + 1", f"concat({name}, '-', {name})", f"if({name} > 1, {name}, 'few')", f"coalesce({name}, 'none')",
                f"once({name})", f"round({name} div 3, 2)", f"substr({name}, 0, 2)", f"{name} = ''", f"date({name})",
                f"format-date({name}, '%Y')", f"selected-at({name}, 1)", f"number({name}) mod 2",
            ]
        )
    )  # fmt: skip


@st.composite
def surveys(draw: st.DrawFn) -> str:
    """A survey of up to a dozen rows, with groups, repeats, skips, filters and calculations."""
    rows = [{"type": "text", "name": "q0", "label": "Q0"}]
    names, opened = ["q0"], []
    for at in range(1, draw(st.integers(2, 12))):
        kind = draw(st.sampled_from([*ASKED, "calculate", "begin group", "begin repeat", "end"]))
        row = {"type": kind, "name": f"q{at}", "label": f"Q{at} ${{{draw(st.sampled_from(names))}}}"}
        if draw(st.booleans()):
            row["relevant"] = draw(conditions(names))
        if kind == "end":
            if not opened:
                continue
            what, known = opened.pop()
            row = {"type": f"end {what}"}
            names = names[:known] if what == "repeat" else names
        elif kind.startswith("begin"):
            if kind.endswith("repeat") and any(what == "repeat" for what, _ in opened):
                continue
            opened.append((kind.removeprefix("begin "), len(names)))
        elif kind == "calculate":
            row |= {"label": "", "calculation": draw(calculations(names))}
            names.append(row["name"])
        else:
            row["required"] = draw(st.sampled_from(["", "yes"]))
            row["constraint"] = draw(st.sampled_from(["", ". != 'b'", "string-length(.) < 9"]))
            if kind.startswith("select"):
                row["choice_filter"] = draw(
                    st.sampled_from(["", "kind = 'x'", f"kind = ${{{draw(st.sampled_from(names))}}}"])
                )
            names.append(row["name"])
        rows.append(row)
    rows += [{"type": f"end {what}"} for what, _ in reversed(opened)]
    lines = ["| survey |", "| | " + " | ".join(COLUMNS) + " |"]
    lines += ["| | " + " | ".join(row.get(column, "") for column in COLUMNS) + " |" for row in rows]
    return "\n".join(lines) + "\n" + CHOICES


ASKED = ["text", "integer", "decimal", "date", "select_one l", "select_multiple l", "geopoint", "acknowledge"]
answers = st.one_of(
    st.sampled_from(["a", "b", "c", "a b", "1", "3", "2.5", "2026-05-31", "57.9 12.1", "OK", ""]),
    st.text(max_size=12),
)
moves = st.lists(st.tuples(st.integers(0, 30), answers), max_size=12)


def taken(entry: Entry, moves: list[tuple[int, str]]) -> None:
    """Walk: at each move the n-th step is answered with whatever is at hand, cleared, or repeated."""
    for place, answer in moves:
        steps = list(entry.steps())
        if not steps:
            return
        step = steps[place % len(steps)]
        if step.kind == "repeat":
            entry.add_repeat(step.path)
        elif answer == "":
            entry.clear(step.path)
        else:
            assert isinstance(entry.set(step.path, answer), Verdict)


@quick
@given(survey=surveys(), moves=moves)
def test_nothing_a_resident_can_say_raises(survey, moves):
    form = compiled(survey)
    entry = form.new(now=NOW)
    taken(entry, moves)
    for step in entry.steps():
        entry.label(step.path, form.languages[0])
        if step.question:
            entry.choices(step.path, form.languages[0])
            entry.is_valid(step.path)
            entry.is_required(step.path)


@quick
@given(survey=surveys(), moves=moves)
def test_data_comes_back_as_the_same_entry(survey, moves):
    form = compiled(survey)
    entry = form.new(now=NOW)
    taken(entry, moves)
    restored = form.restore(json.loads(json.dumps(entry.data())), now=NOW)
    assert restored.walk_state() == entry.walk_state()
    assert restored.data() == entry.data()


@quick
@given(survey=surveys(), moves=moves)
def test_each_step_equals_a_full_recalculation(survey, moves):
    form = compiled(survey)
    entry = form.new(now=NOW)
    taken(entry, moves)
    before = entry.walk_state()
    entry.everything()
    assert entry.walk_state() == before


@quick
@given(survey=surveys(), moves=moves)
def test_what_is_accepted_is_valid_where_it_is_relevant(survey, moves):
    form = compiled(survey)
    entry = form.new(now=NOW)
    taken(entry, moves)
    for step in entry.steps():
        if step.question and step.question.type == "text" and entry.set(step.path, "a").ok:
            assert not entry.is_relevant(step.path) or entry.is_valid(step.path)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abc.()/[]'\"+-*=<>|@$:,0123 ${}", max_size=25))
def test_any_text_is_an_expression_or_is_told_why_not(source):
    at = 0
    try:
        parse(source)
    except XPathError as error:
        at = error.at
    assert 0 <= at <= len(source)


@quick
@given(survey=surveys(), moves=moves)
def test_an_entry_that_is_kept_open_is_as_one_opened_again(survey, moves):
    form = compiled(survey)
    entry, language = form.new(now=NOW), form.languages[0]
    for day, move in enumerate(moves):
        now = NOW + timedelta(days=day)
        again = form.restore(json.loads(json.dumps(entry.data())), now=now)
        entry = entry.at(now)
        assert entry.walk_state() == again.walk_state()
        assert list(entry.steps()) == list(again.steps())
        for step in entry.steps():
            assert entry.choices(step.path, language) == again.choices(step.path, language)
        taken(entry, [move])


def test_what_the_clock_decides_is_decided_anew_in_an_entry_that_is_kept_open():
    table = "| survey |\n| | type | name | label | relevant |\n| | text | a | A | today() = '2026-06-01' |\n| | text | b | B | |\n"
    entry = compiled(table).new(now=NOW)
    assert [step.path for step in entry.steps()] == ["/data/b"]
    assert [step.path for step in entry.at(NOW + timedelta(days=1)).steps()] == ["/data/a", "/data/b"]
