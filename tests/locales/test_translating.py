"""The translators' commands: work lists are checked and written as drafts, and a person puts their name to them."""

from __future__ import annotations

import json
from datetime import date

import pytest

import locales.__main__ as commands
from locales import catalogs
from locales.approval import NotApprovable, approve, progress
from locales.extraction import refresh
from locales.filling import fill, lacks

DAY = date(2027, 3, 1)


@pytest.fixture
def folder(tmp_path):
    code = tmp_path / "code" / "bot" / "texts.py"
    code.parent.mkdir(parents=True)
    code.write_text(
        't.gettext("Hello {name}.")\nt.pgettext("button", "Begin")\nt.ngettext("{n} day", "{n} days", n)\n',
        encoding="utf-8",
    )
    folder = tmp_path / "catalogs"
    folder.mkdir()
    refresh(tmp_path / "code", folder)
    return folder


WORK = {
    "Hello {name}.": "Bures {name}.",
    "button\u0004Begin": "Álggat",
    "{n} day": ["{n} beaivi", "{n} beaivvi", "{n} beaivvi"],
}


def comments(folder, code="se"):
    return {catalogs.key(m): m.user_comments for m in catalogs.texts(catalogs.read(catalogs.path_of(code, folder)))}


def test_a_work_list_makes_a_catalog_of_drafts(folder):
    filled = fill("se", WORK, "Simple sentences.", folder)
    assert (filled.written, filled.lacking, filled.refused) == (3, 0, {})
    assert set(map(tuple, comments(folder).values())) == {("draft",)}
    text = (folder / "se.po").read_text(encoding="utf-8")
    assert text.startswith(
        "# Genklang's texts: se. Entries marked draft wait for a person's approval.\n# Simple sentences.\n"
    )
    assert "nplurals=3" in text


def test_what_lacks_a_translation_is_a_work_list(folder):
    assert lacks("se", folder) == {
        "Hello {name}.": "Hello {name}.",
        "button\u0004Begin": "Begin",
        "{n} day": ["{n} day", "{n} days"],
    }
    fill("se", {"Hello {name}.": "Bures {name}."}, folder=folder)
    assert set(lacks("se", folder)) == {"button\u0004Begin", "{n} day"}


def test_what_is_wrong_in_a_work_list_is_refused_and_the_rest_written(folder):
    filled = fill("se", {**WORK, "Hello {name}.": "Bures.", "{n} day": ["{n} beaivi"], "Bye": "Báze"}, folder=folder)
    assert filled.written == 1
    assert filled.refused == {
        "Hello {name}.": "lacks ['name']",
        "{n} day": "needs 3 form(s), has 1",
        "Bye": "no such text",
    }


def test_a_person_puts_their_name_to_drafts(folder):
    fill("se", WORK, folder=folder)
    assert approve("se", "Elle  Example", DAY, ["Hello {name}."], folder) == 1
    assert comments(folder)["Hello {name}."] == ["approved by Elle Example 2027-03-01"]
    assert approve("se", "Another", DAY, None, folder) == 2
    assert comments(folder)["Hello {name}."] == ["approved by Elle Example 2027-03-01"]
    assert [(p.texts, p.translated, p.drafts) for p in progress(folder)] == [(3, 3, 0)]


def test_an_approved_text_that_is_translated_anew_is_a_draft_again(folder):
    fill("se", WORK, folder=folder)
    approve("se", "Elle", DAY, None, folder)
    fill("se", {"Hello {name}.": "Bures, {name}.", "button\u0004Begin": "Álggat"}, folder=folder)
    assert comments(folder)["Hello {name}."] == ["draft"]
    assert comments(folder)["button\u0004Begin"] == ["approved by Elle 2027-03-01"]


def test_approval_and_remarks_survive_a_refresh(folder):
    fill("se", WORK, "Simple sentences.", folder)
    approve("se", "Elle", DAY, ["Begin"], folder)
    before = (folder / "se.po").read_bytes()
    assert refresh(folder.parent / "code", folder) == {"se": 0}
    assert (folder / "se.po").read_bytes() == before


def test_nothing_is_approved_that_is_not_there(folder):
    fill("se", {"Hello {name}.": "Bures {name}."}, folder=folder)
    with pytest.raises(NotApprovable, match="Begin"):
        approve("se", "Elle", DAY, ["Hello {name}.", "Begin"], folder)
    assert comments(folder)["Hello {name}."] == ["draft"]
    with pytest.raises(ValueError, match="name"):
        approve("se", " ", DAY, None, folder)


def test_a_text_without_a_mark_becomes_a_draft(folder):
    fill("se", WORK, folder=folder)
    path = folder / "se.po"
    path.write_text(path.read_text(encoding="utf-8").replace("# draft\n", ""), encoding="utf-8")
    refresh(folder.parent / "code", folder)
    assert set(map(tuple, comments(folder).values())) == {("draft",)}


def test_the_commands_tell_how_far_each_language_has_come(capsys):
    assert commands.main(["status"]) == 0
    told = capsys.readouterr().out
    assert [line.split()[0] for line in told.splitlines()[1:]] == list(catalogs.paths())


def test_the_commands_list_what_is_lacking(capsys):
    assert commands.main(["lacks", "sv"]) == 0
    assert json.loads(capsys.readouterr().out) == {}


def test_a_language_without_a_plural_rule_is_refused(capsys):
    with pytest.raises(SystemExit):
        commands.main(["lacks", "tlh"])
    assert "tlh is none of" in capsys.readouterr().err
