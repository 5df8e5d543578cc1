"""Erasing, exporting and disposing, as commands on both databases: what goes, what stays, and what the audit trail says."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from store import audit
from store.campaigns import set_status
from store.database import Database
from store.departures import erase_person, opt_people_out
from store.disposal import KINDS, count_disposable, dispose
from store.schema import (
    answer,
    audit_entry,
    contact,
    inbound_seen,
    message,
    message_transition,
    opt_out,
    participation,
    person,
)
from store.turns import AnswerRecord, TurnRecord
from tests.console import village
from tests.faults.disks import BLOCK, fill, small_disk
from tests.service.hall import DAY, OPENS, Hall, resident
from tests.service.test_commands import Run, genklang
from tests.store.town import save_turn

__all__ = ["genklang"]
PRESENT = "Min granne i nummer fyra cyklar för fort"


async def story(hall: Hall) -> None:
    """Two residents answer; the first wrote something of their own."""
    hall.invite(resident(1), resident(2))
    for number, wish in ((1, "play"), (2, "seats")):
        await hall.hear(number, "ja")
        await hall.hear(number, "1")
        given = [
            AnswerRecord(f"/data/{name}", f"/data/{name}", v, "sv") for name, v in (("first", wish), ("more", PRESENT))
        ]
        id_ = hall.participation(number).id
        hall.do(
            lambda c, i=id_, g=given: save_turn(c, TurnRecord(i, "sms", "sv", {"phase": "asking"}, answers=g), OPENS)
        )
    hall.do(lambda c: c.execute(message.update().values(status="sent", settled_at=OPENS)))


def trail(hall: Hall, action: str) -> list[Any]:
    with hall.service.database.connect() as connection:
        assert audit.verify(connection).is_whole
    return hall.rows(audit_entry, audit_entry.c.action == action)


# --- erasing


async def test_a_resident_is_erased_on_request_and_the_trail_says_so(hall: Hall, genklang: Run) -> None:
    await story(hall)
    first = hall.person(1).id
    told = genklang("erase", "--ref", "r1", "--yes", "--by", "Karin")
    assert told.code == 0, told.err
    assert "Kept" in told.out
    assert "audit trail" in told.out
    assert "+46" not in told.out
    assert hall.count(contact, contact.c.person_id == first) == 0
    mine = select(participation.c.id).where(participation.c.person_id == first)
    assert hall.count(answer, answer.c.participation_id.in_(mine)) == 0
    assert hall.count(answer) > 0  # the other's
    [gone] = hall.rows(person, person.c.id == first)
    assert gone.erased_at is not None
    assert gone.ref is None
    [entry] = trail(hall, "erased")
    assert (entry.actor, entry.subject) == ("Karin", f"person {first}")
    assert "r1" not in json.dumps(entry.details)
    again = genklang("erase", "--person", str(first), "--yes")
    assert (again.code, "erased already" in again.err) == (2, True)


async def test_erasing_asks_first_and_names_one_person(
    small_hall: Hall, genklang: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story(small_hall)
    monkeypatch.setattr("typer.confirm", lambda _: False)
    assert genklang("erase", "--ref", "r1").code == 1
    assert small_hall.count(person, person.c.erased_at.is_not(None)) == 0
    assert genklang("erase", "--yes").code == 2
    assert genklang("erase", "--yes", "--ref", "r1", "--person", "1").code == 2
    assert genklang("erase", "--yes", "--ref", "nobody").code == 2
    monkeypatch.setattr("typer.confirm", lambda _: True)
    assert genklang("erase", "--ref", "r1").code == 0
    assert small_hall.count(person, person.c.erased_at.is_not(None)) == 1


# --- exporting


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


@pytest.fixture
def answered_village(hall: Hall) -> Hall:
    made = village.definition(opens_at=OPENS)

    def build(connection: Any) -> None:
        village.settle_in(connection)
        village.save(connection, made)
        village.start(connection, made)
        village.answer(connection, made)
        village.decide(connection, made)

    hall.do(build)
    return hall


def test_an_export_holds_a_campaign_and_nobody(answered_village: Hall, genklang: Run, tmp_path: Path) -> None:
    out = tmp_path / "archive"
    told = genklang("export", "park", "--out", str(out), "--by", "Karin")
    assert told.code == 0, told.err
    names = {path.name for path in out.iterdir()}
    assert names == {
        "README.txt", "campaign.json", "survey-1.xml", "codebook.csv", "figures.csv", "decision.json", "timeline.csv",
    }  # fmt: skip
    everything = "".join(path.read_text(encoding="utf-8") for path in out.iterdir())
    assert village.SECRET_TEXT not in everything
    assert "VB01-" not in everything  # nobody's ref
    figures = [row for row in table(out / "figures.csv") if row["question"].startswith("Vad är viktigast")]
    overall = {row["answer"]: row["count"] for row in figures if row["by"] == "all"}
    assert (overall["Lekplats"], overall["Något annat"]) == ("65", "")
    assert {row["by"] for row in figures} == {"all", "area", "age", "language", "channel"}
    book = table(out / "codebook.csv")
    assert {row["language"] for row in book} == {"sv", "en", "ar"}
    assert ("play", "Lekplats") in {(row["value"], row["value_label"]) for row in book}
    assert json.loads((out / "decision.json").read_text())["case_ref"] == "TN 2027/114"
    assert any(row["what"] == "invitation" and row["status"] == "released" for row in table(out / "timeline.csv"))
    sums = dict(
        line.split(": ")[0].split("  ")[::-1] for line in (out / "README.txt").read_text().splitlines() if "  " in line
    )
    assert sums == {
        name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in names if name != "README.txt"
    }
    [entry] = trail(answered_village, "exported")
    assert (entry.actor, entry.details["raw"]) == ("Karin", False)


def test_raw_answers_need_a_reason_and_lead_to_nobody(answered_village: Hall, genklang: Run, tmp_path: Path) -> None:
    refused = genklang("export", "park", "--out", str(tmp_path / "a"), "--raw")
    assert (refused.code, "--reason" in refused.err) == (2, True)
    assert not (tmp_path / "a").exists()
    with answered_village.service.database.connect() as connection:
        wrote = connection.execute(
            select(answer.c.participation_id).where(answer.c.value == village.SECRET_TEXT)
        ).scalar()
        erased = connection.execute(
            select(participation.c.person_id).where(participation.c.status == "finished", participation.c.id != wrote)
        ).first()
        answers = connection.execute(select(func.count()).select_from(answer)).scalar_one()
        theirs = connection.execute(
            select(func.count())
            .select_from(answer.join(participation, participation.c.id == answer.c.participation_id))
            .where(participation.c.person_id == erased.person_id)
        ).scalar_one()
    answered_village.do(lambda c: erase_person(c, erased.person_id, OPENS + 2 * DAY))
    out = tmp_path / "b"
    told = genklang("export", "park", "--out", str(out), "--raw", "--reason", "KS 2027/9", "--by", "Karin")
    assert told.code == 0, told.err
    rows = table(out / "answers.csv")
    assert len(rows) == answers - theirs
    assert set(rows[0]) == {"respondent", "survey", "path", "value", "language", "channel", "mode", "answered_on"}
    assert village.SECRET_TEXT in {row["value"] for row in rows}
    together: dict[str, set[str]] = {}
    for row in rows:
        together.setdefault(row["respondent"], set()).add(row["path"])
    assert all("/data/first" in paths for paths in together.values())
    assert sorted(map(int, together)) == list(range(1, len(together) + 1))
    again = tmp_path / "c"
    genklang("export", "park", "--out", str(again), "--raw", "--reason", "KS 2027/9")
    assert table(again / "answers.csv") != rows  # another order: a number leads nowhere
    entries = trail(answered_village, "exported")
    assert [entry.details["reason"] for entry in entries] == ["KS 2027/9"] * 2


def test_an_export_that_finds_no_room_leaves_nothing_and_says_so(
    answered_village: Hall, genklang: Run, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        fill(disk)
        os.truncate(disk / "ballast", (disk / "ballast").stat().st_size - 4 * BLOCK)
        told = genklang("export", "park", "--out", str(disk / "archive"))
        assert [file.name for file in disk.iterdir()] == ["ballast"]
    assert told.code == 2
    assert "No space left on device" in told.err


def test_an_export_overwrites_nothing(answered_village: Hall, genklang: Run, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("mine")
    assert genklang("export", "park", "--out", str(tmp_path / "kept")).code == 2
    missing = genklang("export", "nowhere", "--out", str(tmp_path / "new"))
    assert missing.code == 2
    assert not (tmp_path / "new").exists()


async def test_who_becomes_protected_is_taken_out_and_leaves_in_no_export(
    hall: Hall, genklang: Run, tmp_path: Path
) -> None:
    await story(hall)
    first = hall.person(1).id
    hall.do(
        lambda c: opt_people_out(c, [first], origin="sms", now=OPENS)
    )  # who had left already is shielded all the same
    header = "ref,language,protected,source,lawful_basis,sms\n"
    (tmp_path / "people.csv").write_text(f"{header}r1,sv,yes,register,public_task,\nr9,sv,yes,register,public_task,\n")
    told = genklang("people", "import", str(tmp_path / "people.csv"))
    assert told.code == 0, told.err
    assert "1 who were known here are protected now" in told.out
    assert hall.count(contact, contact.c.person_id == first) == 0
    [kept] = hall.rows(person, person.c.id == first)
    assert (kept.area_code, kept.birth_year) == (None, None)
    assert kept.opted_out_at is not None
    assert hall.count(answer) > 0
    genklang("export", "park", "--out", str(tmp_path / "raw"), "--raw", "--reason", "KS 2027/9")
    rows = table(tmp_path / "raw" / "answers.csv")
    assert {row["respondent"] for row in rows} == {"1"}
    assert "play" not in {row["value"] for row in rows}
    again = genklang("people", "import", str(tmp_path / "people.csv"))
    assert again.code == 0
    assert hall.count(opt_out, opt_out.c.person_id == first, opt_out.c.origin == "protected") == 1


# --- disposing


async def test_disposal_counts_first_and_then_takes_what_is_old(hall: Hall, genklang: Run) -> None:
    await story(hall)
    hall.do(lambda c: set_status(c, "park", "archived"))
    hall.do(lambda c: erase_person(c, hall.person(2).id, OPENS))
    hall.invite(resident(3), campaign_id="school", sent=False)  # under way: stays whatever its age
    hall.clock.set(OPENS + 800 * DAY)
    answers = hall.count(answer)
    counted = genklang("purge", "--decision", "KS 2027/114")
    assert counted.code == 0, counted.err
    assert "Nothing was changed" in counted.out
    assert hall.count(message, message.c.content.is_not(None)) > 0
    assert not trail(hall, "disposed")
    told = genklang("purge", "--decision", "KS 2027/114", "--do-it", "--by", "Arkivet")
    assert told.out.replace("gone", "would go") == counted.out.partition("Nothing")[0]
    assert hall.count(inbound_seen) == 0
    assert hall.count(message, message.c.content.is_not(None)) == 0
    assert hall.count(participation, participation.c.campaign_id == "park", participation.c.dialogue.is_not(None)) == 0
    settled = select(message.c.id).where(message.c.status == "sent")
    assert hall.count(message_transition, message_transition.c.message_id.in_(settled)) == 0
    assert hall.count(message, message.c.status == "queued") > 0
    assert hall.count(answer) == answers
    [entry] = trail(hall, "disposed")
    assert (entry.actor, entry.details["decision"]) == ("Arkivet", "KS 2027/114")
    assert entry.details["inbound_seen"] == 4
    nothing = genklang("purge", "--decision", "KS 2027/115", "--do-it").out
    assert [line.split(": ")[1] for line in nothing.splitlines()] == ["0 gone"] * len(KINDS)


async def test_what_is_younger_than_the_settings_say_stays(hall: Hall) -> None:
    await story(hall)
    hall.do(lambda c: set_status(c, "park", "archived"))
    hall.do(lambda c: erase_person(c, hall.person(2).id, OPENS))
    before = dict.fromkeys(KINDS, OPENS - timedelta(seconds=1))
    assert {row.count for row in hall.do(lambda c: dispose(c, before))} == {0}
    hall.do(lambda c: c.execute(update(message).values(status="unknown")))  # somebody may still ask about it
    later = dict.fromkeys(KINDS, OPENS + 800 * DAY)
    found = {row.kind: row.count for row in hall.do(lambda c: count_disposable(c, later))}
    assert (found["contents"], found["transitions"]) == (0, 0)
    assert found["dialogues"] > 0


async def test_conversations_of_a_campaign_that_is_not_archived_stay(small_hall: Hall) -> None:
    await story(small_hall)
    later = dict.fromkeys(KINDS, OPENS + 800 * DAY)
    found = {row.kind: row.count for row in small_hall.do(lambda c: dispose(c, later))}
    assert found["dialogues"] == 0
    assert small_hall.participation(1).dialogue is not None


@pytest.mark.parametrize("decision", ["", "  ", "x"])
def test_nothing_is_disposed_of_without_a_decision(small_hall: Hall, genklang: Run, decision: str) -> None:
    told = genklang("purge", "--decision", decision, "--do-it")
    assert told.code == 2
    assert "gallringsbeslut" in told.err
    with small_hall.service.database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_entry")).scalar_one() == 0


def test_counting_changes_nothing(database: Database) -> None:
    with database.connect() as connection:  # one that cannot write
        assert {row.count for row in count_disposable(connection, dict.fromkeys(KINDS, OPENS))} == {0}
