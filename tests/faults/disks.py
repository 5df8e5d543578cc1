"""Disks that can be filled to the last byte. What happens then is told by the tests."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

BLOCK = 4096


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own in a folder; skips where this user may not mount one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def disposed(folder: Path) -> Iterator[Path]:
    """A folder that is gone afterwards, with everything in it."""
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def fill(disk: Path) -> Callable[[], None]:
    """Take every byte that is left; gives what makes room again."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(BLOCK))
    if os.statvfs(disk).f_bavail:
        raise AssertionError("there is still room")
    return ballast.unlink


def forbid_growth(pid: int, *files: Path) -> Callable[[], None]:
    """Let no file of a process grow beyond what these have now (RLIMIT_FSIZE); gives what takes it back."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (max(each.stat().st_size for each in files), before[1]))
    return lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, before) and None
