"""Which browser the tests look at pages with: an installed Chromium, or else Playwright's own. What is looked at lives with the pages."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium_path() -> str:
    """Where the browser is; skips the test with a line that says so where there is none."""
    path = _found()
    if path is None:
        pytest.skip("no Chromium is installed, so nobody looked at the pages (on Debian: apt install chromium)")
    return path


@cache
def _found() -> str | None:
    installed = next((path for name in NAMES if (path := shutil.which(name))), None)
    if installed is not None:
        return installed
    own = Path.home() / ".cache" / "ms-playwright"
    return next((str(path) for path in sorted(own.glob("chromium-*/chrome-linux*/chrome"))), None)
