"""The container files: accepted by a compose validator, and true to the settings and folders there are."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from service.commands.settings_page import page

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_it_brings_service_worker_and_database() -> None:
    assert set(COMPOSE["services"]) == {"service", "worker", "database"}


@pytest.mark.parametrize("name", ["service", "worker"])
def test_every_setting_it_passes_on_exists(name: str) -> None:
    known = set(re.findall(r"`(GENKLANG_[A-Z_]+)`", page()))
    assert set(COMPOSE["services"][name]["environment"]) <= known


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
