"""Every figure that leaves the house is composed here: raw counts in, protected numbers, tables and pictures out. Pages, messages and files take them from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import locales
from campaigns import feedback
from campaigns.decisions import DecisionTexts
from campaigns.definition import Definition
from campaigns.disclosure import INSIDE_K, PUBLIC_K
from console.answers import Answered, answer_figure, answered, minority_line
from console.questions import asked_over, countable
from console.reading import TRAITS, Connection, Counts
from console.tables import Cell, Figure, Table
from console.turnout import turnout
from console.turnout_tables import (
    Number,
    area_figure,
    count_cell,
    coverage_figures,
    outbox_table,
    progress_numbers,
    turnout_tables,
)
from console.words import Words
from store.corrections import survey_versions
from store.promises import DecisionRecord
from store.results import PeopleCount, answer_counts

__all__ = [
    "INSIDE_K",
    "PUBLIC_K",
    "InnerFigures",
    "PublicResults",
    "Summary",
    "feedback_text",
    "inner_figures",
    "public_results",
    "summary",
]

# Defaults in a survey may name "now"; labels of what can be counted do not, so any moment will do to read them.
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InnerFigures:
    """What coordinators follow of one campaign."""

    progress: tuple[Number, ...]
    outbox: Table
    participation: tuple[Table, ...]
    coverage: tuple[Figure, ...]
    answers: tuple[Figure, ...]
    protection: str


@dataclass(frozen=True, slots=True)
class PublicResults:
    """What everybody may read of one campaign once it is decided."""

    lead: str
    figures: tuple[Figure, ...]
    minority: tuple[str, ...]
    reach: tuple[Figure, ...]
    protection: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One campaign in a line."""

    invited: Cell
    finished: Cell
    share: float | None


def inner_figures(counts: Counts, words: Words) -> InnerFigures:
    """Figures for coordinators, protected for the inside of the house."""
    found = turnout(counts.people, TRAITS, INSIDE_K)
    names = {area.code: area.name for area in counts.areas}
    drawn = area_figure(found, counts.areas, words)
    coverage = coverage_figures(found, counts.population, names, words)
    return InnerFigures(
        progress_numbers(found, counts.tallies, counts.reach, words),
        outbox_table(counts.messages, words),
        turnout_tables(found, names, words),
        (*coverage, drawn) if drawn else coverage,
        tuple(
            answer_figure(each, number, words)
            for number, each in enumerate(_answered(counts, words.language, INSIDE_K), 1)
        ),
        _protection(counts, words, INSIDE_K),
    )


def public_results(counts: Counts, words: Words) -> PublicResults:
    """Figures for everybody, protected for the public; free text is not among them."""
    found = turnout(counts.people, TRAITS, PUBLIC_K)
    questions = _answered(counts, words.language, PUBLIC_K)
    total = found.parts["answered"]
    lead = words.ngettext("{n} resident answered.", "{n} residents answered.", total) if total else ""
    drawn = area_figure(found, counts.areas, words)
    return PublicResults(
        lead,
        tuple(answer_figure(each, number, words) for number, each in enumerate(questions, 1)),
        tuple(line for line in (minority_line(each, words) for each in questions) if line),
        (drawn,) if drawn else (),
        _protection(counts, words, PUBLIC_K),
    )


def summary(by_status: Mapping[str, int], words: Words) -> Summary:
    """How many were invited and how many finished, for a list of campaigns."""
    people = [
        PeopleCount(status, (), count, 0 if status == "invited" else count) for status, count in by_status.items()
    ]
    parts = turnout(people, (), INSIDE_K).parts
    invited, finished = parts["asked"], parts["finished"]
    share = finished / invited if finished is not None and invited else None
    return Summary(count_cell(invited, words), count_cell(finished, words), share)


def feedback_text(
    connection: Connection,
    definition: Definition,
    decision: DecisionRecord,
    language: str,
    *,
    url: str,
    is_terse: bool,
) -> str:
    """What everybody who took part is told in their language when the matter is decided, with figures as the public may see them."""
    texts = DecisionTexts(decision.case_ref, decision.decided_on, decision.decided_by, decision.texts)
    xforms = [] if is_terse else [version.xform for version in survey_versions(connection, definition.id)]
    findings = []
    if xforms:
        counted = answer_counts(connection, definition.id, questions=countable(*xforms))
        for each in answered(asked_over(xforms, language, _ANY_MOMENT), counted, PUBLIC_K):
            found = feedback.finding(each.figures, each.asked.label, each.asked.labels)
            findings += [found] if found else []
    translation = locales.translation(language)
    return feedback.feedback_text(definition, texts, findings, language, translation, more_url=url, terse=is_terse)


def _answered(counts: Counts, language: str, k: int) -> Sequence[Answered]:
    return answered(asked_over(counts.xforms, language, _ANY_MOMENT), counts.answers, k)


def _protection(counts: Counts, words: Words, k: int) -> str:
    """How the figures were protected, and that several versions of the survey are counted together if they are."""
    hidden = words.gettext(
        "Figures of fewer than {k} people are hidden, and others with them that would give them away.", k=k
    )
    count = len(counts.xforms)
    if count < 2:
        return hidden
    versions = words.ngettext(
        "The survey was corrected on the way: answers to its {n} version are counted together.",
        "The survey was corrected on the way: answers to its {n} versions are counted together.",
        count,
    )
    return f"{versions} {hidden}"
