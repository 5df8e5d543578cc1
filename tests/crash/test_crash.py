"""A small crash play on each database, and its two accounts falsified on purpose: whatever is lost or doubled in them has to be found."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable

import pytest
import uvloop

from tests.crash.__main__ import perform, summary
from tests.crash.accounts import FIGURES, Inside, Outside, compare, total
from tests.crash.databases import KINDS
from tests.crash.neighbours import YES
from tests.crash.plays import Plan, Play

pytestmark = pytest.mark.slow
Accounts = tuple[Outside, Inside]


@pytest.fixture(scope="module", params=list(KINDS))
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Play, Outside, Inside]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(perform(request.param, tmp_path_factory.mktemp("crash"), Plan(messages=360, kills=3)))


def test_a_service_that_is_killed_loses_nothing_and_names_every_doubt(played: tuple[Play, Outside, Inside]) -> None:
    play, outside, inside = played
    verdict = compare(outside, inside)
    assert verdict.faults == []
    told = summary("", play, verdict, outside, inside, 0, 0)
    assert told["kills"] == 3
    assert told["kills_on_the_wire"] > 0  # else nothing was put to the test
    assert told["server_kills"] == (play.kill_server is not None)
    assert told["unknown_reported"] > 0
    assert told["doubled"] > 0
    assert told["acknowledged_inbound"] > 60
    assert told["messages"] >= 300


def _answered(outside: Outside, inside: Inside) -> str:
    """Somebody who gave an answer that was acknowledged."""
    return next(
        address
        for address, resident in outside.residents.items()
        if any(text != YES and inside.dossiers[address].answers[text] for text in resident.acknowledged)
    )


def _begun(outside: Outside, inside: Inside) -> str:
    """Somebody who began with a yes that was acknowledged."""
    return next(address for address, resident in outside.residents.items() if resident.acknowledged[YES])


def _undoubted(outside: Outside, inside: Inside) -> tuple[str, str]:
    """A message that arrived once and was never in doubt."""
    return next(name for name, times in outside.taken.items() if times == 1 and name not in inside.named)


def lose_an_answer(outside: Outside, inside: Inside) -> None:
    dossier = inside.dossiers[_answered(outside, inside)]
    del dossier.answers[next(iter(dossier.answers))]


def lose_a_whole_turn(outside: Outside, inside: Inside) -> None:
    dossier = inside.dossiers[_answered(outside, inside)]
    del dossier.answers[next(iter(dossier.answers))]
    dossier.seen -= 1


def lose_a_beginning(outside: Outside, inside: Inside) -> None:
    dossier = inside.dossiers[_begun(outside, inside)]
    dossier.messages["question 1"] = 0


def take_an_answer_twice(outside: Outside, inside: Inside) -> None:
    dossier = inside.dossiers[_answered(outside, inside)]
    dossier.answers[next(iter(dossier.answers))] += 1
    dossier.seen += 1


def take_a_yes_for_an_answer(outside: Outside, inside: Inside) -> None:
    inside.dossiers[_begun(outside, inside)].answers[YES] += 1


def reply_twice(outside: Outside, inside: Inside) -> None:
    dossier = inside.dossiers[_answered(outside, inside)]
    label = next(label for label in dossier.messages if label == "question 2")
    dossier.messages[label] += 1


def forget_a_reply(outside: Outside, inside: Inside) -> None:
    address = _answered(outside, inside)
    label = "question 2"
    del inside.dossiers[address].messages[label]
    del outside.taken[address, label]


def ask_another_question(outside: Outside, inside: Inside) -> None:
    address = _answered(outside, inside)
    for messages, asked, other in (
        (inside.dossiers[address].messages, "question 2", "question 39"),
        (outside.taken, (address, "question 2"), (address, "question 39")),
        (outside.taken_before_the_word, (address, "question 2"), (address, "question 39")),
    ):
        messages[other] = messages.pop(asked, 0)  # type: ignore[index, arg-type, call-overload]


def forget_an_inbounds_key(outside: Outside, inside: Inside) -> None:
    inside.dossiers[_answered(outside, inside)].seen -= 1


def drop_an_entry_of_the_providers_log(outside: Outside, inside: Inside) -> None:
    del outside.taken[_undoubted(outside, inside)]


def forget_to_invite(outside: Outside, inside: Inside) -> None:
    address = next(address for address, resident in outside.residents.items() if not resident.said)
    opening = outside.residents[address].opening
    del inside.dossiers[address].messages[opening]
    del outside.taken[address, opening]


def accept_one_twice(outside: Outside, inside: Inside) -> None:
    outside.taken[_undoubted(outside, inside)] += 1


def hide_a_double(outside: Outside, inside: Inside) -> None:
    inside.named.discard(next(name for name, times in outside.taken.items() if times > 1))


def hide_a_doubt(outside: Outside, inside: Inside) -> None:
    name = _undoubted(outside, inside)
    del outside.taken_before_the_word[name]
    inside.known.add(name)


def send_what_nobody_wrote(outside: Outside, inside: Inside) -> None:
    outside.taken[next(iter(outside.residents)), "question 39"] += 1


@pytest.mark.parametrize(
    ("falsify", "figure"),
    [
        (lose_an_answer, "acknowledged_inbound_lost"),
        (lose_a_whole_turn, "acknowledged_inbound_lost"),
        (lose_a_beginning, "acknowledged_inbound_lost"),
        (take_an_answer_twice, "turns_doubled"),
        (take_a_yes_for_an_answer, "turns_doubled"),
        (reply_twice, "turns_doubled"),
        (forget_an_inbounds_key, "turns_doubled"),
        (forget_a_reply, "messages_lost"),
        (ask_another_question, "messages_lost"),
        (drop_an_entry_of_the_providers_log, "messages_lost"),
        (forget_to_invite, "messages_lost"),
        (accept_one_twice, "doubled"),
        (hide_a_double, ""),
        (hide_a_doubt, ""),
        (send_what_nobody_wrote, ""),
    ],
)
def test_a_falsified_account_is_found_out(
    falsify: Callable[[Outside, Inside], None], figure: str, played: tuple[Play, Outside, Inside]
) -> None:
    _, outside, inside = played
    honest = compare(outside, inside)
    false_outside, false_inside = copy.deepcopy((outside, inside))
    falsify(false_outside, false_inside)
    verdict = compare(false_outside, false_inside)
    assert not verdict.is_good
    if figure:
        assert verdict.figures[figure] == honest.figures[figure] + 1


def test_the_total_has_the_promised_figures_and_no_other(played: tuple[Play, Outside, Inside]) -> None:
    verdict = compare(*played[1:])
    assert list(total([verdict.figures, verdict.figures])) == [
        "acknowledged_inbound_lost",
        "messages_lost",
        "doubled",
        "unknown_reported",
        "turns_doubled",
    ]
    assert total([verdict.figures, verdict.figures])["doubled"] == 2 * verdict.figures["doubled"]
    assert set(verdict.figures) == set(FIGURES)
