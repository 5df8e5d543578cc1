"""Waiting dialogues: what ten thousand of them, half answered, take in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from bench.databases import postgres, size, sqlite
from bench.figures import Figure
from bench.walks import NOW, Walk, form, walks, xform
from bench.with_lxml import LxmlEntry, LxmlForm, as_xml
from bot.contents import Said
from bot.dialogues import Dialogue
from bot.engine import Engine
from locales import load_lexicon
from store.campaigns import Dates, save_campaign
from store.database import Database
from store.launching import launch
from store.people import import_people
from store.schema import participation
from store.turns import TurnRecord, save_turn
from store.vault import Vault

WAITING = 10_000
KINDS = 250
MOST_BYTES = 3000


@dataclass(frozen=True)
class Resident:
    ref: str
    contacts: dict[str, str]
    area: str | None = None
    language: str = "en"
    birth_year: int | None = None
    sex: str = ""
    groups: tuple[str, ...] = field(default=())
    source: str = "register"
    lawful_basis: str = "public_task"


def figures() -> Iterator[Figure]:
    halves = [walk[: len(walk) // 2] for walk in walks(KINDS)]
    dialogues = [_waiting(walk).to_data() for walk in halves]
    held = LxmlForm(xform())
    as_instances = sum(len(as_xml(_filled(held, walk))) for walk in halves) / KINDS
    kinds: tuple[tuple[str, AbstractContextManager[Database]], ...] = (("sqlite", sqlite()), ("pg", postgres()))
    for name, opening in kinds:
        with opening as database:
            yield Figure(
                f"waiting_dialogue_{name}",
                _stored(database, dialogues) / WAITING,
                "bytes each",
                "bytes of XForm instance alone",
                as_instances,
                most=MOST_BYTES,
            )


def _filled(held: LxmlForm, walk: Walk) -> LxmlEntry:
    entry = LxmlEntry(held)
    for path, value in walk:
        entry.set(path, value)
    return entry


def _waiting(walk: Walk) -> Dialogue:
    """A dialogue that was answered by text up to the walk's end, and waits for more."""
    engine, answers = Engine(load_lexicon()), dict(walk)
    dialogue = engine.reply(
        form(),
        engine.invite(form(), language="en", opens_with_question=False, now=NOW).dialogue,
        Said(text="yes"),
        now=NOW,
    ).dialogue
    while (value := answers.pop(dialogue.position, None)) is not None:
        entry = form().restore(dialogue.entry, now=NOW)
        places = (
            {c.value: str(n) for n, c in enumerate(entry.choices(dialogue.position, entry.language), start=1)}
            if _has_choices(dialogue.position)
            else {}
        )
        said = ", ".join(places[part] for part in value.split()) if places else value
        dialogue = engine.reply(form(), dialogue, Said(text=said), now=NOW).dialogue
    assert len(dialogue.answered) == len(walk), "it has to have heard everything, and wait for more"
    return dialogue


def _has_choices(path: str) -> bool:
    return any(question.path == path and question.type.startswith("select") for question in form().questions)


def _stored(database: Database, dialogues: list[dict[str, Any]]) -> int:
    """How many bytes the dialogues of all participants add."""
    with database.begin() as connection:
        _invite(connection)
    before = size(database, "participation")
    with database.begin() as connection:
        wanted = connection.execute(select(participation.c.id)).scalars().all()
        for place, participation_id in enumerate(wanted):
            turn = TurnRecord(participation_id, "sms", "en", dialogues[place % KINDS], status="started")
            save_turn(connection, turn, NOW)
    return size(database, "participation") - before


def _invite(connection: Connection) -> None:
    residents = (Resident(f"r{n}", {"sms": f"+4670174{n:05d}"}) for n in range(WAITING))
    import_people(connection, residents, Vault(b"a secret of the benchmarks, which is none"), NOW)
    dates = Dates(*(NOW + timedelta(days=days) for days in (0, 21, 40, 60)))
    save_campaign(connection, "park", {"id": "park"}, dates, xform=xform(), now=NOW)
    launch(connection, "park", {"kind": "everyone"}, channels=("sms",), languages=("en",), waves=(), now=NOW)
