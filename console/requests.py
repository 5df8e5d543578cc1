"""What residents wait for a person to do, as coordinators see it: who has waited longest first, and no address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from console.names import channel_name
from console.tables import Cell, Column, Table
from console.words import Words
from store.requests import RequestRecord


def request_table(requests: Sequence[RequestRecord], words: Words, now: datetime) -> Table:
    """One row for each open request. How to reach whoever asked is told by the command line, which notes who looked."""
    columns = (
        Column(words.gettext("Request"), is_number=False),
        Column(words.gettext("Asked"), is_number=False),
        Column(words.gettext("Language"), is_number=False),
        Column(words.gettext("Channel"), is_number=False),
        Column(words.gettext("Days waited")),
    )
    caption = words.gettext("Residents who want to talk to a person")
    return Table("requests", caption, columns, tuple(_row(request, words, now) for request in requests))


def _row(request: RequestRecord, words: Words, now: datetime) -> tuple[Cell, ...]:
    days = max((now - request.at).days, 0)
    return (
        Cell(str(request.id)),
        Cell(words.date(request.at)),
        Cell(words.name_of(request.language)),
        Cell(channel_name(request.channel, words)),
        Cell(words.number(days), days),
    )
