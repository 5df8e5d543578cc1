"""What a line of the log says of an error: which, from what and where, and none of the words that may be a resident's."""

from __future__ import annotations

import json
import logging
import logging.config
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from uvicorn.config import LOGGING_CONFIG

from channels.errors import TryLater
from service.logs import Troubles, first_line_of_the_loop, set_up_logs, tell_errors
from service.settings import Settings, load_settings
from store.database import Database
from store.errors import CampaignMissing
from tests.service.hall import Hall

WORDS = "Min granne i nummer fyra"


def told(error: BaseException) -> str:
    event: dict[str, Any] = {"event": "it failed", "exc_info": error}
    return str(tell_errors(None, "error", event)["error"])


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def test_an_errors_words_are_left_out_but_not_its_place() -> None:
    line = told(raised(ValueError(WORDS), raised(KeyError(WORDS))))
    assert WORDS not in line
    assert line.startswith("Traceback")
    assert "ValueError" in line
    assert "KeyError" in line
    assert f"{__file__}:" in line
    assert "raised" in line


def test_of_several_errors_at_once_each_is_told() -> None:
    line = told(ExceptionGroup(WORDS, [raised(KeyError(WORDS)), raised(OSError(28, "No space left on device"))]))
    assert WORDS not in line
    assert "KeyError" in line
    assert "No space left on device" in line


def test_our_own_errors_and_the_systems_speak() -> None:
    assert "no campaign has the id park" in told(raised(CampaignMissing("no campaign has the id park")))
    assert "throttled" in told(raised(TryLater("throttled")))
    assert "No space left on device" in told(raised(OSError(28, "No space left on device", WORDS)))
    assert WORDS not in told(raised(OSError(28, "No space left on device", WORDS)))


def test_a_databases_error_is_named_without_its_row(database: Database) -> None:
    statement = text("INSERT INTO answer (campaign_id, participation_id, value) VALUES ('c', 1, :words)")
    with pytest.raises(DBAPIError) as failure, database.begin() as connection:
        connection.execute(statement, {"words": WORDS})
    line = told(failure.value)
    assert WORDS not in line
    assert "SQLITE_CONSTRAINT_NOTNULL" in line or "23502" in line


def test_a_databases_trouble_is_told_once_with_its_place_by_each_who_tells_it() -> None:
    def told_by(logger: str, error: BaseException) -> str:
        event: dict[str, Any] = {"event": "it failed", "logger": logger, "exc_info": error}
        return str(tell_errors(None, "error", troubles(None, "error", event))["error"])

    troubles, full, bug = Troubles(), sqlite3.OperationalError(WORDS), raised(KeyError(WORDS))
    full.sqlite_errorname = "SQLITE_FULL"
    trouble = raised(DBAPIError("INSERT", {}, full))
    lines = [told_by(*each) for each in (("a", trouble), ("a", trouble), ("b", trouble), ("a", bug), ("a", bug))]
    assert [line.startswith("Traceback") for line in lines] == [True, False, True, True, True]
    assert lines[1] == "sqlalchemy.exc.DBAPIError (OperationalError SQLITE_FULL)"


def test_asyncio_does_not_print_the_task() -> None:
    event = {"logger": "asyncio", "event": f"Task exception was never retrieved\nfuture: <Task {WORDS}>"}
    assert first_line_of_the_loop(None, "error", event)["event"] == "Task exception was never retrieved"


@pytest.fixture
def _logs_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks


@pytest.mark.usefixtures("_logs_restored", "small_hall")
def test_a_librarys_line_takes_the_same_form(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import structlog

    before = structlog.get_config()
    logging.config.dictConfig(LOGGING_CONFIG)  # as uvicorn does where nobody tells it not to
    set_up_logs(load_settings(Settings, log_format="json"))
    try:
        raise ValueError(WORDS)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    structlog.configure(**before)
    line = capsys.readouterr().err
    assert line.startswith('{"')
    assert '"logger": "uvicorn.error"' in line
    assert "ValueError" in line
    assert WORDS not in line
    assert sys.exc_info() == (None, None, None)


__all__ = ["Hall"]


CRASHING = """
import sys, threading, warnings
from service.logs import set_up_logs
from service.settings import Settings, load_settings

class Left:
    def __del__(self):
        fail()

def fail():
    raise ValueError(sys.argv[1])

set_up_logs(load_settings(Settings, log_format="json"))
warnings.warn(sys.argv[1])
Left()
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""


@pytest.mark.usefixtures("small_hall")
def test_what_ends_a_process_is_told_as_every_other_error_is() -> None:
    ended = subprocess.run([sys.executable, "-c", CRASHING, WORDS], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    events = ["warned", "error in passing", "thread ended by an error", "ended by an error"]
    assert [line["event"] for line in lines] == events
    assert all("ValueError" in line["error"] for line in lines[1:])
    assert WORDS not in ended.stderr
    assert WORDS not in json.dumps(lines, ensure_ascii=False)
