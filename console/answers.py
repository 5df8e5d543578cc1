"""What was answered, question by question: protected figures as bars and tables in a reader's words. Free text is never counted or shown here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from campaigns.figures import QuestionFigures, RawCount, question_figures
from console import charts
from console.charts import Bar
from console.questions import Asked
from console.tables import Cell, Column, Figure, Table
from console.turnout_tables import count_cell, share_cell
from console.words import Words
from store.results import AnswerCount

MINORITY_BELOW = 0.5


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with its protected figures."""

    asked: Asked
    figures: QuestionFigures

    def label(self, value: str) -> str:
        return self.asked.labels.get(value, value)


def answered(questions: Sequence[Asked], counts: Iterable[AnswerCount], k: int) -> tuple[Answered, ...]:
    """The figures of every question that somebody answered, in the survey's order."""
    raw: dict[str, list[RawCount]] = {}
    for row in counts:
        raw.setdefault(row.question, []).append(RawCount("", "", row.value, row.count))
    return tuple(
        Answered(
            question, question_figures(question.path, question.type, tuple(question.labels), raw[question.path], k)
        )
        for question in questions
        if question.path in raw
    )


def answer_figure(found: Answered, number: int, words: Words) -> Figure:
    """One question's answers: bars of shares with their table, or of numbers the mean and the median."""
    if found.figures.kind == "number":
        return _numbers(found, number, words)
    overall = found.figures.overall
    rows, bars = [], []
    for value, count in overall.counts.items():
        share = overall.shares[value]
        cells = (Cell(found.label(value)), count_cell(count, words), share_cell(share, words))
        text = words.gettext("hidden") if share is None else f"{cells[2].text} · {cells[1].text}"
        bars.append(Bar(found.label(value), share, text))
        rows.append(cells)
    labels = (words.gettext("Number"), words.gettext("Share"))
    columns = (Column(words.gettext("Answer"), is_number=False), *(Column(label) for label in labels))
    title = found.asked.label
    table = Table(f"answers-{number}", title, columns, tuple(rows), _note(found, words))
    label = words.gettext("Bar chart: {title}. The table holds the same figures.", title=title)
    return Figure(title, label, charts.bars(bars, direction=words.direction), table)


def minority_line(found: Answered, words: Words) -> str | None:
    """The answer that fewest gave and that can be shown (R24)."""
    value = found.figures.minority
    if value is None:
        return None
    count, share = found.figures.overall.counts[value], found.figures.overall.shares[value]
    if count is None or share is None or share >= MINORITY_BELOW:
        return None
    return words.gettext(
        "{question} {answer}: {count} ({share})",
        question=found.asked.label,
        answer=found.label(value),
        count=words.number(count),
        share=words.share(share),
    )


def _numbers(found: Answered, number: int, words: Words) -> Figure:
    overall = found.figures.overall

    def cell(value: float | None) -> Cell:
        return (
            Cell(words.gettext("hidden"), None, True) if value is None else Cell(words.number(round(value, 1)), value)
        )

    rows = (
        (Cell(words.gettext("Answers")), count_cell(overall.base, words)),
        (Cell(words.gettext("Mean")), cell(overall.mean)),
        (Cell(words.gettext("Median")), cell(overall.median)),
    )
    columns = (Column(words.gettext("Measure"), is_number=False), Column(words.gettext("Value")))
    title = found.asked.label
    return Figure(title, title, "", Table(f"answers-{number}", title, columns, rows))


def _note(found: Answered, words: Words) -> str:
    base = found.figures.overall.base
    parts = [] if base is None else [words.ngettext("{n} answer.", "{n} answers.", base)]
    if found.figures.kind == "many":
        parts.append(words.gettext("Several answers could be chosen."))
    if found.asked.type == "rank":
        parts.append(words.gettext("Shown is what was put first."))
    return " ".join(parts)
