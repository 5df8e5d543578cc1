"""What a table on a page is: captioned, protected, ready to print in any format. Where its figures come from lives in `figures`."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed cell. `value` is the number behind the text, for machines; a hidden cell has none."""

    text: str
    value: float | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and whether its cells are numbers (set flush to the end)."""

    label: str
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the first cell of each row is its heading. `note` says what a reader must know of its figures."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def has_hidden(self) -> bool:
        return any(cell.is_hidden for row in self.rows for cell in row)

    def to_csv(self) -> str:
        """The printed texts as CSV, one heading line first."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([column.label for column in self.columns])
        writer.writerows([cell.text for cell in row] for row in self.rows)
        return out.getvalue()

    def to_data(self) -> dict[str, object]:
        """Plain data for JSON: numbers where there are any, null where a cell is hidden."""
        return {
            "key": self.key,
            "caption": self.caption,
            "columns": [column.label for column in self.columns],
            "rows": [
                [
                    row[0].text,
                    *(None if cell.is_hidden else cell.text if cell.value is None else cell.value for cell in row[1:]),
                ]
                for row in self.rows
            ],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its table: `specification` is what `charts` draws; `label` names the picture for those who cannot see it.

    `bar_label` and `mark_label` say what a bar and the mark across it stand for, where the title does not.
    """

    title: str
    label: str
    specification: str
    table: Table
    bar_label: str = ""
    mark_label: str = ""
