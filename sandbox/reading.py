"""How a resident reads a message: by recognising phrases, questions and what can be chosen. What they answer lives in `answering`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.wire import Arrival

GAP = "…"
KINDS = ("closed", "feedback", "reminder", "invitation", "thanks", "stopped", "card")

# Marks of direction and joiners that a reader does not see: left, right, embeddings, isolates, byte order mark.
_UNSEEN = dict.fromkeys([0x200B, 0x200E, 0x200F, 0x061C, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_NUMBERED = re.compile(r"^\s*(\d{1,2})(\*?)\s*[.):\-–]?\s+(\S.*?)\s*$", re.MULTILINE)
_TICKS = "✓✔☑✅●◉🗹"
_PLACE = re.compile(r"^(?:[0-9]\ufe0f?\u20e3|\U0001f51f)\s+")  # a place in a ranking: 1️⃣ 🔟
_PAGES = re.compile(r"^(\d+)/(\d+)\b")
ONWARDS = "▶"
_BLANK = re.compile(r"\s+")


def visible(text: str) -> str:
    """A text without the marks that nobody sees, and without the stars that make words bold."""
    return text.translate(_UNSEEN).replace("**", "")


def plain(text: str) -> str:
    """A text as compared: visible characters only, one blank between words, case folded."""
    return _BLANK.sub(" ", unicodedata.normalize("NFC", visible(text))).strip().casefold()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text to recognise, in pieces where it has gaps."""

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Phrase:
        """A phrase from the book; what stands at a gap can be anything."""
        return cls(tuple(piece for piece in (plain(part) for part in text.replace("...", GAP).split(GAP)) if piece))

    def find(self, text: str) -> tuple[int, int] | None:
        """Where it stands in an already plain text, its last occurrence; None when it does not."""
        start = text.rfind(self.pieces[0]) if self.pieces else -1
        while start >= 0:
            end = self._follow(text, start)
            if end >= 0:
                return start, end
            start = text.rfind(self.pieces[0], 0, start + len(self.pieces[0]) - 1)
        return None

    def _follow(self, text: str, start: int) -> int:
        end = start + len(self.pieces[0])
        for piece in self.pieces[1:]:
            at = text.find(piece, end)
            if at < 0:
                return -1
            end = at + len(piece)
        return end


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the phrase book tells it: how it is recognised, and what may be answered."""

    key: str
    type: str
    labels: Mapping[str, Phrase]
    choices: tuple[tuple[str, Mapping[str, str]], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    step: float = 1
    sample_texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def choice_label(self, value: str, language: str) -> str:
        """What a choice is called in a language, or in any when it has no name there."""
        labels = next(labels for candidate, labels in self.choices if candidate == value)
        return labels.get(language) or next(iter(labels.values()))


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that a message offers: its label, the number before it or the data behind its button, and whether it is ticked."""

    label: str
    number: str = ""
    data: str | None = None
    is_ticked: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a resident got out of a message. `kinds` names the phrases recognised; empty together with no question: unreadable."""

    language: str | None
    kinds: frozenset[str] = frozenset()
    question: Question | None = None
    is_asked_again: bool = False
    shown: tuple[Shown, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Whether anything was recognised."""
        return bool(self.kinds) or self.question is not None or self.is_asked_again


class PhraseBook:
    """The phrases that residents recognise, and the words they know for what they want."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Read a phrase book from plain data. A kind of message may be known by one phrase or by any of several."""
        self.words: dict[str, dict[str, Any]] = {code: dict(entry) for code, entry in data["languages"].items()}
        self._phrases = {
            code: [(kind, Phrase.of(text)) for kind in KINDS for text in _several(entry.get(kind))]
            for code, entry in self.words.items()
        }
        self._again = {
            code: [Phrase.of(text) for text in entry.get("question_asked_again", ())]
            for code, entry in self.words.items()
        }
        self._notices = [Phrase.of(text) for entry in self.words.values() for text in entry.get("notices", ())]
        self.questions = tuple(_question(entry) for entry in data["questions"])

    def read(self, arrival: Arrival, prefer: str) -> Reading:
        """Read a message. Where two languages say the same, the one in `prefer` is believed."""
        text = plain(f"{arrival.subject}\n{arrival.text}")
        codes = sorted(self.words, key=lambda code: code != prefer)
        kinds: frozenset[str] = frozenset()
        language = None
        for code in codes:
            found = frozenset(kind for kind, phrase in self._phrases[code] if phrase.find(text))
            if len(found) > len(kinds):
                kinds, language = found, code
        if not kinds and any(phrase.find(text) for phrase in self._notices):
            kinds = frozenset(("notice",))
        question, spoken = self._question_in(text, codes)
        again = next((code for code in codes if any(phrase.find(text) for phrase in self._again[code])), None)
        return Reading(
            language=spoken or language or again,
            kinds=kinds,
            question=question,
            is_asked_again=again is not None,
            shown=shown_in(arrival),
        )

    def word(self, kind: str, language: str) -> str:
        """The first word that a language has for something: "begin_words", "stop_words"."""
        return str(self.words[self.known(language)][kind][0])

    def language_word(self, wanted: str, spoken: str) -> str:
        """What to say to be written to in the language `wanted`."""
        return str(self.words[self.known(spoken)]["language_words"][wanted])

    def known(self, language: str) -> str:
        """The language itself, or the book's first when the book does not have it."""
        return language if language in self.words else next(iter(self.words))

    def _question_in(self, text: str, codes: Iterable[str]) -> tuple[Question | None, str | None]:
        """The question that a text ends with: the last one found, and the longest of those that end in the same place."""
        best: tuple[int, int] | None = None
        found: tuple[Question | None, str | None] = (None, None)
        for code in codes:
            for question in self.questions:
                phrase = question.labels.get(code)
                place = phrase.find(text) if phrase else None
                if place and (best is None or (place[1], -place[0]) > (best[1], -best[0])):
                    best, found = place, (question, code)
        return found


def offered_choices(question: Question, shown: Iterable[Shown]) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Those of the question's choices that are offered, in whatever language."""
    things = list(shown)
    return tuple(
        (value, names)
        for value, names in question.choices
        if any(same_label(thing.label, label) for thing in things for label in names.values())
    )


def same_label(shown: str, label: str) -> bool:
    """Whether what is shown is this label, perhaps with a mark or a number before it."""
    return _bare(shown) == _bare(label)


def pages(shown: Iterable[Shown]) -> tuple[int, int] | None:
    """(page, pages) of a list that is shown in parts, as "2/4" on one of its buttons; None when all of it is shown."""
    found = (_PAGES.match(thing.label) for thing in shown if thing.data is not None)
    return next(((int(match[1]), int(match[2])) for match in found if match), None)


def onwards(shown: Iterable[Shown]) -> Shown | None:
    """The button to another part of the list."""
    return next((thing for thing in shown if thing.data is not None and thing.label == ONWARDS), None)


def _bare(text: str) -> str:
    return plain(_PLACE.sub("", visible(text).lstrip())).strip(" .:" + _TICKS + "☐○◯⬜□▫")


def _several(texts: str | list[str] | None) -> list[str]:
    return [texts] if isinstance(texts, str) else texts or []


def shown_in(arrival: Arrival) -> tuple[Shown, ...]:
    """What a message offers to choose or to press."""
    return tuple(_shown(arrival))


def _shown(arrival: Arrival) -> Iterable[Shown]:
    lines = _NUMBERED.findall(visible(arrival.text))
    if not arrival.buttons:
        yield from (Shown(label, number=number, is_ticked=star != "") for number, star, label in lines)
    listed = {number: label for number, _, label in lines}  # a button may say no more than the number of a line
    for button in arrival.buttons:
        label = visible(button.label).strip()
        is_ticked = label[:1] != "" and (label[0] in _TICKS or _PLACE.match(label) is not None)
        yield Shown(listed.get(_bare(label), label), data=button.data, is_ticked=is_ticked)


def _question(entry: Mapping[str, Any]) -> Question:
    return Question(
        key=entry["key"],
        type=entry["type"],
        labels={code: Phrase.of(text) for code, text in entry["label"].items()},
        choices=tuple((choice["value"], choice["label"]) for choice in entry.get("choices") or ()),
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        step=entry.get("step") or 1,
        sample_texts={code: tuple(texts) for code, texts in (entry.get("sample_texts") or {}).items()},
    )
