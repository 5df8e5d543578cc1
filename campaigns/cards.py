"""The card that everybody sees before the first question (R21): who asks, what can change, who decides and when, how answers are handled. Which message carries it is not decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from bot.days import day_text
from campaigns.charter import Texts
from campaigns.definition import Definition

# What residents' typing and old phones lack; GSM-7 has å ä ö but not these.
_PLAIN = str.maketrans({"–": "-", "—": "-", "”": '"', "“": '"', "’": "'", "…": "...", "\u00a0": " ", "•": "-"})
# For how long after the opening a day without its year is taken for the one that is meant.
_ONE_YEAR_MEANT = timedelta(days=300)


class Translation(Protocol):
    """System texts in one language, by their English sentence."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, singular: str, plural: str, n: int, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Card:
    """The charter as residents see it, in one language; `level` is the word of the charter, never a step of a ladder."""

    language: str
    sender: str
    title: str
    purpose: str
    benefit: str
    can_change: str
    cannot_change: str
    level: str
    who_decides: str
    opens_on: date
    decision_on: date
    feedback_on: date
    handling: str
    contact: str


def card(definition: Definition, language: str) -> Card:
    """The card in a language; a text that is missing there comes in the campaign's first language."""
    charter = definition.charter

    def text(texts: Texts) -> str:
        return definition.text(texts, language)

    return Card(
        language=language,
        sender=text(definition.sender),
        title=text(definition.title),
        purpose=text(charter.purpose),
        benefit=text(charter.benefit),
        can_change=text(charter.can_change),
        cannot_change=text(charter.cannot_change),
        level=charter.level,
        who_decides=text(charter.who_decides),
        opens_on=definition.local_day(definition.opens_at),
        decision_on=definition.local_day(definition.decision_at),
        feedback_on=definition.local_day(definition.feedback_at),
        handling=text(charter.handling),
        contact=text(definition.contact),
    )


def card_text(shown: Card, t: Translation, terse: bool) -> str:
    """The card as text: paragraphs, or with `terse` a few short sentences for SMS without characters that GSM-7 lacks.

    Whoever sends it greets in the sender's name first; the terse form also leaves the purpose to that greeting. A part that is not written is left out with its leading words.
    """
    return _terse(shown, t) if terse else _full(shown, t)


def _full(shown: Card, t: Translation) -> str:
    day, told = day_text(shown.decision_on, shown.language), day_text(shown.feedback_on, shown.language)
    feedback = t.gettext("At the latest on {day}, we tell you what was decided.").format(day=told)
    paragraphs = [
        shown.purpose,
        shown.benefit,
        _stopped(_after(t.gettext("You can influence:"), shown.can_change)),
        _stopped(_after(t.gettext("You cannot influence:"), shown.cannot_change)),
        f"{level_text(shown.level, t)} {_stopped(shown.handling)}".strip(),
        f"{_decides(shown, t, day)} {feedback}".strip(),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _terse(shown: Card, t: Translation) -> str:
    is_near = shown.decision_on - shown.opens_on < _ONE_YEAR_MEANT
    day = day_text(shown.decision_on, shown.language, is_short=is_near)
    sentences = [
        _stopped(_after(t.gettext("You can influence:"), shown.can_change)),
        _stopped(_after(t.gettext("But not:"), shown.cannot_change)),
        level_text(shown.level, t),
        _decides(shown, t, day),
        _stopped(shown.handling),
    ]
    return plain(" ".join(sentence for sentence in sentences if sentence))


def _decides(shown: Card, t: Translation, day: str) -> str:
    if not shown.who_decides:
        return ""
    return t.gettext("{who} decides on {day}.").format(who=_unstopped(shown.who_decides), day=day)


def level_text(level: str, t: Translation) -> str:
    """What a level means for the one who answers, in words that rank nothing (R3)."""
    sentences = {
        "information": t.gettext("This is information. We do not ask for answers."),
        "consultation": t.gettext("Your answers are advice to those who decide."),
        "dialogue": t.gettext("We talk with you before the decision is made."),
        "influence": t.gettext("You help to shape the proposal."),
        "co_decision": t.gettext("Those who decide have promised to follow the result."),
    }
    return sentences.get(level, "")


def plain(text: str) -> str:
    """The text with typographic characters that GSM-7 lacks replaced by those it has."""
    return text.translate(_PLAIN)


def _after(lead: str, text: str) -> str:
    return f"{lead} {text}" if text else ""


def _unstopped(text: str) -> str:
    return text.rstrip(" .")


def _stopped(text: str) -> str:
    return text if not text or text[-1] in ".!?؟。" else f"{text}."
