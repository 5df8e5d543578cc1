"""Each common mistake in a survey is told with sheet, row, column and a remedy; all of them at once."""

import pytest

from bot.problems import InputRefused
from bot.xlsform import read_xlsform

HEADER = "type | name | label | relevant | constraint | calculation | choice_filter | default | parameters | appearance"
CHOICES = ("park | a | A", "park | b | B")


def survey(
    *rows: str, header: str = HEADER, choices=CHOICES, choice_header="list_name | name | label", settings=""
) -> str:
    lines = ["| survey |", f"| | {header} |", *(f"| | {row} |" for row in rows)]
    lines += ["| choices |", f"| | {choice_header} |", *(f"| | {choice} |" for choice in choices)]
    return "\n".join(lines) + settings


def told(table: str) -> list[tuple[str, str, str]]:
    with pytest.raises(InputRefused) as refused:
        read_xlsform(table.encode(), "s.md")
    return [(problem.place, problem.what, problem.remedy) for problem in refused.value.problems]


def warned(table: str) -> list[tuple[str, str]]:
    return [(problem.place, problem.what) for problem in read_xlsform(table.encode(), "s.md").warnings]


MISTAKES = {
    "no type": (("| q | Q",), "row 2, column type (A)", "no type", "write one of"),
    "unknown type": (("txt | q | Q",), "row 2, column type (A)", "“txt”", "write text"),
    "unknown list": (("select_one prak | q | Q",), "row 2, column type (A)", "“prak”", "select_one park"),
    "no list": (("select_one | q | Q",), "row 2, column type (A)", "names no list", "list_name"),
    "picture": (("image | q | Q",), "row 2, column type (A)", "picture", "in words"),
    "barcode": (("barcode | q | Q",), "row 2, column type (A)", "barcode", "in words"),
    "list in a file": (("select_one_from_file a.csv | q | Q",), "row 2, column type (A)", "a.csv is not there", "beside"),
    "file for a lookup": (("calculate | q | | | | pulldata('fruits', 'a', 'b', 'c')",), "row 2, column calculation (F)", "fruits.csv", "beside"),
    "choices of an app": (("select_one park | q | Q | | | | | | | search('x')",), "row 2, column appearance (J)", "search", "remove"),
    "another app": (("text | q | Q | | | | | | | ex:org.app(a=1)",), "row 2, column appearance (J)", "another app", "remove"),
    "looking ahead": (("text | q | Q | | regex(., '^(?=a)b$')",), "row 2, column constraint (E)", "ahead", "mend"),
    "no name": (("text | | Q",), "row 2, column name (B)", "no name", "short name"),
    "invalid name": (("text | din ålder? | Q",), "row 2, column name (B)", "cannot be a name", "write din_ålder"),
    "name twice": (("text | q | Q", "text | q | R"), "row 3, column name (B)", "taken in row 2", "q_2"),
    "no label": (("text | q | ",), "row 2, column label (C)", "no label", "write the question"),
    "never ends": (("begin group | g | G", "text | q | Q"), "row 2, column type (A)", "never ends", "end group"),
    "ends nothing": (("text | q | Q", "end repeat | | "), "row 3, column type (A)", "ends nothing", "begin repeat"),
    "ends the wrong": (("begin group | g | G", "text | q | Q", "end repeat | |"), "row 4, column type (A)", "row 2", "end group"),
    "reference to nothing": (("text | alder | Q", "text | q | Q | ${ålder} > 1"), "row 3, column relevant (D)", "nothing", "${alder}"),
    "reference in a label": (("text | q | Hej ${namn}",), "row 2, column label (C)", "${namn}", "name of a question"),
    "reference to two": (
        ("begin group | g | G", "text | q | Q", "end group | |", "text | q | Q", "text | r | ${q}"),
        "row 6, column label (C)", "2 questions", "different names",
    ),
    "reference unfinished": (("text | a | A", "text | q | Q | ${a = 1"), "row 3, column relevant (D)", "wrongly", "${name}"),
    "relevant": (("text | q | Q | 1 +",), "row 2, column relevant (D)", "character 4", "mend"),
    "constraint": (("text | q | Q | | (. > 1",), "row 2, column constraint (E)", "')' is missing", "mend"),
    "calculation": (("calculate | q | | | | if(1, 2",), "row 2, column calculation (F)", "cannot be read", "mend"),
    "choice filter": (("select_one park | q | Q | | | | a = 'x",), "row 2, column choice_filter (G)", "never closed", "mend"),
    "unknown function": (("text | q | Q | selcted(., 'a')",), "row 2, column relevant (D)", "selected()", "mend"),
    "own relevance": (("text | q | Q | . = 'a'",), "row 2, column relevant (D)", "circle", "not refer"),
    "default": (("select_one park | q | Q | | | | | c",), "row 2, column default (H)", "“c” is no choice", "a, b"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_at_its_place(case):
    rows, place, what, remedy = MISTAKES[case]
    (problem,) = told(survey(*rows))
    assert problem[0] == f"sheet survey, {place}"
    assert what in problem[1]
    assert remedy in problem[2]


CHOICE_MISTAKES = {
    "no list": ("| a | A", "column list_name (A)", "no list"),
    "no name": ("park | | A", "column name (B)", "no name"),
    "no label": ("park | c | ", "column label (C)", "no label"),
    "twice": ("park | a | A", "column name (B)", "already in row 2"),
    "space": ("park | c d | C", "column name (B)", "has a space"),
}


@pytest.mark.parametrize("case", CHOICE_MISTAKES)
def test_a_mistake_in_a_choice_is_told_at_its_place(case):
    row, column, what = CHOICE_MISTAKES[case]
    (problem,) = told(survey("select_multiple park | q | Q", choices=(*CHOICES, row)))
    assert problem[0] == f"sheet choices, row 4, {column}"
    assert what in problem[1]


def test_every_mistake_is_told_at_once():
    found = told(survey("txt | q | Q", "text | a b | Q | ${zz} = 1", "select_one nix | r | R"))
    assert len(found) == 4


def test_errors_of_the_converter_are_told_at_their_row():
    (problem,) = told(survey("text | a | A", "range | q | Q | | | | | | start=1 nonsense"))
    assert problem[0].startswith("sheet survey, row 3")


def test_a_missing_column_is_told():
    (problem,) = told(survey("text | Q", header="type | label"))
    assert problem[:2] == ("sheet survey, row 1", "there is no column “name”")


def test_files_in_labels_are_refused():
    (problem,) = told(survey("text | q | Q | a.png", header="type | name | label | media::image"))
    assert problem[0] == "sheet survey, row 1, column media::image (D)"


TWO = "type | name | label::Svenska (sv) | label::English (en)"


@pytest.mark.parametrize(
    ("table", "place", "what"),
    [
        (
            survey("text | q | Fråga | ", header=TWO, choices=()),
            "sheet survey, row 2, column label::English (en) (D)",
            "missing in English",
        ),
        (
            survey(
                "select_one park | q | Fråga | Question",
                header=TWO,
                choice_header="list_name | name | label::Svenska (sv)",
            ),
            "sheet choices, row 1",
            "label::English",
        ),
        (
            survey("text | q | Q | 1 = 1", header="type | name | label | relevent"),
            "sheet survey, row 1, column relevent (D)",
            "relevent",
        ),
        (survey("text | a | A", "text | q | Q | ${a}"), "sheet survey, row 3, column relevant (D)", "always true"),
        (survey("text | q | Q | | regex(., '[0-9]+')"), "sheet survey, row 2, column constraint (E)", "anywhere"),
        (
            survey("text | q | Q", header="type | name | label::Svenska"),
            "sheet survey, row 1, column label::Svenska (C)",
            "no code",
        ),
    ],
)
def test_what_may_be_mended_is_a_warning(table, place, what):
    found = warned(table)
    assert any(at == place and what in said for at, said in found), found


def test_a_whole_survey_has_no_warnings():
    assert warned(survey("select_one park | q | Q", "text | r | R | ${q} = 'a'")) == []


def test_a_default_language_without_column_is_told():
    table = survey(
        "text | q | Q | Q", header=TWO, choices=(), settings="\n| settings |\n| | default_language |\n| | Svenska |"
    )
    assert told(table)[0][0] == "sheet settings, row 2, column default_language (A)"


def test_a_circle_of_calculations_is_told_where_a_calculation_stands():
    table = """
| survey |
| | type | name | label | calculation |
| | text | first | First? | |
| | calculate | t | | ${u} + 1 |
| | calculate | u | | ${t} + 1 |
"""
    with pytest.raises(InputRefused) as refused:
        read_xlsform(table.encode(), "survey.md")
    assert "row 3, column calculation (D)" in refused.value.problems[0].place
