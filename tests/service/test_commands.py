"""The commands on a village that has answered: what they print, in which form, and that small cells stay hidden."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError

from campaigns.disclosure import PUBLIC_K
from service.cli import main
from service.commands.refusals import explain
from service.settings import Settings
from store import audit
from store.database import Database
from store.outbox import Outcome, lease, settle, sweep
from store.schema import audit_entry, message
from tests.console import village
from tests.service.hall import MINUTE, OPENS, Hall, resident

PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Told:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Told]


@pytest.fixture
def genklang(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command as the shell would, in this process."""

    def run(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["genklang", *arguments])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Told(code, printed.out, printed.err)

    return run


@pytest.fixture(scope="module")
def told_village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the village has answered and been told."""
    path = tmp_path_factory.mktemp("village") / "village.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    made = village.definition(opens_at=OPENS)
    with database.begin() as connection:
        village.settle_in(connection)
        village.save(connection, made)
        village.start(connection, made)
        village.answer(connection, made)
        village.decide(connection, made)
    database.close()
    return path


@pytest.fixture
def answered(told_village: Path, small_hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKLANG_DATABASE_URL", f"sqlite:///{told_village}")


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.usefixtures("answered")
def test_figures_as_csv_hide_small_cells_and_never_hold_free_text(genklang: Run) -> None:
    told = genklang("results", "park", "--by", "area,group", "--format", "csv")
    assert told.code == 0, told.err
    rows = table(told.out)
    first = [row for row in rows if row["question"].startswith("Vad är viktigast")]
    overall = {row["answer"]: row["count"] for row in first if row["by"] == "all"}
    assert overall["Lekplats"] == "65"
    assert overall["Något annat"] == ""  # four people
    assert [row["count"] for row in first if row["group"] == "Öd"] == [""] * 4  # three answered there
    assert {row["by"] for row in rows} == {"all", "area", "age"}
    assert village.SECRET_TEXT not in told.out


@pytest.mark.usefixtures("answered")
def test_no_hidden_count_can_be_worked_out_from_the_others(genklang: Run) -> None:
    rows = table(genklang("results", "park", "--format", "csv").out)
    first = [row for row in rows if row["question"].startswith("Vad är viktigast")]
    hidden = [row for row in first if row["count"] == ""]
    assert len(hidden) >= 2


@pytest.mark.usefixtures("answered")
def test_figures_as_json_and_as_a_table_say_the_same(genklang: Run, tmp_path: Path) -> None:
    told = json.loads(genklang("results", "park", "--format", "json").out)
    assert told["k"] == PUBLIC_K
    play = next(row for row in told["rows"] if row["answer"] == "Lekplats")
    assert play["count"] == 65
    text = genklang("results", "park").out
    assert "Lekplats" in text
    assert "65" in text
    assert "hidden" in text
    written = tmp_path / "figures.csv"
    assert genklang("results", "park", "--format", "csv", "--out", str(written)).out == ""
    assert table(written.read_text())


@pytest.mark.usefixtures("answered")
def test_figures_as_pictures_stand_in_files(genklang: Run, tmp_path: Path) -> None:
    told = genklang("results", "park", "--format", "png", "--out", str(tmp_path / "pictures"))
    files = [Path(line) for line in told.out.splitlines()]
    assert len(files) == 2
    assert all(file.read_bytes().startswith(PNG) for file in files)


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--format", "pdf"), "table, csv, json, png"),
        (("--format", "png"), "--out"),
        (("--by", "shoe_size"), "shoe_size"),
    ],
)
def test_what_cannot_be_shown_is_said(genklang: Run, arguments: tuple[str, ...], expected: str) -> None:
    told = genklang("results", "park", *arguments)
    assert told.code == 2
    assert expected in told.err


@pytest.mark.usefixtures("answered")
def test_a_campaigns_status_as_json_and_as_tables(genklang: Run) -> None:
    told = json.loads(genklang("campaign", "status", "park", "--format", "json").out)
    assert (told["campaign"], told["status"]) == ("park", "decided")
    assert sum(row["people"] for row in told["people"]) == 240
    assert sum(row["finished"] for row in told["people"]) == 102
    assert sum(row["count"] for row in told["messages"]) == 240
    assert told["waves"][0]["kind"] == "invitation"
    assert {row["kind"] for row in told["milestones"]} >= {"receipt", "decision"}
    text = genklang("campaign", "status", "park").out
    assert "park: decided" in text
    assert "240" in text
    assert genklang("campaign", "list").out.startswith("park\tdecided")


def test_a_doubt_is_listed_and_settled_by_a_coordinators_word(hall: Hall, genklang: Run) -> None:
    hall.invite(*(resident(n) for n in range(4)), sent=False)
    assert genklang("outbox", "unknown").out.count("\n") == 1
    hall.do(lambda c: lease(c, "sms", 3, OPENS, 60, bulk_open=True))
    hall.do(lambda c: sweep(c, OPENS + 2 * MINUTE))
    assert genklang("outbox", "unknown", "--campaign", "another").out == "No message is in doubt.\n"
    told = genklang("outbox", "unknown")
    assert len(told.out.splitlines()) == 3
    assert "+46" not in told.out
    assert hall.statuses() == {"unknown": 3, "queued": 1}
    wrong = genklang("outbox", "unknown", "--resolve", "forget")
    assert wrong.code == 2
    assert "resend" in wrong.err
    assert "3 will be sent again" in genklang("outbox", "unknown", "--resolve", "resend", "--by", "Karin").out
    assert hall.statuses() == {"queued": 4}
    [entry] = hall.rows(audit_entry)
    assert (entry.actor, entry.action, entry.details["word"]) == ("Karin", "resolved", "resend")


def test_a_word_can_be_said_on_some_of_them(hall: Hall, genklang: Run) -> None:
    hall.invite(*(resident(n) for n in range(4)), sent=False)
    first, second, third = [m.message_id for m in hall.do(lambda c: lease(c, "sms", 3, OPENS, 60, bulk_open=True))]
    hall.do(lambda c: sweep(c, OPENS + 2 * MINUTE))
    assert genklang("outbox", "unknown", str(second)).out.split("\t")[0] == str(second)
    assert "1 taken for sent" in genklang("outbox", "unknown", str(second), "--resolve", "sent").out
    again = genklang("outbox", "unknown", str(first), str(second), "--resolve", "resend")
    assert again.code == 2
    assert f"not in doubt: {second}" in again.err
    assert hall.statuses() == {"unknown": 2, "sent": 1, "queued": 1}
    told = genklang("outbox", "unknown", str(third), str(first), "--resolve", "resend").out
    assert "2 will be sent again" in told
    assert genklang("outbox", "unknown", "4711", "--resolve", "sent").code == 2
    assert hall.statuses() == {"queued": 3, "sent": 1}


def test_a_messages_story_is_told_without_its_address(small_hall: Hall, genklang: Run) -> None:
    small_hall.invite(resident(1), sent=False)
    [leased] = small_hall.do(lambda c: lease(c, "sms", 1, OPENS, 60, bulk_open=True))
    outcome = Outcome(leased.message_id, leased.fence, "gone", reason="twilio_30005")
    small_hall.do(lambda c: settle(c, [outcome], OPENS + MINUTE))
    told = genklang("outbox", "show", str(leased.message_id)).out
    assert told.startswith(f"message {leased.message_id}: invitation of park by sms, attempts 1\n")
    assert [line.split()[3] for line in told.splitlines()[1:]] == ["queued", "sending", "failed"]
    assert told.rstrip().endswith("twilio_30005")
    assert "+46" not in told
    assert genklang("outbox", "show", "4711").code == 2


def test_what_a_coordinator_takes_for_sent_or_failed_is_not_sent_again(small_hall: Hall, genklang: Run) -> None:
    small_hall.invite(resident(1), sent=False)
    for word in ("sent", "failed"):
        small_hall.do(lambda c: c.execute(update(message).values(status="unknown")))
        assert f"1 taken for {word}" in genklang("outbox", "unknown", "--resolve", word).out
        assert small_hall.statuses() == {word: 1}


@pytest.mark.parametrize("crime", ["changed", "taken out"])
def test_a_falsified_audit_trail_is_found(hall: Hall, genklang: Run, crime: str) -> None:
    for number in range(4):
        hall.do(lambda c, n=number: audit.append(c, actor="Karin", action="closed", subject=f"campaign {n}", now=OPENS))
    whole = genklang("audit", "verify")
    assert whole.code == 0
    assert "whole: 4 entries" in whole.out
    second = hall.rows(audit_entry)[1].id
    act = (
        update(audit_entry).where(audit_entry.c.id == second).values(actor="Nobody")
        if crime == "changed"
        else delete(audit_entry).where(audit_entry.c.id == second)
    )
    hall.do(lambda c: c.execute(act))
    broken = genklang("audit", "verify")
    assert broken.code == 1
    assert f"broken at entry {second if crime == 'changed' else second + 1}" in broken.err


def test_every_setting_is_on_the_page(genklang: Run) -> None:
    told = genklang("settings")
    for name in Settings.model_fields:
        assert f"`GENKLANG_{name.upper()}`" in told.out
    assert "`GENKLANG_SMS_ACCOUNT_SID`" in told.out
    assert "`GENKLANG_EMAIL_HOST`" in told.out


def test_a_database_that_is_away_is_said_without_a_traceback(
    small_hall: Hall, genklang: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENKLANG_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/nowhere")
    told = genklang("campaign", "list")
    assert told.code == 2
    assert "GENKLANG_DATABASE_URL" in told.err


def test_a_database_that_takes_nothing_in_is_no_defect_of_the_commands() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"
    replica = psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction")
    for original, name in ((full, "disk full"), (replica, "read only")):
        for statement in ("INSERT INTO person", None):
            [line] = explain(OperationalError(statement, None, original)) or [""]
            assert f"takes nothing in: {name} - " in line
            assert "INSERT INTO" not in line
    assert explain(OperationalError("SELECT", None, sqlite3.OperationalError("no such table"))) is None
