"""Columns of the sheets: those that must be there, and those that nobody reads because they are misspelt."""

from __future__ import annotations

from difflib import get_close_matches

from bot.problems import Problem
from bot.xlsform.sheets import Sheet, Workbook

_KNOWN = {
    "survey": (
        "type", "name", "label", "hint", "guidance_hint", "relevant", "constraint", "constraint_message", "required",
        "required_message", "calculation", "choice_filter", "default", "appearance", "parameters", "repeat_count", "readonly",
        "trigger", "note",
    ),
    "choices": ("list_name", "name", "label"),
    "settings": ("form_title", "form_id", "version", "default_language", "allow_choice_duplicates", "style", "name", "instance_name"),
}  # fmt: skip
_NEEDED = {"survey": ("type", "name"), "choices": ("list_name", "name")}


def check(book: Workbook) -> list[Problem]:
    """Missing, misspelt and refused columns."""
    problems: list[Problem] = []
    for name, known in _KNOWN.items():
        sheet = book.sheets.get(name)
        if sheet is not None:
            problems += _needed(sheet, name)
            problems += _strange(sheet, known)
            problems += _refused(sheet)
    if not book.survey.rows and not problems:
        problems.append(Problem("the survey has no rows", "write one row for each question", place=book.survey.place()))
    return problems


def _needed(sheet: Sheet, name: str) -> list[Problem]:
    if name == "choices" and not sheet.rows:
        return []
    return [
        Problem(f"there is no column “{column}”", f"write {column} in the first row", place=sheet.place(1))
        for column in _NEEDED.get(name, ())
        if sheet.column(column) is None
    ]


def _strange(sheet: Sheet, known: tuple[str, ...]) -> list[Problem]:
    problems = []
    for column in sheet.columns:
        near = get_close_matches(column.name, known, n=1, cutoff=0.8)
        if column.name not in known and near:
            problems.append(
                Problem(
                    f"nobody reads the column “{column.header}”",
                    f"write {near[0]} if that is meant",
                    place=sheet.place(1, column),
                    severity="warning",
                )
            )
    return problems


def _refused(sheet: Sheet) -> list[Problem]:
    problems = []
    for column in sheet.columns:
        is_media = column.name.split("::")[0] in ("media", "image", "audio", "video", "big-image")
        if is_media and any(row.cells.get(column.header) for row in sheet.rows):
            problems.append(
                Problem(
                    f"the column “{column.header}” shows files, which not every channel can carry",
                    "leave the column out and say it in words",
                    place=sheet.place(1, column),
                )
            )
    return problems
