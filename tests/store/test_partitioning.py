"""The SQL for large installations that the documentation hands out: it runs as it stands there, and the program runs on after it."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
from sqlalchemy import select

from store.database import Database
from store.disposal import dispose
from store.outbox import Outcome, settle
from store.postgres import psycopg_arguments
from store.schema import message_transition
from tests.store.town import DAY, MORNING, invite, resident, take

DOCS = Path(__file__).parents[2] / "docs" / "how-to-scale.md"


def histories(database: Database) -> list[tuple[int, str]]:
    with database.connect() as connection:
        query = select(message_transition.c.message_id, message_transition.c.status).order_by(message_transition.c.id)
        return [(row.message_id, row.status) for row in connection.execute(query)]


def test_the_documented_partitions_hold_what_was_there_and_what_comes(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in range(4)))
        first = [row.message_id for row in take(connection, limit=2)]
    with psycopg.connect(**psycopg_arguments(postgres_url), autocommit=True) as connection:
        for statements in re.findall(r"```sql\n(.*?)```", DOCS.read_text(), re.DOTALL):
            connection.execute(statements)
    assert histories(database) == [(id_, "sending") for id_ in first]
    with database.begin() as connection:
        taken = take(connection, limit=2)
        settle(connection, [Outcome(row.message_id, row.fence, "sent", f"x{row.message_id}") for row in taken], MORNING)
    second = [row.message_id for row in taken]
    assert histories(database)[2:] == [(id_, status) for status in ("sending", "sent") for id_ in second]
    with database.begin() as connection:
        [gone] = dispose(connection, {"transitions": MORNING + DAY})
    assert gone.count == 4
    assert histories(database) == [(id_, "sending") for id_ in first]
    assert database.migrate() == []
    database.close()
