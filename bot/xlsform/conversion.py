"""From checked sheets to an XForm by pyxform, and from its errors, and those of compiling, back to rows."""

from __future__ import annotations

import re
from io import BytesIO

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert as pyxform_convert

from bot.forms.form import Form
from bot.problems import InputRefused, Problem
from bot.xlsform.attachments import Attachment, enclose
from bot.xlsform.sheets import Sheet, Workbook

_ROW = re.compile(r"\[row : (\d+)\]\s*(?:On the '(\w+)' sheet,\s*)?(?:the '(\w+)' value[^.]*?\.\s*)?", re.IGNORECASE)
_ROLES = {"calculate": "calculation"}


def convert(book: Workbook, attachment: Attachment) -> tuple[str, str]:
    """The XForm that names files beside the survey, and the one that holds them, tried by compiling it. Raises `InputRefused`."""
    source = BytesIO(book.source) if isinstance(book.source, bytes) else book.source
    try:
        written: str = pyxform_convert(source, file_type=book.kind, form_name="data").xform
    except PyXFormError as error:
        raise InputRefused([_told(str(error), book)]) from None
    try:
        xform = enclose(written, attachment)
        Form.load(xform)
    except InputRefused as refused:
        raise InputRefused(_placed(problem, book.survey) for problem in refused.problems) from None
    return written, xform


def _told(message: str, book: Workbook) -> Problem:
    """A pyxform error in our form: "[row : 3] On the 'survey' sheet, the 'name' value is invalid. …"."""
    message = " ".join(message.split())
    match = _ROW.search(message)
    if match is None:
        return Problem(f"the form cannot be made: {message}", "mend the survey")
    sheet = book.get(match[2] or "survey")
    what = message[match.end() :] or message
    return Problem(what, "mend the row", place=sheet.place(int(match[1]), match[3]))


def _in_file(problem: Problem, survey: Sheet) -> Problem:
    """A file that is not there is told where the survey names it; a mistake in a file where it stands in the file."""
    name = problem.place.removeprefix("file ")
    stem = name.rpartition(".")[0]
    for row in survey.rows:
        for column in survey.columns:
            text = row.cells.get(column.header, "")
            is_named = name in text or (
                column.name == "calculation" and re.search(rf"['\"]{re.escape(stem)}['\"]", text)
            )
            if stem and is_named:
                return Problem(problem.what, problem.remedy, place=survey.place(row, column))
    return problem


def _placed(problem: Problem, survey: Sheet) -> Problem:
    """A problem of a node and a role ("age, constraint") at the row and column where it was written."""
    if problem.place.startswith("file "):
        return _in_file(problem, survey)
    name, _, role = problem.place.partition(", ")
    row = next((row for row in survey.rows if survey.get(row, "name") == name), None)
    if row is None:
        return problem
    if role == "relevant or calculation":
        role = "relevant" if survey.get(row, "relevant") else "calculation"
    role = "label" if role.startswith("output of") else _ROLES.get(role, role)
    return Problem(problem.what, problem.remedy, place=survey.place(row, role or "type"), severity=problem.severity)
