"""Two surveys on one number: an answer goes where the question was, and a second campaign does not talk into the first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from store.outbox import lease
from store.schema import answer, message
from tests.service.hall import DAY, LANES, MINUTE, OPENS, Hall, number_of, resident

HOUR = timedelta(hours=1)
HOLD = 36 * HOUR


def sent(hall: Hall, *conditions, at=None, ref: str | None = None) -> None:
    """Take what is queued for sent, as the outbox would."""
    now = at or hall.clock.now()
    values = {"status": "sent", "attempts": 1, "sent_at": now} | ({"provider_id": ref} if ref else {})
    hall.do(lambda c: c.execute(update(message).where(message.c.status == "queued", *conditions).values(**values)))


def answers(hall: Hall) -> list[tuple[str, str, str]]:
    return [(row.campaign_id, row.question, row.value) for row in hall.rows(answer)]


async def both(hall: Hall) -> None:
    """Invited to the park, begun there; an hour later an invitation to the bath arrives at the same number."""
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    sent(hall)
    hall.pass_time(HOUR)
    hall.invite(campaign_id="bath", sent=False)
    sent(hall)


async def test_what_was_asked_last_is_answered(hall: Hall) -> None:
    hall.invite(resident(1))
    hall.invite(campaign_id="bath", sent=False)
    hall.pass_time(HOUR)
    sent(hall)
    await hall.hear(1, "ja")
    assert hall.participation(1, "bath").status == "started"
    sent(hall)
    for said in ("1", "1", "2", "inget mer"):
        await hall.hear(1, said)
        sent(hall)
    assert hall.participation(1, "bath").status == "finished"
    await hall.hear(1, "ja")  # the park's question is the one still open
    assert hall.participation(1, "park").status == "started"
    assert {row[0] for row in answers(hall)} == {"bath"}


async def test_a_thank_you_and_a_change_belong_to_what_was_said_last(hall: Hall) -> None:
    hall.invite(resident(1))
    hall.invite(campaign_id="bath", sent=False)
    hall.pass_time(HOUR)
    sent(hall)
    for said in ("ja", "1", "1", "2", "inget mer"):
        await hall.hear(1, said)
        hall.pass_time(MINUTE)
        sent(hall)
    said_before = len(hall.replies())
    await hall.hear(1, "tack!")
    assert len(hall.replies()) == said_before
    await hall.hear(1, "ÄNDRA 1")
    assert "Lekplats" in hall.replies()[-1].text
    assert hall.participation(1, "park").status == "invited"


async def test_a_label_of_the_other_survey_does_not_wander(hall: Hall) -> None:
    await both(hall)
    await hall.hear(1, "utegym")  # a label of the park's question; but the bath spoke last, and asks to begin
    assert answers(hall) == []


async def test_feedback_of_another_campaign_takes_no_answer(hall: Hall) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    sent(hall)
    hall.invite(campaign_id="bath", sent=False)
    hall.do(lambda c: c.execute(update(message).where(message.c.campaign_id == "bath").values(purpose="feedback")))
    hall.pass_time(HOUR)
    sent(hall)
    await hall.hear(1, "2")
    assert answers(hall) == [("park", "/data/first", "seats")]


async def test_a_reply_to_a_message_goes_to_its_dialogue(hall: Hall) -> None:
    hall.invite(resident(1, telegram="7000001"))
    sent(hall, ref="park-1")
    hall.do(lambda c: c.execute(update(message).values(provider_id="park-1")))
    await hall.hear(1, "ja", "telegram", message_ref="park-1")
    sent(hall, ref="park-2")
    hall.pass_time(HOUR)
    hall.invite(campaign_id="bath", sent=False)
    sent(hall, ref="bath-1")
    await hall.hear(1, "2", "telegram", message_ref="park-2")
    assert answers(hall) == [("park", "/data/first", "seats")]


async def test_a_mail_token_goes_to_its_dialogue(hall: Hall) -> None:
    hall.invite(resident(1, email="r1@post.example"))
    hall.invite(campaign_id="bath")
    await hall.hear(1, "2", "email", token=hall.links.token(hall.participation(1, "park").id))
    assert answers(hall) == [("park", "/data/first", "seats")]


def take(hall: Hall, now) -> list[str]:
    leased = hall.do(lambda c: lease(c, "sms", 10, now, 60, bulk_open=True, hold=HOLD))
    return [f"{row.purpose} {row.campaign_id}" for row in leased]


async def test_an_invitation_waits_while_another_conversation_is_in_the_middle(hall: Hall) -> None:
    hall.invite(resident(1), resident(2))
    await hall.hear(1, "ja")
    sent(hall)
    hall.invite(campaign_id="bath", sent=False)
    now = hall.clock.now() + HOUR
    assert take(hall, now) == ["invitation bath"]  # only the second resident's
    [held] = hall.rows(message, message.c.status == "queued")
    assert (held.reason, held.attempts, held.due_at) == ("held", 0, OPENS + HOLD)
    await hall.hear(1, "2")
    assert answers(hall) == [("park", "/data/first", "seats")]
    assert "invitation bath" in take(hall, OPENS + HOLD + MINUTE)


async def test_an_invitation_leaves_as_soon_as_it_is_due_after_the_end(hall: Hall) -> None:
    hall.invite(resident(1))
    for said in ("ja", "1", "1", "2", "inget mer"):
        await hall.hear(1, said)
    sent(hall)
    hall.invite(campaign_id="bath", sent=False)
    assert take(hall, hall.clock.now() + HOUR) == ["invitation bath"]


async def test_the_number_counts_and_not_the_person(hall: Hall) -> None:
    hall.invite(resident(1), resident(2, sms=number_of(1)), resident(3))
    mine = hall.participation(1).id
    await hall.hear(1, "ja", token=hall.links.token(mine))
    sent(hall)
    hall.invite(campaign_id="bath", sent=False)
    assert take(hall, hall.clock.now() + HOUR) == ["invitation bath"]  # the third resident's alone
    assert hall.count(message, message.c.reason == "held") == 2


async def test_a_conversation_elsewhere_or_closed_holds_nothing(hall: Hall) -> None:
    hall.invite(resident(1, sms=number_of(1), email="r1@post.example"), resident(2))
    await hall.hear(1, "1", "email", token=hall.links.token(hall.participation(1).id))
    sent(hall)
    hall.invite(campaign_id="bath", sent=False)
    assert take(hall, hall.clock.now() + HOUR) == ["invitation bath", "invitation bath"]


async def test_a_rewritten_message_corrects_what_it_answered(hall: Hall) -> None:
    hall.invite(resident(1, telegram="7000001"))
    await hall.hear(1, "ja", "telegram", external_id="m1")
    await hall.hear(1, "1", "telegram", external_id="m2")
    await hall.hear(1, "1", "telegram", external_id="m3")
    for number, said in enumerate(("2", "3")):  # rewritten twice: the second time it is still the same message
        await hall.hear(1, said, "telegram", external_id=f"m2-edit{number}", edits="m2")
    rows = {row.question: (row.value, row.external_id) for row in hall.rows(answer)}
    assert rows == {"/data/first": ("gym", "m2"), "/data/when": ("day", "m3")}
    assert "Hur många gånger" in hall.replies()[-1].text


async def test_a_rewritten_message_that_answered_nothing_is_plainly_said(hall: Hall) -> None:
    hall.invite(resident(1, telegram="7000001"))
    await hall.hear(1, "ja", "telegram")
    await hall.hear(1, "xyzzy", "telegram", external_id="m2")
    await hall.hear(1, "2", "telegram", external_id="m2-edit", edits="m2")
    assert answers(hall) == [("park", "/data/first", "seats")]


async def test_a_rewritten_message_goes_back_to_its_own_dialogue(hall: Hall) -> None:
    hall.invite(resident(1, telegram="7000001"))
    await hall.hear(1, "ja", "telegram")
    await hall.hear(1, "1", "telegram", external_id="m2")
    sent(hall)
    hall.pass_time(HOUR)
    hall.invite(campaign_id="bath", sent=False)
    sent(hall)
    await hall.hear(1, "2", "telegram", external_id="m2-edit", edits="m2")
    assert answers(hall) == [("park", "/data/first", "seats")]
    assert hall.participation(1, "bath").status == "invited"


@pytest.mark.parametrize("days", [1 / 24, 5, 20])
async def test_a_conversation_is_taken_up_again_after_hours_or_weeks(hall: Hall, days: float) -> None:
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    hall.pass_time(days * DAY)
    await hall.hear(1, "2")
    assert answers(hall) == [("park", "/data/first", "seats")]
    hall.clock.set(OPENS + 20 * DAY + timedelta(hours=14))  # at night
    await hall.hear(1, "1")
    leased = hall.do(lambda c: lease(c, LANES["sms"], 10, hall.clock.now(), 60, bulk_open=False, hold=HOLD))
    assert [row.purpose for row in leased] == ["reply"] * 3
