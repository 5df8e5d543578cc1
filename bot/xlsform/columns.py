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
    problems = _sheets(book) + _settings(book)
    for name, known in _KNOWN.items():
        sheet = book.sheets.get(name)
        if sheet is not None:
            problems += _needed(sheet, name)
            problems += _strange(sheet, known)
            problems += _refused(sheet)
    if not book.survey.rows and not problems:
        problems.append(Problem("the survey has no rows", "write one row for each question", place=book.survey.place()))
    return problems


def _sheets(book: Workbook) -> list[Problem]:
    """Sheets that would make the form do what it cannot do here."""
    refused = {
        "entities": "entities belong to an ODK server",
        "external_choices": "its lists lie in another database",
        "osm": "maps cannot be drawn on",
    }
    return [
        Problem(
            f"the sheet “{book.sheets[name].name}” cannot be used: {why}",
            "remove the sheet",
            place=book.sheets[name].place(),
        )
        for name, why in refused.items()
        if name in book.sheets and book.sheets[name].rows
    ]


def _settings(book: Workbook) -> list[Problem]:
    """Settings that nobody can keep to."""
    settings = book.get("settings")
    problems = []
    for row in settings.rows:
        if settings.get(row, "public_key"):
            what = "the form is encrypted for another server (public_key), and answers come in by conversation"
            problems.append(Problem(what, "remove public_key", place=settings.place(row, "public_key")))
        if settings.get(row, "submission_url"):
            what = "answers are kept here and not sent to submission_url"
            place = settings.place(row, "submission_url")
            problems.append(Problem(what, "remove submission_url", place=place, severity="warning"))
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
        plain = column.name.split("::")
        is_written = any(row.cells.get(column.header) for row in sheet.rows)
        if column.name in ("body::intent", "control::intent") and is_written:
            what = f"the column “{column.header}” starts another app, which a conversation cannot"
            problems.append(Problem(what, "leave the column out", place=sheet.place(1, column)))
        elif (plain[0] in ("bind", "control", "body", "instance") or column.name == "save_to") and is_written:
            what = f"nobody reads the column “{column.header}”"
            problems.append(Problem(what, "leave it out", place=sheet.place(1, column), severity="warning"))
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
