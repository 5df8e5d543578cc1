"""What messages cost: kept exactly, summed by channel and currency, on both databases."""

from __future__ import annotations

from decimal import Decimal

from store.costs import Cost, Spending, note_costs, spending
from store.schema import message
from tests.service.hall import Hall, resident


def test_costs_are_kept_to_the_millionth_and_summed(hall: Hall) -> None:
    hall.invite(resident(1), resident(2), resident(3))
    first, second, _ = [row.id for row in hall.rows(message)]
    hall.do(lambda c: c.execute(message.update().values(segments=2)))
    hall.do(lambda c: note_costs(c, [Cost(first, Decimal("0.00750"), "USD"), Cost(second, Decimal("0.000001"), "USD")]))
    assert hall.do(spending) == [Spending("sms", "USD", 2, 4, Decimal("0.007501"))]
    hall.do(lambda c: note_costs(c, [Cost(second, Decimal("0.5"), "SEK")]))
    assert hall.do(lambda c: spending(c, "park")) == [
        Spending("sms", "SEK", 1, 2, Decimal("0.5")),
        Spending("sms", "USD", 1, 2, Decimal("0.0075")),
    ]
    assert hall.do(lambda c: spending(c, "another")) == []
