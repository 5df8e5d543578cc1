"""What time it is. Everything that asks for `now` gets one of these clocks; nothing reads the machine's time elsewhere."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import structlog

if TYPE_CHECKING:
    from service.settings import Settings

_SECONDS = struct.Struct("<d")
TOLERANCE: Final = timedelta(seconds=2)  # far more than NTP leaves, far less than any lease lasts
log = structlog.get_logger("clock")


class Clock(Protocol):
    """Gives the present moment, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""

    def agree(self, told: datetime, asked_at: datetime) -> bool:
        """Hear what the database's clock says, which was asked at `asked_at` and has just answered; True when that sets this one."""


class SystemClock:
    """The machine's own clock; where it is apart from the database's, that one, which all workers share.

    Leases are one worker's promise to the others, in time: a worker whose clock is wrong would take what they hold.
    """

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC) + self._ahead

    def agree(self, told: datetime, asked_at: datetime) -> bool:
        """Follow the database's clock where it says what cannot have been the time between question and answer."""
        apart = min(told - asked_at, timedelta(0)) or max(told - self.now(), timedelta(0))
        if abs(apart) <= TOLERANCE:
            return False
        self._ahead += apart
        if abs(self._ahead) <= TOLERANCE:
            self._ahead = timedelta(0)
            log.info("this machine's clock and the database's agree again")
        else:
            seconds = round(self._ahead.total_seconds())
            log.error("this machine's clock and the database's are apart: the database's counts", seconds=seconds)
        return True


class SharedClock:
    """A clock in a file of 8 bytes, shared by all processes that map it, which moves only when one of them sets it.

    With it days of a campaign pass in seconds through the same code. The file holds one little-endian float64:
    seconds since the epoch.
    """

    def __init__(self, path: Path, *, start: datetime | None = None) -> None:
        if start is not None:
            path.write_bytes(_SECONDS.pack(start.timestamp()))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SECONDS.size)

    def now(self) -> datetime:
        """The moment to which the clock was last set."""
        return datetime.fromtimestamp(_SECONDS.unpack_from(self._map)[0], UTC)

    def agree(self, told: datetime, asked_at: datetime) -> bool:
        """No database knows what time it is here."""
        return False

    def set(self, moment: datetime) -> None:
        """Move the clock for every process that shares it. Raises ValueError when it would run backwards."""
        if moment < self.now():
            raise ValueError("the clock does not run backwards")
        _SECONDS.pack_into(self._map, 0, moment.timestamp())


def clock_of(settings: Settings) -> Clock:
    """The machine's clock, or the shared one that the settings name."""
    return SharedClock(settings.clock_file) if settings.clock_file else SystemClock()
