"""Two accounts of one campaign in which the service was killed: what residents and providers know, and what the service knows. They are compared here; nothing is asked of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.crash.neighbours import YES
from tests.crash.towns import INVITATION

FIGURES = ("acknowledged_inbound_lost", "messages_lost", "doubled", "unknown_reported", "turns_doubled")
Named = tuple[str, str]  # an address, and which message of the conversation


@dataclass
class Resident:
    """What one resident said (each text once for each time), and which of it was acknowledged."""

    opening: str
    said: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)


@dataclass
class Outside:
    """What the sandbox saw: residents by address, messages that providers accepted, and those accepted before a coordinator's word."""

    residents: dict[str, Resident]
    taken: Counter[Named]
    taken_before_the_word: Counter[Named]


@dataclass
class Dossier:
    """What the service holds of one resident: the values of their answers, how many inbounds it has seen, and its messages."""

    answers: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    messages: Counter[str] = field(default_factory=Counter)


@dataclass
class Inside:
    """What the service holds, by address.

    `known` are the messages it had before the coordinator's word, `in_doubt` what `outbox unknown` listed then, and `named`
    all that it lists as ever having been in doubt.
    """

    dossiers: dict[str, Dossier]
    known: set[Named]
    in_doubt: set[Named]
    named: set[Named]


@dataclass
class Verdict:
    """The figures of one comparison, and in words what must not be."""

    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))
    faults: list[str] = field(default_factory=list)

    def blame(self, figure: str, count: int, why: str) -> None:
        if count > 0:
            self.figures[figure] += count
            self.faults.append(f"{figure} {count}: {why}")

    @property
    def is_good(self) -> bool:
        return not self.faults


def compare(outside: Outside, inside: Inside) -> Verdict:
    """Hold the accounts against each other."""
    verdict = Verdict()
    verdict.figures["unknown_reported"] = len(inside.named)
    for address, resident in outside.residents.items():
        dossier = inside.dossiers.get(address, Dossier())
        _compare_turns(resident, dossier, verdict)
        _compare_messages(address, resident, dossier, outside, inside, verdict)
    _compare_doubles(outside, inside, verdict)
    return verdict


def _compare_turns(resident: Resident, dossier: Dossier, verdict: Verdict) -> None:
    """What was acknowledged had its turn, and nothing had two.

    A turn leaves an answer (or begins the conversation), the inbound's key, and one reply, which asks the next question: all
    three are counted, and the questions are those that so many turns lead to.
    """
    has_begun = resident.opening == INVITATION and dossier.messages["question 1"] > 0
    taken = dossier.answers + Counter({YES: int(has_begun)})
    unheard = sum((resident.acknowledged - taken).values())
    verdict.blame("acknowledged_inbound_lost", max(unheard, dossier.seen - taken.total()), "acknowledged, and no turn")
    replies = Counter({label: n for label, n in dossier.messages.items() if label != resident.opening})
    surplus = max((taken - resident.said).total(), taken.total() - dossier.seen, replies.total() - taken.total())
    verdict.blame("turns_doubled", surplus, "a turn that nothing was said for")
    first = 1 if resident.opening == INVITATION else 2
    asked = Counter(f"question {first + n}" for n in range(taken.total()))
    verdict.blame("messages_lost", (asked - replies).total(), "a turn without its reply")


def _compare_messages(
    address: str, resident: Resident, dossier: Dossier, outside: Outside, inside: Inside, verdict: Verdict
) -> None:
    """Everybody was invited once, every message reached its provider, and while one had not it was known to be in doubt."""
    verdict.blame("messages_lost", 1 - dossier.messages[resident.opening], "not invited")
    for label in dossier.messages:
        message = address, label
        verdict.blame("messages_lost", 1 - outside.taken[message], f"no provider has {label}")
        is_late = message in inside.known and not outside.taken_before_the_word[message]
        if is_late and message not in inside.in_doubt:
            verdict.faults.append(
                f"{label} had not arrived before the coordinator's word, and was not listed as in doubt"
            )


def _compare_doubles(outside: Outside, inside: Inside, verdict: Verdict) -> None:
    """What providers accepted more than once is named, and what they accepted at all is a message of the service's."""
    for message, times in outside.taken.items():
        address, label = message
        verdict.figures["doubled"] += times - 1
        if times > 1 and message not in inside.named:
            verdict.faults.append(f"{label} was accepted {times} times, and `outbox unknown` does not name it")
        if not inside.dossiers.get(address, Dossier()).messages[label]:
            verdict.faults.append(f"a provider accepted {label}, of which the service knows nothing")


def total(figures: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The figures of several comparisons together."""
    return {name: sum(each[name] for each in figures) for name in FIGURES}
