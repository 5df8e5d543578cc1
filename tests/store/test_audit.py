"""Nothing in the audit trail can be changed, taken out or put in unseen."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import delete, insert, select, update

from store.audit import append, entries, verify
from store.database import Database
from store.schema import audit_entry
from tests.store.town import DAY, MORNING


def write(connection, number=3):
    for n in range(1, number + 1):
        append(
            connection,
            actor="anna",
            action="campaign.launched",
            subject=f"park{n}",
            details={"n": n, "å": "ö"},
            now=MORNING,
        )


def test_an_untouched_trail_holds(database: Database):
    with database.begin() as connection:
        write(connection)
        verdict = verify(connection)
    assert (verdict.is_whole, verdict.count) == (True, 3)


def test_an_empty_trail_holds(database: Database):
    with database.connect() as connection:
        assert verify(connection).is_whole


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "berit"},
        {"action": "campaign.closed"},
        {"subject": "bath"},
        {"details": {"n": 3}},
        {"at": MORNING + DAY},
        {"previous": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_found(database: Database, change):
    with database.begin() as connection:
        write(connection)
        second = connection.execute(select(audit_entry.c.id).order_by(audit_entry.c.id).offset(1).limit(1)).scalar()
        connection.execute(update(audit_entry).where(audit_entry.c.id == second).values(change))
        assert verify(connection).broken_id == second


@pytest.mark.parametrize(("place", "found_at"), [(0, 1), (1, 2)])
def test_an_entry_taken_out_is_found(database: Database, place, found_at):
    with database.begin() as connection:
        write(connection)
        ids = connection.execute(select(audit_entry.c.id).order_by(audit_entry.c.id)).scalars().all()
        connection.execute(delete(audit_entry).where(audit_entry.c.id == ids[place]))
        assert verify(connection).broken_id == ids[found_at]


def test_entries_cut_off_at_the_end_are_found_by_a_head_noted_elsewhere(database: Database):
    with database.begin() as connection:
        write(connection)
        noted = verify(connection).head
        connection.execute(delete(audit_entry).where(audit_entry.c.hash == noted))
        assert verify(connection).head != noted


def test_an_entry_put_in_is_found(database: Database):
    with database.begin() as connection:
        write(connection)
        forged = {
            "at": MORNING,
            "actor": "x",
            "action": "y",
            "subject": "z",
            "details": {},
            "previous": verify(connection).head,
        }
        connection.execute(insert(audit_entry).values(**forged, hash="f" * 64))
        assert not verify(connection).is_whole


async def test_entries_written_at_the_same_time_still_form_one_chain(database: Database):
    def write_one(connection) -> None:
        append(connection, actor="anna", action="person.erased", subject="1", now=MORNING)

    def write_aside() -> None:
        with database.begin() as connection:
            write_one(connection)

    await asyncio.gather(
        *(database.write(write_one) for _ in range(10)), *(asyncio.to_thread(write_aside) for _ in range(10))
    )
    with database.connect() as connection:
        verdict = verify(connection)
    assert (verdict.is_whole, verdict.count) == (True, 20)


def test_the_trail_of_one_subject_can_be_read(database: Database):
    with database.begin() as connection:
        write(connection)
        assert [entry.details for entry in entries(connection, subject="park2")] == [{"n": 2, "å": "ö"}]
