"""Waiting dialogues: what ten thousand of them, half answered, take in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import select

from bench.databases import postgres, size, sqlite
from bench.figures import Figure
from bench.invited import waiting, welcome
from bench.walks import NOW, Walk, walks, xform
from bench.with_lxml import LxmlEntry, LxmlForm, as_xml
from store.database import Database
from store.schema import participation
from store.turns import Ledger, TurnRecord

SECRET = "a secret of the benchmarks, which is none"
WAITING = 10_000
KINDS = 250
MOST_BYTES = 3000


def figures() -> Iterator[Figure]:
    halves = [walk[: len(walk) // 2] for walk in walks(KINDS)]
    dialogues = [waiting(walk).to_data() for walk in halves]
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


def _stored(database: Database, dialogues: list[dict[str, Any]]) -> int:
    """How many bytes the dialogues of all participants add."""
    with database.begin() as connection:
        welcome(connection, SECRET, (f"+4670174{n:05d}" for n in range(WAITING)), NOW)
    before = size(database, "participation")
    with database.begin() as connection:
        wanted = connection.execute(select(participation.c.id)).scalars().all()
        ledger = Ledger(connection)
        for place, participation_id in enumerate(wanted):
            turn = TurnRecord(participation_id, "sms", "en", dialogues[place % KINDS], status="started")
            ledger.save(turn, NOW)
        ledger.write()
    return size(database, "participation") - before
