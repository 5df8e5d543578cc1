"""Languages of a survey: columns and cells that miss a translation. These are warnings; the default language is shown instead."""

from __future__ import annotations

from bot.forms.texts import code_of
from bot.problems import Problem
from bot.xlsform.rows import ASKED, kind_of
from bot.xlsform.sheets import Row, Sheet, Workbook

_TRANSLATED = ("label", "hint", "guidance_hint", "constraint_message", "required_message")


def check(book: Workbook) -> list[Problem]:
    """What is missing in which language, and languages without a code."""
    languages = _languages(book)
    problems = [_no_code(book, language) for language in languages if language and code_of(language) == "und"]
    problems += _default(book, languages)
    for name in ("survey", "choices"):
        sheet = book.sheets.get(name)
        if sheet is not None and sheet.rows:
            problems += _missing(sheet, [language for language in languages if language])
    return problems


def _languages(book: Workbook) -> list[str]:
    found: dict[str, None] = {}
    for name in ("survey", "choices"):
        for column in book.get(name).columns:
            if column.name in _TRANSLATED:
                found[column.language] = None
    return list(found)


def _no_code(book: Workbook, language: str) -> Problem:
    sheet = next(s for s in (book.survey, book.get("choices")) if any(c.language == language for c in s.columns))
    column = next(c for c in sheet.columns if c.language == language)
    return Problem(
        f"the language “{language}” has no code",
        f"write {column.name}::{language} (xx) with its code, for example (sv)",
        place=sheet.place(1, column),
        severity="warning",
    )


def _default(book: Workbook, languages: list[str]) -> list[Problem]:
    settings = book.get("settings")
    named = [language for language in languages if language]
    for row in settings.rows:
        default = settings.get(row, "default_language")
        if default and named and default not in named:
            told = f"the default language “{default}” has no column"
            return [Problem(told, f"write one of: {', '.join(named)}", place=settings.place(row, "default_language"))]
    return []


def _missing(sheet: Sheet, languages: list[str]) -> list[Problem]:
    problems: list[Problem] = []
    for name in _TRANSLATED:
        columns = sheet.columns_named(name)
        if not columns or not languages:
            continue
        for language in languages:
            column = sheet.column(name, language)
            if column is None:
                problems.append(_warning(f"there is no column {name}::{language}", "add it", sheet.place(1)))
                continue
            problems += [
                _warning(f"the {name} is missing in {language}", "translate it", sheet.place(row, column))
                for row in sheet.rows
                if not row.cells.get(column.header) and _is_expected(sheet, row, name)
            ]
    return problems


def _is_expected(sheet: Sheet, row: Row, name: str) -> bool:
    if any(row.cells.get(column.header) for column in sheet.columns_named(name)):
        return True
    return name == "label" and sheet.name.lower() == "survey" and kind_of(sheet, row)[0] in ASKED


def _warning(what: str, remedy: str, place: str) -> Problem:
    return Problem(what, remedy, place=place, severity="warning")
