"""Repeats: instances that residents add, counts that answers decide, and expressions across instances."""

import json

import pytest

CHILDREN = """
| survey |
| | type | name | label | relevant | calculation |
| | select_one yesno | has | Any children? | | |
| | begin repeat | child | Child | ${has} = 'yes' | |
| | text | name | Name? | | |
| | integer | age | Age of ${name}? | | |
| | calculate | place | | | position(..) |
| | text | school | School? | ${age} > 5 | |
| | end repeat | | | | |
| | calculate | ages | | | sum(${age}) |
| | calculate | count | | | count(${child}) |
| | calculate | second | | | indexed-repeat(${name}, ${child}, 2) |
| | select_one ${name} | eldest | Who is eldest? | ${count} > 1 | |
| choices |
| | list_name | name | label |
| | yesno | yes | Yes |
| | yesno | no | No |
"""
COUNTED = """
| survey |
| | type | name | label | repeat_count | relevant | calculation |
| | integer | n | How many? | | | |
| | begin repeat | child | Child | ${n} | | |
| | integer | age | Age? | | | |
| | end repeat | | | | | |
| | calculate | ages | | | | sum(${age}) |
"""
NESTED = """
| survey |
| | type | name | label | calculation |
| | begin repeat | house | House | |
| | text | street | Street? | |
| | begin repeat | room | Room | |
| | integer | size | Size on ${street}? | |
| | end repeat | | | |
| | calculate | area | | sum(${size}) |
| | end repeat | | | |
| | calculate | all | | sum(${size}) |
"""


def paths(entry):
    return [(step.path, step.kind) for step in entry.steps()]


def test_a_repeat_is_asked_once_and_offered_again(entry):
    asked = entry(CHILDREN)
    assert paths(asked) == [("/data/has", "question")]
    asked.set("/data/has", "yes")
    assert paths(asked)[1:] == [
        ("/data/child[1]/name", "question"),
        ("/data/child[1]/age", "question"),
        ("/data/child", "repeat"),
    ]
    asked.add_repeat("/data/child")
    assert asked.repeat_count("/data/child") == 2
    assert ("/data/child[2]/name", "question") in paths(asked)


def test_expressions_stay_within_their_instance(entry):
    asked = entry(CHILDREN)
    asked.set("/data/has", "yes")
    asked.add_repeat("/data/child")
    asked.set("/data/child[1]/name", "Bo")
    asked.set("/data/child[2]/name", "Eva")
    asked.set("/data/child[2]/age", "7")
    assert asked.label("/data/child[2]/age", "default") == "Age of Eva?"
    assert asked.is_relevant("/data/child[2]/school")
    assert not asked.is_relevant("/data/child[1]/school")
    assert [asked.value(f"/data/child[{k}]/place") for k in (1, 2)] == ["1", "2"]


def test_expressions_outside_see_all_instances(entry):
    asked = entry(CHILDREN)
    asked.set("/data/has", "yes")
    asked.set("/data/child[1]/age", "3")
    asked.add_repeat("/data/child")
    asked.set("/data/child[2]/age", "7")
    asked.set("/data/child[2]/name", "Eva")
    assert asked.value("/data/ages") == "10"
    assert asked.value("/data/count") == "2"
    assert asked.value("/data/second") == "Eva"


def test_choices_come_from_instances(entry):
    asked = entry(CHILDREN)
    asked.set("/data/has", "yes")
    asked.add_repeat("/data/child")
    asked.set("/data/child[1]/name", "Bo")
    asked.set("/data/child[2]/name", "Eva")
    assert [choice.label for choice in asked.choices("/data/eldest", "default")] == ["Bo", "Eva"]
    assert asked.set("/data/eldest", "Eva").ok


def test_removing_an_instance_moves_the_later_ones_up(entry):
    asked = entry(CHILDREN)
    asked.set("/data/has", "yes")
    for name in ("Bo", "Eva", "Ali"):
        if name != "Bo":
            asked.add_repeat("/data/child")
        asked.set(f"/data/child[{asked.repeat_count('/data/child')}]/name", name)
    asked.remove_repeat("/data/child[1]")
    assert [asked.value(f"/data/child[{k}]/name") for k in (1, 2)] == ["Eva", "Ali"]
    assert asked.value("/data/child[2]/place") == "2"
    assert asked.value("/data/second") == "Ali"


def test_a_count_decides_on_the_number_of_instances(entry):
    asked = entry(COUNTED)
    assert asked.repeat_count("/data/child") == 0
    asked.set("/data/n", "3")
    assert [path for path, _ in paths(asked)] == ["/data/n", *(f"/data/child[{k}]/age" for k in (1, 2, 3))]
    asked.set("/data/child[3]/age", "5")
    assert asked.value("/data/ages") == ""  # two ages are still unknown: XPath 1.0 adds NaN
    asked.set("/data/n", "0")
    assert asked.value("/data/ages") == ""  # nothing to sum is no number, as in ODK's engine


def test_a_counted_repeat_takes_no_instance_from_residents(entry):
    with pytest.raises(ValueError, match="no further"):
        entry(COUNTED).add_repeat("/data/child")


def test_a_slip_in_a_count_does_not_fill_the_memory(entry):
    asked = entry(COUNTED)
    asked.set("/data/n", "2000000000")
    assert asked.repeat_count("/data/child") == 100


def test_repeats_within_repeats(entry):
    asked = entry(NESTED)
    asked.add_repeat("/data/house[1]/room")
    asked.add_repeat("/data/house")
    assert asked.repeat_count("/data/house[2]/room") == 0
    asked.add_repeat("/data/house[2]/room")
    asked.set("/data/house[2]/street", "Storgatan")
    for path, size in {"house[1]/room[1]": "10", "house[1]/room[2]": "5", "house[2]/room[1]": "20"}.items():
        asked.set(f"/data/{path}/size", size)
    assert asked.value("/data/house[1]/area") == "15"
    assert asked.value("/data/house[2]/area") == "20"
    assert asked.value("/data/all") == "35"
    assert asked.label("/data/house[2]/room[1]/size", "default") == "Size on Storgatan?"
    assert ("/data/house[2]/room", "repeat") in paths(asked)


@pytest.mark.parametrize("table", [CHILDREN, NESTED])
def test_instances_survive_as_plain_data(form, now, table):
    survey = form(table)
    entry = survey.new(now=now)
    if table is CHILDREN:
        entry.set("/data/has", "yes")
        entry.add_repeat("/data/child")
        entry.set("/data/child[2]/age", "8")
        entry.set("/data/child[2]/name", "Eva")
    else:
        entry.add_repeat("/data/house")
        entry.add_repeat("/data/house[2]/room")
        entry.add_repeat("/data/house[2]/room")
        entry.set("/data/house[2]/room[2]/size", "4")
    restored = survey.restore(json.loads(json.dumps(entry.data())), now=now)
    assert restored.walk_state() == entry.walk_state()
    assert paths(restored) == paths(entry)


def test_an_instance_that_is_not_there_is_an_error_of_the_caller(entry):
    with pytest.raises(KeyError):
        entry(CHILDREN).value("/data/child[2]/name")
    with pytest.raises(KeyError):
        entry(CHILDREN).value("/data/child/name")


def test_a_repeat_has_a_name_before_and_after_it_has_instances(entry):
    table = CHILDREN.replace("| Child |", "| Child, ${has} |")
    asked = entry(table.replace("${has} = 'yes'", "${has} != ''"))
    asked.set("/data/has", "yes")
    assert asked.label("/data/child", "default") == "Child, yes"
    asked.remove_repeat("/data/child[1]")
    assert asked.label("/data/child", "default") == "Child, yes"
    assert asked.headings("/data/child", "default") == ()


HOUSES = """
| survey |
| | type | name | label | calculation | choice_filter |
| | begin repeat | house | House of ${owner} | | |
| | text | owner | Owner? | | |
| | begin repeat | person | Person ${who} | | |
| | text | who | Who? | | |
| | integer | age | Age? | | |
| | end repeat | | | | |
| | select_one ${who} | head | Who decides? | | age > 17 |
| | calculate | share | | count(../person) div count(/data/house/person) | |
| | end repeat | | | | |
"""


def test_each_instance_is_called_by_its_own_name_and_offers_its_own_people(entry):
    asked = entry(HOUSES)
    asked.add_repeat("/data/house")
    asked.add_repeat("/data/house[2]/person")
    for place, (owner, who) in enumerate([("Ada", "Ali"), ("Bo", "Bea")], start=1):
        asked.set(f"/data/house[{place}]/owner", owner)
        asked.set(f"/data/house[{place}]/person[1]/who", who)
        asked.set(f"/data/house[{place}]/person[1]/age", "40")
    asked.add_repeat("/data/house[2]/person")
    asked.set("/data/house[2]/person[2]/who", "Cy")
    assert asked.label("/data/house[2]", "default") == "House of Bo"
    assert asked.label("/data/house[2]/person[2]", "default") == "Person Cy"
    assert [choice.value for choice in asked.choices("/data/house[1]/head", "default")] == ["Ali"]
    assert [choice.value for choice in asked.choices("/data/house[2]/head", "default")] == ["Bea"]


def test_a_path_written_in_full_leads_to_all_instances(entry):
    asked = entry(HOUSES)
    asked.add_repeat("/data/house")
    asked.add_repeat("/data/house[2]/person")
    asked.add_repeat("/data/house[2]/person")
    assert float(asked.value("/data/house[2]/share")) == pytest.approx(2 / 3)
