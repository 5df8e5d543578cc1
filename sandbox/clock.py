"""The shared clock: a file of 8 bytes that every process maps, so that all of them agree what time it is. Nothing happens here when time passes."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path
from types import TracebackType

_FLOAT = struct.Struct("<d")


class SharedClock:
    """Seconds since the epoch in a memory-mapped file: one little-endian float64. Whoever may set it can make years pass."""

    def __init__(self, path: Path) -> None:
        """Map an existing clock file. Raises `ValueError` when the file is not 8 bytes."""
        with path.open("r+b") as file:
            size = file.seek(0, 2)
            if size != _FLOAT.size:
                raise ValueError(f"{path} is no clock: it holds {size} bytes, a clock holds {_FLOAT.size}")
            self._memory = mmap.mmap(file.fileno(), _FLOAT.size)

    @classmethod
    def create(cls, path: Path, at: float) -> SharedClock:
        """Make a clock file that stands at `at`."""
        path.write_bytes(_FLOAT.pack(at))
        return cls(path)

    def __call__(self) -> float:
        """What time it is."""
        return float(_FLOAT.unpack_from(self._memory)[0])

    def set(self, at: float) -> None:
        """Move the clock."""
        _FLOAT.pack_into(self._memory, 0, at)

    def close(self) -> None:
        """Let go of the file."""
        self._memory.close()

    def __enter__(self) -> SharedClock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def wall_clock() -> float:
    """The real time, for a sandbox that is watched by a person."""
    return time.time()
