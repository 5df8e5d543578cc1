"""Each transcript held in the engine: what happened is what somebody wrote, what is said is what was recorded. Over the wires: `test_wires`."""

from __future__ import annotations

import pytest

from tests.transcripts.rehearsals import Rehearsal
from tests.transcripts.scripts import Recorded, Script, record, scripts
from tests.transcripts.telling import compact, told

ALL = [script for script in scripts() if not script.needs_service]


@pytest.mark.parametrize("script", ALL, ids=lambda script: script.name)
def test_the_conversation_goes_as_it_is_written(script: Script, is_recording: bool) -> None:
    rehearsal = Rehearsal(script, script.channel)
    recorded = []
    for turn in script.turns:
        heard = rehearsal.take(turn)
        events = [compact(event) for event in heard.events]
        texts = told(turn.on or script.channel, heard.contents)
        recorded.append(Recorded(texts, events))
        if turn.events is not None:
            assert events == list(turn.events), f"turn {turn.place} ({turn.move}: {turn.value})"
        if not is_recording:
            assert turn.texts is not None, "record it: pytest tests/transcripts --record"
            assert texts == list(turn.texts), f"turn {turn.place} ({turn.move}: {turn.value})"
    if script.answers is not None:
        assert rehearsal.values() == dict(script.answers)
    if is_recording:
        record(script.path, recorded)


@pytest.mark.parametrize("script", ALL, ids=lambda script: script.name)
def test_the_same_answers_are_stored_whatever_the_channel(script: Script) -> None:
    values = {}
    for channel in script.channels:
        rehearsal = Rehearsal(script, channel)
        for turn in script.turns:
            rehearsal.take(turn)
        values[channel] = rehearsal.values()
    own = values[script.channel]
    assert {channel: found for channel, found in values.items() if found != own} == {}
