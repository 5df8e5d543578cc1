"""`campaign.yaml` and `decision.yaml`: what is wrong is told with line and column, all at once."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.problems import InputRefused
from campaigns.audience import Audience
from campaigns.decisions import read_decision
from campaigns.definition import Definition
from campaigns.definition_files import read_definition
from tests.campaigns.definitions import FOLDER, campaign_yaml, changed, example, is_read_or_refused, without


def problems_of(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InputRefused) as refused:
        read_definition(text)
    return [(problem.place, problem.what) for problem in refused.value.problems]


def line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


def test_the_example_survives_the_store() -> None:
    definition = example()
    assert Definition.from_data(json.loads(json.dumps(definition.to_data()))) == definition


def test_every_mistake_is_told_with_its_place() -> None:
    text = changed("level: consultation", "level: konsultation").replace("max_contacts: 3", "max_contacts: many")
    told = problems_of(text)
    assert (
        f"line {line_of(text, 'konsultation')}, column 10",
        "“konsultation” is not one of the words for level.",
    ) in told
    assert (f"line {line_of(text, 'contacts: many')}, column 17", "max_contacts must be a whole number.") in told


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("id: torget", "id: Torget!", "The id cannot be used in addresses."),
        ("opens_at:", "open_at:", "“open_at” is not known here."),
        ("2026-03-09 09:00", "9 mars", "opens_at is not a moment."),
        ("2026-03-09 09:00", "2026-03-09 09:00:61", "opens_at is not a moment."),
        ("2026-03-09 09:00", "9999-12-31 23:00", "opens_at lies in the year 9999."),
        ("2026-03-09 09:00", "2026-03-30 09:00", "The answers close before they open."),
        ("2026-04-24 10:00", "2026-04-20 10:00", "The feedback comes before the decision."),
        ("reminders: [3, 7] ", "reminders: [7, 3] ", "The reminders are not rising whole days."),
        ("09:00-20:00", "20:00-09:00", "weekdays is no part of a day."),
        ("min_age: 16", "min_age: 200", "min_age must be a whole number."),
        ("  en: The main square\n", "", "title is not written in every language."),
        ("id: torget", "id: torget\nid: park", "“id” stands here twice."),
        ("id: torget", "id: [torget", "This is not YAML: expected ',' or ']', but got ':'."),
        ("id: torget", "id: &a torget\ntitle: *a", "References (*name) are not read."),
    ],
)
def test_a_mistake_is_told(old: str, new: str, what: str) -> None:
    assert what in [told for _, told in problems_of(changed(old, new))]


CLOCKS = {  # what stands there: what is told of it, with the way out
    "2027-03-28 02:30": (
        "clocks in Europe/Stockholm never show 2027-03-28 02:30, they are put forward over it.",
        "write 2027-03-28 01:30 or 2027-03-28 03:30",
    ),
    "2027-10-31 02:30": (
        "clocks in Europe/Stockholm show 2027-10-31 02:30 twice, they are put back in between.",
        "say which: 2027-10-31 02:30+02:00 is the first time, 2027-10-31 02:30+01:00 the second",
    ),
}


@pytest.mark.parametrize("shown", CLOCKS)
@pytest.mark.parametrize("name", ["opens_at", "closes_at", "decision_at", "feedback_at", "receipt", "decision"])
def test_a_time_that_is_no_moment_or_two_is_told_with_its_place_and_the_way_out(name: str, shown: str) -> None:
    line = next(line for line in campaign_yaml().splitlines() if line.strip().startswith(f"{name}: 2026"))
    text = changed(line, f"{line.partition(':')[0]}: {shown}")
    with pytest.raises(InputRefused) as refused:
        read_definition(text)
    [problem] = refused.value.problems
    what, remedy = CLOCKS[shown]
    assert (problem.file, problem.what, problem.remedy) == ("campaign.yaml", f"{name}: {what}", remedy)
    at = text[: text.index(shown)].rpartition("\n")[2]
    assert problem.place == f"line {line_of(text, shown)}, column {len(at) + 1}"


@pytest.mark.parametrize(
    ("written", "in_utc"),
    [
        ("2027-10-31 02:30+02:00", "2027-10-31T00:30"),
        ("2027-10-31 02:30 +0100", "2027-10-31T01:30"),
        ("2027-10-31 02:30Z", "2027-10-31T02:30"),
        ("2027-03-28 01:59:59", "2027-03-28T00:59:59"),
        ("2027-03-28 03:00", "2027-03-28T01:00"),
        ("2027-03-28 02:30+01:00", "2027-03-28T01:30"),
    ],
)
def test_a_time_that_says_which_is_taken(written: str, in_utc: str) -> None:
    text = changed("decision_at: 2026-04-22 13:00", f"decision_at: {written}")
    definition = read_definition(text.replace("feedback_at: 2026", "feedback_at: 2028"))
    assert definition.decision_at == datetime.fromisoformat(f"{in_utc}+00:00")


def test_all_such_times_are_told_at_once() -> None:
    text = changed("2026-03-09 09:00", "2027-03-28 02:30").replace("2026-03-23 18:00", "2027-10-31 02:30")
    assert [place.split(",")[0] for place, _ in problems_of(text)] == ["line 8", "line 9"]


def test_a_missing_charter_is_no_mistake_of_the_file() -> None:
    assert not read_definition(without("charter")).charter.purpose


def test_audiences_combine() -> None:
    text = (
        without("audience")
        + "\naudience: {any_of: [{interest: [park]}, {areas: [SJ01], target_group: {languages: [so]}}]}"
    )
    young = Audience("target_group", languages=("so",))
    assert read_definition(text).audience == Audience(
        "any_of",
        parts=(
            Audience("interest", lists=("park",)),
            Audience("all_of", parts=(Audience("areas", areas=("SJ01",)), young)),
        ),
    )


def test_the_example_decision_is_in_every_language() -> None:
    decision = read_decision((FOLDER / "decision.yaml").read_bytes(), languages=example().languages)
    assert decision.case_ref == "SBN 2026/0114"
    assert all(
        decision.text(name, code, "xx") for code in example().languages for name in ("you_said", "decision", "reasons")
    )


def test_a_decision_without_a_language_of_the_campaign_is_refused() -> None:
    with pytest.raises(InputRefused, match="add: uk"):
        read_decision((FOLDER / "decision.yaml").read_bytes(), languages=["sv", "uk"])


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200),
        st.from_regex(r"(id|charter|audience|plan): .{0,30}\n(  - ?.{0,20}\n){0,3}"),
    )
)
@settings(deadline=None, max_examples=300)
def test_anything_is_read_or_refused(data: bytes | str) -> None:
    for read in (read_definition, read_decision):
        assert is_read_or_refused(read, data)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_the_example_with_a_line_garbled_is_read_or_refused(data: st.DataObject) -> None:
    lines = campaign_yaml().splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(
        st.one_of(
            st.text(max_size=20), st.sampled_from(["- a", "x: {", "  y: [1, {z: 2}]", "? a", "~: 1", "!!python/x y"])
        )
    )
    assert is_read_or_refused(read_definition, "\n".join(lines))
