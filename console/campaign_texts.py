"""What a campaign says of itself on pages: charter, card and standing, in one reader's words. Figures live in `figures`, dates in `timelines`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.cards import level_text
from campaigns.decisions import DecisionTexts
from campaigns.definition import Definition
from console.reading import Dialogue
from console.timelines import Stage, overdue, promise_name
from console.words import Words
from store.lanes import Standing as Lane
from store.promises import MilestoneRecord


@dataclass(frozen=True, slots=True)
class Term:
    """One thing and what is said of it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class DecisionText:
    """A decision in one language."""

    decision: str
    reasons: str
    you_said: str
    minority: str
    source: str


def charter_terms(definition: Definition, words: Words) -> tuple[Term, ...]:
    """The charter as coordinators read it; what is not written is left out."""
    charter = definition.charter
    named = (
        (words.gettext("Purpose"), charter.purpose),
        (words.gettext("Goal"), charter.goal),
        (words.gettext("Benefit"), charter.benefit),
        (words.gettext("What can change"), charter.can_change),
        (words.gettext("What cannot change"), charter.cannot_change),
        (words.gettext("Responsible committee"), charter.committee),
        (words.gettext("Who decides"), charter.who_decides),
        (words.gettext("How answers are handled"), charter.handling),
    )
    terms = [Term(label, definition.text(texts, words.language)) for label, texts in named]
    terms.append(Term(words.gettext("Level of influence"), level_text(charter.level, words.translation)))
    for group in charter.target_groups:
        name, how = (definition.text(texts, words.language) for texts in (group.name, group.how))
        terms.append(Term(words.gettext("Affected group: {name}", name=name), how))
    terms.append(Term(words.gettext("Population figures from"), charter.baseline_source))
    terms.append(Term(words.gettext("Languages"), ", ".join(words.name_of(code) for code in definition.languages)))
    return tuple(term for term in terms if term.text)


def public_terms(definition: Definition, words: Words) -> tuple[Term, ...]:
    """Who decides, when, and how answers are handled, as everybody may read it."""
    charter = definition.charter
    terms = (
        Term(words.gettext("Who decides"), definition.text(charter.who_decides, words.language)),
        Term(words.gettext("When it is decided"), words.date(definition.decision_at)),
        Term(words.gettext("Feedback at the latest"), words.date(definition.feedback_at)),
        Term(words.gettext("How answers are handled"), definition.text(charter.handling, words.language)),
        Term(words.gettext("Responsible committee"), definition.text(charter.committee, words.language)),
        Term(words.gettext("Questions about the dialogue"), definition.text(definition.contact, words.language)),
    )
    return tuple(term for term in terms if term.text)


def standing(dialogue: Dialogue, stage: Stage, words: Words) -> str:
    """One sentence that says what a reader can do now, or what comes next."""
    campaign, decision = dialogue.campaign, dialogue.decision
    if dialogue.definition.charter.level == "information" and decision is None:
        return level_text("information", words.translation)
    if stage in ("draft", "coming"):
        return words.gettext(
            "Answers will be taken from {opens} until {closes}.",
            opens=words.date(campaign.opens_at),
            closes=words.date(campaign.closes_at),
        )
    if stage == "open":
        return words.gettext(
            "Answers are taken until {day} at {time}.",
            day=words.date(campaign.closes_at),
            time=words.clock(campaign.closes_at),
        )
    if decision is None:
        return words.gettext(
            "Answers were taken until {closes}. The decision is expected on {decision}.",
            closes=words.date(campaign.closes_at),
            decision=words.date(campaign.decision_at),
        )
    return words.gettext("Decided on {day}.", day=words.date(decision.decided_on))


def ways_in(definition: Definition, words: Words) -> tuple[str, ...]:
    """How residents can take part, from the campaign's own plan."""
    names = {
        "telegram": words.gettext("Telegram"),
        "sms": words.gettext("text message"),
        "email": words.gettext("e-mail"),
        "web": words.gettext("a web page of your own"),
    }
    channels = ", ".join(names.get(channel, channel) for channel in definition.plan.channels)
    languages = ", ".join(words.name_of(code) for code in definition.languages)
    return (
        words.gettext(
            "Those who are asked get an invitation by: {channels}. No login and no app is needed.", channels=channels
        ),
        words.gettext("You can answer in: {languages}.", languages=languages),
    )


def decision_text(dialogue: Dialogue, words: Words) -> DecisionText | None:
    """What was decided and why, with its source; the campaign's first language stands in where a text is missing."""
    made = dialogue.decision
    if made is None:
        return None
    texts = DecisionTexts(made.case_ref, made.decided_on, made.decided_by, made.texts)
    first = dialogue.definition.languages[0]
    decision, reasons, you_said, minority, body = (
        texts.text(name, words.language, first)
        for name in ("decision", "reasons", "you_said", "minority", "decided_by")
    )
    source = words.gettext(
        "Decided on {day} by {body}, case {case}.",
        day=words.date(made.decided_on),
        body=body or made.decided_by,
        case=made.case_ref,
    )
    return DecisionText(decision, reasons, you_said, minority, source)


def warnings(
    milestones: Sequence[MilestoneRecord], lanes: Sequence[Lane], words: Words, now: datetime
) -> tuple[str, ...]:
    """What a coordinator should see first: lanes on which nothing leaves, and promises of feedback that are late (R32)."""
    resting = tuple(
        words.gettext(
            "Messages on {lane} have been waiting since {moment} ({reason}).",
            lane=lane.name,
            moment=words.moment(lane.resting_since),
            reason=lane.reason,
        )
        for lane in lanes
        if lane.is_resting(now) and lane.resting_since is not None
    )
    return resting + tuple(
        words.gettext(
            "Late: “{promise}” was promised for {day}.",
            promise=promise_name(late.kind, words),
            day=words.date(late.due_at),
        )
        for late in overdue(milestones, now)
    )
