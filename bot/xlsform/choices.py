"""Lists of choices: those that questions name, and the rows of the choices sheet."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bot.problems import Problem
from bot.xlsform.rows import SELECTS, file_of, kind_of
from bot.xlsform.sheets import Row, Sheet, Workbook


def list_of(rest: str) -> str:
    """The list that "parks or_other" names."""
    return re.sub(r"\s+or[_ ](specify[_ ])?other$", "", rest.strip(), flags=re.IGNORECASE).strip()


def check(book: Workbook) -> list[Problem]:
    """Lists that do not exist, choices without name or label, names given twice."""
    return _named(book) + _choices(book) + _unknown_defaults(book)


def _lists(book: Workbook) -> dict[str, list[Row]]:
    sheet = book.get("choices")
    lists: dict[str, list[Row]] = {}
    for row in sheet.rows:
        lists.setdefault(sheet.get(row, "list_name"), []).append(row)
    lists.pop("", None)
    return lists


def _named(book: Workbook) -> list[Problem]:
    problems: list[Problem] = []
    sheet, lists = book.survey, _lists(book)
    for row in sheet.rows:
        kind, rest = kind_of(sheet, row)
        if kind not in SELECTS:
            continue
        name = list_of(rest)
        place = sheet.place(row, "type")
        if not name:
            problems.append(
                Problem(f"“{kind}” names no list", f"write {kind} and a list_name of the choices sheet", place=place)
            )
        elif not name.startswith("${") and not file_of(rest) and name not in lists:
            near = get_close_matches(name, lists, n=1)
            remedy = f"write {kind} {near[0]}" if near else f"add rows with list_name {name} to the choices sheet"
            problems.append(Problem(f"there is no list “{name}” on the choices sheet", remedy, place=place))
    return problems


def _choices(book: Workbook) -> list[Problem]:
    sheet = book.get("choices")
    settings = book.get("settings")
    may_repeat = any(settings.get(row, "allow_choice_duplicates").lower() in ("yes", "true") for row in settings.rows)
    problems: list[Problem] = []
    seen: dict[tuple[str, str], Row] = {}
    several = _lists_of_many(book.survey)
    for row in sheet.rows:
        problems += _choice(sheet, row, several)
        key = (sheet.get(row, "list_name"), sheet.get(row, "name"))
        if all(key) and key in seen and not may_repeat:
            told = f"the list “{key[0]}” has “{key[1]}” already in row {seen[key].number}"
            problems.append(Problem(told, "write another name", place=sheet.place(row, "name")))
        seen.setdefault(key, row)
    return problems


def _lists_of_many(survey: Sheet) -> set[str]:
    kinds = (kind_of(survey, row) for row in survey.rows)
    return {list_of(rest) for kind, rest in kinds if kind in ("select_multiple", "rank")}


def _choice(sheet: Sheet, row: Row, several: set[str]) -> list[Problem]:
    list_name, name = sheet.get(row, "list_name"), sheet.get(row, "name")
    if not list_name:
        return [Problem("the choice belongs to no list", "write its list_name", place=sheet.place(row, "list_name"))]
    if not name:
        return [Problem("the choice has no name", "write a short name without spaces", place=sheet.place(row, "name"))]
    if re.search(r"\s", name) and list_name in several:
        return [
            Problem(
                f"“{name}” has a space, and several can be chosen",
                f"write {'_'.join(name.split())}",
                place=sheet.place(row, "name"),
            )
        ]
    if not sheet.get(row, "label"):
        return [
            Problem(f"the choice “{name}” has no label", "write what residents read", place=sheet.place(row, "label"))
        ]
    return []


def _unknown_defaults(book: Workbook) -> list[Problem]:
    """A default that is no choice would silently be no answer."""
    sheet, lists = book.survey, _lists(book)
    choices = book.get("choices")
    problems = []
    for row in sheet.rows:
        kind, rest = kind_of(sheet, row)
        default = sheet.get(row, "default")
        if kind not in SELECTS or not re.fullmatch(r"[\w .-]+", default) or list_of(rest) not in lists:
            continue
        known = {choices.get(choice, "name") for choice in lists[list_of(rest)]} | {"other"}
        missing = [part for part in ([default] if kind == "select_one" else default.split()) if part not in known]
        if missing:
            told = f"the default “{missing[0]}” is no choice of “{list_of(rest)}”"
            problems.append(
                Problem(
                    told, f"write one of: {', '.join(sorted(known - {'other'}))}", place=sheet.place(row, "default")
                )
            )
    return problems
