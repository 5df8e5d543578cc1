"""PgBouncer between the program and its PostgreSQL: each transaction may have another server. Skips where it is not installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.channels.serving import free_port

SERVERS = 4
PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def pooling(database_url: str, mode: str = "transaction") -> Iterator[str]:
    """The same database through a pooler of its own; gives the address."""
    if PROGRAM is None:
        pytest.skip("pgbouncer is not installed")
    there, port = make_url(database_url), free_port()
    with tempfile.TemporaryDirectory(prefix="genklang-pooler-") as folder:
        here = Path(folder)
        here.chmod(0o755)
        (here / "pgbouncer.ini").write_text(
            "\n".join(
                [
                    "[databases]",
                    f"* = host={there.query.get('host', there.host)} port={there.port or 5432} user={there.username}",
                    "[pgbouncer]",
                    "listen_addr = 127.0.0.1",
                    f"listen_port = {port}",
                    "unix_socket_dir =",
                    "auth_type = any",
                    f"pool_mode = {mode}",
                    f"default_pool_size = {SERVERS}",
                ]
            )
        )
        as_whom = ["-u", _somebody()] if os.geteuid() == 0 else []
        with (here / "log").open("w") as log:
            running = subprocess.Popen([PROGRAM, *as_whom, str(here / "pgbouncer.ini")], stdout=log, stderr=log)
        try:
            _until_it_listens(port, running, here / "log")
            yield there.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
        finally:
            running.terminate()
            running.wait(20)


def _somebody() -> str:
    """It does not run as root: whoever PostgreSQL runs as may use its socket."""
    names = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("pgserver", "postgres", "nobody") if name in names)


def _until_it_listens(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if running.poll() is not None:
                raise RuntimeError(f"the pooler has ended: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)
        else:
            return
    raise TimeoutError
