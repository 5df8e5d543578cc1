"""Turnout: what the counts say, and that no table gives away what another hides."""

import pytest

from console.turnout import Group, heard, reached, turnout
from store.results import PeopleCount


def people(**areas: tuple[int, int, int]) -> list[PeopleCount]:
    """Areas with how many finished, gave a part, and were silent."""
    rows = []
    for area, (finished, partial, silent) in areas.items():
        rows += [
            PeopleCount("finished", (area,), finished, finished),
            PeopleCount("started", (area,), partial, partial),
            PeopleCount("invited", (area,), silent, 0),
        ]
    return rows


def group(found: tuple[Group, ...], value: str) -> Group:
    return next(each for each in found if each.value == value)


def test_who_started_without_an_answer_has_not_answered():
    found = turnout([PeopleCount("started", ("norr",), 30, 20), PeopleCount("invited", ("norr",), 40, 0)], ["area"], 6)
    assert (found.parts["answered"], found.parts["silent"], found.parts["asked"]) == (20, 50, 70)


def test_who_opted_out_is_not_counted_as_answering():
    found = turnout(
        [PeopleCount("opted_out", ("norr",), 10, 10), PeopleCount("invited", ("norr",), 40, 0)], ["area"], 6
    )
    assert found.parts["answered"] == 0


def test_a_share_is_of_those_who_were_asked():
    found = turnout(people(norr=(20, 10, 70), soder=(40, 20, 40)), ["area"], 6)
    assert group(found.by["area"], "norr").share == pytest.approx(0.3)


def test_a_small_group_is_hidden_and_another_with_it():
    found = turnout(people(norr=(50, 10, 40), soder=(30, 10, 40), od=(3, 0, 40)), ["area"], 6)
    hidden = [each.value for each in found.by["area"] if each.answered is None]
    assert "od" in hidden
    assert len(hidden) >= 2
    assert found.parts["answered"] == 103


@pytest.mark.parametrize("k", [6, 10])
@pytest.mark.parametrize("answers", [(3, 1, 90), (1, 1, 4), (9, 2, 0), (5, 5, 5), (0, 0, 3)])
def test_no_hidden_count_is_what_the_whole_leaves(k: int, answers: tuple[int, int, int]):
    found = turnout(people(norr=(60, 12, 40), soder=(31, 9, 50), od=answers), ["area"], k)
    for whole, counts in (
        (found.parts["asked"], [each.asked for each in found.by["area"]]),
        (found.parts["answered"], [each.answered for each in found.by["area"]]),
    ):
        hidden = counts.count(None)
        assert whole is None or hidden != 1
        assert all(count is None or count == 0 or count >= k for count in counts)


def test_people_whose_trait_is_not_known_are_a_group_of_their_own():
    found = turnout([PeopleCount("finished", ("",), 20, 20), PeopleCount("invited", ("norr",), 30, 0)], ["area"], 6)
    assert group(found.by["area"], "").answered == 20


def test_an_empty_campaign_has_nobody():
    assert turnout([], ["area"], 6).parts["asked"] == 0


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (3, None), (50, 50), (97, None), (100, 100)])
def test_whom_something_reached_is_hidden_when_few_or_nearly_all(count: int, shown: int | None):
    assert reached(count, 100, 6) == shown


def test_the_least_heard_come_first_and_the_hidden_last():
    groups = [Group("young", 100, 10), Group("old", 100, 40), Group("few", 10, None)]
    rows = heard(groups, 60, {"young": 500, "old": 300, "few": 200})
    assert [row.value for row in rows] == ["young", "old", "few"]
    assert rows[0].index == pytest.approx((10 / 60) / 0.5)
    assert rows[2].index is None


def test_a_group_that_nobody_belongs_to_among_those_asked_is_not_heard_at_all():
    assert heard([Group("old", 100, 40)], 40, {"old": 300, "young": 500})[0].index == 0
