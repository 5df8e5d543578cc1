"""The phone page: a person watches the municipality talk, and plays a resident by hand. Everything it does goes over the same wires."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import answer, entry_data
from sandbox.lives import Life
from sandbox.residents import Home, Neighbourhood, Unplayable
from sandbox.wire import NothingToPress
from sandbox.world import CHANNELS, World

_FILES = Path(__file__).parent / "phone_page"
_KINDS = {"phone.css": "text/css", "phone.js": "text/javascript"}
_LANGUAGES = {"sv": "svenska", "en": "English", "ar": "العربية", "so": "Soomaali", "fi": "suomi"}
_SNIPPET = 90


class Phone:
    """The page, what it polls, and what can be done on it."""

    def __init__(self, people: Neighbourhood, world: World) -> None:
        self._people, self._world = people, world
        self._zone = ZoneInfo(world.timezone)
        templates = jinja2.Environment(loader=jinja2.FileSystemLoader(_FILES), autoescape=True)
        self._template = templates.get_template("phone.html")

    def routes(self) -> list[BaseRoute]:
        """Everything under /sandbox/phone, and the way there."""
        return [
            Route("/", self._home),
            Route("/sandbox", self._home),
            Route("/sandbox/phone", self._page),
            Route("/sandbox/phone/feed", self._feed),
            Route("/sandbox/phone/say", self._say, methods=["POST"]),
            Route("/sandbox/phone/press", self._press, methods=["POST"]),
            Route("/sandbox/phone/unsubscribe", self._unsubscribe, methods=["POST"]),
            Route("/sandbox/phone/{name}", self._file),
        ]

    async def _page(self, request: Request) -> Response:
        clock = clock_text(self._people.now(), self._zone)
        return HTMLResponse(self._template.render(world=self._world, clock=clock, yours=yours(self._people)))

    async def _feed(self, request: Request) -> Response:
        try:
            since = int(request.query_params.get("since", -1))
            told = int(request.query_params.get("told", -1))
        except ValueError:
            return answer({"problem": "since and told are numbers of entries"}, 400)
        all_homes = self._people.homes
        homes = [all_homes[ref] for ref in request.query_params.getlist("ref") if ref in all_homes]
        entries = [_shown(home, entry, self._zone) for home in homes for entry in home.entries if entry.number > since]
        return answer(
            {
                "clock": clock_text(self._people.now(), self._zone),
                "last": len(self._people.entries),
                "entries": sorted(entries, key=lambda entry: entry["n"]),
                "residents": [_line(home, self._world.areas) for home in all_homes.values() if _last(home) > told],
                "totals": _totals(self._people),
            }
        )

    async def _say(self, request: Request) -> Response:
        data = await request.json()
        return await _played(self._people.say(data["ref"], data["channel"], data["text"]))

    async def _press(self, request: Request) -> Response:
        data = await request.json()
        return await _played(self._people.press(data["ref"], data["n"], data["data"]))

    async def _unsubscribe(self, request: Request) -> Response:
        data = await request.json()
        return await _played(self._people.unsubscribe(data["ref"], data["n"]))

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _KINDS:
            return Response(status_code=404)
        return FileResponse(_FILES / name, media_type=_KINDS[name], headers={"Cache-Control": "no-cache"})

    async def _home(self, request: Request) -> Response:
        return RedirectResponse("/sandbox/phone")


def clock_text(at: float, zone: ZoneInfo) -> dict[str, str]:
    """The clock as the page shows it: day, time, and the moment for machines."""
    local = datetime.fromtimestamp(at, zone)
    return {"day": f"{local:%A} {local.day} {local:%B %Y}", "time": f"{local:%H:%M}", "iso": local.isoformat()}


def yours(people: Neighbourhood) -> dict[str, str]:
    """The residents played by hand, by the channel they are on; the first of each."""
    found: dict[str, str] = {}
    for resident in people.people():
        if resident.habit.timing == "by_hand":
            for channel in resident.contacts:
                found.setdefault(channel, resident.ref)
    return {channel: found[channel] for channel in CHANNELS if channel in found}


async def _played(done: Any) -> Response:
    """Carry out what was played by hand; tell the player when it did not reach the service."""
    try:
        await done
    except NothingToPress as error:
        return answer({"problem": str(error)}, 409)
    except Unplayable:
        return answer({"problem": "there is no such resident, message or button"}, 404)
    except Exception as error:  # whatever a wire raises: the player should see it
        return answer({"problem": f"the service did not take it: {type(error).__name__}: {error}"}, 502)
    return answer({})


def _shown(home: Home, entry: Any, zone: ZoneInfo) -> dict[str, Any]:
    data = entry_data(home.life.resident.ref, entry)
    local = datetime.fromtimestamp(entry.at, zone)
    return {
        **data,
        "day": f"{local:%A} {local.day} {local:%B}",
        "time": f"{local:%H:%M}",
        "language": home.life.language,
    }


def _line(home: Home, areas: dict[str, str]) -> dict[str, Any]:
    """One resident as a line of the list."""
    life, entries = home.life, home.entries
    latest = next((e for e in reversed(entries) if e.text), None)
    return {
        "ref": life.resident.ref,
        "area": areas.get(life.resident.area, life.resident.area),
        "language": life.language,
        "language_name": _LANGUAGES.get(life.language, life.language),
        "channel": life.channel,
        "channels": list(life.resident.contacts),
        "habit": str(life.resident.habit),
        "status": _status(life),
        "n": _last(home),
        "latest": " ".join(latest.text.split())[:_SNIPPET] if latest else "",
        "direction": latest.direction if latest else "",
    }


def _last(home: Home) -> int:
    return home.entries[-1].number if home.entries else 0


def _status(life: Life) -> str:
    stages = (
        (life.opted_out, "opted out"),
        (bool(life.feedback), "has feedback"),
        (life.finished, "finished"),
        (life.started, "answering"),
        (bool(life.invited), "invited"),
    )
    return next((name for is_so, name in stages if is_so), "")


def _totals(people: Neighbourhood) -> dict[str, int]:
    lives = [home.life for home in people.homes.values()]
    return {
        "invited": sum(life.invited > 0 for life in lives),
        "started": sum(life.started for life in lives),
        "finished": sum(life.finished for life in lives),
        "opted_out": sum(life.opted_out for life in lives),
        "feedback": sum(bool(life.feedback) for life in lives),
    }
