"""A survey's report as text for people: tables that fit 80 columns, with words where others use colour. The report is made in `service.checks`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from service.checks.campaigns import marks_text

if TYPE_CHECKING:
    from bot.problems import Problem
    from service.checks.reports import Cost, SurveyReport

WIDTH = 80
MOST_MARKED = 15


def page(report: SurveyReport, *, is_full: bool = False) -> str:
    """The whole report. Without `is_full` only the hardest texts are shown."""
    parts = [_head(report)]
    parts += _problems("Errors", report.errors)
    parts += _problems("Warnings", report.warnings)
    if report.lengths:
        parts += [_lengths(report), *_costs(report), *_missing(report), *_plainness(report)]
        parts += _marked(report, is_full=is_full)
    parts.append(_verdict(report))
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: SurveyReport) -> str:
    languages = f"{len(report.languages)} languages ({', '.join(report.languages)})"
    told = f"{report.file}: {report.title or 'untitled'}, {report.questions} questions, {languages}."
    with_campaign = f" Counted with the texts of the campaign {report.campaign}." if report.campaign else ""
    return textwrap.fill(told + with_campaign, WIDTH)


def _problems(title: str, problems: Sequence[Problem]) -> Iterator[str]:
    if problems:
        yield "\n".join([f"{title} ({len(problems)})", *(_problem(problem) for problem in problems)])


def _problem(problem: Problem) -> str:
    lines = [f"- {problem.place}:"] if problem.place else []
    what = problem.what if problem.place else f"- {problem.what}"
    lines += _wrapped(what, "  " if problem.place else "")
    if problem.remedy:
        lines += _wrapped(f"> {problem.remedy}", "  ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False)


def _lengths(report: SurveyReport) -> str:
    named = {"shortest": "at most", "longest": "at least"}
    told = [
        f"{length.way} way {'' if length.is_exact else named[length.way] + ' '}{length.questions}"
        for length in report.lengths
    ]
    if len(told) == 1:
        told.insert(0, "shortest way none: no way leads to the end")
    doubt = "" if all(length.is_exact for length in report.lengths) else " Not all ways were tried."
    return f"Questions: {', '.join(told)}.{doubt}"


def _costs(report: SurveyReport) -> Iterator[str]:
    for channel in dict.fromkeys(cost.channel for cost in report.costs):
        costs = [cost for cost in report.costs if cost.channel == channel]
        rows = [_cost(cost) for cost in costs]
        columns = ["lang", "way", "messages", "segments", "invitation", "coding", "price", "dearest message"]
        if not report.campaign:
            yield textwrap.fill(
                f"No campaign.yaml stands beside the survey, so that the invitation by {channel} is counted without its "
                "purpose and card.",
                WIDTH,
            )
        currency = next((f", prices in {cost.currency}" for cost in costs if cost.currency), "")
        yield _table(f"One whole dialogue by {channel}{currency}: what we send", columns, rows, words=(0, 1, 5, 7))
        if all(cost.price is None for cost in costs):
            yield f"No price is set: GENKLANG_{channel.upper()}_PRICE_PER_SEGMENT."
    if report.costly:
        rows = [
            [each.language, _shown(each.character), _instead(each.replacement), each.messages, each.first_in]
            for each in report.costly
        ]
        columns = ["lang", "character", "write", "messages", "first in"]
        yield _table("Characters that make a message cost double", columns, rows, words=(0, 1, 2, 4))


def _cost(cost: Cost) -> list[object]:
    price = "-" if cost.price is None else str(cost.price)
    dearest = f"{cost.dearest[:16]} {cost.dearest_segments}"
    return [
        cost.language, cost.way, cost.messages, cost.segments, cost.invitation_segments, cost.encoding, price, dearest,
    ]  # fmt: skip


def _shown(character: str) -> str:
    return f"{character if character.isprintable() else ''} U+{ord(character):04X}".strip()


def _instead(replacement: str | None) -> str:
    return "another word" if replacement is None else replacement or "nothing"


def _missing(report: SurveyReport) -> Iterator[str]:
    lacking = [each for each in report.missing if each.texts]
    if lacking:
        told = ", ".join(f"{each.language} {each.texts} of {each.of}" for each in lacking)
        yield textwrap.fill(f"Missing translations: {told}. Each is told with its place above.", WIDTH)
    elif report.missing:
        yield f"Translations: every text is there in all {len(report.missing)} languages."


def _plainness(report: SurveyReport) -> Iterator[str]:
    rows = [
        [
            score.language, score.level, f"{score.lix:.0f}", f"{score.words_a_sentence:.1f}", score.texts, score.hard, score.medium,
            "measured" if score.is_measured else "estimated",
        ]
        for score in report.plainness
    ]  # fmt: skip
    columns = ["lang", "level", "LIX", "words/sent.", "texts", "hard", "medium", "bound"]
    yield _table("Plain language", columns, rows, words=(0, 1, 7))
    yield "LIX: up to 40 easy, to 50 medium, above hard."


def _marked(report: SurveyReport, *, is_full: bool) -> Iterator[str]:
    order = {"hard": 0, "medium": 1, "easy": 2}
    found = sorted((text for text in report.marked if is_full or text.level != "easy"), key=lambda t: order[t.level])
    shown = found if is_full else found[:MOST_MARKED]
    if shown:
        lines = [
            line for text in shown for line in (f"- {text.place} ({text.level}):", *_wrapped(marks_text(text), "  "))
        ]
        more = [f"… and {len(found) - len(shown)} more: --all shows them."] if len(found) > len(shown) else []
        yield "\n".join([f"Hard words ({_counted(len(found), 'text')})", *lines, *more])


def _verdict(report: SurveyReport) -> str:
    warnings = _counted(len(report.warnings), "warning")
    if report.errors:
        return f"NOT READY: {_counted(len(report.errors), 'error')}, {warnings}."
    return f"READY: no errors, {warnings}."


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], words: tuple[int, ...]) -> str:
    """A table of at most 80 columns; those in `words` are set to the left, the others are figures."""
    table = Table(title=title, title_justify="left", title_style="", box=None, padding=(0, 2, 0, 0))
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place in words else "right", overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    sink = StringIO()
    Console(file=sink, width=WIDTH, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines())
