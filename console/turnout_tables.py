"""Turnout in a reader's words: numbers, tables, bars against the population and a map. The counts come protected from `turnout`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from console import charts
from console.charts import Bar, MapWords, ShadedArea
from console.names import age_name, area_name, channel_name, sex_name
from console.tables import Cell, Column, Figure, Table
from console.turnout import Group, Heard, Turnout, heard, reached
from console.words import Words
from store.areas import AreaRecord, PopulationRecord
from store.deliveries import StatusCount
from store.reach import Reach
from store.tallies import Tally

MOST_BARS = 12
SHADES = 5
NARROWEST_STEP = 0.02


@dataclass(frozen=True, slots=True)
class Number:
    """One number with its name. `tone` "warn" asks for attention."""

    label: str
    text: str
    note: str = ""
    is_hidden: bool = False
    tone: str = ""


def count_cell(count: int | None, words: Words) -> Cell:
    """A protected count as a cell; which rule hid it is not told."""
    return Cell(words.gettext("hidden"), None, True) if count is None else Cell(words.number(count), count)


def share_cell(share: float | None, words: Words) -> Cell:
    """A share of protected counts as a cell."""
    return Cell(words.gettext("hidden"), None, True) if share is None else Cell(words.share(share), share)


def progress_numbers(found: Turnout, tallied: Sequence[Tally], reach: Reach, words: Words) -> tuple[Number, ...]:
    """How far the whole campaign has come, in people; and, where there are any, the messages that receivers turned away."""
    asked = found.parts["asked"]

    def number(label: str, count: int | None, is_part: bool = True) -> Number:
        cell = count_cell(count, words)
        share = words.share(count / asked) if is_part and count and asked else ""
        return Number(label, cell.text, share, cell.is_hidden)

    people = sum(tally.people for tally in tallied)
    reminded = reached(sum(tally.reminded for tally in tallied), people, found.k)
    elsewhere = reached(reach.elsewhere, people, found.k)
    missed = reached(reach.unreached, people, found.k)
    blocked = sum(reach.blocked.values())
    told = reached(sum(tally.feedback for tally in tallied), people, found.k)
    return (
        number(words.gettext("Invited"), asked, is_part=False),
        number(words.gettext("Started answering"), found.parts["answered"]),
        number(words.gettext("Finished"), found.parts["finished"]),
        number(words.gettext("Partial answers"), found.parts["partial"]),
        number(words.gettext("Opted out"), found.parts["opted_out"]),
        number(words.gettext("Reminded"), reminded),
        number(words.gettext("Reached in another channel"), elsewhere),
        number(words.gettext("Not reached"), missed),
        number(words.gettext("Got feedback"), told),
        *(
            (Number(words.gettext("Messages refused as unwanted"), words.number(blocked), tone="warn"),)
            if blocked
            else ()
        ),
    )


def outbox_table(messages: Sequence[StatusCount], words: Words) -> Table:
    """Messages by channel and status. They are counted exactly: they are messages, not people, and each one in doubt waits for a person's word."""
    columns = (
        (words.gettext("Queued"), ("queued",)),
        (words.gettext("Sending"), ("sending",)),
        (words.gettext("Sent"), ("sent",)),
        (words.gettext("Delivered"), ("delivered",)),
        (words.gettext("Failed"), ("failed",)),
        (words.gettext("In doubt"), ("unknown",)),
        (words.gettext("Withdrawn"), ("cancelled", "expired")),
    )

    def row(label: str, counted: Sequence[StatusCount]) -> tuple[Cell, ...]:
        totals = [sum(m.count for m in counted if m.status in statuses) for _, statuses in columns]
        return (Cell(label), *(count_cell(total, words) for total in totals))

    channels = sorted({m.channel for m in messages})
    rows = [row(channel_name(channel, words), [m for m in messages if m.channel == channel]) for channel in channels]
    if len(channels) > 1:
        rows.append(row(words.gettext("All channels"), messages))
    headings = (Column(words.gettext("Channel"), is_number=False), *(Column(label) for label, _ in columns))
    return Table("outbox", words.gettext("Messages by channel and state"), headings, tuple(rows))


def turnout_table(
    key: str, caption: str, heading: str, groups: Sequence[Group], name: Callable[[str], str], words: Words
) -> Table:
    """Invited and answered by the values of one trait."""
    rows = tuple(
        (
            Cell(name(group.value)),
            count_cell(group.asked, words),
            count_cell(group.answered, words),
            share_cell(group.share, words) if group.asked != 0 else Cell("–"),
        )
        for group in groups
    )
    labels = (words.gettext("Invited"), words.gettext("Answered"), words.gettext("Share answering"))
    return Table(key, caption, (Column(heading, is_number=False), *(Column(label) for label in labels)), rows)


def turnout_tables(found: Turnout, areas: Mapping[str, str], words: Words) -> tuple[Table, ...]:
    """One table for each trait that tells people apart."""
    named: tuple[tuple[str, str, str, Callable[[str], str]], ...] = (
        ("invited_on", words.gettext("By channel"), words.gettext("Channel"), lambda value: channel_name(value, words)),
        ("language", words.gettext("By language"), words.gettext("Language"), words.name_of),
        ("age", words.gettext("By age"), words.gettext("Age"), lambda value: age_name(value, words)),
        ("sex", words.gettext("By sex"), words.gettext("Sex"), lambda value: sex_name(value, words)),
        ("area", words.gettext("By area"), words.gettext("Area"), lambda value: area_name(value, areas, words)),
    )
    return tuple(
        turnout_table(key, caption, heading, found.by[key], name, words)
        for key, caption, heading, name in named
        if any(group.value for group in found.by[key])
    )


def shade_steps(shares: Sequence[float]) -> tuple[float, ...]:
    """The shares, in whole per cent, at which a map's shade changes, so that areas that differ look different."""
    lowest, highest = min(shares, default=0.0), max(shares, default=0.0)
    start = int(lowest * 20) / 20
    width = max(NARROWEST_STEP, math.ceil((highest - start) / SHADES * 100) / 100)
    return tuple(round(start + width * number, 2) for number in range(1, SHADES))


def area_figure(found: Turnout, areas: Sequence[AreaRecord], words: Words) -> Figure | None:
    """A map of areas shaded by the share of those asked who answered; None where no area is known."""
    groups = {group.value: group for group in found.by["area"]}
    if not any(area.code in groups for area in areas):
        return None
    shaded = [
        ShadedArea(area.name, area.geometry, groups[area.code].share if area.code in groups else None) for area in areas
    ]
    title = words.gettext("Share answering, by area")
    steps = shade_steps([area.value for area in shaded if area.value is not None])
    ends = [words.share(step) for step in steps]
    shades = (
        words.gettext("under {share}", share=ends[0]),
        *(f"{round(low * 100)}–{words.share(high)}" for low, high in pairwise(steps)),
        words.gettext("{share} or more", share=ends[-1]),
    )
    legend = MapWords(shades, words.gettext("too few to show"))
    names = {area.code: area.name for area in areas}
    table = turnout_table(
        "area-map", title, words.gettext("Area"), found.by["area"], lambda value: area_name(value, names, words), words
    )
    drawn = charts.area_map(shaded, steps, legend, direction=words.direction)
    return Figure(
        title,
        words.gettext("Map of areas shaded by the share answering. The table holds the same figures."),
        drawn,
        table,
    )


def coverage_figure(key: str, title: str, rows: Sequence[Heard], name: Callable[[str], str], words: Words) -> Figure:
    """How each group is heard against how many they are: the bar reaches the mark where both are equal."""
    longest = max([1.5, *(row.index for row in rows if row.index is not None)])
    bars = [
        Bar(
            name(row.value),
            None if row.index is None else row.index / longest,
            words.gettext("hidden") if row.index is None else words.share(row.index),
            1 / longest,
        )
        for row in rows[:MOST_BARS]
    ]
    cells = tuple(
        (
            Cell(name(row.value)),
            share_cell(row.answered_share, words),
            share_cell(row.population_share, words),
            share_cell(row.index, words),
        )
        for row in rows
    )
    labels = (words.gettext("Share of answers"), words.gettext("Share of residents"), words.gettext("Heard"))
    columns = (Column(words.gettext("Group"), is_number=False), *(Column(label) for label in labels))
    drawn = charts.bars(bars, direction=words.direction)
    label = words.gettext("Bar chart: {title}. The table holds the same figures.", title=title)
    return Figure(
        title,
        label,
        drawn,
        Table(key, title, columns, cells),
        bar_label=words.gettext("share of answers against share of residents"),
        mark_label=words.gettext("as much as they are many"),
    )


def coverage_figures(
    found: Turnout, population: Sequence[PopulationRecord], areas: Mapping[str, str], words: Words
) -> tuple[Figure, ...]:
    """Who is missing by age and by area, the least heard first; nothing where no population is known."""
    by_age, by_area = Counter[str](), Counter[str]()
    for row in population:
        by_age[row.age_band] += row.count
        by_area[row.area] += row.count
    titles = {
        "age": words.gettext("Ages, the least heard first"),
        "area": words.gettext("Areas, the least heard first"),
    }
    figures = []
    for trait, counts, name in (
        ("age", by_age, lambda value: age_name(value, words)),
        ("area", by_area, lambda value: area_name(value, areas, words)),
    ):
        if len(counts) > 1:
            rows = heard(found.by[trait], found.parts["answered"], counts)
            figures.append(coverage_figure(f"coverage-{trait}", titles[trait], rows, name, words))
    return tuple(figures)
