"""A whole campaign in real processes over real sockets, on both databases: what the service counted is what residents saw."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def play(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GENKLANG_")}
    command = [sys.executable, "-m", "service", "demo", "--once", "--folder", str(folder), *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**kept, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_both_accounts_of_a_campaign_agree(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = ["--database", request.getfixturevalue("postgres_url")] if engine == "postgresql" else []
    told = play(tmp_path / "demo", "--residents", "120", "--seed", "11", *database)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    assert "both accounts agree in every figure" in told.stdout


@pytest.mark.slow
def test_no_address_token_or_answer_reaches_a_log(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    told = play(folder, "--residents", "60", "--seed", "5")
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    log = (folder / "service.log").read_text()
    assert not re.search(r"\+46\d{6}|@post\.sjovik|sandbox-token|/d/[a-z2-7]{16}", log)
