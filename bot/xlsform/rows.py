"""Rows of the survey sheet: types, names, labels, and groups that begin and end."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bot.problems import Problem
from bot.xlsform.sheets import Row, Sheet, Workbook

ASKED = (
    "text", "integer", "decimal", "range", "date", "time", "dateTime", "geopoint", "note", "acknowledge", "select_one",
    "select_multiple", "rank",
)  # fmt: skip
_SILENT = ("calculate", "hidden", "start", "ended", "today", "csv-external", "xml-external")
_ASKED_ALIASES = {
    "datetime": "dateTime", "int": "integer", "string": "text", "trigger": "acknowledge", "location": "geopoint", "gps": "geopoint",
    "select1": "select_one", "select one": "select_one", "select one from": "select_one", "select all that apply": "select_multiple",
    "select all that apply from": "select_multiple", "select multiple": "select_multiple", "select multiple from": "select_multiple",
}  # fmt: skip
SELECTS = ("select_one", "select_multiple", "rank")
_FROM_FILE = re.compile(r"(select[ _](?:one|multiple)|rank)[ _]from[ _]file\b", re.IGNORECASE)
_LISTS = (".csv", ".geojson", ".xml")
_BEGIN = re.compile(r"begin[ _](group|repeat|loop|lgroup|looped group)\b", re.IGNORECASE)
_END = re.compile(r"end[ _](group|repeat|loop|lgroup|looped group)\b", re.IGNORECASE)
_FILES = "a picture, sound or file cannot be carried by every channel yet"
_PLACES = "a line or an area on a map cannot be asked for yet"
_DEVICE = "a conversation has no device to read this from"
_REFUSED = {
    "image": _FILES, "photo": _FILES, "audio": _FILES, "video": _FILES, "file": _FILES, "osm": _FILES,
    "background-audio": _FILES, "barcode": "a barcode cannot be scanned in a conversation",
    "geotrace": _PLACES, "geoshape": _PLACES, "start-geopoint": _DEVICE, "background-geopoint": _DEVICE,
    "imei": _DEVICE, "subscriberid": _DEVICE, "simserial": _DEVICE, "audit": _DEVICE,
    "select_one_external": "its lists lie in another database; write select_one_from_file with a CSV file and choice_filter",
}  # fmt: skip
_EMPTY = ("deviceid", "phonenumber", "username", "email")
_APPEARANCES = {
    "search": "choices from another app's database cannot be read; write select_one_from_file with a CSV file",
    "ex": "another app cannot be started from a conversation", "printer": "a conversation has no printer",
}  # fmt: skip
_NAME = re.compile(r"[^\W\d][\w.-]*", re.UNICODE)


def file_of(rest: str) -> str:
    """The file that "towns.csv or_other" names; "" when it names a list of the choices sheet."""
    name = rest.strip().partition(" ")[0]
    return name if name.lower().endswith(_LISTS) else ""


def kind_of(sheet: Sheet, row: Row) -> tuple[str, str]:
    """(plain type, what follows it): ("select_one", "parks or_other"); ("begin", "repeat") and ("end", "group") for brackets,
    ("ended", "") for the time at the end."""
    written = re.sub(r"\s+", " ", sheet.get(row, "type")).strip()
    for word, pattern in (("begin", _BEGIN), ("end", _END)):
        match = pattern.match(written)
        if match:
            return word, "repeat" if match[1].lower() != "group" else "group"
    if written.lower() == "end":
        return "ended", ""
    match = _FROM_FILE.match(written)
    if match:
        return match[1].lower().replace(" ", "_"), written[match.end() :].strip()
    for alias in sorted(_ASKED_ALIASES, key=len, reverse=True):
        if written.lower() == alias or (written.lower().startswith(alias + " ") and _ASKED_ALIASES[alias] in SELECTS):
            return _ASKED_ALIASES[alias], written[len(alias) :].strip()
    first, _, rest = written.partition(" ")
    return first, rest


def check(book: Workbook) -> list[Problem]:
    """Everything wrong with types, names, labels and brackets."""
    sheet = book.survey
    problems = _brackets(sheet)
    for row in sheet.rows:
        problems += _type(sheet, row)
        problems += _name(sheet, row)
        problems += _label(sheet, row)
        problems += _appearance(sheet, row)
    return problems + _twins(sheet)


def _type(sheet: Sheet, row: Row) -> list[Problem]:
    kind, _ = kind_of(sheet, row)
    place = sheet.place(row, "type")
    if not kind:
        return [Problem("the row has no type", f"write one of: {', '.join(ASKED)}", place=place)]
    if kind in ("begin", "end") or kind in ASKED or kind in _SILENT:
        return []
    if kind in _EMPTY:
        what = f"“{kind}” stays empty: {_DEVICE}"
        return [Problem(what, "remove the row if nothing needs it", place=place, severity="warning")]
    if kind in _REFUSED:
        return [
            Problem(
                f"the type “{kind}” cannot be used: {_REFUSED[kind]}", "remove the row or ask in words", place=place
            )
        ]
    near = get_close_matches(kind, [*ASKED, *_SILENT, "begin group", "end group", "begin repeat", "end repeat"], n=1)
    remedy = f"write {near[0]}" if near else f"write one of: {', '.join(ASKED)}"
    return [Problem(f"there is no type “{kind}”", remedy, place=place)]


def _appearance(sheet: Sheet, row: Row) -> list[Problem]:
    """Most appearances only decorate; some would fetch choices or answers from elsewhere."""
    match = re.match(r"(?:.*\s)?(search|ex|printer)\s*[(:]", sheet.get(row, "appearance"))
    if match is None:
        return []
    what = f"the appearance “{sheet.get(row, 'appearance')}” cannot be used: {_APPEARANCES[match[1]]}"
    return [Problem(what, "remove it", place=sheet.place(row, "appearance"))]


def _name(sheet: Sheet, row: Row) -> list[Problem]:
    kind, _ = kind_of(sheet, row)
    name = sheet.get(row, "name")
    place = sheet.place(row, "name")
    if kind == "end" or not kind:
        return []
    if not name:
        return (
            [] if kind == "note" else [Problem("the row has no name", "write a short name without spaces", place=place)]
        )
    if not _NAME.fullmatch(name):
        fitting = re.sub(r"^[^a-zA-Z_]+", "", re.sub(r"[^\w.-]+", "_", name)).strip("_") or "question_1"
        return [
            Problem(
                f"“{name}” cannot be a name", f"write {fitting} (letters, digits, _ . -, a letter first)", place=place
            )
        ]
    if name.lower() == "meta":
        return [Problem("the name “meta” is taken by the form itself", "choose another name", place=place)]
    return []


def _label(sheet: Sheet, row: Row) -> list[Problem]:
    kind, _ = kind_of(sheet, row)
    if kind not in ASKED or sheet.get(row, "label") or sheet.get(row, "hint"):
        return []
    if sheet.get(row, "calculation"):
        return []
    return [
        Problem(
            f"“{sheet.get(row, 'name')}” asks nothing: it has no label",
            "write the question",
            place=sheet.place(row, "label"),
        )
    ]


def _brackets(sheet: Sheet) -> list[Problem]:
    problems: list[Problem] = []
    opened: list[tuple[str, Row]] = []
    for row in sheet.rows:
        word, what = kind_of(sheet, row)
        if word == "begin":
            opened.append((what, row))
        elif word == "end":
            if not opened:
                problems.append(
                    Problem(
                        f"“end {what}” ends nothing",
                        f"remove it, or add begin {what} above",
                        place=sheet.place(row, "type"),
                    )
                )
                continue
            kind, begun = opened.pop()
            if kind != what:
                told = f"“end {what}” ends the {kind} that began in row {begun.number}"
                problems.append(Problem(told, f"write end {kind}", place=sheet.place(row, "type")))
    problems += [
        Problem(f"this {kind} never ends", f"add a row end {kind}", place=sheet.place(row, "type"))
        for kind, row in opened
    ]
    return problems


def _twins(sheet: Sheet) -> list[Problem]:
    """Names are unique within their group (case counts not: some clients fold it)."""
    problems: list[Problem] = []
    levels: list[dict[str, Row]] = [{}]
    for row in sheet.rows:
        word, _ = kind_of(sheet, row)
        name = sheet.get(row, "name")
        if word == "end":
            if len(levels) > 1:
                levels.pop()
            continue
        earlier = levels[-1].get(name) if name else None
        if earlier is not None:
            told = f"the name “{name}” is already taken in row {earlier.number}"
            problems.append(Problem(told, f"write another name, for example {name}_2", place=sheet.place(row, "name")))
        elif name:
            levels[-1][name] = row
        if word == "begin":
            levels.append({})
    return problems
