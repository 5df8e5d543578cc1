"""What messages cost: kept exactly, summed by channel and currency, asked of the provider where it tells only later; on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

from service.prices import Prices
from store.costs import Cost, Spending, note_costs, spending
from store.schema import bill, message
from tests.service.hall import OPENS, Hall, Street, number_of, resident, until

HOUR = timedelta(hours=1)


def test_costs_are_kept_to_the_millionth_and_summed(hall: Hall) -> None:
    hall.invite(resident(1), resident(2), resident(3))
    first, second, _ = [row.id for row in hall.rows(message)]
    hall.do(lambda c: c.execute(message.update().values(segments=2)))
    both = [Cost(first, Decimal("0.00750"), "USD"), Cost(second, Decimal("0.000001"), "USD")]
    hall.do(lambda c: note_costs(c, both, OPENS))
    assert hall.do(spending) == [Spending("sms", "USD", "told", 2, 4, Decimal("0.007501"))]
    hall.do(lambda c: note_costs(c, [Cost(second, Decimal("0.5"), "SEK")], OPENS))
    assert hall.do(lambda c: spending(c, "park")) == [
        Spending("sms", "SEK", "told", 1, 2, Decimal("0.5")),
        Spending("sms", "USD", "told", 1, 2, Decimal("0.0075")),
    ]
    assert hall.do(lambda c: spending(c, "another")) == []


async def send_all(street: Street, count: int) -> None:
    street.invite(*(resident(n) for n in range(count)), sent=False)
    async with street.service.outbox.running():
        await until(lambda: street.statuses() == {"sent": count})
    await street.provider.settle()


def hasty(street: Street) -> Prices:
    """The same that the service has, without its pauses."""
    return Prices(street.service.database, {"sms": street.service.channels["sms"]}, street.service.clock, 0.0)


async def test_prices_are_fetched_when_the_provider_has_them(street: Street) -> None:
    prices = hasty(street)
    await send_all(street, 5)
    await prices.catch_up()
    assert street.provider.pages_read == 0, "nothing is asked before an hour is over"
    [spent] = street.do(spending)
    assert (spent.basis, spent.messages, spent.amount) == ("awaited", 5, None)
    street.pass_time(HOUR)
    await prices.catch_up()
    [spent] = street.do(spending)
    assert (spent.basis, spent.currency, spent.messages) == ("told", "USD", 5)
    assert spent.amount == Decimal("0.075") * spent.segments
    street.pass_time(timedelta(days=30))
    await prices.catch_up()
    assert street.provider.pages_read == 1, "one request gave them all, and nothing is asked any more"
    assert street.count(bill) == 0


async def test_many_are_read_in_pages_and_an_interrupted_reading_goes_on(street: Street, monkeypatch: object) -> None:
    import channels.sms.prices as lists

    monkeypatch.setattr(lists, "PAGE_SIZE", 2)  # type: ignore[attr-defined]
    prices = hasty(street)
    await send_all(street, 7)
    street.pass_time(HOUR)
    street.provider.faults.throttle_every = 2
    street.provider.faults._sends = 0
    await prices.catch_up()
    assert [(row.basis, row.messages) for row in street.do(spending)] == [("awaited", 5), ("told", 2)]
    street.provider.faults.throttle_every = 0
    street.pass_time(timedelta(minutes=15))
    await hasty(street).catch_up()  # another process
    assert [(row.basis, row.messages) for row in street.do(spending)] == [("told", 7)]
    assert street.provider.pages_read == 4


async def test_a_page_that_is_not_known_any_more_begins_the_day_anew(street: Street) -> None:
    await send_all(street, 2)
    street.do(lambda c: c.execute(bill.update().values(page="/2010-04-01/x?PageToken=PAlost")))
    street.pass_time(HOUR)
    await hasty(street).catch_up()
    assert {row.page for row in street.rows(bill)} == {"", "/2010-04-01/x?PageToken=PAlost"}
    street.pass_time(timedelta(minutes=15))
    await hasty(street).catch_up()
    assert [(row.basis, row.messages) for row in street.do(spending)] == [("told", 2)]


async def test_what_the_provider_never_prices_is_given_up_as_unknown(street: Street) -> None:
    street.provider.faults.unpriced.add(number_of(1))
    await send_all(street, 3)
    for _ in range(15):
        street.pass_time(timedelta(hours=20))
        await hasty(street).catch_up()
    rows = [(row.basis, row.messages, row.amount is None) for row in street.do(spending)]
    assert rows == [("unknown", 1, True), ("told", 2, False)]
    read = street.provider.pages_read
    street.pass_time(timedelta(days=30))
    await hasty(street).catch_up()
    assert street.provider.pages_read == read < 20


async def test_the_clock_has_prices_fetched(street: Street) -> None:
    await send_all(street, 1)
    street.pass_time(HOUR)
    async with street.service.prices.running():
        await street.service.ticker.tick()
        await until(lambda: [row.basis for row in street.do(spending)] == ["told"])


async def test_refused_credentials_leave_prices_for_later(street: Street) -> None:
    await send_all(street, 1)
    street.provider.auth_token = "another"
    street.pass_time(HOUR)
    async with asyncio.timeout(30):
        await hasty(street).catch_up()
    street.provider.auth_token = "sandbox-auth-token"
    await hasty(street).catch_up()
    assert [row.basis for row in street.do(spending)] == ["awaited"]
    street.pass_time(timedelta(hours=6))
    await hasty(street).catch_up()
    assert [row.basis for row in street.do(spending)] == ["told"]
