"""The sandbox's control API under `/sandbox`: how things stand, what has been said, faults to inject, the phrase book. For people's eyes there is `phone`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.reading import PhraseBook
from sandbox.residents import Home, Neighbourhood

_MOST_ODDITIES = 200


class UnknownFault(Exception):
    """A fault that no stand-in knows; the message names those that exist."""


def control_routes(people: Neighbourhood, is_quiet: Callable[[], bool]) -> list[BaseRoute]:
    """The control API. `is_quiet` tells whether the stand-ins have nothing under way of their own."""

    async def state(request: Request) -> Response:
        residents = [life_data(home) for home in people.homes.values()]
        return answer({**pulse_data(people, is_quiet()), "residents": residents, "unread_oddities": _odd(people)})

    async def pulse(request: Request) -> Response:
        return answer(pulse_data(people, is_quiet()))

    async def log(request: Request) -> Response:
        try:
            since = int(request.query_params.get("since", 0))
        except ValueError:
            return answer({"problem": "since is the number of the last entry already seen"}, 400)
        entries = [entry_data(ref, entry) for ref, entry in people.entries[since:]]
        return answer({"entries": entries, "last": len(people.entries)})

    async def faults(request: Request) -> Response:
        try:
            wanted = await request.json()
            set_faults(people, wanted)
        except (UnknownFault, json.JSONDecodeError) as problem:
            return answer({"problem": str(problem)}, 400)
        return answer({name: _fault_data(wire) for name, wire in people.wires.items()})

    async def phrases(request: Request) -> Response:
        try:
            people.book = PhraseBook(await request.json())
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as problem:
            return answer({"problem": f"this is no phrase book: {type(problem).__name__} {problem}"}, 400)
        return answer({"languages": list(people.book.words), "questions": [q.key for q in people.book.questions]})

    return [
        Route("/sandbox/state", state),
        Route("/sandbox/pulse", pulse),
        Route("/sandbox/log", log),
        Route("/sandbox/faults", faults, methods=["POST"]),
        Route("/sandbox/phrases", phrases, methods=["PUT"]),
    ]


def answer(data: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(orjson.dumps(data), status, media_type="application/json", headers={"Cache-Control": "no-store"})


def load_phrases(path: Path) -> PhraseBook:
    """Read a phrase book from a JSON file."""
    return PhraseBook(json.loads(path.read_text(encoding="utf-8")))


def pulse_data(people: Neighbourhood, is_quiet: bool) -> dict[str, Any]:
    """The clock, whether everybody is done for now, when somebody next means to act, and how much has been said."""
    next_at = people.next_at
    return {
        "now": _iso(people.now()),
        "idle": people.is_idle and is_quiet,
        "next_at": None if next_at is None else _iso(next_at),
        "has_phrases": people.book is not None,
        "messages": len(people.entries),
        "oddities": len(people.odd()),
    }


def life_data(home: Home) -> dict[str, Any]:
    """How one resident's part stands. `answers` holds what was taken as an answer, `meant` all that was said or would have been."""
    life = home.life
    return {
        "ref": life.resident.ref,
        "channel": life.channel,
        "first_channel": next(iter(life.resident.contacts)),
        "invited_on": life.invited_on,
        "language": life.language,
        "area": life.resident.area,
        "habit": str(life.resident.habit),
        "invited": life.invited,
        "started": life.started,
        "finished": life.finished,
        "opted_out": life.opted_out,
        "reminded": life.reminded,
        "closed": life.closed,
        "card_seen_first": life.card_seen_first,
        "bothered_after_opting_out": life.bothered_after_opting_out,
        "feedback": life.feedback,
        "answers": life.answers,
        "meant": life.meant,
        "messages_received": life.messages_received,
    }


def entry_data(ref: str, entry: Any) -> dict[str, Any]:
    """One line of a conversation as plain data."""
    arrival = entry.arrival
    data = {
        "n": entry.number,
        "ref": ref,
        "at": _iso(entry.at),
        "direction": entry.direction,
        "channel": entry.channel,
        "text": entry.text,
        "deed": entry.deed,
    }
    if arrival is not None:
        data |= {
            "wire_ref": arrival.ref,
            "edits": arrival.edits,
            "subject": arrival.subject,
            "html": arrival.html,
            "buttons": [{"label": button.label, "data": button.data} for button in arrival.buttons],
            "links": list(arrival.links),
            "can_unsubscribe": bool(arrival.unsubscribe_url),
        }
    return data


def set_faults(people: Neighbourhood, wanted: dict[str, dict[str, Any]]) -> None:
    """Set faults by channel and name: `{"sms": {"down": true}}`. Raises `UnknownFault` before anything is changed."""
    for channel, faults in wanted.items():
        known = _fault_data(people.wires.get(channel))
        unknown = [name for name in faults if name not in known]
        if not known or unknown:
            there = ", ".join(known) if known else ", ".join(people.wires)
            raise UnknownFault(f"{channel} has no fault {', '.join(unknown)}; there are {there}")
    for channel, faults in wanted.items():
        holder: Any = people.wires[channel]
        for name, value in faults.items():
            is_set = isinstance(getattr(holder.faults, name), set)
            setattr(holder.faults, name, set(value) if is_set else value)


def _fault_data(wire: Any) -> dict[str, Any]:
    faults = getattr(wire, "faults", None)
    if not is_dataclass(faults):
        return {}
    values = {f.name: getattr(faults, f.name) for f in fields(faults) if not f.name.startswith("_")}
    return {name: sorted(value, key=str) if isinstance(value, set) else value for name, value in values.items()}


def _odd(people: Neighbourhood) -> list[str]:
    return people.odd()[:_MOST_ODDITIES]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
