"""A launch meets each person in their language and on a channel that works; waves reach those they are meant for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from store.campaigns import close_campaign, due_waves, list_waves
from store.database import Database
from store.departures import opt_people_out
from store.frequencies import times_written_to
from store.launching import audience_size, join_campaign, launch
from store.people import bind_address
from store.releasing import release_wave
from store.schema import contact, participation, person, wave
from tests.store.town import (
    DAY,
    MORNING,
    VAULT,
    answer_turn,
    invite,
    messages,
    participation_of,
    person_id,
    release,
    resident,
    settle_in,
    start,
    take,
)


def invited(connection):
    query = select(person.c.ref).join(participation, participation.c.person_id == person.c.id).order_by(person.c.id)
    return connection.execute(query).scalars().all()


def times(connection, number):
    query = select(times_written_to()).select_from(participation.join(person, person.c.id == participation.c.person_id))
    return connection.execute(query.where(person.c.ref == f"r{number}")).scalar_one()


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ({"kind": "everyone"}, ["r1", "r2", "r3", "r4"]),
        ({"kind": "areas", "areas": ["SJ02"]}, ["r2"]),
        ({"kind": "interest", "lists": ["park", "bad"]}, ["r1", "r3"]),
        ({"kind": "target_group", "min_age": 16, "max_age": 29}, ["r3"]),
        ({"kind": "target_group", "languages": ["ar"], "groups": []}, ["r2"]),
        ({"kind": "target_group", "min_age": 30, "groups": ["park"]}, ["r1"]),
        (
            {"kind": "any_of", "parts": [{"kind": "areas", "areas": ["SJ02"]}, {"kind": "interest", "lists": ["bad"]}]},
            ["r2", "r3"],
        ),
        (
            {
                "kind": "all_of",
                "parts": [{"kind": "areas", "areas": ["SJ01"]}, {"kind": "interest", "lists": ["park"]}],
            },
            ["r1"],
        ),
        ({"kind": "any_of", "parts": []}, []),
    ],
)
def test_a_launch_finds_its_audience(database: Database, audience, expected):
    with database.begin() as connection:
        settle_in(
            connection,
            resident(1, groups=("park",), birth_year=1980),
            resident(2, area="SJ02", language="ar", birth_year=1960),
            resident(3, groups=("bad",), birth_year=2000),
            resident(4, birth_year=None),
        )
        start(connection, audience=audience)
        assert invited(connection) == expected
        assert audience_size(connection, audience, MORNING.year) == len(expected)


def test_an_audience_that_the_store_does_not_know_is_refused(sqlite_database: Database):
    with sqlite_database.connect() as connection, pytest.raises(ValueError, match="polygon"):
        audience_size(connection, {"kind": "polygon", "geometry": {}}, 2026)


def test_each_person_is_met_in_their_language_and_on_the_first_channel_that_works(database: Database):
    with database.begin() as connection:
        settle_in(
            connection,
            resident(1, language="ar", contacts={"email": "r1@example.org", "sms": "+46700000001"}),
            resident(2, language="en-GB", contacts={"email": "r2@example.org"}),
            resident(3, language="so", contacts={"telegram": "3", "sms": "+46700000003"}),
        )
        connection.execute(update(contact).where(contact.c.channel == "telegram").values(gone_at=MORNING))
        report = start(connection)
        met = connection.execute(select(participation.c.channel, participation.c.language)).all()
    assert met == [("sms", "ar"), ("email", "en"), ("sms", "sv")]
    assert (report.by_channel, report.by_language) == ({"sms": 2, "email": 1}, {"ar": 1, "en": 1, "sv": 1})


def test_a_launch_tells_whom_it_cannot_reach(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1), resident(2, contacts={}), resident(3, contacts={"fax": "1"}))
        report = start(connection)
    assert (report.added, report.unreachable) == (1, 2)


def test_who_has_opted_out_is_not_launched_to(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1), resident(2))
        opt_people_out(connection, [person_id(connection, 1)], origin="sms", now=MORNING)
        report = start(connection)
        assert (report.added, report.unreachable, invited(connection)) == (1, 0, ["r2"])


def test_the_invitation_goes_to_everybody_once(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1), resident(2))
        start(connection)
        assert release(connection, "invitation").count == 2
        assert release(connection, "invitation").count == 0
        assert [(row.purpose, row.lane, row.content) for row in messages(connection)] == [
            ("invitation", "sms", None)
        ] * 2
        assert times(connection, 1) == 1


def test_a_wave_released_in_portions_misses_nobody_and_doubles_nobody(database: Database):
    with database.begin() as connection:
        settle_in(connection, *(resident(n) for n in range(25)))
        start(connection)
    portions = []
    while True:
        with database.begin() as connection:
            released = release(connection, "invitation", limit=10)
        portions.append(released.count)
        if released.is_complete:
            break
    with database.connect() as connection:
        wave = list_waves(connection, "park")[0]
        assert (portions, wave.status, wave.message_count) == ([10, 10, 5, 0], "released", 25)
        assert len({row.participation_id for row in messages(connection)}) == 25


def test_reminders_go_to_those_who_have_not_finished(database: Database):
    with database.begin() as connection:
        invite(connection, *(resident(n) for n in (1, 2, 3)))
        answer_turn(connection, 2, bench="yes")
        answer_turn(connection, 3, bench="yes", status="finished")
        assert release(connection, "reminder").count == 2


def test_nobody_is_contacted_more_often_than_allowed(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        release(connection, "reminder", 1, max_contacts=2)
        assert release(connection, "reminder", 2, max_contacts=2).count == 0


def test_a_reminder_is_not_sent_to_someone_never_invited(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1))
        start(connection)
        assert release(connection, "reminder").count == 0


def test_a_person_whom_another_campaign_has_just_written_to_is_written_to_later(database: Database):
    gap = timedelta(days=5)
    with database.begin() as connection:
        invite(connection, resident(1))
        start(connection, "bath", opens_at=MORNING + DAY)
        release(connection, "invitation", campaign_id="bath", gap=gap)
        first, second = messages(connection)
    assert (first.due_at, second.due_at) == (MORNING, MORNING + gap)


def test_a_campaigns_own_reminders_are_not_put_off_by_its_invitation(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        release(connection, "reminder", gap=timedelta(days=30))
        assert messages(connection)[1].due_at == MORNING + 3 * DAY


def test_feedback_goes_to_everybody_who_took_part_where_and_how_they_last_spoke(database: Database):
    with database.begin() as connection:
        both = {"email": "r1@example.org", "telegram": "1"}
        invite(connection, resident(1, contacts=both), *(resident(n) for n in (2, 3, 4)))
        answer_turn(connection, 1, channel="email", language="ar", bench="yes", status="finished")
        answer_turn(connection, 2, channel="web", language="en", bench="yes")
        answer_turn(connection, 3, bench="yes")
        opt_people_out(connection, [person_id(connection, 3)], origin="sms", now=MORNING)
        close_campaign(connection, "park", MORNING + 14 * DAY)
        assert release(connection, "feedback").count == 2
        sent = [(row.person_id, row.channel, row.language) for row in messages(connection) if row.purpose == "feedback"]
        assert sent == [(person_id(connection, 1), "email", "ar"), (person_id(connection, 2), "sms", "en")]


def test_feedback_is_sent_after_the_campaign_has_closed(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        answer_turn(connection, 1, bench="yes")
        close_campaign(connection, "park", MORNING + 14 * DAY)
        release(connection, "feedback")
        assert [leased.purpose for leased in take(connection, MORNING + 40 * DAY)] == ["feedback"]


def test_feedback_finds_another_address_when_the_last_one_is_dead(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1, contacts={"sms": "+46700000001", "email": "r1@example.org"}))
        answer_turn(connection, 1, bench="yes")
        connection.execute(update(contact).where(contact.c.channel == "sms").values(gone_at=MORNING))
        release(connection, "feedback")
        assert messages(connection)[-1].channel == "email"


def test_a_booster_launch_adds_only_who_is_new(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        settle_in(connection, resident(2))
        report = launch(
            connection, "park", {"kind": "everyone"}, channels=["sms"], languages=["sv"], waves=(), now=MORNING + DAY
        )
        assert (report.added, report.by_channel) == (1, {"sms": 2})


def test_waves_are_due_only_after_launch_and_until_released(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        due = due_waves(connection, MORNING + 4 * DAY)
        assert [(wave.kind, wave.number) for wave in due] == [("reminder", 1)]


def test_closing_cancels_what_still_asks(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        assert close_campaign(connection, "park", MORNING + DAY)
        assert not close_campaign(connection, "park", MORNING + DAY)
        assert [(row.status, row.reason) for row in messages(connection)] == [("cancelled", "closed")]
        assert due_waves(connection, MORNING + 10 * DAY) == []


def test_someone_who_comes_by_themselves_joins_once(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1))
        start(connection, audience={"kind": "any_of", "parts": []})
        owner = person_id(connection, 1)
        chat = bind_address(connection, owner, "telegram", "4711", VAULT)
        first = join_campaign(connection, "park", owner, contact_id=chat, channel="telegram", language="en")
        again = join_campaign(connection, "park", owner, contact_id=chat, channel="telegram", language="sv")
        assert (first, participation_of(connection, 1).language) == (again, "en")


def test_a_second_invitation_reaches_only_those_the_first_did_not(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        settle_in(connection, resident(2))
        later = MORNING + DAY
        waves = [("invitation", 2, later)]
        launch(connection, "park", {"kind": "everyone"}, channels=["sms"], languages=["sv"], waves=waves, now=later)
        assert release(connection, "invitation", 2).count == 1
        assert [row.person_id for row in messages(connection)] == [person_id(connection, 1), person_id(connection, 2)]


def test_releasing_the_same_portion_again_doubles_nothing(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        connection.execute(update(wave).values(status="planned", released_to=0))
        assert release(connection, "invitation").count == 0
        assert len(messages(connection)) == 1


def test_the_other_campaigns_message_counts_even_when_this_one_wrote_later(database: Database):
    gap = timedelta(days=6)
    with database.begin() as connection:
        invite(connection, resident(1))
        start(connection, "bath", opens_at=MORNING + DAY)
        release(connection, "invitation", campaign_id="bath")
        release(connection, "reminder", campaign_id="bath", gap=gap)
        assert [row.due_at for row in messages(connection)] == [MORNING, MORNING + DAY, MORNING + gap]


def test_a_campaign_that_closed_before_the_gap_puts_nobody_off(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1))
        start(connection, "short", days=2)
        release(connection, "invitation", campaign_id="short")
        start(connection, opens_at=MORNING + 5 * DAY)
        release(connection, "invitation", gap=timedelta(days=3))
        assert messages(connection)[1].due_at == MORNING + 5 * DAY


@pytest.mark.parametrize(
    ("channels", "expected"),
    [(["email", "sms"], "email"), (["sms", "email"], "sms"), (["telegram", "email"], "email"), (["telegram"], None)],
)
def test_the_order_of_the_channels_decides_where_a_person_is_met(database: Database, channels, expected):
    with database.begin() as connection:
        settle_in(connection, resident(1, contacts={"sms": "+46700000001", "email": "r1@example.org"}))
        report = start(connection, channels=channels)
    assert report.by_channel == ({expected: 1} if expected else {})
    assert report.unreachable == (0 if expected else 1)


def test_who_is_invited_on_a_lane_that_is_out_of_use_is_written_to_elsewhere(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1, contacts={"sms": "+46700000001", "email": "r1@example.org"}), resident(2))
        start(connection)
        invitation = list_waves(connection, "park")[0]
        assert release_wave(connection, invitation.id, lanes={"email": "post"}, now=MORNING).count == 1
        assert [(row.channel, row.lane) for row in messages(connection)] == [("email", "post")]


def test_a_portion_is_found_by_its_range_and_everything_else_by_its_key(sqlite_database: Database):
    asked = []
    with sqlite_database.begin() as connection:
        settle_in(connection, *(resident(n) for n in range(3)))
        start(connection)
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
        release(connection, "invitation", limit=2)
        statement, values = next(told for told in asked if told[0].startswith("INSERT INTO message"))
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any("ix_participation_campaign (campaign_id=? AND id>? AND id<?" in step for step in plan), plan
    assert not any("SCAN" in step for step in plan), plan
