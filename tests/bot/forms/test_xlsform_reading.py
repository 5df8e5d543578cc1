"""Reading a survey from a workbook and from a Markdown table."""

from io import BytesIO

import pytest
from openpyxl import Workbook

from bot.forms import Form
from bot.problems import InputRefused
from bot.xlsform import read_xlsform

SHEETS = {
    "survey": [
        ["type", "name", "label::Svenska (sv)", "label::العربية (ar)", "relevant"],
        ["select_one yesno", "likes", "Gillar du parken?", "هل تحب الحديقة؟", None],
        [None, None, None, None, None],
        ["integer", "times", "Hur ofta?", "كم مرة؟", "${likes} = 'yes'"],
    ],
    "choices": [
        ["list_name", "name", "label::Svenska (sv)", "label::العربية (ar)"],
        ["yesno", "yes", "Ja", "نعم"],
        ["yesno", "no", "Nej", "لا"],
    ],
    "settings": [["form_title", "default_language"], ["Parken", "Svenska (sv)"]],
}


def workbook(sheets=SHEETS) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_becomes_a_form(now):
    read = read_xlsform(workbook(), "park.xlsx")
    form = Form.load(read.xform)
    assert read.warnings == ()
    assert form.title == "Parken"
    assert form.codes() == ("sv", "ar")
    assert form.new(now=now).label("/data/likes", "العربية (ar)") == "هل تحب الحديقة؟"


def test_rows_are_counted_as_the_spreadsheet_shows_them():
    sheets = {
        **SHEETS,
        "survey": [*SHEETS["survey"][:3], ["integer", "times", "Hur ofta?", "كم مرة؟", "${like} = 'yes'"]],
    }
    with pytest.raises(InputRefused) as refused:
        read_xlsform(workbook(sheets), "park.xlsx")
    (problem,) = refused.value.problems
    assert problem.file == "park.xlsx"
    assert problem.place == "sheet survey, row 4, column relevant (E)"
    assert problem.remedy == "write ${likes}"


def test_numbers_and_truths_in_cells_are_texts(now):
    sheets = {
        "survey": [["type", "name", "label", "required", "default"], ["integer", "n", 2026, True, 5.0]],
    }
    entry = Form.load(read_xlsform(workbook(sheets), "n.xlsx").xform).new(now=now)
    assert entry.label("/data/n", "default") == "2026"
    assert entry.is_required("/data/n")
    assert entry.value("/data/n") == "5"


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "a.xlsx", "no Excel workbook"),
        (b"PK\x03\x04 broken", "a.xlsx", "no Excel workbook"),
        (b"type,name\n", "a.csv", "no Excel workbook"),
        (workbook({"enkät": [["type"]]}), "a.xlsx", "no sheet “survey” (sheets: enkät)"),
        (b"\xff\xfe", "a.md", "UTF-8"),
        (b"nothing", "a.md", "no sheet “survey”"),
        (b"| survey |\n", "a.md", "no column “type”"),
        (b"| survey |\n| | type | name | label |\n", "a.md", "no rows"),
    ],
)
def test_what_is_no_survey_is_told(data, name, told):
    with pytest.raises(InputRefused, match=told.replace("(", r"\(").replace(")", r"\)")) as refused:
        read_xlsform(data, name)
    assert all(problem.file == name and problem.remedy for problem in refused.value.problems)
