"""Surveys for tests: written as Markdown tables, read and compiled as a municipality's workbook would be."""

from datetime import UTC, datetime

import pytest

from bot.forms import Entry, Form
from bot.xlsform import read_xlsform

NOW = datetime(2026, 5, 31, 14, 30, tzinfo=UTC)


def compiled(table: str) -> Form:
    return Form.load(read_xlsform(table.encode(), "survey.md").xform)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def form():
    """A function from a Markdown survey to its compiled form."""
    return compiled


@pytest.fixture
def entry():
    """A function from a Markdown survey to a fresh entry."""

    def begin(table: str) -> Entry:
        return compiled(table).new(now=NOW)

    return begin
