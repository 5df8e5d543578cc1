"""Raw counts: who answered what, in which group."""

from __future__ import annotations

import pytest

from store.areas import area_names, import_areas, import_population, load_areas, load_population
from store.database import Database
from store.outbox import Outcome, settle
from store.reach import reach
from store.results import answer_counts, coverage_counts, people_counts, text_answers
from store.schema import contact
from store.tallies import tallies
from store.turns import TurnRecord
from tests.store.town import (
    MORNING,
    answer_turn,
    invite,
    participation_of,
    release,
    resident,
    save_turn,
    settle_in,
    start,
    take,
)

BANDS = ((16, 29), (30, 64), (65, None))


@pytest.fixture
def town(database: Database):
    with database.begin() as connection:
        invite(
            connection,
            resident(1, area="SJ01", birth_year=2000, language="ar"),
            resident(2, area="SJ01", birth_year=1961),
            resident(3, area="SJ02", birth_year=1962),
            resident(4, area="SJ02", birth_year=None),
            resident(5, area="SJ02", birth_year=2015),
        )
        answer_turn(connection, 1, bench="yes", colours="red blue", why="Skugga", language="ar")
        answer_turn(connection, 2, bench="yes", colours="red")
        answer_turn(connection, 3, bench="no", status="finished")
    with database.connect() as connection:
        yield connection


def test_answers_are_counted_by_value(town):
    counts = answer_counts(town, "park", questions=["bench", "colours"])
    assert [(c.question, c.value, c.count) for c in counts] == [
        ("bench", "no", 1),
        ("bench", "yes", 2),
        ("colours", "red", 1),
        ("colours", "red blue", 1),
    ]


def test_only_the_questions_named_are_counted(town):
    assert {c.question for c in answer_counts(town, "park", questions=["bench"])} == {"bench"}


def test_answers_are_grouped_by_area_age_and_language(town):
    counts = answer_counts(town, "park", questions=["bench"], by=["area", "age", "language"], bands=BANDS, year=2026)
    assert [(c.value, c.group, c.count) for c in counts] == [
        ("no", ("SJ02", "30-64", "sv"), 1),
        ("yes", ("SJ01", "16-29", "ar"), 1),
        ("yes", ("SJ01", "65+", "sv"), 1),
    ]


def test_whoever_was_invited_by_sms_counts_there_even_if_they_answered_on_the_page(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        turn = TurnRecord(
            participation_of(connection, 1).id, "web", "sv", dialogue={"phase": "asking"}, status="started"
        )
        save_turn(connection, turn, MORNING)
    with database.connect() as connection:
        by_both = people_counts(connection, "park", by=["invited_on", "channel"])
    assert [(c.status, c.group, c.count) for c in by_both] == [("started", ("sms", "web"), 1)]


def test_an_answer_that_was_set_aside_does_not_count(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1))
        answer_turn(connection, 1, bench="yes")
        mine = participation_of(connection, 1).id
        save_turn(connection, TurnRecord(mine, "sms", "sv", {}, set_aside=["/data/bench"]), MORNING)
        assert answer_counts(connection, "park", questions=["bench"]) == []
        assert [(c.status, c.answered) for c in people_counts(connection, "park")] == [("started", 0)]


def test_people_are_counted_by_status_and_whether_they_answered(town):
    assert [(c.status, c.count, c.answered) for c in people_counts(town, "park")] == [
        ("finished", 1, 1),
        ("invited", 2, 0),
        ("started", 2, 2),
    ]


def test_coverage_is_counted_in_the_baselines_terms(town):
    assert [
        (c.area, c.age_band, c.invited, c.answered) for c in coverage_counts(town, "park", bands=BANDS, year=2026)
    ] == [
        ("SJ01", "16-29", 1, 1),
        ("SJ01", "65+", 1, 1),
        ("SJ02", "", 2, 0),
        ("SJ02", "30-64", 1, 1),
    ]


def test_free_texts_are_read_without_their_writers(town):
    assert text_answers(town, "park", "why") == [("ar", "Skugga")]


def test_people_whom_nothing_reached_are_counted(database: Database):
    with database.begin() as connection:
        settle_in(connection, resident(1), resident(2, contacts={"email": "r2@example.org"}))
        start(connection)
        release(connection, "invitation")
        assert reach(connection, "park").unreached == 0
        connection.execute(contact.update().where(contact.c.channel == "sms").values(gone_at=MORNING))
        take(connection)
        assert reach(connection, "park").unreached == 1


def test_the_account_of_each_group_counts_people(town):
    accounts = {(t.channel, t.language, t.area): t for t in tallies(town, "park")}
    assert set(accounts) == {("sms", "ar", "SJ01"), ("sms", "sv", "SJ01"), ("sms", "sv", "SJ02")}
    last = accounts["sms", "sv", "SJ02"]
    assert (last.people, last.started, last.finished, last.partial, last.invited) == (3, 1, 1, 0, 0)


def test_the_account_counts_an_invitation_once_it_went_out(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        [leased] = take(connection, limit=1)
        settle(connection, [Outcome(leased.message_id, leased.fence, "sent")], MORNING)
        assert [(t.people, t.invited) for t in tallies(connection, "park")] == [(2, 1)]


class Row:
    def __init__(self, **values):
        self.__dict__.update(values)


def test_areas_are_kept_and_changed_by_their_code(database: Database):
    border = {"type": "Polygon", "coordinates": [[[12.4, 58.0], [12.5, 58.0], [12.5, 58.1], [12.4, 58.0]]]}
    with database.begin() as connection:
        import_areas(connection, [Row(code="SJ01", name="Sjöstan", geometry=border)])
        assert import_areas(connection, [Row(code="SJ01", name="Sjöstaden", geometry=border)]) == 1
        assert area_names(connection) == {"SJ01": "Sjöstaden"}
        assert load_areas(connection)[0].geometry == border


def test_the_baseline_is_kept_and_changed_by_area_band_and_sex(database: Database):
    row = {"area": "SJ01", "age_band": "16-29", "sex": "", "source": "SCB", "as_of": MORNING.date()}
    with database.begin() as connection:
        import_population(connection, [Row(**row, count=100)])
        import_population(connection, [Row(**row, count=120)])
        assert [(r.area, r.age_band, r.count, r.as_of) for r in load_population(connection)] == [
            ("SJ01", "16-29", 120, MORNING.date())
        ]
