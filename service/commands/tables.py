"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table

BASES = {
    "told": "told by the provider",
    "estimated": "estimated from the settings",
    "awaited": "not told yet",
    "unknown": "never told",
}
MEASURES = ("people", "invited", "started", "finished", "partial", "opted_out", "reminded", "feedback")


def render(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as plain text; the first column is words, the others are figures."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    sink = StringIO()
    Console(file=sink, width=110).print(table)
    return sink.getvalue()


def summed(rows: Iterable[Mapping[str, Any]], by: str) -> list[list[object]]:
    """Tallies added up over one trait, with a line for everybody at the end."""
    groups: dict[str, list[int]] = {}
    for row in rows:
        figures = groups.setdefault(row[by], [0] * len(MEASURES))
        groups[row[by]] = [total + row[name] for total, name in zip(figures, MEASURES, strict=True)]
    everybody = [sum(figures) for figures in zip(*groups.values(), strict=True)] or [0] * len(MEASURES)
    return [[name, *figures] for name, figures in sorted(groups.items())] + [["all", *everybody]]


def as_text(told: Mapping[str, Any]) -> str:
    """A campaign's status as tables."""
    parts = [f"{told['campaign']}: {told['status']}"]
    if told["requests"]:
        parts.append(f"Waiting for a person: {told['requests']} (genklang requests list --campaign {told['campaign']})")
    if told["survey_versions"] > 1:
        parts.append(f"Versions of the survey: {told['survey_versions']}, counted together")
    reach = told["reach"]
    if reach["elsewhere"] or reach["unreached"]:
        parts.append(f"Reached in another channel: {reach['elsewhere']}; not reached: {reach['unreached']}")
    parts += [
        f"{count} messages on lane {lane} were refused as unwanted: see to the sender's standing (docs/when-an-address-fails.md)"
        for lane, count in sorted(reach["blocked"].items())
    ]
    parts += [
        render(f"People by {by}", [by, *MEASURES], summed(told["people"], by)) for by in ("channel", "language", "area")
    ]
    messages = [[row["channel"], row["purpose"], row["status"], row["count"]] for row in told["messages"]]
    parts.append(render("Messages", ["channel", "purpose", "status", "count"], messages))
    if told["costs"]:
        columns = ["channel", "how it is known", "messages", "segments", "amount"]
        parts.append(render("Costs", columns, map(_cost, told["costs"])))
    waves = [[row["kind"], row["number"], f"{row['due_at']:%Y-%m-%d %H:%M}", row["status"]] for row in told["waves"]]
    parts.append(render("Waves", ["wave", "number", "due (UTC)", "status"], waves))
    return "\n".join(parts)


def _cost(row: Mapping[str, Any]) -> list[object]:
    amount = "not known" if row["amount"] is None else f"{row['amount']} {row['currency']}".rstrip()
    return [row["channel"], BASES[row["basis"]], row["messages"], row["segments"], amount]
