"""Following a campaign from the shell: requests, links for staff, corrections and places, as a coordinator types them."""

from __future__ import annotations

import json
from pathlib import Path

from openpyxl import Workbook

from bot.contents import Said
from store.schema import answer, audit_entry, person, place, request
from tests.console import village
from tests.service.hall import Hall, resident
from tests.service.test_commands import Run, genklang

__all__ = ["genklang"]
SQUARES = "name,latitude,longitude\nStortorget,58.41,12.30\nBadet,58.39,12.33\n"


def workbook(path: Path, survey: str) -> Path:
    """A survey in Markdown as the workbook that a coordinator has."""
    book = Workbook()
    sheet = None
    book.remove(book.active)
    for line in survey.strip().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 1:
            sheet = book.create_sheet(cells[0])
        elif sheet is not None:
            sheet.append(cells[1:])
    book.save(path)
    return path


async def test_a_request_is_listed_reached_and_done(small_hall: Hall, genklang: Run) -> None:
    hall = small_hall
    hall.invite(resident(1))
    await hall.hear(1, "MÄNNISKA")
    assert "Nobody waits" in genklang("requests", "list", "--campaign", "bath").out
    told = genklang("requests", "list").out
    assert "r1" in told
    assert "+4670" not in told
    [row] = json.loads(genklang("requests", "list", "--format", "json").out)
    assert (row["campaign_id"], row["ref"], row["language"]) == ("park", "r1", "sv")
    assert "Waiting for a person: 1" in genklang("campaign", "status", "park").out
    number = str(hall.rows(request)[0].id)
    assert "+46701740001" in genklang("requests", "show", number, "--by", "Åsa").out
    assert genklang("requests", "done", number, "--by", "Åsa").code == 0
    again = genklang("requests", "done", number, "--by", "Åsa")
    assert again.code == 2
    assert "was done by Åsa" in again.err
    assert genklang("requests", "done", "999").code == 2
    assert "Åsa" in genklang("requests", "list", "--all").out
    told = [(entry.actor, entry.action) for entry in hall.rows(audit_entry)]
    assert told == [("resident", "asked"), ("Åsa", "address shown"), ("Åsa", "done")]
    assert not any("+4670" in str(entry) for entry in hall.rows(audit_entry))


async def test_a_link_lets_staff_answer_for_somebody(small_hall: Hall, genklang: Run) -> None:
    hall = small_hall
    hall.invite(resident(1))
    made = genklang("campaign", "link", "park", "r1", "--by", "Åsa")
    assert made.code == 0, made.err
    token = made.out.strip().rpartition("/d/")[2]
    await hall.hear(1, channel="web", token=token, said=Said(choice="1.2"))
    assert hall.participation(1).mode == "staff"
    assert [row.value for row in hall.rows(answer)] == ["seats"]
    assert [entry.action for entry in hall.rows(audit_entry)] == ["link made"]


def test_a_link_is_made_for_one_who_was_not_invited_but_not_for_a_stranger(small_hall: Hall, genklang: Run) -> None:
    hall = small_hall
    hall.invite(resident(1))
    hall.do(
        lambda c: c.execute(
            person.insert().values(
                id=99,
                ref="r9",
                language="fi",
                sex="",
                source="x",
                lawful_basis="public_task",
                created_at=hall.clock.now(),
            )
        )
    )
    assert genklang("campaign", "link", "park", "r9", "--mode", "paper").code == 0
    joined = hall.participation(9)
    assert (joined.mode, joined.channel, joined.language, joined.contact_id) == ("paper", "web", "sv", None)
    assert "no person" not in genklang("campaign", "link", "park", "r9").err
    for arguments, expected in (
        (("park", "nobody"), "ref"),
        (("park", "r1", "--mode", "robot"), "staff, proxy, paper"),
        (("bath", "r1"), "bath"),
    ):
        refused = genklang("campaign", "link", *arguments)
        assert refused.code == 2
        assert expected in refused.err


async def test_a_correction_from_a_workbook(small_hall: Hall, genklang: Run, tmp_path: Path) -> None:
    hall = small_hall
    hall.invite(resident(1), resident(2))
    await hall.hear(1, "ja")
    better = village.SURVEY.replace("Vad är viktigast i parken?", "Vad är allra viktigast i parken?")
    made = genklang(
        "campaign", "correct", "park", str(workbook(tmp_path / "survey.xlsx", better)), "--reason", "unclear"
    )
    assert made.code == 0, made.err
    assert "version 2 for 1 residents" in made.out
    assert "Versions of the survey: 2" in genklang("campaign", "status", "park").out
    wrong = village.SURVEY.replace("integer | visits", "text | visits")
    refused = genklang("campaign", "correct", "park", str(workbook(tmp_path / "wrong.xlsx", wrong)), "--reason", "x")
    assert refused.code == 2
    assert "visits" in refused.err


async def test_imported_places_are_understood_without_a_restart(
    small_hall: Hall, genklang: Run, tmp_path: Path
) -> None:
    hall = small_hall
    file = tmp_path / "squares.csv"
    file.write_text(SQUARES)
    assert "2 places can be imported" in genklang("places", "import", str(file), "--dry-run").out
    assert hall.count(place) == 0
    for _ in range(2):  # the same file again replaces what it gave
        assert "2 places imported" in genklang("places", "import", str(file)).out
    assert hall.count(place) == 2
    engine = hall.service.desk._turns._engine
    assert engine.places.places == ()
    await hall.service.ticker.tick()
    assert {known.name for known in engine.places.places} == {"Stortorget", "Badet"}
    (tmp_path / "wrong.csv").write_text("name,latitude,longitude\nTorget,7,999\n")
    assert genklang("places", "import", str(tmp_path / "wrong.csv")).code == 2
