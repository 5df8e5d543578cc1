"""A disk that fills up under a command: it says so and what to do, ends with 2, has written nothing, and does the whole when it is run again."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from service.clock import SharedClock
from store.database import Database
from store.schema import area, audit_entry, contact, participation, person, wave
from tests.crash.databases import server_in
from tests.faults.disks import fill, small_disk
from tests.service.hall import environment

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
RESIDENTS = 4000
BEFORE_OPENING = datetime(2026, 3, 2, tzinfo=UTC)
COUNTED = (person, contact, area, participation, wave, audit_entry)
BLOCK = 4096
ROOM = 24 * BLOCK  # enough to begin


@dataclass
class Machine:
    """Where the commands run. `full` says how little may still be written, and gives what makes room again."""

    folder: Path
    url: str
    full: Callable[[], Callable[[], None]]
    limit: int | None = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GENKLANG_")}
        settings = environment(self.url, self.folder / "clock")
        bound = None if self.limit is None else (self.limit, self.limit)
        return subprocess.run(
            [sys.executable, "-m", "service", *arguments],
            cwd=self.folder, env={**kept, "PYTHONPATH": str(ROOT), **settings}, capture_output=True, text=True,
            check=False, timeout=120,
            preexec_fn=bound and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, bound)),
        )  # fmt: skip

    def counts(self) -> dict[str, int]:
        database = Database(self.url)
        with database.connect() as connection:
            found = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in COUNTED
            }
            if database.is_sqlite:
                assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        database.close()
        return found


@contextmanager
def _ground(kind: str, folder: Path) -> Iterator[Machine]:
    if kind == "sqlite in a file that may not grow":
        machine = Machine(folder, f"sqlite:///{folder / 'genklang.db'}", lambda: lambda: None)

        def full() -> Callable[[], None]:
            machine.limit = ROOM  # the write-ahead log begins with nothing
            return lambda: setattr(machine, "limit", None)

        machine.full = full
        yield machine
    elif kind == "sqlite on a disk that is full":
        with small_disk(folder / "disk", 24) as disk:
            yield Machine(folder, f"sqlite:///{disk / 'genklang.db'}", lambda: nearly_full(disk))
    else:
        beside = Path(tempfile.gettempdir()) / f"genklang-disk-{uuid.uuid4().hex[:8]}"  # the server opens what is above
        with small_disk(beside, 250) as disk, server_in(disk) as ground:
            assert ground.mend_server is not None
            mend = ground.mend_server

            def fill_and_mend() -> Callable[[], None]:
                make_room = nearly_full(disk)

                def undo() -> None:
                    make_room()
                    mend()

                return undo

            yield Machine(folder, ground.url, fill_and_mend)


def nearly_full(disk: Path) -> Callable[[], None]:
    """Leave room to begin, and no more."""
    spare = disk / "spare"
    spare.write_bytes(bytes(ROOM))
    make_room = fill(disk)
    spare.unlink()
    return make_room


@pytest.fixture(params=["sqlite in a file that may not grow", "sqlite on a disk that is full", "postgresql"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    SharedClock(tmp_path / "clock", start=BEFORE_OPENING)
    with _ground(request.param, tmp_path) as made:
        database = Database(made.url)
        database.migrate()
        database.close()
        yield made


def areas_file(folder: Path) -> Path:
    """Many areas with winding borders."""

    def square(number: int) -> dict[str, object]:
        west, south, step = 15.0 + 0.01 * (number % 40), 60.0 + 0.01 * (number // 40), 0.0001
        south_side = [[west + step * n, south] for n in range(80)]
        ring = [*south_side, [west + 0.009, south + 0.009], [west, south + 0.009], [west, south]]
        properties = {"code": f"SJ{number:02d}", "name": f"Område {number}"}
        return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [square(n) for n in range(400)]}))
    return path


def people_file(folder: Path) -> Path:
    rows = [f"r{n},SJ01,1980,sv,no,register,public_task,+46701{n:06d}" for n in range(RESIDENTS)]
    path = folder / "people.csv"
    path.write_text("\n".join(["ref,area,birth_year,language,protected,source,lawful_basis,sms", *rows]) + "\n")
    return path


def nothing_came_of(machine: Machine, *arguments: str) -> None:
    """Run out of room in the middle of a command, and have nothing written; then run it again where there is room."""
    before = machine.counts()
    make_room = machine.full()
    told = machine.run(*arguments)
    make_room()
    assert told.returncode == 2, told.stderr[-3000:]
    assert "Traceback" not in told.stderr
    assert told.stdout == ""
    assert "The database " in told.stderr.splitlines()[-1]
    assert "run the command again" in told.stderr or "check GENKLANG_DATABASE_URL" in told.stderr
    assert machine.counts() == before
    again = machine.run(*arguments)
    assert again.returncode == 0, again.stderr[-3000:]
    assert machine.counts() != before


def test_nothing_is_half_written(machine: Machine, tmp_path: Path) -> None:
    nothing_came_of(machine, "areas", "import", str(areas_file(tmp_path)))
    assert machine.counts()["area"] == 400
    nothing_came_of(machine, "people", "import", str(people_file(tmp_path)))
    assert machine.counts()["person"] == machine.counts()["contact"] == RESIDENTS
    nothing_came_of(machine, "campaign", "launch", str(ROOT / "examples" / "torget"))
    assert machine.counts()["participation"] == RESIDENTS
