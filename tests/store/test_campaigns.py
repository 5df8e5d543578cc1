"""Campaigns are drafts until launch and frozen after it; what is promised is kept track of."""

from __future__ import annotations

from datetime import date

import pytest

from store.campaigns import (
    Dates,
    due_closings,
    get_campaign,
    get_survey,
    list_campaigns,
    list_waves,
    newest_survey,
    plan_wave,
    progress,
    save_campaign,
    set_status,
)
from store.database import Database
from store.errors import CampaignFrozen, CampaignMissing
from store.promises import (
    DecisionRecord,
    get_decision,
    keep_milestone,
    list_milestones,
    overdue_milestones,
    plan_milestone,
    save_decision,
)
from tests.store.town import DAY, MORNING, XFORM, answer_turn, draft, invite, release, resident, start

DATES = Dates(MORNING, MORNING + DAY, MORNING + 2 * DAY, MORNING + 3 * DAY)


def test_a_draft_can_be_changed(database: Database):
    with database.begin() as connection:
        draft(connection)
        save_campaign(connection, "park", {"title": {"sv": "Badet"}}, DATES, xform=XFORM, now=MORNING + DAY)
        record = get_campaign(connection, "park")
    assert (record.definition, record.closes_at, record.created_at, record.status) == (
        {"title": {"sv": "Badet"}},
        MORNING + DAY,
        MORNING,
        "draft",
    )


def test_a_launched_campaign_is_frozen(database: Database):
    with database.begin() as connection:
        start(connection)
        with pytest.raises(CampaignFrozen):
            draft(connection)


def test_a_missing_campaign_is_named(database: Database):
    with database.connect() as connection, pytest.raises(CampaignMissing, match="nowhere"):
        get_campaign(connection, "nowhere")


def test_a_changed_survey_is_a_new_version_and_the_old_one_stays(database: Database):
    with database.begin() as connection:
        first = save_campaign(connection, "park", {}, DATES, xform="<one/>", now=MORNING)
        same = save_campaign(connection, "park", {}, DATES, xform="<one/>", now=MORNING)
        second = save_campaign(connection, "park", {}, DATES, xform="<two/>", now=MORNING)
        assert first is not None
        assert (same == first, second == first) == (True, False)
        newest = newest_survey(connection, "park")
        assert newest is not None
        assert (get_survey(connection, first).xform, newest.xform, newest.number) == ("<one/>", "<two/>", 2)


def test_an_information_send_out_has_no_survey(database: Database):
    with database.begin() as connection:
        assert save_campaign(connection, "park", {}, DATES, xform=None, now=MORNING) is None
        assert newest_survey(connection, "park") is None


def test_a_status_changes_only_from_where_it_was_expected(database: Database):
    with database.begin() as connection:
        draft(connection)
        assert not set_status(connection, "park", "closed", expected={"open"})
        assert set_status(connection, "park", "cancelled", expected={"draft"})
        assert [record.id for record in list_campaigns(connection, {"cancelled"})] == ["park"]


def test_progress_counts_people_by_status(database: Database):
    with database.begin() as connection:
        invite(connection, resident(1), resident(2))
        answer_turn(connection, 1, bench="yes")
        counted = progress(connection)["park"]
    assert (counted.by_status, counted.people) == ({"invited": 1, "started": 1}, 2)


def test_a_campaign_is_due_to_close_when_its_time_is_over(database: Database):
    with database.begin() as connection:
        draft(connection, "never launched")
        start(connection)
        assert due_closings(connection, MORNING + 13 * DAY) == []
        assert due_closings(connection, MORNING + 14 * DAY) == ["park"]


def test_a_wave_can_be_moved_until_it_begins(database: Database):
    with database.begin() as connection:
        start(connection)
        plan_wave(connection, "park", "reminder", 1, MORNING + 4 * DAY)
        release(connection, "invitation")
        plan_wave(connection, "park", "invitation", 1, MORNING + 4 * DAY)
        waves = {(wave.kind, wave.number): wave.due_at for wave in list_waves(connection, "park")}
    assert (waves["reminder", 1], waves["invitation", 1]) == (MORNING + 4 * DAY, MORNING)


def test_a_decision_can_be_entered_and_corrected(database: Database):
    first = DecisionRecord(
        "park", "KS 2026/1", date(2026, 4, 1), "Kommunstyrelsen", {"sv": {"decision": "Ja"}}, "anna", MORNING
    )
    second = DecisionRecord(
        "park", "KS 2026/12", date(2026, 4, 1), "Kommunstyrelsen", {"sv": {"decision": "Ja"}}, "anna", MORNING
    )
    with database.begin() as connection:
        assert get_decision(connection, "park") is None
        save_decision(connection, first)
        save_decision(connection, second)
        assert get_decision(connection, "park") == second


def test_a_promise_is_overdue_until_it_is_kept(database: Database):
    with database.begin() as connection:
        plan_milestone(connection, "park", "receipt", MORNING)
        plan_milestone(connection, "park", "decision", MORNING + 9 * DAY)
        assert [milestone.kind for milestone in overdue_milestones(connection, MORNING + DAY)] == ["receipt"]
        assert keep_milestone(connection, "park", "receipt", MORNING + DAY)
        assert not keep_milestone(connection, "park", "receipt", MORNING + DAY)
        assert overdue_milestones(connection, MORNING + 2 * DAY) == []


def test_a_kept_promise_is_not_moved(database: Database):
    with database.begin() as connection:
        plan_milestone(connection, "park", "receipt", MORNING)
        keep_milestone(connection, "park", "receipt", MORNING)
        plan_milestone(connection, "park", "receipt", MORNING + DAY)
        assert list_milestones(connection, "park")[0].due_at == MORNING
