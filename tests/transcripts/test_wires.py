"""Each transcript over each wire it can pass: the same answers are stored, and what reaches the resident is what the engine says there."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.twilio import STOP_WORDS
from tests.transcripts import campaign
from tests.transcripts.performances import Performance
from tests.transcripts.rehearsals import Rehearsal
from tests.transcripts.scripts import SURVEYS, Recorded, Script, record, scripts
from tests.transcripts.telling import numbers_in, shown, told

SENT = [(script, channel) for script in scripts() for channel in script.channels if channel != "terminal"]
ENGINE = [pair for pair in SENT if not pair[0].needs_service]
SERVICE = [pair for pair in SENT if pair[0].needs_service]
PIPED = [script for script in scripts() if "terminal" in script.channels and not script.needs_service]
INVITED = ("receive",)
Player = Callable[[Script], Awaitable[dict[str, Performance]]]


def name(value: Any) -> str:
    return value if isinstance(value, str) else str(value.name)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("script", "channel"), ENGINE, ids=name)
async def test_a_wire_carries_what_the_engine_says(script: Script, channel: str, played: Player) -> None:
    rehearsal, performance = Rehearsal(script, channel), (await played(script))[channel]
    for turn, fresh in zip(script.turns, performance.seen, strict=False):
        expected = rehearsal.take(turn)
        if turn.move == "wait":
            continue  # what the clock sends is not the engine's
        where = f"turn {turn.place} ({turn.move}: {turn.value}) by {turn.on or channel}"
        if channel == "sms" and turn.move == "say" and turn.value.upper() in STOP_WORDS:
            expected.contents = ()  # the provider says farewell, and lets nothing more through
        link = campaign.PERSONAL if turn.move in INVITED and channel == "telegram" else ""
        compare(turn.on or channel, told(turn.on or channel, expected.contents, link), fresh, where)
    if performance.failure is not None:
        raise performance.failure
    assert performance.answers == rehearsal.values()


def compare(channel: str, said: Sequence[str], fresh: Sequence[str], where: str) -> None:
    """What the engine says, as it stands in what arrived: alone in chats and text messages, inside a letter or a page."""
    if channel in ("telegram", "sms"):
        assert list(fresh) == list(said), where
    elif channel == "email":
        assert len(fresh) == len(said), where
        for text, letter in zip(said, fresh, strict=True):
            assert lines(text) in lines(letter), where
    elif said:
        page = " ".join(word for text in fresh for word in text.split())
        missing = [line for line in page_lines(said) if " ".join(line.split()) not in page]
        assert not missing, f"{where}: the page says\n{fresh}"


def lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def page_lines(said: Sequence[str]) -> list[str]:
    """What a page shows of a message: its lines and options; its buttons have other forms there."""
    rows = [line for text in said for line in text.splitlines() if line.strip() and not line.startswith("[")]
    return [row.removeprefix("( ) ").strip() for row in rows]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("script", "channel"), SERVICE, ids=name)
async def test_the_service_does_as_it_is_written(
    script: Script, channel: str, played: Player, is_recording: bool
) -> None:
    performance = (await played(script))[channel]
    if performance.failure is not None:
        raise performance.failure
    for turn, events, fresh in zip(script.turns, performance.happened, performance.seen, strict=True):
        where = f"turn {turn.place} ({turn.move}: {turn.value}) by {turn.on or channel}"
        if turn.events is not None:
            assert events == list(turn.events), where
        if not is_recording and channel == script.channel:
            assert turn.texts is not None, "record it: pytest tests/transcripts --record"
            assert fresh == list(turn.texts), where
    if is_recording and channel == script.channel:
        turns = zip(performance.seen, performance.happened, strict=True)
        record(script.path, [Recorded(fresh, events) for fresh, events in turns])


# --- the terminal


class Lines:
    """Standard input as a script pipes it in: a line is made when it is asked for, out of what has been written until then."""

    def __init__(self, script: Script, out: io.StringIO, moment: list[datetime]) -> None:
        self.script, self.out, self.moment = script, out, moment
        self.turns: list[int] = []

    def isatty(self) -> bool:
        return False

    def __iter__(self) -> Any:
        for turn in self.script.turns:
            match turn.move:
                case "wait":
                    self.moment[0] += turn.span
                    continue
                case "receive" | "begin" | "open":
                    continue
                case "say":
                    line = turn.value.replace("\n", " ")
                case "press":
                    line = self._number(turn.value)
                case "tick" | "rank":
                    line = ", ".join(self._number(label) for label in turn.value)
                case "share":
                    line = ", ".join(str(float(part)) for part in turn.value)
                case _:
                    raise NotImplementedError(turn.move)
            self.turns.append(turn.place)
            yield line + "\n"
            self.moment[0] += timedelta(seconds=30)

    def _number(self, label: str) -> str:
        written = [text for line in self.out.getvalue().splitlines() for text in json.loads(line)["texts"]]
        return next((found[label] for text in reversed(written) if label in (found := numbers_in(text))), label)


@pytest.mark.parametrize("script", PIPED, ids=name)
def test_the_terminal_holds_the_same_conversation(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.commands import talking

    moment = [script.start]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return moment[0].astimezone(tz)

    out = io.StringIO()
    lines_in = Lines(script, out, moment)
    monkeypatch.setattr(talking, "datetime", Clock)
    monkeypatch.setattr(sys, "stdin", lines_in)
    monkeypatch.setattr(sys, "stdout", out)
    talking.talk(SURVEYS / f"{script.survey}.md", script.language, as_json=True)
    monkeypatch.undo()
    opening, *replies = [json.loads(line) for line in out.getvalue().splitlines()]
    rehearsal = Rehearsal(script, "terminal")
    expected = {turn.place: rehearsal.take(turn) for turn in script.turns}
    assert [shown(text) for text in opening["texts"]] == told("terminal", expected[1].contents)
    values: dict[str, str] = {}
    for place, reply in zip(lines_in.turns, replies, strict=True):
        assert [shown(text) for text in reply["texts"]] == told("terminal", expected[place].contents), f"turn {place}"
        for event in reply["events"]:
            match event["event"]:
                case "Answered":
                    values[event["path"]] = event["value"]
                case "Corrected":
                    values[event["path"]] = event["new"]
                case "SetAside" | "Skipped":
                    values.pop(event["path"], None)
                case "EraseConfirmed":
                    values.clear()
    assert values == rehearsal.values()
