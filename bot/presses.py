"""What a pressed button or a shared place does to a turn. Buttons are opaque to channels: their values are made in `questions` and read here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogues import Dialogue
from bot.events import Paged, Toggled
from bot.kinds import WITH_CHOICES
from bot.moves import ALWAYS_ANSWERED, carry_out, confirm_erasure, enter, stale
from bot.turns import OpenTurn
from bot.understanding import Command, place_value

ABOUT_QUESTION = ("done", "skip", "more", "enough", "again", "page", "meant")


def press(turn: OpenTurn, choice: str, *, was_erasing: bool = False) -> None:
    """Take a button's value: one or more choices of one question, a command, or choices and the command that sends them."""
    parts = choice.split()
    places = [place for place in map(_place, parts) if place]
    is_command = bool(parts) and parts[-1].startswith("!")
    if turn.state.phase == "opted_out" and not (is_command and _command_name(parts[-1]) in ALWAYS_ANSWERED):
        return
    if is_command:
        _press_command(turn, parts[-1], places, was_erasing=was_erasing)
    elif places and len(places) == len(parts) and len({n for n, _ in places}) == 1:
        _press_choices(turn, places[0][0], [k for _, k in places])
    else:
        stale(turn)


def _command_name(part: str) -> str:
    return part[1:].partition(":")[0].partition(".")[0]


def _press_command(turn: OpenTurn, part: str, places: Sequence[tuple[int, int]], *, was_erasing: bool) -> None:
    name, argument = _command_name(part), part.partition(":")[2]
    number, _, place = part.partition(".")[2].partition(".")
    if name == "done" and places:
        _press_choices(turn, places[0][0], [k for _, k in places], is_whole=True)
    elif name in ABOUT_QUESTION and number and number != str(turn.state.number_of(turn.state.position)):
        return  # pressed twice: the first press has already moved on
    elif name in ("page", "meant"):
        _press_place(turn, name, place)
    elif name == "lang":
        carry_out(turn, Command("speak", language=argument) if argument else Command("language"))
    elif name == "erase" and argument and was_erasing:
        confirm_erasure(turn, is_sure=argument == "yes")
    else:
        carry_out(turn, Command(name, number=int(number) if _is_small(number) else 0))


def _press_place(turn: OpenTurn, name: str, place: str) -> None:
    """Another part of the open question's list, or one of the values that were asked back."""
    path = turn.state.position
    question = turn.question_at(path) if path else None
    at = int(place) if place.isascii() and place.isdecimal() and len(place) < 4 else -1
    if name == "page" and question is not None and question.type in WITH_CHOICES and at >= 0:
        turn.change(page=at)
        turn.tell(Paged(path, at))
    elif name == "meant" and question is not None and 1 <= at <= len(turn.state.offered):
        enter(turn)
        turn.answer(path, turn.state.offered[at - 1])
    else:
        stale(turn)


def _press_choices(turn: OpenTurn, number: int, places: list[int], *, is_whole: bool = False) -> None:
    """Buttons of the `number`-th asked question: the open one, or an earlier one, which corrects it."""
    path = turn.state.history[number - 1] if 1 <= number <= len(turn.state.history) else ""
    step = turn.step_at(path) if path else None
    values = turn.values_at(path) if step else ()
    if (
        step is None
        or step.question is None
        or not all(1 <= k <= len(values) for k in places)
        or (path != turn.state.position and not turn.is_dealt_with(path))
        or turn.state.marks[number - 1] != _newest_mark(turn.state, path)
    ):
        stale(turn)
    else:
        enter(turn)
        chosen = [values[k - 1] for k in places]
        if step.question.type in ("select_multiple", "rank") and not is_whole and len(places) == 1:
            _toggle(turn, path, chosen[0], step.question.type)
        elif step.question.type == "rank":
            turn.answer(path, " ".join(dict.fromkeys(chosen)))
        else:
            _choose(turn, path, " ".join(value for value in values if value in chosen))


def _choose(turn: OpenTurn, path: str, value: str) -> None:
    if path in turn.state.answered and turn.entry.value(path) == value and path != turn.state.position:
        return  # pressed twice
    turn.answer(path, value)


def _toggle(turn: OpenTurn, path: str, value: str, question_type: str) -> None:
    if path != turn.state.position:
        pending = tuple(turn.entry.value(path).split())
        turn.change(position=path, is_repeat=False, tries=0, offered=(), page=0, pending=pending, phase="asking")
    ticked = turn.state.pending
    ticked = tuple(v for v in ticked if v != value) if value in ticked else (*ticked, value)
    values = turn.values_at(path)
    if question_type == "select_multiple":
        ticked = tuple(v for v in values if v in ticked)
    turn.change(pending=ticked)
    if question_type == "rank" and len(ticked) == len(values):
        turn.answer(path, " ".join(ticked))
    else:
        turn.tell(Toggled(path, ticked))


def share(turn: OpenTurn, location: tuple[float, float]) -> None:
    question = turn.question_at(turn.state.position) if turn.state.position else None
    if turn.state.phase == "opted_out":
        return
    if question is None or question.type != "geopoint":
        stale(turn)
    else:
        enter(turn)
        turn.answer(turn.state.position, place_value(*location))


def _place(part: str) -> tuple[int, int] | None:
    """ "3.2" as (3, 2)."""
    number, dot, place = part.partition(".")
    if dot and _is_small(number) and _is_small(place):
        return int(number), int(place)
    return None


def _is_small(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) < 6


def _newest_mark(dialogue: Dialogue, path: str) -> int:
    place = dialogue.number_of(path)
    return dialogue.marks[place - 1] if place else -1
