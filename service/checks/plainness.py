"""How plain the texts of a survey or a campaign are, language by language (R28). The measure lives in `bot.readability`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.readability import marks, profile, score, text_level
from locales import load_wordlist
from service.checks.reports import MarkedText, Plainness


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text with its language and place. `is_sentence` is false for labels of choices, which no sentence is measured by."""

    text: str
    language: str
    place: str
    is_sentence: bool = True


def plainness(texts: Iterable[PlacedText]) -> tuple[tuple[Plainness, ...], tuple[MarkedText, ...]]:
    """A score for each language, in the order in which languages appear, and the texts that are not easy or in which something is marked."""
    by_language: dict[str, list[PlacedText]] = {}
    for text in texts:
        by_language.setdefault(text.language, []).append(text)
    scores, marked = [], []
    for language, own in by_language.items():
        read = [_read(text) for text in own]
        together = score([text.text for text in own if text.is_sentence], language)
        scores.append(
            Plainness(
                language,
                together.level,
                together.lix,
                together.words_a_sentence,
                texts=len(own),
                hard=sum(text.level == "hard" for text in read),
                medium=sum(text.level == "medium" for text in read),
                is_measured=profile(language).is_measured,
            )
        )
        marked += [text for text in read if text.marks or text.level != "easy"]
    return tuple(scores), tuple(marked)


def _read(text: PlacedText) -> MarkedText:
    found = marks(text.text, text.language, load_wordlist(text.language))
    return MarkedText(text.language, text.place, text.text, text_level(text.text, text.language, found), found)
