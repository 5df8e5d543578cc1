"""A survey that is being answered is corrected by a new version: nobody loses an answer, and each answer knows its version."""

from __future__ import annotations

import pytest

from bot.contents import Said
from bot.problems import InputRefused
from bot.xlsform import read_xlsform
from service.corrections import Correction, correct_survey
from store.campaigns import close_campaign
from store.corrections import survey_versions
from store.schema import answer, audit_entry, survey_version
from tests.console import village
from tests.service.hall import OPENS, Hall, resident

BETTER = village.SURVEY.replace("Vad är viktigast i parken?", "Vad är allra viktigast i parken?")
NARROWER = "\n".join(line for line in village.SURVEY.splitlines() if "| play |" not in line)
ORDERED = village.SURVEY.replace("| | thing | play |", "| | thing | pond | Damm | A pond | بركة |\n| | thing | play |")


def xform(survey: str) -> str:
    return read_xlsform(survey.encode(), "survey.md").xform


def correct(hall: Hall, survey: str = BETTER, reason: str = "unclear question") -> Correction:
    return hall.do(
        lambda c: correct_survey(
            c,
            "park",
            xform(survey),
            filename="survey.xlsx",
            reason=reason,
            opening_channels=["email"],
            now=hall.clock.now(),
            actor="Åsa",
        )
    )


async def test_who_has_not_begun_gets_it_and_who_has_stays(hall: Hall) -> None:
    hall.invite(resident(1), resident(2), resident(3))
    await hall.hear(1, "ja")
    made = correct(hall)
    assert (made.number, made.moved, made.staying) == (2, 2, 1)
    for said in ("2", "1", "3", "nej"):
        await hall.hear(1, said)
    for said in ("ja", "1"):
        await hall.hear(2, said)
    assert "allra viktigast" in hall.replies()[-2].text
    numbers = {row.id: row.number for row in hall.rows(survey_version)}
    first = [row for row in hall.rows(answer) if row.question == "/data/first"]
    assert [(row.value, numbers[row.survey_version_id]) for row in first] == [("seats", 1), ("play", 2)]
    [entry] = hall.rows(audit_entry)
    assert (entry.actor, entry.action, entry.subject) == ("Åsa", "corrected", "campaign park")
    assert entry.details == {"version": 2, "reason": "unclear question", "moved": 2}


async def test_who_joins_later_gets_the_newest(hall: Hall) -> None:
    hall.invite(resident(1))
    correct(hall)
    versions = hall.do(lambda c: survey_versions(c, "park"))
    assert [version.number for version in versions] == [2, 1]
    assert hall.participation(1).survey_version_id == versions[0].id


async def test_buttons_that_are_out_keep_their_meaning(hall: Hall) -> None:
    """An e-mail carries the first question; were its choices another list, a press would name another of them."""
    hall.invite(resident(1, email="r1@post.example"), resident(2))
    made = correct(hall, ORDERED)
    assert made.moved == 1
    await hall.hear(1, channel="email", said=Said(choice="1.1"), token=hall.links.token(hall.participation(1).id))
    assert [row.value for row in hall.rows(answer)] == ["play"]


async def test_only_words_changed_reaches_those_with_the_mail_too(hall: Hall) -> None:
    hall.invite(resident(1, email="r1@post.example"), resident(2))
    assert correct(hall).moved == 2


async def test_a_choice_that_was_answered_must_stay(hall: Hall) -> None:
    hall.invite(resident(1), resident(2))
    assert correct(hall, NARROWER).number == 2
    for said in ("ja", "utegym"):
        await hall.hear(1, said)
    without_gym = "\n".join(line for line in NARROWER.splitlines() if "| gym |" not in line)
    with pytest.raises(InputRefused, match="gym"):
        correct(hall, without_gym)
    assert hall.count(survey_version) == 2


async def test_a_choice_answered_in_an_older_version_must_stay_too(hall: Hall) -> None:
    hall.invite(resident(1))
    for said in ("ja", "1"):
        await hall.hear(1, said)
    with pytest.raises(InputRefused, match="play"):
        correct(hall, NARROWER)


@pytest.mark.parametrize(
    ("survey", "reason", "expected"),
    [
        (village.SURVEY.replace("integer | visits", "text | visits"), "x", "visits"),
        (village.SURVEY.replace("label::العربية (ar)", "note"), "x", "language ar"),
        (village.SURVEY, "x", "already"),
        (BETTER, " ", "reason"),
    ],
)
async def test_what_cannot_be_counted_together_is_refused(hall: Hall, survey: str, reason: str, expected: str) -> None:
    hall.invite(resident(1))
    with pytest.raises(InputRefused, match=expected):
        correct(hall, survey, reason)
    assert hall.count(survey_version) == 1


async def test_only_an_open_campaign_is_corrected(hall: Hall) -> None:
    hall.invite(resident(1))
    hall.do(lambda c: close_campaign(c, "park", OPENS))
    with pytest.raises(InputRefused, match="no more answers"):
        correct(hall)


async def test_a_turn_taken_meanwhile_keeps_the_version_it_was_taken_in(hall: Hall) -> None:
    """On PostgreSQL a correction can come between a turn's reading and its writing."""
    from bot.engine import Engine

    hall.invite(resident(1))
    engine = hall.service.desk._turns._engine
    moved: list[int] = []
    whole = Engine.reply

    def slow(form, dialogue, said, **rest):
        if not moved and not hall.service.database.is_sqlite:
            moved.append(correct(hall).moved)
        return whole(engine, form, dialogue, said, **rest)

    engine.reply = slow
    await hall.hear(1, "ja")
    first = hall.rows(survey_version)[0].id
    assert hall.participation(1).survey_version_id == first
    await hall.hear(1, "1")
    assert [row.survey_version_id for row in hall.rows(answer)] == [first]
