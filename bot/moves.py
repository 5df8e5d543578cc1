"""What each command does to a turn. How a command is recognised lives in `understanding`, what is said about it in `phrasing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.events import (
    AlreadyFinished,
    Asked,
    Began,
    Declined,
    EraseAsked,
    EraseConfirmed,
    Event,
    Finished,
    HelpAsked,
    Invited,
    LanguageChanged,
    LanguageOffered,
    MineAsked,
    OptedIn,
    OptedOut,
    PersonAsked,
    ProxyDeclared,
    Resumed,
    Shown,
    WentBack,
    WhoAsked,
)
from bot.kinds import is_note
from bot.turns import OpenTurn
from bot.understanding import Command

if TYPE_CHECKING:
    from bot.forms import Form


ALWAYS_ANSWERED = ("help", "who", "mine", "erase", "person", "proxy", "begin", "language", "speak", "lang")


def carry_out(turn: OpenTurn, command: Command) -> None:
    """Do what a command asks for; one that there is not counts as a button out of date."""
    told: dict[str, Event] = {
        "help": HelpAsked(), "who": WhoAsked(), "mine": MineAsked(), "person": PersonAsked(), "proxy": ProxyDeclared(),
    }  # fmt: skip
    if command.name in told:
        turn.tell(told[command.name])
        turn.ask_again()
        return
    moves = {
        "stop": opt_out,
        "begin": begin,
        "back": go_back,
        "erase": ask_erasure,
        "done": done,
        "skip": skip,
        "more": more,
        "enough": enough,
        "language": offer_languages,
        "no": decline,
        "again": ask_anew,
    }
    if command.name == "change":
        change(turn, command.number)
    elif command.name == "speak":
        speak(turn, command.language)
    elif command.name in moves:
        moves[command.name](turn)
    else:
        stale(turn)


def opt_out(turn: OpenTurn) -> None:
    turn.change(phase="opted_out", tries=0, pending=(), offered=(), is_erasing=False)
    turn.tell(OptedOut())


def decline(turn: OpenTurn) -> None:
    if turn.state.answered:
        turn.puzzle("stale")
        return
    turn.change(phase="declined", tries=0)
    turn.tell(Declined())


def begin(turn: OpenTurn) -> None:
    """Start, or take up again where it was left."""
    before = turn.state.phase
    if before == "finished":
        turn.tell(AlreadyFinished())
        return
    if before == "opted_out":
        turn.tell(OptedIn())
    if not turn.state.answered and before != "asking":
        turn.tell(Began())
    turn.change(phase="asking", tries=0)
    if turn.state.position and turn.step_at(turn.state.position):
        turn.ask_again()
    else:
        turn.advance()


def enter(turn: OpenTurn) -> None:
    """An answer is as good as a yes to taking part."""
    if turn.state.phase == "invited":
        turn.tell(Began())
    if turn.state.phase in ("invited", "declined"):
        turn.change(phase="asking")


def go_back(turn: OpenTurn) -> None:
    """Open the question before the open one; when all is finished, the last."""
    earlier: list[str] = []
    for step in turn.askable():
        if step.path == turn.state.position:
            break
        if turn.is_dealt_with(step.path):
            earlier.append(step.path)
    if turn.state.is_repeat:
        earlier = [path for path in earlier if path.startswith(turn.state.position + "[")] or earlier
    if not earlier:
        turn.puzzle("first" if turn.state.position else "begin")
        return
    reopen(turn, earlier[-1])


def change(turn: OpenTurn, number: int) -> None:
    """Open the question that residents know by this number."""
    askable = turn.askable()
    path = askable[number - 1].path if 1 <= number <= len(askable) else ""
    if turn.is_dealt_with(path):
        reopen(turn, path)
    else:
        turn.tell(MineAsked())
        turn.ask_again()


def reopen(turn: OpenTurn, path: str) -> None:
    """Ask the question at `path` once more; its answer stands until another is given."""
    step = turn.step_at(path)
    if step is not None:
        turn.tell(WentBack(path))
        turn.ask(step)
        if step.question is not None and step.question.type in ("select_multiple", "rank"):
            turn.change(pending=tuple(turn.entry.value(path).split()))


def ask_anew(turn: OpenTurn) -> None:
    """None of what was asked back was meant: the open question as it is."""
    turn.change(offered=())
    turn.ask_again()


def offer_languages(turn: OpenTurn, wanted: str = "") -> None:
    turn.change(is_choosing_language=True)
    turn.tell(LanguageOffered(wanted=wanted[:35]))


def closest_language(form: Form, wanted: str) -> str | None:
    """The survey's language code that serves `wanted` (BCP 47): itself, or one of the same base ("fa-AF": "fa").

    A survey that does not say which language it is in ("und") leaves the choice to our own texts.
    """
    codes = form.codes()
    if set(codes) <= {"und"}:
        return wanted
    if wanted in codes:
        return wanted
    base = wanted.partition("-")[0].casefold()
    return next((code for code in codes if code.partition("-")[0].casefold() == base), None)


def speak(turn: OpenTurn, wanted: str) -> None:
    code = closest_language(turn.form, wanted)
    if code is None:
        offer_languages(turn, wanted)
        return
    turn.speak(code)
    turn.tell(LanguageChanged(code))
    if turn.state.phase == "invited":
        turn.tell(Invited())
    if turn.state.phase in ("invited", "asking"):
        turn.ask_again()


def ask_erasure(turn: OpenTurn) -> None:
    turn.change(is_erasing=True)
    turn.tell(EraseAsked())


def confirm_erasure(turn: OpenTurn, *, is_sure: bool) -> None:
    """What is said to "shall we erase everything?"."""
    if is_sure:
        turn.forget()
        turn.tell(EraseConfirmed())
    else:
        turn.tell(*standing(turn))


def standing(turn: OpenTurn) -> tuple[Event, ...]:
    """What stands now: the open question with the notes right before it, or where the dialogue came to rest."""
    resting: dict[str, Event] = {"finished": Finished(), "opted_out": OptedOut(), "declined": Declined()}
    state = turn.state
    if state.phase in resting:
        return (resting[state.phase],)
    if state.position and turn.step_at(state.position) is None:
        return regain(turn)
    notes: list[Event] = []
    for step in turn.steps():
        if step.path == state.position:
            break
        notes = [*notes, Shown(step.path)] if is_note(turn.entry, step) else []
    asked = [*notes, Asked(state.position, is_repeat=state.is_repeat)] if state.position else []
    if state.phase == "invited":
        return (Invited(), *asked)
    return (Resumed(len(state.answered)), *asked) if turn.has_rested else tuple(asked)


def regain(turn: OpenTurn) -> tuple[Event, ...]:
    """Find a question to stand at when the open one has lost its ground, as the survey's own clock can do; gives what happened."""
    told, phase = len(turn.events), turn.state.phase
    turn.advance()
    if phase == "invited" and turn.state.position:
        turn.change(phase=phase)
    events = tuple(turn.events[told:])
    del turn.events[told:]
    return events


def done(turn: OpenTurn) -> None:
    question = turn.question_at(turn.state.position) if turn.state.position else None
    if question is None or question.type not in ("select_multiple", "rank"):
        skip(turn)
    elif turn.state.pending:
        turn.answer(turn.state.position, " ".join(turn.state.pending))
    else:
        turn.skip(turn.state.position)


def skip(turn: OpenTurn) -> None:
    if turn.state.is_repeat:
        enough(turn)
    elif turn.state.position and turn.state.phase in ("asking", "invited"):
        enter(turn)
        turn.skip(turn.state.position)
    else:
        stale(turn)


def more(turn: OpenTurn) -> None:
    if not turn.state.is_repeat:
        stale(turn)
        return
    if turn.step_at(turn.state.position):  # the survey's own clock can take the offer away between two turns
        turn.add_instance()
    turn.advance()


def enough(turn: OpenTurn) -> None:
    if not turn.state.is_repeat:
        stale(turn)
        return
    turn.change(passed=(*turn.state.passed, turn.state.position))
    turn.advance()


def stale(turn: OpenTurn) -> None:
    if turn.state.phase == "finished":
        turn.tell(AlreadyFinished())
    elif turn.state.phase != "opted_out":
        turn.puzzle("stale" if turn.state.position else "begin")
