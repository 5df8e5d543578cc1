"""Lanes in the shell: how each stands, and ending a rest by hand. When a lane rests is decided in `service.breakers`."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from bot.problems import InputRefused, Problem
from service.commands.rooms import open_database
from service.commands.tables import render
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from store.lanes import Queue, Standing

COLUMNS = ("lane", "a second", "replies", "bulk", "due", "rests since", "until", "reason")


@dataclass(frozen=True, slots=True)
class Line:
    """One lane. `per_second` is None when there is no limit, or when this installation's settings do not have the lane."""

    lane: str
    is_in_use: bool
    per_second: float | None
    replies: int
    bulk: int
    due: int
    resting_since: datetime | None
    resting_until: datetime | None
    reason: str


def show(*, as_json: bool) -> None:
    """List every lane that is in use or was."""
    from service.clock import clock_of
    from store.lanes import queues, standings

    settings = load_settings(Settings)
    now = clock_of(settings).now()
    with open_database(settings) as database, database.connect() as connection:
        lines = _lines(_rates(settings), standings(connection), queues(connection, now), now)
    if as_json:
        typer.echo(json.dumps([_plain(line) for line in lines], indent=2))
    else:
        typer.echo(render("Lanes (times in UTC)", COLUMNS, map(_cells, lines)), nl=False)


def resume(name: str, *, actor: str) -> None:
    """End a lane's rest; the workers hear of it. Raises `InputRefused` when there is no such lane."""
    from service.clock import clock_of
    from store import audit
    from store import lanes as rows
    from store.bells import ring

    settings = load_settings(Settings)
    with open_database(settings) as database, database.begin() as connection:
        known = [standing.name for standing in rows.standings(connection)]
        if not rows.resume(connection, name):
            remedy = f"known are: {', '.join(known)}" if known else "lanes are known once the service has run"
            raise InputRefused((Problem(f"There is no lane {name!r}.", remedy),))
        ring(connection, name, "rest")
        now = clock_of(settings).now()
        audit.append(connection, actor=actor, action="resumed", subject=f"lane {name}", now=now)
    typer.echo(f"{name} goes on.")


def _rates(settings: Settings) -> Mapping[str, float]:
    """Each lane's rate, by the channels in use."""
    from channels.doors import open_doors
    from service.clock import clock_of
    from service.wiring import build_channels

    channels = build_channels(settings, clock_of(settings), open_doors())
    return {
        channel.lane: channel.limits.rate_per_second * settings.rate_scale
        for channel in channels.values()
        if not channel.limits.is_page
    }


def _lines(
    rates: Mapping[str, float], standings: Sequence[Standing], queues: Sequence[Queue], now: datetime
) -> list[Line]:
    known = {standing.name: standing for standing in standings}
    lines = []
    for name in sorted({*rates, *known, *(queue.lane for queue in queues)}):
        mine = [queue for queue in queues if queue.lane == name]
        rate, standing = rates.get(name, math.inf), known.get(name)
        rests = standing if standing is not None and standing.is_resting(now) else None
        lines.append(
            Line(
                name,
                name in rates,
                rate if math.isfinite(rate) else None,
                sum(queue.waiting for queue in mine if queue.is_reply),
                sum(queue.waiting for queue in mine if not queue.is_reply),
                sum(queue.due for queue in mine),
                rests.resting_since if rests else None,
                rests.resting_until if rests else None,
                rests.reason if rests else "",
            )
        )
    return lines


def _plain(line: Line) -> dict[str, object]:
    moments = {
        name: getattr(line, name) and getattr(line, name).isoformat() for name in ("resting_since", "resting_until")
    }
    return {name: getattr(line, name) for name in Line.__slots__} | moments


def _cells(line: Line) -> list[object]:
    rate = "not in use" if not line.is_in_use else "no limit" if line.per_second is None else f"{line.per_second:g}"
    moments = [f"{at:%m-%d %H:%M:%S}" if at else "" for at in (line.resting_since, line.resting_until)]
    return [line.lane, rate, line.replies, line.bulk, line.due, *moments, line.reason]
