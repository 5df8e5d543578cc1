"""The outbox with a real channel over a real socket: a provider that is down, busy or cut off delays messages and loses none."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text, update

from sandbox.telegram import TelegramStandIn
from service.settings import Settings, load_settings
from service.wiring import Service
from store.costs import spending
from store.outbox import sweep
from store.schema import contact, message, message_transition
from tests.channels.serving import address_of, free_listener, serving
from tests.service.hall import DAY, MINUTE, OPENS, Hall, SharedClock, Street, environment, number_of, resident, until


async def arrived(street: Street) -> Counter[str]:
    """How many messages each telephone has got of those that the provider has accepted: it delivers them a little later."""
    await street.provider.settle()
    return Counter(arrival.address for arrival in street.provider.sent)


def everybody(count: int) -> Counter[str]:
    return Counter(number_of(n) for n in range(count))


async def keep_time(street: Street, span: timedelta, steps: int = 20) -> None:
    """Let time pass in steps, so that what is due is seen."""
    for _ in range(steps):
        street.pass_time(span / steps)
        await asyncio.sleep(0.06)


async def test_what_is_due_is_sent_once(street: Street) -> None:
    street.invite(*(resident(n) for n in range(60)), sent=False)
    async with street.service.outbox.running():
        await until(lambda: street.statuses() == {"sent": 60})
    assert await arrived(street) == everybody(60)


async def test_a_provider_that_is_down_delays_and_loses_nothing(street: Street) -> None:
    street.provider.faults.down = True
    street.invite(*(resident(n) for n in range(40)), sent=False)
    async with street.service.outbox.running():
        await until(lambda: street.count(message, message.c.attempts > 0) == 40)
        await keep_time(street, 5 * MINUTE, 5)
        await until(lambda: street.statuses() == {"queued": 40})
        street.provider.faults.down = False
        street.pass_time(timedelta(hours=1))
        await until(lambda: street.statuses() == {"sent": 40})
    assert await arrived(street) == everybody(40)
    assert street.count(message, message.c.attempts < 2) == 0


async def test_nothing_is_sent_at_night_but_replies(street: Street) -> None:
    street.invite(resident(1), resident(2), sent=False)
    street.clock.set(OPENS + timedelta(hours=12))
    await street.hear(1, "ja")
    async with street.service.outbox.running():
        await until(lambda: street.statuses().get("sent") == 1)
        await asyncio.sleep(0.2)
        assert street.statuses() == {"sent": 1, "queued": 2}
        street.clock.set(OPENS + DAY)
        await until(lambda: street.statuses() == {"sent": 3})


async def test_a_row_that_cannot_be_rendered_harms_no_other(street: Street) -> None:
    street.invite(*(resident(n) for n in range(10)), sent=False)
    broken = street.rows(message)[3]
    street.do(lambda c: c.execute(update(message).where(message.c.id == broken.id).values(content={"no": "text"})))
    async with street.service.outbox.running():
        await until(lambda: street.statuses() == {"sent": 9, "failed": 1})
    [failed] = street.rows(message, message.c.status == "failed")
    assert (failed.id, failed.reason) == (broken.id, "cannot_be_rendered")


async def test_an_address_that_cannot_be_opened_harms_no_other(street: Street) -> None:
    street.invite(*(resident(n) for n in range(10)), sent=False)
    broken = street.rows(message)[3]
    sealed_otherwise = update(contact).where(contact.c.id == broken.contact_id).values(address_sealed=b"x" * 40)
    street.do(lambda c: c.execute(sealed_otherwise))
    async with street.service.outbox.running():
        await until(lambda: street.statuses() == {"sent": 9, "failed": 1})


async def test_a_reply_overtakes_a_mass_send_out(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replies have a hand of their own, and bulk is leased only as the lane's rate lets it leave: what waits can be overtaken."""
    street.invite(*(resident(n) for n in range(400)), sent=False)
    monkeypatch.setenv("GENKLANG_SMS_RATE_PER_SECOND", "3")  # so that the crowd takes minutes on any machine
    slow = type(street).open(Path(street.service.settings.clock_file or "").parent, load_settings(Settings))
    async with slow.service.outbox.running():
        await until(lambda: street.statuses().get("sent", 0) > 0)
        await street.hear(1, "ja")
        await until(lambda: street.count(message, message.c.priority == 0, message.c.status == "sent") == 1)
        assert street.statuses()["queued"] > 0
    await slow.service.channels["sms"]._http.close()
    slow.service.database.close()


async def test_the_lane_survives_a_database_error(street: Street) -> None:
    street.invite(resident(1), resident(2), sent=False)
    street.do(lambda c: c.execute(text("ALTER TABLE message_transition RENAME TO away")))
    async with street.service.outbox.running():
        await asyncio.sleep(0.3)
        assert street.statuses() == {"queued": 2}
        street.do(lambda c: c.execute(text("ALTER TABLE away RENAME TO message_transition")))
        await until(lambda: street.statuses() == {"sent": 2})
    assert await arrived(street) == Counter({number_of(1): 1, number_of(2): 1})


async def test_what_was_sent_is_settled_as_soon_as_the_database_is_back(street: Street) -> None:
    """Messages that went out while the database failed are not in doubt: their receipts are kept until they can be written."""
    street.invite(*(resident(n) for n in range(20)), sent=False)
    street.do(lambda c: _forbid_settling(c))
    async with street.service.outbox.running():
        await until(lambda: len(street.provider.sent) == 20)
        await asyncio.sleep(0.3)
        assert street.statuses() == {"sending": 20}
        street.do(lambda c: _allow_settling(c))
        await until(lambda: street.statuses() == {"sent": 20})
    assert await arrived(street) == everybody(20)


async def test_what_never_reached_the_wire_goes_back_to_the_queue(street: Street) -> None:
    """A database that fails before the wire was touched leaves nothing in doubt."""
    street.invite(*(resident(n) for n in range(5)), sent=False)
    street.do(lambda c: c.execute(text("ALTER TABLE survey_version RENAME TO away")))
    async with street.service.outbox.running():
        await until(lambda: street.count(message, message.c.attempts > 0) == 5)
        await until(lambda: street.statuses() == {"queued": 5})
        street.do(lambda c: c.execute(text("ALTER TABLE away RENAME TO survey_version")))
        street.pass_time(MINUTE)
        await until(lambda: street.statuses() == {"sent": 5})
    assert await arrived(street) == everybody(5)


async def test_leaving_finishes_the_batch_under_way(street: Street) -> None:
    street.invite(*(resident(n) for n in range(1500)), sent=False)
    async with street.service.outbox.running():
        await until(lambda: len(street.provider.sent) > 20)
    told = street.statuses()
    assert set(told) == {"sent", "queued"}
    await street.provider.settle()
    assert len(street.provider.sent) == told["sent"]


async def test_a_connection_cut_leaves_mass_messages_in_doubt_and_repeats_replies(street: Street) -> None:
    street.invite(resident(1), resident(2), sent=False)
    street.provider.faults.cut = True
    async with street.service.outbox.running():
        await until(lambda: street.statuses() == {"unknown": 2})
        await street.hear(1, "ja")
        await until(lambda: street.count(message, message.c.priority == 0, message.c.attempts == 1) == 1)
        await until(lambda: street.count(message, message.c.status == "sending") == 0)
        street.provider.faults.cut = False
        street.pass_time(MINUTE)
        await until(lambda: street.count(message, message.c.priority == 0, message.c.status == "sent") == 1)
    assert await arrived(street) == Counter({number_of(1): 3, number_of(2): 1})
    assert street.count(message, message.c.status == "unknown") == 2


async def test_who_blocked_us_is_opted_out(street: Street) -> None:
    street.invite(resident(1), sent=False)
    street.provider.faults.blocked.add(number_of(1))
    async with street.service.outbox.running():
        await until(lambda: street.statuses() == {"failed": 1})
    assert street.person(1).opted_out_at is not None


async def test_a_dead_workers_message_is_in_doubt_and_the_living_one_goes_on(street: Street) -> None:
    street.invite(resident(1), resident(2), sent=False)
    street.leave_one_sending()
    async with street.service.outbox.running():
        await until(lambda: street.statuses() == {"sent": 1, "sending": 1})
        street.pass_time(2 * MINUTE)
        street.do(lambda c: sweep(c, street.clock.now()))
    assert street.statuses() == {"sent": 1, "unknown": 1}
    assert street.count(message_transition, message_transition.c.reason == "lease_ran_out") == 1


async def test_the_lane_keeps_its_rate(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKLANG_SMS_RATE_PER_SECOND", "20")
    slow = type(street).open(Path(street.service.settings.clock_file or "").parent, load_settings(Settings))
    street.invite(*(resident(n) for n in range(100)), sent=False)
    began = time.monotonic()
    async with slow.service.outbox.running():
        await until(lambda: len(street.provider.sent) >= 50)
        took = time.monotonic() - began
    await slow.service.channels["sms"]._http.close()
    slow.service.database.close()
    assert took >= (50 - 20) / 20 * 0.8  # one second's worth at once, the others at twenty a second


def _forbid_settling(connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                "CREATE TRIGGER no_settling BEFORE UPDATE ON message WHEN NEW.status = 'sent' "
                "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )
        return
    connection.execute(
        text(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$"
        )
    )
    connection.execute(
        text(
            "CREATE TRIGGER no_settling BEFORE UPDATE ON message FOR EACH ROW "
            "WHEN (NEW.status = 'sent') EXECUTE FUNCTION disk_full()"
        )
    )


def _allow_settling(connection) -> None:
    on = "" if connection.dialect.name == "sqlite" else " ON message"
    connection.execute(text(f"DROP TRIGGER no_settling{on}"))


@pytest.fixture
def chat(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hall, TelegramStandIn]]:
    """A service that reaches Telegram's stand-in."""
    clock = SharedClock(tmp_path / "clock", start=OPENS)
    provider, listener = TelegramStandIn(now=lambda: clock.now().timestamp()), free_listener()
    provider.acquaint([str(7_000_000 + n) for n in range(10)])
    settings = environment(
        sqlite_url,
        tmp_path / "clock",
        GENKLANG_TELEGRAM_TOKEN=provider.token,
        GENKLANG_TELEGRAM_API_BASE=address_of(listener),
        GENKLANG_TELEGRAM_RATE_PER_SECOND="1000",
        GENKLANG_CONTACT_GAP_HOURS="0",
    )
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    opened = Hall.open(tmp_path, load_settings(Settings))
    opened.listener = listener  # type: ignore[attr-defined]
    yield opened, provider
    opened.service.database.close()


async def test_a_busy_provider_is_obeyed(chat: tuple[Hall, TelegramStandIn]) -> None:
    hall, provider = chat
    provider.faults.throttle_every, provider.faults.retry_after = 2, 17
    hall.invite(*(resident(n, telegram=str(7_000_000 + n)) for n in range(10)), sent=False)
    async with serving(provider.routes(), hall.listener), provider.running():  # type: ignore[attr-defined]
        async with hall.service.outbox.running():
            await until(lambda: hall.count(message, message.c.attempts > 0) == 10)
            await until(lambda: hall.statuses() == {"sent": 5, "queued": 5})
            assert {row.due_at for row in hall.rows(message, message.c.status == "queued")} == {
                OPENS + timedelta(seconds=17)
            }
            provider.faults.throttle_every = 0
            hall.pass_time(timedelta(seconds=16))
            other = Service(load_settings(Settings))  # another worker, which has not heard of it itself
            await other.ticker.tick()
            hall.invite(resident(0, telegram="7000000"), campaign_id="square", sent=False)
            async with other.outbox.running():
                await asyncio.sleep(0.2)
                assert hall.statuses() == {"sent": 5, "queued": 15}  # nor does a message leave that was not refused
            hall.pass_time(timedelta(seconds=1))
            await until(lambda: hall.statuses() == {"sent": 20})
        other.database.close()
        await hall.service.channels["telegram"]._bot.session.close()
    assert Counter(len(provider.inbox(str(7_000_000 + n))) for n in range(10)) == Counter({2: 10})


async def test_a_chat_that_has_moved_is_known_by_its_new_address(chat: tuple[Hall, TelegramStandIn]) -> None:
    hall, provider = chat
    provider.acquaint(["-100777"])
    provider.faults.moved["7000001"] = "-100777"
    hall.invite(resident(1, telegram="7000001"), sent=False)
    async with serving(provider.routes(), hall.listener), provider.running():  # type: ignore[attr-defined]
        async with hall.service.outbox.running():
            await until(lambda: hall.statuses() == {"sent": 1})
        await hall.service.channels["telegram"]._bot.session.close()
    [row] = hall.rows(contact)
    assert hall.vault.open(row.address_sealed) == "-100777"
    assert row.address_hash == hall.vault.fingerprint("telegram", "-100777")
    assert len(provider.inbox("-100777")) == 1


async def test_what_a_send_out_cost_is_known_once_it_is_settled(street: Street) -> None:
    street.service.channels["sms"]._settings.price_per_segment = Decimal("0.40")
    street.invite(*(resident(n) for n in range(5)), sent=False)
    async with street.service.outbox.running():
        await until(lambda: street.statuses() == {"sent": 5})
    [spent] = street.do(lambda c: spending(c, "park"))
    assert (spent.channel, spent.currency, spent.messages) == ("sms", "SEK", 5)
    assert spent.amount == Decimal("0.40") * spent.segments
