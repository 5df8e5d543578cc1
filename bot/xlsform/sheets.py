"""The sheets of a workbook as rows of text that know their row and column. What the columns mean lives in `checks`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from bot.problems import InputRefused, Problem

_MAX_UNPACKED_BYTES = 64 * 1024 * 1024
_MAX_ROWS = 5000
_ALIASES = {
    "list name": "list_name", "value": "name", "caption": "label", "relevance": "relevant", "calculate": "calculation",
    "read_only": "readonly", "constraining_message": "constraint_message", "requiredmsg": "required_message",
    "count": "repeat_count", "jr:count": "repeat_count", "bind::relevant": "relevant", "bind::required": "required",
    "bind::constraint": "constraint", "bind::calculate": "calculation", "bind::readonly": "readonly",
    "bind::jr:constraintmsg": "constraint_message", "bind::jr:requiredmsg": "required_message", "command": "type", "tag": "name",
    "set form title": "form_title", "set form id": "form_id", "title": "form_title", "control::appearance": "appearance",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its `header` as written, its letter, its plain name ("label") and its language ("Svenska (sv)" or "")."""

    header: str
    letter: str
    name: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty: `number` as the spreadsheet shows it, texts by column header."""

    number: int
    cells: dict[str, str]


@dataclass(slots=True)
class Sheet:
    """One sheet with its header row."""

    name: str
    columns: tuple[Column, ...] = ()
    rows: list[Row] = field(default_factory=list)

    def column(self, name: str, language: str | None = None) -> Column | None:
        """The column with a plain name, in one language or in any."""
        return next((c for c in self.columns if c.name == name and language in (None, c.language)), None)

    def columns_named(self, name: str) -> list[Column]:
        """All columns with a plain name, one for each language."""
        return [column for column in self.columns if column.name == name]

    def get(self, row: Row, name: str) -> str:
        """The first text in a row under a plain name, or ""."""
        return next((row.cells[c.header] for c in self.columns if c.name == name and row.cells.get(c.header)), "")

    def place(self, row: Row | int | None = None, column: Column | str | None = None) -> str:
        """ "sheet survey, row 5, column relevant (D)"."""
        parts = [f"sheet {self.name}"]
        if row is not None:
            parts.append(f"row {row.number if isinstance(row, Row) else row}")
        if isinstance(column, str):
            column = self.column(column) or column
        if isinstance(column, Column):
            parts.append(f"column {column.header} ({column.letter})")
        elif column:
            parts.append(f"column {column}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Workbook:
    """Every sheet by its name in lower case, and the source as pyxform takes it."""

    sheets: dict[str, Sheet]
    source: bytes | str
    kind: str

    @property
    def survey(self) -> Sheet:
        """The survey sheet."""
        return self.sheets["survey"]

    def get(self, name: str) -> Sheet:
        """A sheet, empty when the workbook has none of that name."""
        return self.sheets.get(name) or Sheet(name)


def read_sheets(data: bytes, filename: str) -> Workbook:
    """The workbook's sheets. Raises `InputRefused` when it is none, or has no survey sheet."""
    if filename.lower().endswith((".md", ".markdown")):
        text = _decoded(data)
        book = Workbook(_markdown(text), text, ".md")
    else:
        book = Workbook(_workbook(data), data, ".xlsx")
    if "survey" not in book.sheets:
        found = ", ".join(sheet.name for sheet in book.sheets.values()) or "none"
        raise InputRefused(
            [Problem(f"there is no sheet “survey” (sheets: {found})", "name the sheet with the questions “survey”")]
        )
    return book


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputRefused([Problem("the text is not in UTF-8", "save it as UTF-8")]) from None


def _workbook(data: bytes) -> dict[str, Sheet]:
    no_workbook = Problem("this is no Excel workbook that can be opened", "save it as .xlsx (Excel workbook)")
    try:
        with ZipFile(BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_UNPACKED_BYTES:
                raise InputRefused([Problem("the workbook is too large", "leave out what the survey does not need")])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(data), read_only=True, data_only=True)
            return {sheet.title.strip().lower(): _sheet(sheet.title.strip(), sheet.values) for sheet in book.worksheets}
    except InputRefused:
        raise
    except (BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError, AttributeError, IndexError):
        raise InputRefused([no_workbook]) from None


def _sheet(name: str, values: Iterable[tuple[Any, ...]]) -> Sheet:
    rows = [[_text(value) for value in row] for row in values]
    return sheet_of(name, [(number, row) for number, row in enumerate(rows, start=1)])


def sheet_of(name: str, rows: list[tuple[int, list[str]]]) -> Sheet:
    """A sheet from numbered rows of texts, the header row first. Raises `InputRefused` when it is far too long."""
    if not rows:
        return Sheet(name)
    columns = tuple(_column(header, at) for at, header in enumerate(rows[0][1], start=1) if header)
    at_column = {column.letter: column for column in columns}
    sheet = Sheet(name, columns)
    for number, row in rows[1:]:
        cells = {
            at_column[letter].header: text
            for letter, text in ((get_column_letter(at), text) for at, text in enumerate(row, start=1))
            if text and letter in at_column
        }
        if cells:
            sheet.rows.append(Row(number, cells))
    if len(sheet.rows) > _MAX_ROWS:
        raise InputRefused([Problem(f"the sheet has more than {_MAX_ROWS} rows", "shorten it", place=f"sheet {name}")])
    return sheet


def _column(header: str, at: int) -> Column:
    name, _, language = header.partition("::")
    plain = name.strip().lower()
    whole = re.sub(r"\s*::\s*", "::", header.strip().lower())
    if whole in _ALIASES:
        return Column(header, get_column_letter(at), _ALIASES[whole])
    if plain in ("bind", "control", "media", "instance", "body"):
        return Column(header, get_column_letter(at), whole)
    name = _ALIASES.get(plain, plain.replace(" ", "_"))
    return Column(header, get_column_letter(at), name, re.sub(r"\s+", " ", language.strip()))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\xa0", " ").strip()


def _markdown(text: str) -> dict[str, Sheet]:
    """Tables as pyxform reads them: a row with a name in the first cell begins a sheet, its rows have an empty first cell."""
    gathered: dict[str, list[list[str]]] = {}
    current: list[list[str]] | None = None
    for line in text.splitlines():
        line = line.strip()
        if not line.startswith("|") or (re.fullmatch(r"[|\s:-]*", line) and "-" in line):
            continue
        cells = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line[1:].removesuffix("|"))]
        if cells and cells[0]:
            current = gathered.setdefault(cells[0], [])
            if any(cells[1:]):
                current.append(cells[1:])
        elif current is not None:
            current.append(cells[1:])
    return {name.lower(): sheet_of(name, list(enumerate(rows, start=1))) for name, rows in gathered.items()}
