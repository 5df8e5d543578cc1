"""Several people on one phone: how they are asked who answers, and what their answer means. When they are asked is decided in `service.speakers`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.contents import Content, Option, Said
from bot.lexicon import Lexicon, remembering
from bot.understanding import Open, Selectable, Understood, find_command, fold, read
from bot.wordings import Manner, Translation, fill, paragraphs, shielded

PREFIX = "!speaker."
SOMEBODY_ELSE = 0
GENERAL = ("help", "who")  # what is the same whoever asks
Bearing = Literal["stop", "general", "command", "courtesy", "switch", "answer"]


@dataclass(frozen=True, slots=True)
class Member:
    """One of those who share a phone. `key` names them to us; `birth_year` to each other, where the register has it."""

    key: int
    birth_year: int | None
    language: str


def bearing(lexicon: Lexicon, said: Said, others: Collection[str]) -> Bearing:
    """What kind of thing was said, as far as it matters for whose it is. `others` are the folded words for a switch."""
    if said.choice is not None:
        return _pressed(said.choice)
    text = said.text or ""
    return "switch" if others and fold(text) in others else _written(lexicon, "en", text)


@remembering
def _written(lexicon: Lexicon, language: str, text: str) -> Bearing:
    command = find_command(lexicon, text, language)
    if command is not None and command.name not in ("begin", "skip", "done", "more", "enough"):
        return "stop" if command.name == "stop" else "general" if command.name in GENERAL else "command"
    is_courtesy = all(token in lexicon.words["polite"] for token in fold(text).split())
    return "courtesy" if fold(text) and is_courtesy else "answer"


def _pressed(choice: str) -> Bearing:
    name = choice.partition(":")[0].partition(".")[0].removeprefix("!")
    if not choice.startswith("!") or name in ("begin", "skip", "done", "more", "enough", "no"):
        return "answer"
    return "stop" if name == "stop" else "general" if name in GENERAL else "command"


def who_answers(
    members: Sequence[Member], ts: Sequence[Translation], language: str, *, manner: Manner, is_proxy: bool = False
) -> Content:
    """The question who answers, in each language of those who may: the first of `ts` is that of `language`.

    People are named by the year they were born, the one thing they know of each other that a register holds; where years
    are missing or the same, by numbers, which they choose for themselves and keep.
    """
    has_years = _has_years(members)
    texts = []
    for t in ts:
        if is_proxy:
            ask = t.gettext("For whom do you answer?")
        else:
            ask = t.gettext("More than one of you can answer from here. Who is answering now?")
        how = t.gettext("Choose the year of birth.") if has_years else t.gettext("Choose one, and keep to it.")
        later = "" if is_proxy else t.gettext("Write {other} when somebody else takes over.")
        texts.append(fill(t, f"{ask} {how} {later}".strip(), other=word_for_others(t)))
    options = [Option(f"{PREFIX}{m.key}", _label(m, place, ts, has_years)) for place, m in enumerate(members, 1)]
    if not is_proxy:
        names = dict.fromkeys(t.gettext("Somebody else") for t in ts)
        options.append(Option(f"{PREFIX}{SOMEBODY_ELSE}", " / ".join(names)))
    text = paragraphs(*dict.fromkeys(texts))
    return shielded(ts[0], Content(text=text, language=language, options=tuple(options), select="one"))


def for_whom(t: Translation, birth_year: int | None, others: Sequence[int | None]) -> str:
    """To which of those who share an address a message goes, in one sentence; `others` are their years of birth."""
    if not others:
        return ""
    if birth_year is None or not _are_distinct([birth_year, *others]):
        return t.gettext("Each of you who can be reached here gets a message of your own.")
    return fill(t, t.gettext("This message is for the one of you who was born in {year}."), year=birth_year)


def _has_years(members: Sequence[Member]) -> bool:
    return _are_distinct([member.birth_year for member in members])


def _are_distinct(years: Sequence[int | None]) -> bool:
    return None not in years and len(set(years)) == len(years)


def _label(member: Member, place: int, ts: Sequence[Translation], has_years: bool) -> str:
    if has_years:
        return str(member.birth_year)
    return " / ".join(dict.fromkeys(fill(t, t.gettext("Person {number}"), number=place) for t in ts))


def chosen(
    members: Sequence[Member],
    said: Said,
    ts: Sequence[Translation],
    *,
    lexicon: Lexicon,
    now: datetime,
    is_proxy: bool = False,
) -> int | None:
    """Who was meant, by key; `SOMEBODY_ELSE` for none of them; None when that cannot be told."""
    asked = who_answers(members, ts, "", manner=Manner(), is_proxy=is_proxy).options
    if said.choice is not None:
        found = next((option.value for option in asked if option.value == said.choice), "")
        return int(found.removeprefix(PREFIX)) if found else None
    choices = tuple(Selectable(o.value, (o.label, *o.label.split(" / "))) for o in asked)
    language = members[0].language if members else "en"
    reading = read(Open("select_one", language, lexicon, now, choices=choices), said.text or "")
    if isinstance(reading, Understood) and reading.value and not reading.is_inferred:
        return int(reading.value.removeprefix(PREFIX))
    return None


def is_choice(said: Said) -> bool:
    """Whether a button of this question was pressed."""
    return said.choice is not None and said.choice.startswith(PREFIX)


def words_for_others(ts: Sequence[Translation]) -> frozenset[str]:
    """The folded words by which somebody else takes over, in every shipped language."""
    return frozenset(fold(word_for_others(t)) for t in ts)


def word_for_others(t: Translation) -> str:
    """The word by which somebody else takes over, as this language writes it."""
    return t.pgettext("word to write", "NOT ME")
