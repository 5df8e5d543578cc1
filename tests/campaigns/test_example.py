"""The example campaign's survey: complete in five languages, and what its texts say fits its answers."""

from __future__ import annotations

import re

import openpyxl
import pytest
from pyxform.xls2xform import convert

from tests.campaigns.definitions import FOLDER, example

SURVEY = FOLDER / "survey.xlsx"


def rows(sheet: str) -> list[dict[str, str]]:
    table = openpyxl.load_workbook(SURVEY)[sheet].iter_rows(values_only=True)
    head = [str(cell) for cell in next(table)]
    found = [{name: str(cell) for name, cell in zip(head, row, strict=False) if cell is not None} for row in table]
    return [row for row in found if row]


def test_it_becomes_an_xform_without_warnings() -> None:
    assert convert(SURVEY.read_bytes(), validate=False, file_type=".xlsx").warnings == []


@pytest.mark.parametrize("sheet", ["survey", "choices"])
def test_every_text_is_there_in_every_language(sheet: str) -> None:
    for row in rows(sheet):
        kinds = {name.split("::")[0] for name in row if "::" in name}
        for kind in kinds:
            codes = {name.rsplit("(", 1)[1].rstrip(")") for name in row if name.startswith(f"{kind}::")}
            assert codes == set(example().languages), (row.get("name"), kind)


def test_placeholders_are_the_same_in_every_language() -> None:
    for row in rows("survey"):
        held = {tuple(re.findall(r"\$\{\w+\}", text)) for name, text in row.items() if name.startswith("label::")}
        assert len(held) == 1


def test_labels_are_short() -> None:
    assert all(len(text) <= 70 for row in rows("survey") for name, text in row.items() if name.startswith("label::"))


def test_it_may_be_asked_by_sms() -> None:
    assert 7 <= len(rows("survey")) <= 9
