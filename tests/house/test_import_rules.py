"""The rules of what may import what hold, and would be noticed if they did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "campaigns", "channels", "store", "service", "console", "sandbox", "locales")
LINT = Path(sys.executable).parent / "lint-imports"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINT), "--no-cache"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the code, to plant something in."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.po"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_keeps_its_rules() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("bot", "import socket"),
        ("campaigns", "import sqlalchemy"),
        ("bot", "import campaigns.charter"),
        ("channels/sms", "import channels.telegram.adapter"),
        ("console", "import service.settings"),
        ("console", "import sqlalchemy"),
        ("sandbox", "import bot.contents"),
        ("service", "import channels.sms.adapter"),
    ],
)
def test_a_planted_import_is_found(house: Path, room: str, forbidden: str) -> None:
    (house / room / "planted.py").write_text(f'"""Planted."""\n\n{forbidden}\n')
    done = lint(house)
    assert done.returncode != 0
    assert "planted" in done.stdout
