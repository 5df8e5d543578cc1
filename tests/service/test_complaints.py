"""One trouble of the database is told once, with where it came from; everything else each time."""

from __future__ import annotations

import sqlite3

import structlog
from sqlalchemy.exc import DBAPIError
from structlog.testing import LogCapture

from service.complaints import Complaints


def trouble(name: str) -> DBAPIError:
    error = sqlite3.OperationalError("the words of the driver")
    error.sqlite_errorname = name
    return DBAPIError("SELECT 1", {}, error)


def test_one_trouble_is_told_once_until_it_is_over() -> None:
    heard = LogCapture()
    complaints = Complaints(structlog.wrap_logger(None, processors=[heard]))
    full, broken, bug = trouble("SQLITE_FULL"), trouble("SQLITE_IOERR_WRITE"), KeyError("a bug")
    for error in (full, full, bug, bug, full, full, broken, full):
        complaints.failed("lane interrupted", error, lane="sms")
    assert [entry["exc_info"] for entry in heard.entries] == [full, bug, bug, broken, full]
    complaints.is_over()
    complaints.failed("lane interrupted", full)
    assert len(heard.entries) == 6
    assert {entry["event"] for entry in heard.entries} == {"lane interrupted"}
