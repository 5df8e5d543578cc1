"""The flag that records transcripts anew, and the service that they are replayed through, started once."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record", action="store_true", help="write the texts of the transcripts anew, and events where none are written"
    )


@pytest.fixture
def is_recording(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--record", default=False))
