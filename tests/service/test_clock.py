"""The clocks: the machine's, and the one that processes share."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from service.clock import SharedClock, SystemClock
from service.settings import Settings, load_settings
from service.wiring import Service
from store.outbox import BULK_PRIORITY
from store.schema import message
from tests.service.hall import MINUTE, OPENS, Hall, environment, resident

NOON = datetime(2026, 9, 7, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Wall(datetime):
    """The machine's clock, which somebody may have set wrong."""

    wrong_by = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.wrong_by


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> type[Wall]:
    monkeypatch.setattr(Wall, "wrong_by", timedelta(0))
    monkeypatch.setattr("service.clock.datetime", Wall)
    return Wall


def test_the_system_clock_is_aware_and_moves() -> None:
    clock = SystemClock()
    first = clock.now()
    assert first.tzinfo is UTC
    assert clock.now() >= first


def test_all_who_share_a_clock_see_it_move(tmp_path: Path) -> None:
    mine = SharedClock(tmp_path / "clock", start=NOON)
    yours = SharedClock(tmp_path / "clock")
    assert yours.now() == NOON
    mine.set(NOON + timedelta(days=3))
    assert yours.now() == NOON + timedelta(days=3)


def test_another_process_sees_the_same_time(tmp_path: Path) -> None:
    clock = SharedClock(tmp_path / "clock", start=NOON)
    clock.set(NOON + timedelta(hours=1))
    code = f"from pathlib import Path; from service.clock import SharedClock; print(SharedClock(Path({str(tmp_path / 'clock')!r})).now())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "2026-09-07 13:00:00+00:00"


def test_a_shared_clock_does_not_run_backwards(tmp_path: Path) -> None:
    clock = SharedClock(tmp_path / "clock", start=NOON)
    with pytest.raises(ValueError, match="backwards"):
        clock.set(NOON - timedelta(seconds=1))
    assert clock.now() == NOON


@pytest.mark.parametrize("wrong_by", [HOUR, -HOUR])
def test_a_clock_that_is_wrong_follows_the_databases_until_it_is_mended(wrong_by: timedelta, wall: type[Wall]) -> None:
    clock = SystemClock()
    wall.wrong_by = wrong_by
    assert clock.agree(datetime.now(UTC), clock.now())
    assert abs(clock.now() - datetime.now(UTC)) < MINUTE
    assert not clock.agree(datetime.now(UTC), clock.now())
    wall.wrong_by = timedelta(0)
    assert clock.agree(datetime.now(UTC), clock.now())
    assert abs(clock.now() - datetime.now(UTC)) < MINUTE


def test_an_answer_that_was_long_under_way_says_nothing_of_the_clocks() -> None:
    clock = SystemClock()
    asked_at = clock.now() - HOUR
    assert not clock.agree(asked_at, asked_at)
    assert not clock.agree(clock.now(), asked_at)
    assert abs(clock.now() - datetime.now(UTC)) < MINUTE


@pytest.mark.parametrize("wrong_by", [HOUR, -HOUR])
async def test_a_worker_whose_clock_is_wrong_takes_nothing_that_another_holds(
    wrong_by: timedelta, postgres_url: str, tmp_path: Path, wall: type[Wall], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(postgres_url, tmp_path / "clock").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GENKLANG_CLOCK_FILE")
    hall = Hall(Service(load_settings(Settings)), SharedClock(tmp_path / "clock", start=OPENS))
    hall.invite(resident(1), resident(2), sent=False)
    first, second = (row.id for row in hall.rows(message))
    now = datetime.now(UTC)
    for id_, until in ((first, now + MINUTE), (second, now - MINUTE)):
        held = {"status": "sending", "attempts": 1, "leased_until": until}
        hall.do(lambda c, id_=id_, held=held: c.execute(message.update().where(message.c.id == id_).values(**held)))
    wall.wrong_by = wrong_by
    await hall.service.ticker.set_clock()
    await hall.service.ticker.tick()
    assert {row.id: row.status for row in hall.rows(message, message.c.priority == BULK_PRIORITY)} == {
        first: "sending",
        second: "unknown",  # its holder is dead by every right clock
    }
    hall.service.database.close()
