"""A campaign's figures as a table, CSV, JSON or pictures. Every one of them passes disclosure control; free text never leaves this way."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer

from bot.problems import InputRefused, Problem
from campaigns.definition import Definition
from campaigns.disclosure import PUBLIC_K
from campaigns.figures import Figure, QuestionFigures, RawCount, question_figures
from console.questions import Asked, asked_over, countable
from console.reading import bands_of
from service.commands.rooms import open_database
from service.commands.tables import render
from store.areas import area_names, load_population
from store.campaigns import get_campaign
from store.corrections import survey_versions
from store.results import Trait, answer_counts

if TYPE_CHECKING:
    from sqlalchemy import Connection

FORMATS = ("table", "csv", "json", "png")
COLUMNS = ("question", "by", "group", "answer", "count", "share", "mean", "median", "base")
HIDDEN = "hidden"


def show(campaign_id: str, by: str, form: str, out: Path | None) -> None:
    """Print or write a campaign's figures, broken down by each of `by` (comma-separated traits)."""
    traits = _traits(by)
    if form not in FORMATS:
        raise InputRefused([Problem(f"Results have no format {form!r}.", f"write {', '.join(FORMATS)}")])
    if form == "png" and out is None:
        raise InputRefused([Problem("Pictures need somewhere to be written.", "add --out FOLDER")])
    with open_database() as database, database.connect() as connection:
        found, names, versions = _figures(connection, campaign_id, traits)
    rows = [row for question, figures in found for row in _rows(question, figures, names)]
    if form == "png" and out is not None:
        _draw(found, out)
        return
    if versions > 1:
        typer.echo(f"Note: answers to {versions} versions of the survey are counted together.", err=True)
    text = _as_text(rows, found, form, versions)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


def _traits(by: str) -> list[Trait]:
    """The traits that are named; "group" is the age group."""
    known = get_args(Trait)
    named = ["age" if name.strip() == "group" else name.strip() for name in by.split(",") if name.strip()]
    if unknown := [name for name in named if name not in known]:
        what = f"Results are not broken down by {', '.join(unknown)}."
        raise InputRefused([Problem(what, f"write group, {', '.join(known)}")])
    return list(dict.fromkeys(named))  # type: ignore[arg-type]


def _figures(
    connection: Connection, campaign_id: str, traits: Sequence[Trait]
) -> tuple[list[tuple[Asked, QuestionFigures]], dict[str, str], int]:
    campaign = get_campaign(connection, campaign_id)
    definition = Definition.from_data(campaign.definition)
    xforms = [version.xform for version in survey_versions(connection, campaign_id)]
    raw: dict[str, list[RawCount]] = {}
    bands = bands_of({row.age_band for row in load_population(connection)})
    year = definition.opening_year
    questions = countable(*xforms)
    breakdowns: list[tuple[Trait, ...]] = [(), *((trait,) for trait in traits)]
    for by in breakdowns:
        for row in answer_counts(connection, campaign_id, questions=questions, by=by, bands=bands, year=year):
            trait, group = (by[0], row.group[0]) if by else ("", "")
            raw.setdefault(row.question, []).append(RawCount(trait, group, row.value, row.count))
    found = [
        (question, question_figures(question.path, question.type, tuple(question.labels), raw[question.path], PUBLIC_K))
        for question in asked_over(xforms, definition.languages[0], campaign.opens_at)
        if question.path in raw
    ]
    return found, area_names(connection), len(xforms)


def _rows(question: Asked, figures: QuestionFigures, names: dict[str, str]) -> Iterable[dict[str, Any]]:
    for figure in (figures.overall, *figures.groups):
        group = names.get(figure.group, figure.group) if figure.by == "area" else figure.group
        told = {"question": question.label, "by": figure.by or "all", "group": group or "all", "base": figure.base}
        if figures.kind == "number":
            yield {**told, "answer": "", "count": None, "share": None, "mean": figure.mean, "median": figure.median}
            continue
        for value, count in figure.counts.items():
            label = question.labels.get(value, value)
            share = figure.shares[value]
            yield {**told, "answer": label, "count": count, "share": share, "mean": None, "median": None}


def _as_text(rows: list[dict[str, Any]], found: list[tuple[Asked, QuestionFigures]], form: str, versions: int) -> str:
    if form == "json":
        return json.dumps({"k": PUBLIC_K, "versions": versions, "rows": rows}, ensure_ascii=False, indent=2) + "\n"
    if form == "csv":
        sink = StringIO()
        writer = csv.DictWriter(sink, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return sink.getvalue()
    return "\n".join(_as_table(question, figures, rows) for question, figures in found)


def _as_table(question: Asked, figures: QuestionFigures, rows: list[dict[str, Any]]) -> str:
    mine = [row for row in rows if row["question"] == question.label]
    if figures.kind == "number":
        columns = ("by", "group", "mean", "median", "answered")
        cells = [[r["by"], r["group"], _shown(r["mean"]), _shown(r["median"]), _shown(r["base"])] for r in mine]
    else:
        columns = ("by", "group", "answer", "count", "share")
        cells = [[r["by"], r["group"], r["answer"], _shown(r["count"]), _percent(r["share"])] for r in mine]
    return render(question.label, columns, cells)


def _shown(value: float | None) -> str:
    return HIDDEN if value is None else f"{value:g}"


def _percent(share: float | None) -> str:
    return HIDDEN if share is None else f"{share:.0%}"


def _draw(found: list[tuple[Asked, QuestionFigures]], folder: Path) -> None:
    """One picture for each question with choices."""
    from console import charts

    folder.mkdir(parents=True, exist_ok=True)
    drawable = [(question, figures.overall) for question, figures in found if figures.kind != "number"]
    for number, (question, overall) in enumerate(drawable, start=1):
        path = folder / f"question-{number}.png"
        path.write_bytes(charts.png(charts.bars(_bars(question, overall), title=question.label)))
        typer.echo(str(path))


def _bars(question: Asked, figure: Figure) -> list[Any]:
    from console.charts import Bar

    return [
        Bar(question.labels.get(value, value), figure.shares[value], _percent(figure.shares[value]))
        for value in figure.counts
    ]
