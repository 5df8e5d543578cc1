"""The doctor's round through the house, the database and the channels in use, side by side where they wait for others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from bot.problems import InputRefused
from channels.doors import Door, Finding, Surroundings, open_doors
from channels.errors import ChannelError
from service.clock import SystemClock, clock_of
from service.doctor.databases import look_at_database
from service.doctor.house import look_at_house
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from datetime import datetime

PATIENCE_SECONDS: Final = 30.0


async def look(doors: Mapping[str, Door] | None = None) -> list[Finding]:
    """Everything that was found. Settings that cannot be used are findings too, and end the round. Raises nothing foreseen."""
    try:
        settings = load_settings(Settings)
    except InputRefused as refused:
        return _as_findings("settings", refused)
    now = _now(settings)
    surroundings = Surroundings(public_url=settings.public_url, now=lambda: now, sender_name=settings.controller)
    in_use, found = [], list(look_at_house(settings))
    for name, door in (doors or open_doors()).items():
        chosen, problems = _in_use(name, door, surroundings)
        found += problems
        if chosen is not None:
            in_use.append(_examine(name, door, chosen, surroundings))
    database, *channels = await asyncio.gather(
        asyncio.to_thread(lambda: list(look_at_database(settings, now))), *in_use
    )
    return [*database, *found, *(finding for findings in channels for finding in findings)]


def _now(settings: Settings) -> datetime:
    """The service's moment; the machine's where the shared clock cannot be read, which is told elsewhere."""
    try:
        return clock_of(settings).now()
    except (OSError, ValueError, OverflowError):
        return SystemClock().now()


def _in_use(name: str, door: Door, surroundings: Surroundings) -> tuple[Any | None, list[Finding]]:
    """The channel's settings when it is in use, and what keeps it from being so."""
    try:
        chosen = load_settings(door.settings)
        channel = door.build(chosen, surroundings)
    except InputRefused as refused:
        return None, _as_findings(name, refused)
    except ChannelError as error:
        what, _, remedy = str(error).partition(" — ") if " — " in str(error) else str(error).partition(": ")
        return None, [Finding(name, "wrong", what, remedy or "see docs/settings.md")]
    if channel is None:
        return None, [Finding(name, "note", "not in use")]
    return (chosen, []) if door.examine is not None else (None, [Finding(name, "fine", "in use")])


async def _examine(name: str, door: Door, settings: Any, surroundings: Surroundings) -> Sequence[Finding]:
    if door.examine is None:
        return ()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await door.examine(settings, surroundings)
    except TimeoutError:
        what = f"no answer within {PATIENCE_SECONDS:.0f} s"
        return [Finding(name, "wrong", what, "see that this machine may reach the provider")]


def _as_findings(subject: str, refused: InputRefused) -> list[Finding]:
    return [Finding(subject, "wrong", problem.what, problem.remedy) for problem in refused.problems]
