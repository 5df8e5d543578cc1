"""One form per question type: what it is called, which answers it takes and how they are stored."""

import pytest

from bot.forms import Form
from tests.bot.forms.surveys import xform

CHOICES = """
| choices |
| | list_name | name | label |
| | l | a | A |
| | l | b | B |
| | l | c | C |
"""


def survey(row: str, header: str = "") -> str:
    return f"| survey |\n| | type | name | label {header}|\n| | {row} |\n{CHOICES}"


TYPES = {
    "text": ("text | q | Q", "text", {" hej ": "hej", "ሰላም": "ሰላም"}, {}),
    "integer": ("integer | q | Q", "integer", {"42": "42", "-3": "-3", "007": "7"}, {"1.5": "type", "x": "type", "9999999999": "type", "٣": "type"}),
    "decimal": ("decimal | q | Q", "decimal", {"1.50": "1.5", "3": "3.0", "0.00000001": "0.00000001"}, {"1,5": "type", "1e5": "type", "nan": "type", "inf": "type"}),
    "select_one": ("select_one l | q | Q", "select_one", {"a": "a"}, {"d": "choice", "a b": "choice"}),
    "select_multiple": ("select_multiple l | q | Q", "select_multiple", {"c a": "a c", "b b": "b"}, {"a d": "choice"}),
    "rank": ("rank l | q | Q", "rank", {"c a b": "c a b"}, {"a a b": "choice", "a d": "choice"}),
    "date": ("date | q | Q", "date", {"2026-05-31": "2026-05-31", "2026-5-1": "2026-05-01"}, {"2026-02-30": "type", "imorgon": "type"}),
    "time": ("time | q | Q", "time", {"14:30": "14:30:00", "14:30:00.000+02:00": "14:30:00.000+02:00"}, {"25:00": "type", "kl 3": "type"}),
    "datetime": ("dateTime | q | Q", "datetime", {"2026-05-31T14:30": "2026-05-31T14:30:00", "2026-05-31": "2026-05-31T00:00:00"}, {"31/5": "type"}),
    "geopoint": ("geopoint | q | Q", "geopoint", {"57.9 12.1": "57.9 12.1", "57.9 12.1 0 4": "57.9 12.1 0.0 4.0"}, {"0 0": "type", "97 12": "type", "57.9": "type", "nan nan": "type"}),
    "acknowledge": ("acknowledge | q | Q", "acknowledge", {"OK": "OK", "ok": "OK"}, {"no": "type"}),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_a_type_takes_its_answers_and_refuses_others(entry, name):
    row, kind, good, bad = TYPES[name]
    asked = entry(survey(row))
    assert next(iter(asked.steps())).question.type == kind
    for given, stored in good.items():
        assert asked.set("/data/q", given).ok
        assert asked.value("/data/q") == stored
    for given, reason in bad.items():
        assert asked.set("/data/q", given).reason == reason


@pytest.mark.parametrize(
    ("parameters", "bounds", "good", "bad"),
    [
        ("start=1 end=5 step=1", (1, 5, 1), ["1", "5"], ["0", "6", "2.5"]),
        ("start=0 end=1 step=0.25", (0, 1, 0.25), ["0.75"], ["0.3"]),
        ("start=10 end=2 step=2", (10, 2, 2), ["4"], ["3"]),
    ],
)
def test_a_range_takes_its_steps(entry, parameters, bounds, good, bad):
    asked = entry(survey(f"range | q | Q | {parameters}", "| parameters"))
    assert next(iter(asked.steps())).question.range == bounds
    assert all(asked.set("/data/q", value).ok for value in good)
    assert [asked.set("/data/q", value).reason for value in bad] == ["type"] * len(bad)


def test_a_note_is_shown_and_takes_no_answer(entry):
    asked = entry(survey("note | q | Q"))
    assert next(iter(asked.steps())).question.type == "note"
    assert asked.set("/data/q", "x").reason == "readonly"


@pytest.mark.parametrize(
    ("datatype", "calculation", "stored"),
    [
        ("int", "7 div 2", "3"),
        ("decimal", "7 div 2", "3.5"),
        ("date", "'2026-05-31T10:00:00'", "2026-05-31"),
        ("date", "'2026-05-31T10:00:00Z'", ""),
        ("int", "'x'", ""),
    ],
)
def test_calculations_are_stored_as_their_type(now, datatype, calculation, stored):
    form = Form.load(xform(model=f'<bind nodeset="/data/a" type="{datatype}" calculate="{calculation}"/>'))
    assert form.new(now=now).value("/data/a") == stored
