"""What time it is. Everything that asks for `now` gets one of these clocks; nothing reads the machine's time elsewhere."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from service.settings import Settings

_SECONDS = struct.Struct("<d")


class Clock(Protocol):
    """Gives the present moment, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)


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

    def set(self, moment: datetime) -> None:
        """Move the clock for every process that shares it. Raises ValueError when it would run backwards."""
        if moment < self.now():
            raise ValueError("the clock does not run backwards")
        _SECONDS.pack_into(self._map, 0, moment.timestamp())


def clock_of(settings: Settings) -> Clock:
    """The machine's clock, or the shared one that the settings name."""
    return SharedClock(settings.clock_file) if settings.clock_file else SystemClock()
