"""Forms walk as ODK's own engine walks them: by its recorded words always, and by the engine itself where Node is installed.

Record its words anew with GENKLANG_RECORD_ODK=1 after a change to the shelf, to the expressions or to the pinned engine.
"""

from __future__ import annotations

import json
import os
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

import pytest

from bot.forms import Form
from bot.problems import InputRefused
from tests.odk.expressions import DATED, EXPRESSIONS, XFORM
from tests.odk.random_forms import random_case
from tests.odk.walks import HERE, NOW, Case, NoEngine, asked, differences, engine, from_file, ours
from tests.odk.wide_forms import wide_case

SHELF = {path.stem: path for path in sorted((HERE / "shelf").glob("*.md"))}
VERDICTS = HERE / "verdicts"
IS_RECORDING = bool(os.environ.get("GENKLANG_RECORD_ODK"))
RANDOM_FORMS = 300
ELSEWHERE = "Europe/Stockholm"


@pytest.mark.parametrize("name", SHELF)
def test_a_form_walks_as_the_engine_once_did(name):
    case = from_file(SHELF[name])
    recorded = json.loads((VERDICTS / f"{name}.json").read_text())
    assert recorded["answers"] == case.answers, "the walk has changed: record it anew"
    assert differences(ours(case), recorded["lines"], case.answers) == []


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_gives_what_the_engine_once_gave(expression):
    recorded = json.loads((VERDICTS / "expressions.json").read_text())
    assert evaluated(expression) == recorded[expression]


@pytest.mark.parametrize("expression", DATED)
def test_a_date_counts_in_the_time_zone_as_it_once_did(expression):
    recorded = json.loads((VERDICTS / "dated_expressions.json").read_text())
    assert evaluated(expression, ELSEWHERE) == recorded[expression]


def test_there_are_forms_enough():
    assert len(SHELF) >= 57


@pytest.mark.slow
def test_the_engine_still_says_what_was_recorded():
    for case, told in spoken([from_file(path) for path in SHELF.values()]):
        told = {"answers": case.answers, "lines": told["lines"]}
        file = VERDICTS / f"{case.name}.json"
        if IS_RECORDING:
            file.parent.mkdir(exist_ok=True)
            file.write_text(
                json.dumps(without_chance(told), ensure_ascii=False, indent=None, separators=(",", ":")) + "\n"
            )
        assert without_chance(told) == json.loads(file.read_text()), case.name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expressions", "zone"), [("expressions", EXPRESSIONS, "UTC"), ("dated_expressions", DATED, ELSEWHERE)]
)
def test_the_engine_still_gives_the_same_for_each_expression(name, expressions, zone):
    try:
        told = asked([{"xform": XFORM % quoteattr(expression), "answers": []} for expression in expressions], zone)
    except NoEngine as why:
        pytest.skip(str(why))
    given = {
        expression: one["lines"][0]["state"]["/data/c"]["value"]
        for expression, one in zip(expressions, told, strict=True)
    }
    file = VERDICTS / f"{name}.json"
    if IS_RECORDING:
        file.write_text(json.dumps(given, ensure_ascii=False, indent=0) + "\n")
    assert given == json.loads(file.read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "zone"),
    [(random_case, "UTC"), (wide_case, "UTC"), (wide_case, ELSEWHERE)],
    ids=["plain", "wide", "elsewhere"],
)
def test_random_forms_and_answers_walk_the_same(make, zone):
    cases = [case for seed in range(RANDOM_FORMS) if is_ours(case := make(seed))]
    compared = 0
    for case, told in spoken(cases, zone):
        if "error" not in told:
            compared += 1
            found = differences(ours(case, zone), told["lines"], case.answers)
            assert found == [], f"{case.name}\n{case.survey}\n{case.answers}"
    assert compared > RANDOM_FORMS * 0.8


def spoken(cases: list[Case], zone: str = "UTC"):
    try:
        return engine(cases, zone)
    except NoEngine as why:
        pytest.skip(str(why))


def is_ours(case: Case) -> bool:
    try:
        ours(case)
    except InputRefused:
        return False
    return True


def evaluated(expression: str, zone: str = "UTC") -> str:
    here = ZoneInfo(zone)
    form = Form.load(XFORM % quoteattr(expression), zone=here)
    return form.new(now=NOW.astimezone(here), is_verbatim=True).value("/data/c")


def without_chance(told: dict) -> dict:
    for line in told["lines"]:
        line["state"].pop("/data/meta/instanceID", None)
    return told
