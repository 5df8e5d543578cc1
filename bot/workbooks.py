"""A workbook's sheets as rows whose cells know where they stand, from .xlsx or a Markdown table. What the rows mean lives in `xlsform`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from zipfile import BadZipFile

from bot.problems import InputRefused, Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` counts from 1 as a spreadsheet does, the header being 1. Empty cells are left out."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its header names with the letters of their columns, and the rows below."""

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()

    def place(self, row: Row | None = None, column: str = "") -> str:
        """Where something stands, in words: "sheet survey, row 5, column relevant (D)"."""
        parts = [f"sheet {self.name}"]
        if row is not None:
            parts.append(f"row {row.number}")
        if column:
            letter = self.columns.get(column)
            parts.append(f"column {column} ({letter})" if letter else f"column {column}")
        return ", ".join(parts)


def read_workbook(data: bytes, filename: str) -> dict[str, Sheet]:
    """The sheets by lower-case name. Raises `InputRefused` when `data` is neither a workbook nor a Markdown table."""
    if data[:2] == b"PK":
        return _read_xlsx(data, filename)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    sheets = _read_markdown(text.splitlines())
    if not sheets:
        raise InputRefused([Problem("This is no workbook.", "save the survey as .xlsx", file=filename)])
    return sheets


def _read_xlsx(data: bytes, filename: str) -> dict[str, Sheet]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
        return {
            name.strip().lower(): _sheet(name.strip(), _grid(book[name].iter_rows(values_only=True)))
            for name in book.sheetnames
        }
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
        what = f"The workbook cannot be opened ({type(error).__name__})."
        raise InputRefused(
            [Problem(what, "open it in a spreadsheet program and save it as .xlsx again", file=filename)]
        ) from None


def _grid(rows: Iterable[Iterable[object]]) -> Iterator[list[str]]:
    for row in rows:
        yield [_text(cell) for cell in row]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _read_markdown(lines: Iterable[str]) -> dict[str, Sheet]:
    """Tables in which a line with a first cell names the sheet, as pyxform reads them."""
    grids: dict[str, list[list[str]]] = {}
    current: list[list[str]] | None = None
    for line in lines:
        stripped = line.strip()
        if not (stripped.startswith("|") and stripped.endswith("|")) or set(stripped) <= set("|-: "):
            continue
        first, *rest = (cell.strip() for cell in stripped[1:-1].split("|"))
        if first:
            current = grids.setdefault(first, [])
        elif current is not None:
            current.append(rest)
    return {name.lower(): _sheet(name, grid) for name, grid in grids.items()}


def _sheet(name: str, grid: Iterable[list[str]]) -> Sheet:
    rows = iter(enumerate(grid, start=1))
    header = next(((number, cells) for number, cells in rows if any(cells)), None)
    if header is None:
        return Sheet(name)
    columns = {title: _letter(place) for place, title in enumerate(header[1]) if title}
    found = (
        Row(number, {title: cell for title, cell in zip(header[1], cells, strict=False) if title and cell})
        for number, cells in rows
    )
    return Sheet(name, columns, tuple(row for row in found if row.cells))


def _letter(place: int) -> str:
    """The spreadsheet's letters for a column counted from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
