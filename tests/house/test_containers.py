"""The container files: accepted by a compose validator, and true to the settings and folders there are."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from channels.doors import open_doors
from service.commands.settings_page import page
from service.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_it_brings_service_worker_and_database() -> None:
    assert set(COMPOSE["services"]) == {"service", "worker", "database"}


# What the containers themselves decide.
OF_THE_MACHINE = {"GENKLANG_HOST", "GENKLANG_PORT", "GENKLANG_CLOCK_FILE"}


@pytest.mark.parametrize("name", ["service", "worker"])
def test_it_passes_on_every_setting_there_is_and_no_other(name: str) -> None:
    known = set(re.findall(r"`(GENKLANG_[A-Z_]+)`", page()))
    passed = {key for key in COMPOSE["services"][name]["environment"] if not key.startswith("OTEL_")}
    assert passed == known - OF_THE_MACHINE


@pytest.mark.parametrize("name", ["service", "worker"])
def test_what_nobody_has_set_keeps_its_default(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service starts with the environment that an `.env` with a key alone leads to."""
    monkeypatch.chdir(tmp_path)
    given = {key: value for key, value in COMPOSE["services"][name]["environment"].items() if value is not None}
    for key, value in {**given, "GENKLANG_SECRET_KEY": "x" * 32}.items():
        monkeypatch.setenv(key, re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value))
    chosen = load_settings(Settings)
    assert chosen.database_url.startswith("postgresql+psycopg://")
    assert all(load_settings(door.settings) for door in open_doors().values())


def test_the_image_holds_every_package() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    copied = set(re.findall(r"^COPY (\w+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert set(packages) <= copied


def test_a_compose_validator_accepts_it() -> None:
    validator = shutil.which("docker-compose")
    if validator is None:
        pytest.skip("no docker-compose is installed to validate with (on Debian: apt install docker-compose)")
    done = subprocess.run([validator, "config", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
