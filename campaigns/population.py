"""Reading the population baseline from CSV: how many live in each area, by age band and sex."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from campaigns.people import SEXES
from campaigns.sheets import Complaints, read_rows

_COLUMNS = ("area", "age_band", "sex", "count", "source", "as_of")


class AgeBand(NamedTuple):
    """Ages in whole years, both ends included; the last band has no upper end."""

    low: int
    high: int | None

    @property
    def name(self) -> str:
        """Such as "16-29" or "65+"."""
        return f"{self.low}+" if self.high is None else f"{self.low}-{self.high}"

    def has(self, age: int) -> bool:
        """Whether somebody of that age is in the band."""
        return age >= self.low and (self.high is None or age <= self.high)


def parse_age_band(text: str) -> AgeBand | None:
    """The band that "16-29" or "65+" names, or None."""
    match = re.fullmatch(r"([0-9]{1,3})\s*(?:\+|[-–]\s*([0-9]{1,3}))", text)
    if match is None:
        return None
    low, high = int(match[1]), int(match[2]) if match[2] else None
    return AgeBand(low, high) if high is None or low <= high else None


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """How many live in an area, in an age band, of a sex ("f", "m", "" for all), and who says so when."""

    area: str
    age_band: str
    sex: str
    count: int
    source: str
    as_of: date


def read_population(data: bytes | str, filename: str, areas: Collection[str]) -> tuple[PopulationRow, ...]:
    """The baseline; raises InputRefused with every mistake. No two rows may count the same people."""
    complaints = Complaints(filename)
    rows: list[PopulationRow] = []
    seen: dict[tuple[str, str, str], int] = {}
    bands: dict[AgeBand, int] = {}
    for number, cells in read_rows(data, complaints, required=_COLUMNS):
        row = _read_row(number, cells, areas, complaints)
        if row is None:
            continue
        _refuse_overlap(number, row, seen, bands, complaints)
        rows.append(row)
    complaints.refuse_if_wrong()
    return tuple(rows)


def _read_row(
    number: int, cells: dict[str, str], areas: Collection[str], complaints: Complaints
) -> PopulationRow | None:
    band = parse_age_band(cells["age_band"])
    sex = SEXES.get(cells["sex"].lower())
    digits = re.sub(r"[\s\u00a0]", "", cells["count"])
    count = int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None
    as_of = _day(cells["as_of"])
    for column, is_wrong, what, remedy in (
        ("area", cells["area"] not in areas, "No area has this code.", "import the areas first, or mend the code"),
        ("age_band", band is None, "This is no age band.", "write such as 16-29 or 65+"),
        ("sex", sex is None, "The sex is neither f, m nor empty.", "write f, m, or nothing for all"),
        ("count", count is None, "The count is not a whole number.", "write digits only"),
        ("source", not cells["source"], "The source is empty.", "write where the figure comes from"),
        ("as_of", as_of is None, "This is no date.", "write year, month and day, such as 2025-12-31"),
    ):
        if is_wrong:
            complaints.error(number, column, what, remedy)
    if band is None or sex is None or count is None or as_of is None:
        return None
    return PopulationRow(cells["area"], band.name, sex, count, cells["source"], as_of)


def _refuse_overlap(
    number: int,
    row: PopulationRow,
    seen: dict[tuple[str, str, str], int],
    bands: dict[AgeBand, int],
    complaints: Complaints,
) -> None:
    same = [seen[key] for sex in {"", row.sex} if (key := (row.area, row.age_band, sex)) in seen]
    same += [seen[key] for sex in "fm" if not row.sex and (key := (row.area, row.age_band, sex)) in seen]
    if same:
        complaints.error(number, "sex", f"Row {same[0]} counts the same people.", "keep one of the two rows")
    seen.setdefault((row.area, row.age_band, row.sex), number)
    band = parse_age_band(row.age_band)
    if band is None or band in bands:
        return
    for other, first in bands.items():
        if band.low <= (other.high or 999) and other.low <= (band.high or 999):
            what = f"The age band overlaps that of row {first}, {other.name}."
            complaints.error(number, "age_band", what, "use bands that do not overlap, the same in all areas")
            break
    bands[band] = number


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
