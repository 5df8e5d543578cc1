"""One transcript over all its wires at once: every resident makes the same move, then all that follows is let happen. What is compared with what lives in `test_wires`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

from store.places import import_places
from tests.transcripts import scripts
from tests.transcripts.scenes import OF_THE_WORLD, Scene
from tests.transcripts.scripts import Script
from tests.transcripts.stage import Stage

BETWEEN_TURNS = timedelta(seconds=30)
SEND_OUTS = ("receive", "invite")


@dataclass
class Performance:
    """What one resident saw, turn by turn, and what was stored. `failure` is why they could not go on."""

    seen: list[list[str]] = field(default_factory=list)
    happened: list[list[str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    failure: BaseException | None = None


async def perform(stage: Stage, script: Script) -> dict[str, Performance]:
    """Play a transcript on each of its channels that the service has; gives each channel's performance."""
    channels = [channel for channel in script.channels if channel != "terminal"]
    scenes = {channel: Scene(stage, script, channel) for channel in channels}
    played = {channel: Performance() for channel in channels}
    await _prepare(stage, script)
    for scene in scenes.values():
        scene.set_up()
    try:
        for turn in script.turns:
            await _take(stage, turn, scenes, played)
        for channel, scene in scenes.items():
            played[channel].answers = scene.answers()
    finally:
        for scene in scenes.values():
            scene.strike()
    return played


async def _prepare(stage: Stage, script: Script) -> None:
    stage.set_clock(script.start)
    places = [SimpleNamespace(name=name, latitude=y, longitude=x) for name, y, x in script.places]
    with stage.service.database.begin() as connection:
        import_places(connection, places, "places.csv")
    await stage.service.ticker.tick()


async def _take(stage: Stage, turn: scripts.Turn, scenes: dict[str, Scene], played: dict[str, Performance]) -> None:
    going = [channel for channel in scenes if played[channel].failure is None]
    if turn.move == "wait":
        stage.clock.set(stage.clock.now() + turn.span)
    else:
        results = await asyncio.gather(*(scenes[channel].act(turn) for channel in going), return_exceptions=True)
        for channel, result in zip(going, results, strict=True):
            played[channel].failure = result
    if turn.move in (*SEND_OUTS, *OF_THE_WORLD):
        await stage.tick()
    else:
        await stage.settled()
        stage.clock.set(stage.clock.now() + BETWEEN_TURNS)
    for channel in going:
        if played[channel].failure is None:
            played[channel].seen.append(await scenes[channel].look(turn))
            played[channel].happened.append(scenes[channel].happened() if scenes[channel].script.needs_service else [])
