"""What everybody who took part is told when the matter is decided (R31, R32). Sending it is the service's work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from babel import Locale
from babel.numbers import format_decimal, format_percent

from bot.days import day_text
from bot.languages import cldr
from campaigns.cards import Translation, plain
from campaigns.decisions import DecisionTexts
from campaigns.definition import Definition
from campaigns.figures import QuestionFigures

_TOP = 3


@dataclass(frozen=True, slots=True)
class Said:
    """One answer and the share of those asked who gave it, 0 to 1."""

    answer: str
    share: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one question, in one language: the most given answers, the view of fewest, or the mean of numbers."""

    question: str
    top: tuple[Said, ...] = ()
    minority: Said | None = None
    mean: float | None = None
    has_hidden: bool = False


def finding(figures: QuestionFigures, question: str, labels: Mapping[str, str], *, top: int = _TOP) -> Finding | None:
    """The finding of a question with its label and its answers' labels in one language; None when nothing can be shown."""
    overall = figures.overall
    shown = [
        Said(labels.get(value, value), share)
        for value, share in sorted(overall.shares.items(), key=lambda pair: -(pair[1] or 0))
        if share
    ]
    if not shown and overall.mean is None:
        return None
    minority = None
    if figures.minority is not None:
        share = overall.shares[figures.minority]
        minority = Said(labels.get(figures.minority, figures.minority), share) if share else None
    best = tuple(shown[:top])
    hidden = any(count is None for count in overall.counts.values())
    return Finding(question, best, None if minority in best else minority, overall.mean, hidden)


def feedback_text(
    definition: Definition,
    decision: DecisionTexts,
    findings: Iterable[Finding],
    language: str,
    t: Translation,
    *,
    more_url: str = "",
    terse: bool = False,
) -> str:
    """What you said, the decision, the reasons, where to read more; with `terse` short enough for SMS. Whoever sends it thanks first."""
    first = definition.languages[0]
    day = day_text(decision.decided_on, language)
    decided_by = decision.text("decided_by", language, first) or decision.decided_by
    decided = t.gettext("{who} decided on {day}:").format(who=decided_by, day=day)
    reasons = t.gettext("Why:") + " " + decision.text("reasons", language, first)
    more = t.gettext("Read more: {url}").format(url=more_url) if more_url else ""
    verdict = decision.text("decision", language, first)
    if terse:
        return plain(" ".join(part for part in (decided, verdict, more) if part))
    told = list(findings)
    has_hidden = any(found.has_hidden for found in told)
    minority = decision.text("minority", language, first)
    case = t.gettext("Case number: {ref}").format(ref=decision.case_ref)
    paragraphs = [
        decision.text("you_said", language, first),
        *("\n".join(_lines(found, language, t)) for found in told),
        t.gettext("Answers that very few people gave are not shown.") if has_hidden else "",
        minority,
        f"{decided}\n{verdict}",
        reasons,
        case,
        more,
    ]
    return "\n\n".join(part for part in paragraphs if part)


def _lines(found: Finding, language: str, t: Translation) -> list[str]:
    if found.mean is not None:
        mean = number_text(found.mean, language)
        return [t.gettext("{question} On average: {mean}").format(question=found.question, mean=mean)]
    answers = "; ".join(f"{said.answer} {percent_text(said.share, language)}" for said in found.top)
    lines = [f"{found.question} {answers}"]
    if found.minority:
        share = percent_text(found.minority.share, language)
        lines.append(
            t.gettext("The least common answer: {answer} {share}").format(answer=found.minority.answer, share=share)
        )
    return lines


def percent_text(share: float, language: str) -> str:
    """A share as whole per cent in the language's way."""
    return str(format_percent(round(share, 2), locale=_locale(language)))


def number_text(number: float, language: str) -> str:
    """A number with at most one decimal in the language's way. Thousands are not parted: what parts them in one stands before decimals in another."""
    return str(format_decimal(round(number, 1), locale=_locale(language), group_separator=False))


def _locale(language: str) -> Locale:
    """The language's own formats, else English ones."""
    return cldr(language) or Locale.parse("en")
