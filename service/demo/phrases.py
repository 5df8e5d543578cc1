"""The phrase book for simulated residents: how this campaign's messages can be recognised in each language, from the same catalogs and survey."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.languages import name
from bot.wordings import words_to_write
from locales import translation

if TYPE_CHECKING:
    from bot.forms import Form, Question
    from campaigns.definition import Definition

GAP = "…"
PROBED = range(121)  # within which a whole number's own limits are found by trying
CHOICES = ("select_one", "select_multiple", "rank")
SAMPLE_TEXTS = {
    "sv": ["Fler bänkar i skuggan", "Mer ljus på kvällen, tack", "Jag saknar en lekplats", "Bra som det är"],
    "en": ["More benches in the shade", "Better lighting at night", "A playground for small children"],
    "ar": ["مقاعد أكثر في الظل", "إضاءة أفضل في المساء", "ملعب للأطفال الصغار"],
    "so": ["Kuraasi badan oo hadh leh", "Iftiin wanaagsan habeenkii", "Meel ay carruurtu ku ciyaarto"],
    "fi": ["Lisää penkkejä varjoon", "Parempi valaistus iltaisin", "Leikkipaikka pienille lapsille"],
}


def phrase_book(form: Form, definition: Definition, now: datetime) -> dict[str, Any]:
    """The book as plain data for the sandbox."""
    return {
        "languages": {
            code: {**_phrases(code, definition), "question_asked_again": _retries(form, code, now)}
            for code in definition.languages
        },
        "questions": [
            _question(form, question, definition.languages, now)
            for question in form.questions
            if question.type != "note"
        ],
    }


def _phrases(code: str, definition: Definition) -> dict[str, Any]:
    t = translation(code)
    sender = definition.text(definition.sender, code)

    def said(text: str) -> str:
        """A text as a resident sees it, up to the gaps that they cannot foresee."""
        known = {**words_to_write(t), "sender": sender}
        return text.format_map(_Gaps(known))

    words = words_to_write(t)
    return {
        "invitation": [
            said(t.gettext("Hello! This is {sender}.")),
            f"{sender}: {definition.text(definition.charter.purpose, code)} {GAP} {said(t.gettext('Reply {yes} to begin.'))}",
        ],
        "reminder": [
            t.gettext("A reminder: you can still answer."),
            said(t.gettext("Hello from {sender}. You have begun to answer. Here is the next question.")),
        ],
        "card": definition.text(definition.charter.can_change, code),
        "thanks": [
            t.gettext("Thank you! Those were all the questions."),
            t.gettext("Thank you! Your answers are saved."),
        ],
        "feedback": said(t.gettext('Hello from {sender}. Thank you for your answers about "{title}".')),
        "closed": [
            t.gettext("It is too late to answer now. This was decided:"),
            said(t.gettext("It is too late to answer now. {sender} will tell you what is decided.")),
        ],
        "stopped": said(
            t.gettext("You will get no more messages from {sender}. Write {start} if you change your mind.")
        ),
        "begin_words": [words["yes"]],
        "stop_words": [words["stop"]],
        "language_words": {wanted: name(wanted) for wanted in definition.languages},
    }


def _retries(form: Form, code: str, now: datetime) -> list[str]:
    """What is said when an answer was not taken: the system's texts and the survey's own."""
    t = translation(code)
    own = [
        verdict.message(form.language(code))
        for question in form.questions
        if question.type == "integer" and not (verdict := form.new(now=now).set(question.path, "999")).ok
    ]
    texts = [
        t.gettext("Sorry, we did not understand."),
        t.gettext("Sorry, we did not understand all of that."),
        t.gettext("Sorry, we still do not understand."),
        t.gettext("Sorry, here we need a number."),
        t.gettext("That number is not on the scale."),
        t.gettext("That answer is not possible here."),
        t.gettext("Did you mean {answer}?").format(answer=GAP),
    ]
    return [*texts, *(text for text in own if text)]


class _Gaps(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return GAP


def _question(form: Form, question: Question, languages: tuple[str, ...], now: datetime) -> dict[str, Any]:
    names = {code: form.language(code) for code in languages}
    told: dict[str, Any] = {
        "key": question.path,
        "type": question.type,
        "label": {code: _label(form, question, name, now) for code, name in names.items()},
    }
    if question.type in CHOICES:
        labels = {code: _every_choice(form, question, name, now) for code, name in names.items()}
        told["choices"] = [
            {"value": value, "label": {code: choices[value] for code, choices in labels.items()}}
            for value in next(iter(labels.values()))
        ]
    if question.range is not None:
        told["min"], told["max"], told["step"] = question.range
    if question.type == "integer":
        valid = _valid_numbers(form, question, now)
        told["min"], told["max"] = valid[0], valid[-1]
    if question.type == "text":
        told["sample_texts"] = {code: SAMPLE_TEXTS.get(code, SAMPLE_TEXTS["en"]) for code in languages}
    return told


def _valid_numbers(form: Form, question: Question, now: datetime) -> list[int]:
    return [number for number in PROBED if form.new(now=now).set(question.path, str(number)).ok]


def _label(form: Form, question: Question, name: str, now: datetime) -> str:
    """A label with a gap wherever it repeats a number that was answered before."""
    entry = form.new(now=now)
    given = []
    for other in form.questions:
        if other.path != question.path and other.type == "integer":
            given.append(str(_valid_numbers(form, other, now)[-1]))
            entry.set(other.path, given[-1])
    label = entry.label(question.path, name)
    for number in given:
        label = label.replace(number, GAP)
    return label


def _every_choice(form: Form, question: Question, name: str, now: datetime) -> dict[str, str]:
    """Every choice that a question can offer, by value: where earlier answers filter them, each is tried."""
    offered = {choice.value: choice.label for choice in form.new(now=now).choices(question.path, name)}
    for other in form.questions:
        if other.path == question.path:
            break
        for choice in form.new(now=now).choices(other.path, name) if other.type in CHOICES else ():
            entry = form.new(now=now)
            entry.set(other.path, choice.value)
            offered |= {choice.value: choice.label for choice in entry.choices(question.path, name)}
    return offered
