"""Every text of a survey that residents read, with the cell where it stands. Whether one is missing is told in `languages`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.forms.texts import code_of
from bot.xlsform.rows import kind_of
from bot.xlsform.sheets import Row, Sheet, Workbook

READ = ("label", "hint", "guidance_hint", "constraint_message", "required_message")
ROOT = "/data"


@dataclass(frozen=True, slots=True)
class SheetText:
    """One cell that residents read. `code` is the BCP 47 code of its column, or that of the survey's only language.

    `place` is "sheet survey, row 5, column label::Svenska (sv) (C)", `row` the part of it before the column.
    """

    text: str
    code: str
    column: str
    place: str
    row: str
    is_choice: bool = False
    is_note: bool = False


def texts_of(book: Workbook) -> list[SheetText]:
    """All of them, sheet by sheet and row by row."""
    return [text for name in ("survey", "choices") for text in _sheet_texts(book.get(name), book)]


def _sheet_texts(sheet: Sheet, book: Workbook) -> list[SheetText]:
    is_choice = sheet.name.lower() == "choices"
    columns = [column for column in sheet.columns if column.name in READ]
    found = []
    for row in sheet.rows:
        for column in columns:
            text = row.cells.get(column.header, "")
            if text:
                code = code_of(column.language or _default(book))
                is_note = not is_choice and kind_of(sheet, row)[0] == "note"
                place = sheet.place(row, column)
                found.append(SheetText(text, code, column.name, place, sheet.place(row), is_choice, is_note))
    return found


def _default(book: Workbook) -> str:
    """The language of columns that name none."""
    settings = book.get("settings")
    return next((settings.get(row, "default_language") for row in settings.rows), "")


def rows_by_path(book: Workbook) -> dict[str, Row]:
    """The rows of the survey sheet by the XForm path of their node."""
    sheet, around, found = book.survey, [ROOT], dict[str, Row]()
    for row in sheet.rows:
        kind, _ = kind_of(sheet, row)
        name = sheet.get(row, "name")
        if kind == "end":
            around = around[:-1] or [ROOT]
        elif name:
            path = f"{around[-1]}/{name}"
            found.setdefault(path, row)
            if kind == "begin":
                around.append(path)
    return found


def choice_row(book: Workbook, list_name: str, value: str) -> Row | None:
    """The row of a choice, or None."""
    sheet = book.get("choices")
    rows = (row for row in sheet.rows if sheet.get(row, "list_name") == list_name and sheet.get(row, "name") == value)
    return next(rows, None)
