"""The clocks: the machine's, and the one that processes share."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.clock import SharedClock, SystemClock

NOON = datetime(2026, 9, 7, 12, tzinfo=UTC)


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
