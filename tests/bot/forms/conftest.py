"""Surveys for tests, as fixtures. What builds them lives in `surveys`."""

import pytest

from bot.forms import Entry
from tests.bot.forms.surveys import NOW, compiled


@pytest.fixture
def now():
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
