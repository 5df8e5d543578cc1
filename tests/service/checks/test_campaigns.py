"""A campaign's own texts, and its survey in a line, as `campaign check` tells them."""

from dataclasses import replace

from service.checks.campaigns import campaign_texts, survey_lines, text_lines
from service.checks.reports import Length, SurveyReport
from tests.campaigns.definitions import example


def test_the_example_has_no_hard_text() -> None:
    (line,) = text_lines(example())
    assert line == ("campaign.yaml: plain language: sv easy, en easy, ar easy, so easy, fi easy; 0 texts hard to read.")


def test_a_hard_text_is_told_with_its_name_and_plain_words() -> None:
    hard = "Härmed anmodas vederbörande inkomma med erforderliga synpunkter beträffande planförslaget."
    charter = replace(example().charter, benefit={"sv": hard})
    lines = list(text_lines(replace(example(), charter=charter)))
    assert lines[0].endswith("1 text hard to read.")
    assert lines[1].startswith("  charter.benefit, sv: office word “Härmed”")
    assert "“beträffande” (write: om)" in lines[1]


def test_names_and_what_residents_never_see_are_left_alone() -> None:
    places = {text.place.partition(",")[0] for text in campaign_texts(example())}
    assert "charter.purpose" in places
    assert not places & {"charter.goal", "charter.who_decides", "sender"}


def test_a_survey_is_told_in_a_line() -> None:
    lengths = (Length("shortest", 3, True), Length("longest", 7, False))
    lines = list(survey_lines(SurveyReport("survey.xlsx", "T", ("sv",), 9, lengths=lengths)))
    assert lines == ["survey.xlsx: 3 to at least 7 questions, 1 language, 0 errors, 0 warnings, 0 texts hard to read."]
