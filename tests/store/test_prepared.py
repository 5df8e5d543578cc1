"""A prepared statement says what `Connection.execute` says, with the same types and the same errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, LargeBinary, Select, bindparam, case, func, insert, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError

from store.database import Database
from store.prepared import Gathered, Prepared
from store.schema import inbound_seen, participation
from store.tables import Instant
from tests.store.town import MORNING

SEEING = Prepared(
    lambda _dialect: insert(inbound_seen).values(
        channel=bindparam("channel"), external_id=bindparam("key"), received_at=bindparam("now")
    )
)
FINDING = Prepared(
    lambda _dialect: (
        select(inbound_seen.c.external_id, inbound_seen.c.received_at, literal(None, Instant()))
        .where(
            inbound_seen.c.channel.in_(("sms", "email")),
            inbound_seen.c.received_at <= bindparam("now", type_=Instant()),
            inbound_seen.c.received_at >= bindparam("now", type_=Instant()),
        )
        .order_by(inbound_seen.c.external_id)
    )
)
RENAMING = Prepared(
    lambda _dialect: (
        update(inbound_seen)
        .where(inbound_seen.c.external_id == bindparam("wanted"))
        .values(channel=case((inbound_seen.c.channel == "sms", bindparam("to")), else_=inbound_seen.c.channel))
        .returning(inbound_seen.c.channel, inbound_seen.c.received_at)
    )
)


def test_moments_come_back_as_they_went_in(database: Database):
    with database.begin() as connection:
        SEEING.run_each(connection, [{"channel": "sms", "key": key, "now": MORNING} for key in "ab"])
        SEEING.run_each(connection, [{"channel": "telegram", "key": "c", "now": MORNING}])
    with database.connect() as connection:
        assert FINDING.all(connection, {"now": MORNING}) == [("a", MORNING, None), ("b", MORNING, None)]
        assert FINDING.all(connection, {"now": datetime(2001, 1, 1, tzinfo=UTC)}) == []
        assert FINDING.first(connection, {"now": datetime(2001, 1, 1, tzinfo=UTC)}) is None


def test_two_moments_in_one_statement_stay_two(database: Database):
    later = MORNING + timedelta(hours=1)
    two = Prepared(
        lambda _dialect: select(func.count()).where(
            bindparam("first", type_=Instant()) < bindparam("second", type_=Instant()),
            bindparam("first", type_=Instant()) == bindparam("third", type_=Instant()),
        )
    )
    with database.connect() as connection:
        assert two.scalar(connection, {"first": MORNING, "second": later, "third": MORNING}) == 1
        assert two.scalar(connection, {"first": later, "second": MORNING, "third": later}) == 0


def test_what_an_update_returns(database: Database):
    with database.begin() as connection:
        assert SEEING.run(connection, {"channel": "sms", "key": "a", "now": MORNING}) == 1
        assert RENAMING.first(connection, {"wanted": "a", "to": "email"}) == ("email", MORNING)
        assert RENAMING.scalar(connection, {"wanted": "nothing", "to": "email"}) is None


def test_errors_have_the_names_that_they_have_elsewhere(database: Database):
    values = {"channel": "sms", "key": "a", "now": MORNING}
    with database.begin() as connection:
        SEEING.run(connection, values)
    with pytest.raises(IntegrityError) as caught, database.begin() as connection:
        SEEING.run(connection, values)
    assert MORNING.isoformat()[:10] not in str(caught.value)  # parameters stay out of what is logged
    with database.connect() as connection:
        assert [row[0] for row in FINDING.all(connection, {"now": MORNING})] == ["a"]


def test_a_value_that_was_left_out_is_not_taken_for_null(database: Database):
    with pytest.raises(KeyError), database.begin() as connection:
        SEEING.run(connection, {"channel": "sms", "now": MORNING})


def test_a_reader_sees_one_moment(database: Database):
    with database.connect() as reader:
        assert FINDING.all(reader, {"now": MORNING}) == []
        with database.begin() as writer:
            SEEING.run(writer, {"channel": "sms", "key": "a", "now": MORNING})
        assert FINDING.all(reader, {"now": MORNING}) == []


def test_json_is_read_and_written_as_its_column_does(database: Database):
    state = Prepared(
        lambda _dialect: select(literal({"phase": "begun", "å": [1, 2.5, None]}, participation.c.dialogue.type))
    )
    with database.connect() as connection:
        assert state.scalar(connection) == {"phase": "begun", "å": [1, 2.5, None]}


def _different_kinds(_dialect: str) -> Select[Any]:
    """Two rows of every kind of value that a message has, and one of nothing."""
    full = [
        select(
            literal(number).label("number"),
            literal(f"Å “{number}”").label("words"),
            literal(bytes([0, 255, number]), LargeBinary()).label("sealed"),
            literal({"n": [number]}, JSON()).label("document"),
            literal(MORNING + timedelta(days=number), Instant()).label("moment"),
        )
        for number in (2, 1)
    ]
    empty = select(literal(3), *(literal(None, column.type) for column in full[0].selected_columns[1:]))
    rows = union_all(*full, empty).subquery("rows")
    return select(rows).where(rows.c.number <= bindparam("most")).order_by(rows.c.number).limit(10)


@pytest.mark.parametrize("most", [0, 1, 3])
def test_rows_that_come_as_one_value_are_those_that_come_singly(database: Database, most: int):
    with database.connect() as connection:
        singly = connection.execute(_different_kinds(""), {"most": most}).all()
        assert Gathered(_different_kinds).all(connection, {"most": most}) == [tuple(row) for row in singly]
        assert len(singly) == most
