"""Prices that come later: awaited, read in pages, given up; on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import Connection

from store.charges import Bill, Priced, enter_prices, is_any_due, next_look, put_back, take_bill
from store.costs import Cost, Spending, note_costs, spending
from store.database import Database
from store.disposal import dispose
from store.schema import bill, charge, message, person
from tests.store.town import invite, resident

HOUR = timedelta(hours=1)
NOW = datetime(2027, 3, 1, 23, 40, tzinfo=UTC)
TODAY, TOMORROW = date(2027, 3, 1), date(2027, 3, 2)
SMS = ("sms",)


@pytest.fixture
def town(database: Database) -> Database:
    """Three messages that have left by SMS: one of two parts, of one segment each."""
    with database.begin() as connection:
        invite(connection, resident(1), resident(2), resident(3))
        connection.execute(message.update().values(status="sent", segments=1, attempts=1, channel="sms"))
        first, second, third = ids(connection)
        sent = [(first, ("SM1",)), (second, ("SM2a", "SM2b")), (third, ("SM3",))]
        note_costs(connection, [Cost(id_, None, channel="sms", unpriced=sids) for id_, sids in sent], NOW)
    return database


def ids(connection: Connection) -> list[int]:
    return sorted(connection.execute(message.select()).scalars())


def told(*sids: str, segments: int = 1) -> Sequence[Priced]:
    return [Priced(sid, 75_000, "USD", segments) for sid in sids]


def known(connection: Connection) -> list[tuple[int | None, str | None, int]]:
    columns = (message.c.cost_micros, message.c.currency, message.c.segments)
    return [
        tuple(row) for row in connection.execute(message.select().with_only_columns(*columns).order_by(message.c.id))
    ]


def test_nothing_is_due_before_an_hour_has_passed_and_then_the_day_is_taken_once(town: Database):
    with town.begin() as connection:
        assert not is_any_due(connection, SMS, NOW + timedelta(minutes=59))
        assert not is_any_due(connection, ("telegram",), NOW + HOUR)
        assert is_any_due(connection, SMS, NOW + HOUR)
        assert take_bill(connection, SMS, NOW + HOUR) == Bill("sms", TODAY)
        assert take_bill(connection, SMS, NOW + HOUR) is None
        assert take_bill(connection, SMS, NOW + HOUR + timedelta(minutes=10)) == Bill("sms", TODAY), "who read it died"


def test_a_price_is_written_with_the_segments_that_were_billed(town: Database):
    with town.begin() as connection:
        assert enter_prices(connection, Bill("sms", TODAY), told("SM1", "SM9", segments=2), "next", NOW + HOUR)
        assert known(connection) == [(75_000, "USD", 2), (None, None, 1), (None, None, 1)]
        assert connection.execute(charge.select()).rowcount in (-1, 3)
        assert len(connection.execute(charge.select()).all()) == 3


def test_a_message_in_parts_costs_what_all_of_them_do(town: Database):
    with town.begin() as connection:
        enter_prices(connection, Bill("sms", TODAY), told("SM2b"), "next", NOW + HOUR)
        assert known(connection)[1] == (None, None, 1)
        enter_prices(connection, Bill("sms", TODAY), told("SM2a"), "next", NOW + HOUR)
        assert known(connection)[1] == (150_000, "USD", 2)


def test_a_reading_goes_on_where_it_was_interrupted(town: Database):
    with town.begin() as connection:
        taken = take_bill(connection, SMS, NOW + HOUR)
        assert taken is not None
        assert enter_prices(connection, taken, told("SM1"), "page two", NOW + HOUR)
        assert take_bill(connection, SMS, NOW + 2 * HOUR) == Bill("sms", TODAY, "page two")
        put_back(connection, Bill("sms", TODAY, "page two"), NOW + 5 * HOUR)
        assert take_bill(connection, SMS, NOW + 4 * HOUR) == Bill("sms", TOMORROW)
        put_back(connection, Bill("sms", TOMORROW), NOW + 9 * HOUR)
        assert take_bill(connection, SMS, NOW + 5 * HOUR) == Bill("sms", TODAY, "page two")


def test_what_left_after_midnight_is_found_in_the_next_day_s_list(town: Database):
    with town.begin() as connection:
        assert not enter_prices(connection, Bill("sms", TODAY), told("SM1", "SM2a", "SM2b"), "", NOW + HOUR)
        assert not enter_prices(connection, Bill("sms", TOMORROW), told("SM3"), "", NOW + 2 * HOUR)
        assert known(connection)[2] == (75_000, "USD", 1)
        assert connection.execute(charge.select()).all() == []


def test_nothing_is_read_once_every_price_is_known(town: Database):
    with town.begin() as connection:
        everything = told("SM1", "SM2a", "SM2b", "SM3")
        assert not enter_prices(connection, Bill("sms", TODAY), everything, "more of other people's", NOW + HOUR)
        assert take_bill(connection, SMS, NOW + timedelta(days=2)) is None
        assert connection.execute(bill.select()).all() == []


def test_a_day_is_read_more_and_more_seldom_and_given_up_after_a_week():
    moment: datetime | None = datetime(2027, 3, 1, 10, tzinfo=UTC)
    looks = []
    while moment is not None:
        looks.append(moment)
        moment = next_look(TODAY, moment)
    waits = [after - before for before, after in pairwise(looks)]
    assert waits[:-1] == sorted(waits[:-1])
    assert min(waits) >= HOUR
    assert len(looks) == 9
    assert looks[-1] == datetime(2027, 3, 9, tzinfo=UTC)


def test_what_is_never_told_is_unknown_and_not_nothing(town: Database):
    with town.begin() as connection:
        first, _, third = ids(connection)
        note_costs(connection, [Cost(third, Decimal("0.40"), "SEK")], NOW)
        assert spending(connection) == [
            Spending("sms", "", "awaited", 2, 2, None),
            Spending("sms", "SEK", "estimated", 1, 1, Decimal("0.4")),
        ]
        enter_prices(connection, Bill("sms", TODAY), told("SM1", "SM2a"), "", NOW + HOUR)
        late = NOW + timedelta(days=9)
        while (day := take_bill(connection, SMS, late)) is not None:
            enter_prices(connection, day, (), "", late)
        assert spending(connection) == [
            Spending("sms", "", "unknown", 1, 1, None),
            Spending("sms", "SEK", "estimated", 1, 1, Decimal("0.4")),
            Spending("sms", "USD", "told", 1, 1, Decimal("0.075")),
        ]
        assert not is_any_due(connection, SMS, late + timedelta(days=90))
        assert known(connection)[0] == (75_000, "USD", 1)
        assert first == ids(connection)[0]


def test_what_is_noted_twice_is_awaited_once(town: Database):
    with town.begin() as connection:
        note_costs(connection, [Cost(ids(connection)[0], None, channel="sms", unpriced=("SM1",))], NOW)
        assert len(connection.execute(charge.select()).all()) == 4
        assert len(connection.execute(bill.select()).all()) == 2


def test_who_is_erased_takes_the_provider_s_ids_along(town: Database):
    with town.begin() as connection:
        connection.execute(person.update().values(erased_at=NOW))
        connection.execute(message.update().values(settled_at=NOW))
        dispose(connection, {"erased": NOW + HOUR})
        assert connection.execute(charge.select()).all() == []
