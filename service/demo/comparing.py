"""Two accounts of one campaign: the service's and the residents' own. They must agree in every figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MEASURES = ("invited", "started", "finished", "partial", "opted_out", "reminded", "feedback")
TRAITS = ("channel", "language", "area")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure on which the accounts differ."""

    what: str
    service: object
    residents: object

    def __str__(self) -> str:
        return f"{self.what}: the service says {self.service}, the residents say {self.residents}"


def residents_account(lives: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each resident saw and did, in the service's terms: 0 or 1 for each measure."""
    return [
        {
            "channel": life["invited_on"],
            "language": life["language"],
            "area": life["area"],
            "people": 1,
            "invited": int(life["invited"] > 0),
            "started": int(life["started"]),
            "finished": int(life["finished"]),
            "partial": int(life["started"] and not life["finished"] and not life["opted_out"]),
            "opted_out": int(life["opted_out"]),
            "reminded": int(life["reminded"] > 0),
            "feedback": int(bool(life["feedback"])),
        }
        for life in lives
    ]


def compare_people(service: Sequence[Mapping[str, Any]], residents: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Where the accounts differ, by channel, language and area together."""
    ours, theirs = _by_group(service), _by_group(residents)
    return [
        Difference(f"{measure} in {' / '.join(group)}", ours[group][measure], theirs[group][measure])
        for group in sorted(ours.keys() | theirs.keys())
        for measure in MEASURES
        if ours[group][measure] != theirs[group][measure]
    ]


def _by_group(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Counter[str]]:
    groups: dict[tuple[str, ...], Counter[str]] = {}
    for row in rows:
        counter = groups.setdefault(tuple(row[trait] for trait in TRAITS), Counter())
        for measure in MEASURES:
            counter[measure] += row[measure]
    return _WithZeros(groups)


class _WithZeros(dict[tuple[str, ...], Counter[str]]):
    def __missing__(self, group: tuple[str, ...]) -> Counter[str]:
        return Counter()


def compare_answers(service: Mapping[tuple[str, str], int], lives: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Where the counts of (question, value) differ from what residents meant and saw acknowledged."""
    theirs: Counter[tuple[str, str]] = Counter()
    for life in lives:
        for question, value in life["answers"].items():
            theirs[question, as_stored(value)] += 1
    return [
        Difference(f"answers {value!r} to {question}", service.get((question, value), 0), theirs[question, value])
        for question, value in sorted(service.keys() | theirs.keys())
        if service.get((question, value), 0) != theirs[question, value]
    ]


def compare_reach(elsewhere: int, lives: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Whether as many were invited in another channel than their first as the service believes."""
    theirs = sum(life["invited_on"] not in ("", life["first_channel"]) for life in lives)
    return [] if elsewhere == theirs else [Difference("reached in another channel", elsewhere, theirs)]


def as_stored(value: object) -> str:
    """A resident's answer in the form in which a survey stores it."""
    if isinstance(value, list):
        return " ".join(sorted(str(each) for each in value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def broken_promises(lives: Iterable[Mapping[str, Any]]) -> list[str]:
    """What no resident may experience, one line each."""
    lines = []
    for life in lives:
        ref = life["ref"]
        took_part = bool(life["answers"]) and not life["opted_out"]
        if took_part and len(life["feedback"]) != 1:
            lines.append(f"{ref} took part and got feedback {len(life['feedback'])} times")
        if took_part and any(told["language"] != life["language"] for told in life["feedback"]):
            lines.append(f"{ref} got feedback in another language than they answered in")
        if life["bothered_after_opting_out"]:
            lines.append(f"{ref} opted out and was written to {life['bothered_after_opting_out']} times")
        if life["card_seen_first"] is False:
            lines.append(f"{ref} was asked before being told what the answers can change")
        if life["invited"] > 1:
            lines.append(f"{ref} was invited {life['invited']} times")
    return lines
