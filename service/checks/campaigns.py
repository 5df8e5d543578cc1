"""The check of a campaign's own texts for plain language, and its survey's check in a few lines. The gates live in `campaigns.gates`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from campaigns.charter import TEXTS
from service.checks.plainness import PlacedText, plainness

if TYPE_CHECKING:
    from campaigns.definition import Definition
    from service.checks.reports import MarkedText, SurveyReport

_READ = frozenset(TEXTS) - {"goal", "committee", "who_decides"}
"""The charter's texts that residents read and authors can choose; a committee is called what it is called."""


def campaign_texts(definition: Definition) -> Iterator[PlacedText]:
    """Every text of a campaign that residents read, but for names."""
    yield from _placed("title", definition.title, is_sentence=False)
    yield from _placed("contact", definition.contact, is_sentence=False)
    for name in sorted(_READ):
        yield from _placed(f"charter.{name}", getattr(definition.charter, name), is_sentence=True)


def _placed(name: str, texts: Mapping[str, str], *, is_sentence: bool) -> Iterator[PlacedText]:
    for language, text in texts.items():
        yield PlacedText(text, language, f"{name}, {language}", is_sentence)


def survey_lines(report: SurveyReport) -> Iterator[str]:
    """A survey's report in a few lines, for one who asks about the whole campaign."""
    lengths = {length.way: length for length in report.lengths}
    told = [
        f"{length.questions if length.is_exact else _about(length.way, length.questions)}"
        for length in lengths.values()
    ]
    hard = sum(score.hard for score in report.plainness)
    yield (
        f"{report.file}: {' to '.join(dict.fromkeys(told))} questions, {_counted(len(report.languages), 'language')}, "
        f"{_counted(len(report.errors), 'error')}, {_counted(len(report.warnings), 'warning')}, {_texts(hard)}."
    )
    if report.errors or report.warnings or hard:
        yield f"  See: genklang survey check {report.file}"


def _about(way: str, questions: int) -> str:
    return f"at most {questions}" if way == "shortest" else f"at least {questions}"


def text_lines(definition: Definition) -> Iterator[str]:
    """How plain the campaign's own texts are, and those that are hard to read."""
    scores, marked = plainness(campaign_texts(definition))
    told = ", ".join(f"{score.language} {score.level}" for score in scores)
    hard = [text for text in marked if text.level == "hard"]
    yield f"campaign.yaml: plain language: {told}; {_texts(len(hard))}."
    for text in hard:
        yield f"  {text.place}: {marks_text(text)}"


def _texts(count: int) -> str:
    return f"{_counted(count, 'text')} hard to read"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def marks_text(text: MarkedText) -> str:
    """What is marked in a text, in one line."""
    words = {"long_word": "long word", "long_sentence": "long sentence", "officialese": "office word"}
    parts = []
    for mark in text.marks:
        shown = f"“{mark.words[:40]}…”" if len(mark.words) > 41 else f"“{mark.words}”"
        parts.append(f"{words.get(mark.kind, mark.kind)} {shown}" + (f" (write: {mark.remedy})" if mark.remedy else ""))
    return "; ".join(parts) or "long words and sentences"
