"""The report on a survey: where its faults stand, how long it is, what it costs, what is missing and what is hard to read."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.wordings import Briefing
from campaigns.definition import Definition
from channels.doors import open_doors
from channels.rendering import numbered
from locales import load_lexicon, translation
from service.checks.reports import SurveyReport
from service.checks.surveys import Surrounding, check_survey
from service.commands.survey_page import WIDTH, page
from tests.campaigns.definitions import FOLDER, example

NOW = datetime(2026, 3, 9, 10, tzinfo=UTC)
HEAD = """| survey |
| | type | name | label::Svenska (sv) | label::English (en) | relevant | constraint | required | choice_filter |
"""
CHOICES = """| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) | kind |
| | yn | y | Ja | Yes | y |
| | yn | n | Nej | No | n |
"""


def around(campaign: Definition | None = None, **sms: object) -> Surrounding:
    doors = {name: (door, door.settings()) for name, door in open_doors().items()}
    door, settings = doors["sms"]
    doors["sms"] = (door, settings.model_copy(update=sms))
    return Surrounding(doors, NOW, "https://dialog.sjovik.example", sender="Sjövik", campaign=campaign)


def checked(*rows: str, campaign: Definition | None = None, choices: str = CHOICES, **sms: object) -> SurveyReport:
    table = HEAD + "".join(f"| | {row} |\n" for row in rows) + choices
    return check_survey(table.encode(), "survey.md", around(campaign, **sms))


def torget(**sms: object) -> SurveyReport:
    return check_survey((FOLDER / "survey.xlsx").read_bytes(), "survey.xlsx", around(example(), **sms))


def told(report: SurveyReport) -> list[tuple[str, str]]:
    return [(problem.severity, problem.place) for problem in report.problems]


# --- faults


def test_what_cannot_be_read_is_told_by_sheet_row_and_column() -> None:
    report = checked("select_one nosuch | q | Fråga | Question | ${gone} = 1 | | |")
    assert ("error", "sheet survey, row 2, column type (A)") in told(report)
    assert ("error", "sheet survey, row 2, column relevant (E)") in told(report)
    assert not report.to_data()["is_ok"]


def test_a_question_never_asked_is_told_at_its_condition_in_its_authors_words() -> None:
    report = checked(
        "integer | age | Ålder | Age | | | yes |", "text | q | Fråga | Question | ${age} > 5 and ${age} < 3 | | |"
    )
    (problem,) = report.warnings
    assert problem.place == "sheet survey, row 3, column relevant (E)"
    assert "no answer to “age” makes “${age} > 5 and ${age} < 3” true" in problem.what


def test_a_question_behind_one_that_is_never_asked_says_so() -> None:
    report = checked(
        "select_one yn | a | A? | A? | | | yes |",
        "text | b | B? | B? | ${a} = 'x' | | |",
        "text | c | C? | C? | ${b} != '' | | |",
    )
    assert "it waits for “b”, never asked either" in report.warnings[1].what


def test_a_trap_is_an_error_at_its_constraint() -> None:
    report = checked("integer | n | Antal | Number | | . > 5 and . < 3 | yes |")
    assert told(report) == [("error", "sheet survey, row 2, column constraint (F)")]
    assert "no way leads to the end" in page(report)


def test_a_choice_never_offered_is_told_on_its_own_sheet() -> None:
    report = checked(
        "select_one yn | a | A? | A? | | | yes |", "select_one l | b | B? | B? | | | | kind = ${a}",
        choices=CHOICES + "| | l | one | Ett | One | y |\n| | l | two | Två | Two | z |\n",
    )  # fmt: skip
    (problem,) = report.warnings
    assert problem.place == "sheet choices, row 5, column name (B)"


def test_groups_are_followed_to_the_row_of_their_condition() -> None:
    report = checked(
        "select_one yn | a | A? | A? | | | yes |", "begin group | g | G | G | ${a} = 'x' | | |", "text | b | B? | B? | | | |",
        "end group | | | | | | |",
    )  # fmt: skip
    assert report.warnings[0].place == "sheet survey, row 3, column relevant (E)"


# --- length


@pytest.mark.parametrize(("count", "expected"), [(5, []), (6, ["warning"]), (9, ["warning"]), (10, ["warning"])])
def test_many_questions_are_warned_of(count: int, expected: list[str]) -> None:
    assert [
        s for s, _ in told(checked(*(f"text | q{k} | Fråga? | Question? | | | |" for k in range(count))))
    ] == expected


def test_more_than_nine_are_refused_where_the_campaign_plans_sms() -> None:
    rows = [f"text | q{k} | Fråga? | Question? | | | |" for k in range(10)]
    assert checked(*rows, campaign=example()).errors
    without = replace(example(), plan=replace(example().plan, channels=("email",)))
    assert not checked(*rows, campaign=without).errors


def test_the_longest_way_counts_and_not_the_number_of_rows() -> None:
    halves = [f"text | {h}{k} | Fråga? | Question? | ${{a}} = '{h}' | | |" for h in "yn" for k in range(4)]
    report = checked("select_one yn | a | A? | A? | | | yes |", *halves)
    assert {length.way: length.questions for length in report.lengths} == {"shortest": 5, "longest": 5}
    assert not report.warnings


# --- cost


def test_the_cost_is_that_of_the_messages_the_channel_sends() -> None:
    """The dialogue is held by hand beside it, with the answers of a resident who writes."""
    from bot.contents import Said
    from bot.engine import Engine
    from bot.forms import Form
    from bot.phrasing import phrase
    from bot.xlsform import read_xlsform
    from service.shelf import manner_of

    rows = ("select_one yn | a | Bor du här – nu? | Do you live here? | | | yes |", "text | b | Varför? | Why? | | | |")
    report = checked(*rows, price_per_segment=Decimal("0.50"))
    (cost,) = [c for c in report.costs if c.language == "sv" and c.way == "longest"]

    table = HEAD + "".join(f"| | {row} |\n" for row in rows) + CHOICES
    form, engine = Form.load(read_xlsform(table.encode(), "survey.md").xform), Engine(load_lexicon())
    door, settings = around().doors["sms"]
    assert door.limits is not None and door.weigh is not None  # noqa: PT018
    manner = manner_of(door.limits(settings))
    briefing = Briefing("Sjövik", "", "", "https://dialog.sjovik.example/dialogues", "", form.title)
    turn = engine.invite(form, language="sv", opens_with_question=False, now=NOW)
    contents = list(
        phrase(form, turn.dialogue, turn.events, briefing=briefing, t=translation("sv"), now=NOW, manner=manner)
    )
    for said in ("ja", "1", "för att"):
        turn = engine.reply(form, turn.dialogue, Said(text=said), now=NOW)
        contents += phrase(
            form, turn.dialogue, turn.events, briefing=briefing, t=translation("sv"), now=NOW, manner=manner
        )
    assert turn.dialogue.phase == "finished"
    segments = sum(door.weigh(settings, content).segments for content in contents)
    assert (cost.messages, cost.segments, cost.price) == (len(contents), segments, Decimal("0.50") * segments)
    assert all(numbered(content) for content in contents)


def test_price_and_currency_are_settings() -> None:
    report = torget(price_per_segment=Decimal("0.65"), currency="NOK")
    assert {cost.currency for cost in report.costs} == {"NOK"}
    assert all(cost.price == Decimal("0.65") * cost.segments for cost in report.costs)
    assert "prices in NOK" in page(report)
    assert "GENKLANG_SMS_PRICE_PER_SEGMENT" in page(torget())


def test_every_language_is_counted_along_both_ways() -> None:
    report = torget()
    assert {(cost.language, cost.way) for cost in report.costs} == {
        (code, way) for code in example().languages for way in ("shortest", "longest")
    }
    arabic, swedish = (
        next(c for c in report.costs if c.language == code and c.way == "longest") for code in ("ar", "sv")
    )
    assert (swedish.encoding, arabic.encoding) == ("GSM-7", "UCS-2")
    assert arabic.segments > swedish.segments


def test_one_character_that_makes_a_text_cost_double_is_named_with_what_to_write() -> None:
    plain = checked("text | a | Vad tycker du om Ales stenar? | What? | | | |")
    dear = checked("text | a | Vad tycker du om Āles stenar – nu? | What? | | | |")
    assert not plain.costly
    assert [(c.language, c.character, c.replacement, c.first_in) for c in dear.costly] == [
        ("sv", "Ā", None, "a"),
        ("sv", "–", "-", "a"),
    ]


def test_a_language_that_is_always_dear_is_not_blamed_letter_by_letter() -> None:
    assert not [each for each in torget().costly if each.language == "ar"]


# --- languages, limits, plain language


def test_what_is_missing_is_counted_and_placed() -> None:
    report = checked("text | a | Fråga? | | | | |", "text | b | Fråga? | Question? | | | |")
    assert {each.language: each.texts for each in report.missing} == {"sv": 0, "en": 1}
    assert ("warning", "sheet survey, row 2, column label::English (en) (D)") in told(report)


def test_a_choice_too_long_for_a_button_is_told_in_its_cell() -> None:
    long = "| | yn | m | Det beror på vädret och på hur jag mår den dagen | It depends | y |\n"
    report = checked("select_one yn | a | A? | A? | | | |", choices=CHOICES + long)
    assert told(report) == [("warning", "sheet choices, row 4, column label::Svenska (sv) (C)")]


def test_a_message_too_long_for_a_channel_is_told_though_no_cell_is() -> None:
    rows = [f"note | n{k} | {'Ord och ord. ' * 60} | Note. | | | |" for k in range(4)]
    report = checked(*rows, "text | q | Vad tycker du? | What? | | | |")
    assert [(p.place, "sms" in p.what) for p in report.warnings] == [("message q, sv", True)]


def test_a_subject_that_mail_programs_cut_is_told() -> None:
    title = {"sv": "Stora torget " * 7, "en": "The main square"}
    report = check_survey((FOLDER / "survey.xlsx").read_bytes(), "survey.xlsx", around(replace(example(), title=title)))
    assert [p.place for p in report.warnings if "subject" in p.what][:1] == ["message invitation, sv"]


def test_hard_words_are_marked_in_their_cells() -> None:
    report = checked("text | a | Vad anser vederbörande beträffande erhållna insatser? | What? | | | |")
    (marked,) = report.marked
    assert (marked.level, marked.place) == ("hard", "sheet survey, row 2, column label::Svenska (sv) (C)")
    assert {mark.words for mark in marked.marks} >= {"vederbörande", "beträffande", "erhållna"}
    assert next(score for score in report.plainness if score.language == "sv").hard == 1


# --- the example, the page, the data


def test_the_example_is_ready_and_easy_to_read() -> None:
    report = torget()
    assert not report.errors
    assert {score.level for score in report.plainness} == {"easy"}
    assert not [text for text in report.marked if text.level != "easy"]
    assert {length.way: (length.questions, length.is_exact) for length in report.lengths} == {
        "shortest": (6, True),
        "longest": (8, True),
    }


@pytest.mark.parametrize("is_full", [False, True])
def test_the_page_fits_eighty_columns(is_full: bool) -> None:
    from rich.cells import cell_len

    reports = [
        torget(price_per_segment=Decimal("0.65")),
        checked("text | a | Vad anser vederbörande beträffande – erhållna Ālesinsatser? | | | | |"),
        checked("integer | n | Antal | Number | | . > 5 and . < 3 | yes |"),
    ]
    for report in reports:
        assert max(cell_len(line) for line in page(report, is_full=is_full).splitlines()) <= WIDTH


def test_the_data_are_json_and_complete() -> None:
    data = json.loads(json.dumps(torget(price_per_segment=Decimal("0.65")).to_data()))
    assert data["is_ok"]
    assert data["costs"][0]["price"] == "7.15"
    assert {"lengths", "costs", "costly", "missing", "plainness", "marked", "problems"} <= set(data)


def test_a_hundred_questions_in_five_languages_take_less_than_two_seconds_of_work() -> None:
    names = ("Svenska (sv)", "English (en)", "العربية (ar)", "Soomaali (so)", "Suomi (fi)")
    lines = [
        "| survey |",
        "| | type | name | " + " | ".join(f"label::{name}" for name in names) + " | relevant | required |",
    ]
    for k in range(100):
        kind = ("select_one yn", "integer", "text", "select_one yn")[k % 4]
        relevant = "" if k % 4 == 0 else f"${{q{k - k % 4}}} = 'y'"
        lines.append(
            f"| | {kind} | q{k} | " + " | ".join(f"Fråga {k} om torget?" for _ in names) + f" | {relevant} | yes |"
        )
    lines += ["| choices |", "| | list_name | name | " + " | ".join(f"label::{name}" for name in names) + " |"]
    lines += [f"| | yn | {value} | " + " | ".join(value for _ in names) + " |" for value in "yn"]
    data, surroundings = "\n".join(lines).encode(), around()
    check_survey(data, "survey.md", surroundings)  # catalogs and lexicon are read once
    begun = time.process_time()
    report = check_survey(data, "survey.md", surroundings)
    assert time.process_time() - begun < 2
    assert {length.way: length.questions for length in report.lengths} == {"shortest": 25, "longest": 100}
