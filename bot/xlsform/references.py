"""Expressions in the sheets: whether they can be read, and whether every ${reference} leads somewhere."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bot.forms.expressions import parse
from bot.forms.tokens import XPathError
from bot.problems import Problem
from bot.xlsform.choices import list_of
from bot.xlsform.pitfalls import CONDITIONS, pitfalls
from bot.xlsform.rows import SELECTS, kind_of
from bot.xlsform.sheets import Column, Row, Sheet, Workbook

_EXPRESSIONS = ("relevant", "constraint", "calculation", "choice_filter", "repeat_count", "required", "readonly")
_TEXTS = ("label", "hint", "guidance_hint", "constraint_message", "required_message")
REFERENCE = re.compile(r"\$\{\s*(?:last-saved#)?([^{}]*?)\s*\}")
_WORDS = {"yes", "no", "true", "false"}


def check(book: Workbook) -> list[Problem]:
    """References to nothing, and expressions that are none."""
    sheet = book.survey
    names = _names(sheet)
    problems: list[Problem] = []
    for row in sheet.rows:
        for column in sheet.columns:
            text = row.cells.get(column.header, "")
            if not text:
                continue
            if column.name in (*_EXPRESSIONS, *_TEXTS, "default", "trigger", "parameters", "type"):
                problems += _references(sheet, row, column, text, names)
            if column.name in _EXPRESSIONS:
                problems += _syntax(sheet, row, column, text)
    return problems + _choice_references(book, names)


def _names(sheet: Sheet) -> dict[str, int]:
    """How many rows have each name; or_other adds one for its text."""
    found: dict[str, int] = {}
    for row in sheet.rows:
        kind, rest = kind_of(sheet, row)
        name = sheet.get(row, "name")
        if kind == "end" or not name:
            continue
        found[name] = found.get(name, 0) + 1
        if kind in SELECTS and list_of(rest) != rest.strip():
            found.setdefault(f"{name}_other", 1)
    return found


def _references(sheet: Sheet, row: Row, column: Column, text: str, names: dict[str, int]) -> list[Problem]:
    problems = []
    place = sheet.place(row, column)
    for name in dict.fromkeys(REFERENCE.findall(text)):
        if name not in names:
            near = get_close_matches(name, names, n=1)
            remedy = f"write ${{{near[0]}}}" if near else "write the name of a question of the survey"
            problems.append(Problem(f"${{{name}}} refers to nothing", remedy, place=place))
        elif names[name] > 1:
            told = f"${{{name}}} could mean {names[name]} questions"
            problems.append(Problem(told, "give these questions different names", place=place))
    rest = REFERENCE.sub("", text)
    if "${" in rest or (re.search(r"\$\w", rest) and column.name in _EXPRESSIONS):
        problems.append(Problem("a reference is written wrongly", "write ${name}", place=place))
    if "last-saved#" in text:
        problems.append(
            Problem("${last-saved#…} cannot be used: answers of other people are not shown", "remove it", place=place)
        )
    return problems


def _syntax(sheet: Sheet, row: Row, column: Column, text: str) -> list[Problem]:
    if column.name in ("required", "readonly") and text.lower() in _WORDS:
        return []
    plain = REFERENCE.sub(lambda found: " " + "x" * (len(found[0]) - 2) + " ", text)
    if "${" in plain:
        return []
    try:
        tree = parse(plain)
    except XPathError as error:
        what = error.what.replace("'" + "x" * 4, "'…")
        return [
            Problem(
                f"the expression cannot be read: {what} (character {error.at + 1} of “{text}”)",
                "mend it: texts stand in ' ', functions need ( and ), references are ${name}",
                place=sheet.place(row, column),
            )
        ]
    odd = dict.fromkeys(pitfalls(tree, is_condition=column.name in CONDITIONS))
    return [Problem(what, remedy, place=sheet.place(row, column), severity="warning") for what, remedy in odd]


def _choice_references(book: Workbook, names: dict[str, int]) -> list[Problem]:
    sheet = book.get("choices")
    problems: list[Problem] = []
    for row in sheet.rows:
        for column in sheet.columns_named("label"):
            problems += _references(sheet, row, column, row.cells.get(column.header, ""), names)
    return problems
