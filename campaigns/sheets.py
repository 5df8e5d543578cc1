"""Rows of a CSV file with their place in it, whatever spreadsheet wrote them. What the columns mean is left to each reader."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from bot.problems import InputRefused, Problem
from campaigns.decoding import decode

MAX_PROBLEMS = 1000
_DELIMITERS = (",", ";", "\t")


@dataclass(slots=True)
class Complaints:
    """The problems of one file: the first thousand are kept word by word, the rest counted."""

    filename: str
    kept: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    dropped: int = 0

    def error(self, row: int, column: str, what: str, remedy: str) -> None:
        """Note a mistake in one cell."""
        if len(self.kept) < MAX_PROBLEMS:
            self.kept.append(Problem(what, remedy, self.filename, _place(row, column)))
        else:
            self.dropped += 1

    def warning(self, what: str, remedy: str, row: int = 0, column: str = "") -> None:
        """Note something that does not stand in the way."""
        if len(self.warnings) < MAX_PROBLEMS:
            self.warnings.append(Problem(what, remedy, self.filename, _place(row, column), "warning"))

    def refuse_if_wrong(self) -> None:
        """Raise InputRefused when any mistake was noted."""
        if self.dropped:
            more = Problem(f"There are {self.dropped} more mistakes.", "mend those above and try again", self.filename)
            raise InputRefused([*self.kept, more])
        if self.kept:
            raise InputRefused(self.kept)


def _place(row: int, column: str) -> str:
    return ", ".join(part for part in (f"row {row}" if row else "", f"column {column}" if column else "") if part)


def read_rows(
    data: bytes | str,
    complaints: Complaints,
    *,
    required: Collection[str],
    optional: Collection[str] = (),
    reasons: dict[str, str] | None = None,
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's number as a spreadsheet shows it (the header is row 1) and its stripped cells by column.

    Comma, semicolon or tab; empty rows are passed over. Unknown, doubled and missing columns refuse the file at once;
    `reasons` say more about columns that must not be there.
    """
    text = decode(data, complaints.filename)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    columns: list[str] | None = None
    try:
        for number, cells in enumerate(table, start=1):
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _columns(cells, complaints, number, required, optional, reasons or {})
            elif any(cell.strip() for cell in cells[len(columns) :]):
                complaints.error(number, "", "The row has more cells than the header.", "quote cells that hold commas")
            else:
                stripped = [cell.strip() for cell in cells] + [""] * (len(columns) - len(cells))
                yield number, dict(zip(columns, stripped, strict=False))
    except csv.Error:
        remedy = "double quotes inside a quoted cell, and close each quote"
        complaints.error(number + 1, "", "The row is not CSV: a quote is wrong, or a cell is far too long.", remedy)
        complaints.refuse_if_wrong()
    if columns is None:
        raise InputRefused(
            [Problem("The file is empty.", f"write columns: {', '.join(required)}", complaints.filename)]
        )


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "") if len(text) < 10_000 else text[:10_000]
    first = next((line for line in header.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda mark: (first.count(mark), -_DELIMITERS.index(mark)))


def _columns(
    cells: list[str],
    complaints: Complaints,
    row: int,
    required: Collection[str],
    optional: Collection[str],
    reasons: dict[str, str],
) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    known = [*required, *optional]
    for position, name in enumerate(names):
        if name in names[:position]:
            complaints.error(row, name, f"The column “{name[:40]}” stands there twice.", "keep one of them")
        elif name not in known:
            reason = reasons.get(name, f"use only: {', '.join(known)}")
            complaints.error(row, name[:40], f"The column “{name[:40]}” is not known.", reason)
    for name in required:
        if name not in names:
            complaints.error(row, name, f"The column “{name}” is missing.", f"add a column named {name}")
    complaints.refuse_if_wrong()
    return names
