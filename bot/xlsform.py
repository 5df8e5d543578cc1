"""Reading an XLSForm: every common mistake is told with sheet, row and column before pyxform turns it into an XForm. What the XForm means lives in `forms`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from bot.forms import Form
from bot.forms.expressions import parse
from bot.forms.tokens import XPathError
from bot.problems import InputRefused, Problem
from bot.workbooks import Row, Sheet, read_workbook

SELECTS = ("select_one", "select_multiple", "rank")
ASKED = (
    *SELECTS, "integer", "decimal", "range", "text", "date", "time", "datetime", "dateTime", "geopoint", "note",
    "acknowledge", "trigger", "int", "string",
)  # fmt: skip
SILENT = ("calculate", "hidden", "start", "end", "today", "username", "deviceid", "csv-external", "xml-external")
ENDS = ("group", "repeat")
REFUSED = {
    "image": "a chat survey cannot carry pictures yet; ask for a text",
    "audio": "a chat survey cannot carry recordings yet; ask for a text",
    "video": "a chat survey cannot carry films; ask for a text",
    "file": "a chat survey cannot carry files; ask for a text",
    "barcode": "nothing reads barcodes in a chat; ask for a text or an integer",
    "geotrace": "a resident can share one place; use geopoint",
    "geoshape": "a resident can share one place; use geopoint",
    "audit": "nobody's typing is watched here; take it out",
    "background-audio": "nobody is recorded here; take it out",
}
EXPRESSIONS = (
    "relevant",
    "constraint",
    "calculation",
    "choice_filter",
    "required",
    "repeat_count",
    "default",
    "trigger",
)
ALIASES = {
    "relevance": "relevant",
    "calculate": "calculation",
    "count": "repeat_count",
    "list name": "list_name",
    "value": "name",
}
_NAME = re.compile(r"[^\W\d][\w.\-]*")
_REFERENCE = re.compile(r"\$\{\s*(last-saved#)?([^}]*?)\s*\}")
_PYXFORM_ROW = re.compile(r"\[row\s*:\s*(\d+)\]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class XlsForm:
    """A survey that can be asked: its XForm, and what its author may want to know."""

    xform: str
    warnings: tuple[Problem, ...] = ()


def read_xlsform(data: bytes, filename: str) -> XlsForm:
    """Read an .xlsx workbook, or a Markdown table with the same sheets. Raises `InputRefused` with every mistake found."""
    problems = list(_Check(read_workbook(data, filename)).problems())
    errors = [_in_file(problem, filename) for problem in problems if problem.severity == "error"]
    if errors:
        raise InputRefused(errors)
    xform = _convert(data, filename)
    try:
        Form.load(xform)
    except InputRefused as refused:
        raise InputRefused([_in_file(problem, filename) for problem in refused.problems]) from None
    return XlsForm(xform, tuple(_in_file(problem, filename) for problem in problems))


def _in_file(problem: Problem, filename: str) -> Problem:
    return Problem(problem.what, problem.remedy, file=filename, place=problem.place, severity=problem.severity)


def _convert(data: bytes, filename: str) -> str:
    """The XForm as pyxform makes it; its own complaints become problems with the row that they name."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        return str(convert(xlsform=data, file_type=".xlsx" if data[:2] == b"PK" else ".md").xform)
    except PyXFormError as error:
        text = " ".join(str(error).split())
        row = _PYXFORM_ROW.search(text)
        place = f"sheet survey, row {row[1]}" if row else ""
        what = _PYXFORM_ROW.sub("", text)
        raise InputRefused([Problem(what, "see the XLSForm reference", file=filename, place=place)]) from None


class _Check:
    """One walk over the sheets that notes every mistake."""

    def __init__(self, sheets: dict[str, Sheet]) -> None:
        self._sheets = sheets
        self._survey = sheets.get("survey", Sheet("survey"))
        self._choices = sheets.get("choices", Sheet("choices"))
        self._lists = {self._get(row, "list_name") for row in self._choices.rows}
        self._names = {self._get(row, "name") for row in self._survey.rows}
        self._labels = [name for name in self._survey.columns if name.split(":")[0].strip() == "label"]

    def problems(self) -> Iterator[Problem]:
        """Errors and warnings in the order of the sheets."""
        if not self._survey.rows:
            yield Problem("There is no sheet survey with rows.", "add a sheet named survey", place="workbook")
            return
        for column in ("type", "name"):
            if column not in self._survey.columns and not any(ALIASES.get(c) == column for c in self._survey.columns):
                yield Problem(
                    f"The sheet has no column {column}.", "add it to the first row", place="sheet survey, row 1"
                )
                return
        yield from self._structure()
        for row in self._survey.rows:
            yield from self._row(row)
        yield from self._choice_rows()

    def _get(self, row: Row, column: str) -> str:
        """A cell by the column's own name or one of its other spellings."""
        return row[column] or next((row[other] for other, name in ALIASES.items() if name == column and row[other]), "")

    def _structure(self) -> Iterator[Problem]:
        """Groups and repeats close in the order in which they opened, and a name stands once in each of them."""
        open_rows: list[tuple[str, Row]] = []
        names: list[dict[str, int]] = [{}]
        for row in self._survey.rows:
            words = self._get(row, "type").replace("_", " ").lower().split()
            name = self._get(row, "name")
            if words[:1] == ["end"] and words[1:2] and words[1] in ENDS:
                if not open_rows or open_rows[-1][0] != words[1]:
                    what = f"This ends a {words[1]} that does not begin here."
                    yield self._at(row, "type", what, f"begin the {words[1]} first, or take the row out")
                else:
                    open_rows.pop()
                    names.pop()
                continue
            if name and name in names[-1]:
                what = f"The name {name} stands in row {names[-1][name]} already."
                yield self._at(row, "name", what, "give each question a name of its own")
            if name:
                names[-1].setdefault(name, row.number)
            if words[:1] == ["begin"] and words[1:2] and words[1] in ENDS:
                open_rows.append((words[1], row))
                names.append({})
        for kind, row in open_rows:
            yield self._at(
                row, "type", f"The {kind} that begins here does not end.", f"add a row with the type end {kind}"
            )

    def _row(self, row: Row) -> Iterator[Problem]:
        type_text = self._get(row, "type")
        if not type_text:
            if self._get(row, "name"):
                yield self._at(row, "type", "The row has no type.", "write one such as text or select_one LIST")
            return
        words = type_text.split()
        kind = words[0]
        if kind.lower() in ("begin", "end", "begin_group", "end_group", "begin_repeat", "end_repeat"):
            yield from self._expressions(row)
            return
        yield from self._type(row, kind, words)
        yield from self._name_and_label(row, kind)
        yield from self._expressions(row)

    def _type(self, row: Row, kind: str, words: list[str]) -> Iterator[Problem]:
        if kind in REFUSED:
            yield self._at(row, "type", f"The type {kind} cannot be asked here.", REFUSED[kind])
        elif kind in SELECTS:
            if len(words) < 2:
                yield self._at(row, "type", f"{kind} names no list of choices.", f"write {kind} and the list's name")
            elif words[1] not in self._lists and not words[1].startswith("${"):
                near = get_close_matches(words[1], self._lists, 1)
                remedy = f"did you mean {near[0]}?" if near else "add the list to the sheet choices"
                yield self._at(row, "type", f"There is no list {words[1]} in the sheet choices.", remedy)
        elif kind not in ASKED and kind not in SILENT:
            near = get_close_matches(kind, [*ASKED, *SILENT], 1)
            remedy = f"did you mean {near[0]}?" if near else f"write one of {', '.join(ASKED[:11])}"
            yield self._at(row, "type", f"There is no question type {kind}.", remedy)

    def _name_and_label(self, row: Row, kind: str) -> Iterator[Problem]:
        name = self._get(row, "name")
        if not name:
            if kind != "note":
                yield self._at(row, "name", "The question has no name.", "write a short one such as age")
        elif not _NAME.fullmatch(name):
            yield self._at(row, "name", f"{name} cannot be a name.", "begin with a letter; use letters, digits, - _ .")
        if kind in SILENT or (kind == "calculate"):
            return
        missing = [column for column in self._labels if not row[column]]
        if len(missing) == len(self._labels) and not self._get(row, "hint"):
            yield self._at(row, "label", "The question has no label.", "write what the resident should read")
        for column in missing if len(missing) < len(self._labels) else ():
            yield self._at(row, column, "The label is missing in this language.", "translate it", severity="warning")

    def _expressions(self, row: Row) -> Iterator[Problem]:
        for column in self._survey.columns:
            cell = row[column]
            base = column.split(":")[0].strip()
            for match in _REFERENCE.finditer(cell):
                if match[2] not in self._names:
                    near = get_close_matches(match[2], [name for name in self._names if name], 1)
                    remedy = f"did you mean ${{{near[0]}}}?" if near else "name a question of this survey"
                    yield self._at(row, column, f"There is no question {match[2]} to refer to.", remedy)
            if ALIASES.get(base, base) in EXPRESSIONS and cell:
                yield from self._xpath(row, column, cell, is_default=base == "default")

    def _xpath(self, row: Row, column: str, cell: str, *, is_default: bool) -> Iterator[Problem]:
        if is_default and not re.search(r"[(){}]", cell):
            return  # a plain value
        if column == "trigger" or cell.lower() in ("yes", "no", "true", "false"):
            return
        expression = _REFERENCE.sub("/r", cell)
        try:
            parse(expression)
        except XPathError as error:
            near = expression[max(0, error.at - 10) : error.at + 10].strip()
            what = f"The expression cannot be read near “{near}”: {error.what}"
            yield self._at(row, column, what, "check brackets, quotes and operators")

    def _choice_rows(self) -> Iterator[Problem]:
        seen: dict[tuple[str, str], int] = {}
        labels = [name for name in self._choices.columns if name.split(":")[0].strip() == "label"]
        for row in self._choices.rows:
            list_name, name = self._get(row, "list_name"), self._get(row, "name")
            if not list_name or not name:
                missing = "name" if list_name else "list_name"
                yield _problem(self._choices, row, missing, f"The choice has no {missing}.", "write it")
                continue
            if (list_name, name) in seen:
                what = f"The choice {name} stands in row {seen[list_name, name]} already."
                yield _problem(self._choices, row, "name", what, "give each choice of a list a name of its own")
            seen.setdefault((list_name, name), row.number)
            for column in labels:
                if not row[column]:
                    what = "The label is missing in this language."
                    yield _problem(self._choices, row, column, what, "translate it", "warning")

    def _at(self, row: Row, column: str, what: str, remedy: str, severity: str = "error") -> Problem:
        return _problem(self._survey, row, column, what, remedy, severity)


def _problem(sheet: Sheet, row: Row, column: str, what: str, remedy: str, severity: str = "error") -> Problem:
    place = sheet.place(row, column)
    return Problem(what, remedy, place=place, severity="warning" if severity == "warning" else "error")
