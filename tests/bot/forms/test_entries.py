"""Filling a form in: what each answer makes relevant, calculated, offered, required, and what is kept."""

import json

import pytest

PARK = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | hint::Svenska (sv) | hint::English (en) | relevant | constraint | constraint_message::Svenska (sv) | constraint_message::English (en) | required | required_message::Svenska (sv) | required_message::English (en) | calculation | choice_filter | default |
| | select_one yesno | visits | Besöker du parken? | Do you visit the park? | Välj ett | Choose one | | | | | yes | Svara gärna | Please answer | | | |
| | begin group | more | Mer | More | | | ${visits} = 'yes' | | | | | | | | | |
| | integer | times | Hur ofta? | How often? | | | | . >= 0 and . < 100 | Mellan 0 och 99 | 0 to 99 | | | | | | |
| | select_multiple things | why | Varför? | Why? | | | ${times} > 2 | | | | | | | | | |
| | end group | | | | | | | | | | | | | | | |
| | calculate | yearly | | | | | | | | | | | | ${times} * 52 | | |
| | note | sum | Du går ${yearly} gånger om året | You go ${yearly} times a year | | | ${yearly} > 0 | | | | | | | | | |
| | select_one towns | town | Ort? | Town? | | | | | | | | | | | | |
| | select_one streets | street | Gata i ${town}? | Street in ${town}? | | | | | | | | | | | town = ${town} | |
| | text | name | Namn | Name | | | | | | | | | | | | Anon |
| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) | town |
| | yesno | yes | Ja | Yes | |
| | yesno | no | Nej | No | |
| | things | play | Lek | Play | |
| | things | rest | Vila | Rest | |
| | towns | a | Ale | Ale | |
| | towns | v | Vänersborg | Vänersborg | |
| | streets | a1 | Storgatan | Main street | a |
| | streets | v1 | Kungsgatan | King street | v |
| settings |
| | form_title | default_language |
| | Parken | Svenska (sv) |
"""
SV, EN = "Svenska (sv)", "English (en)"


@pytest.fixture
def park(entry):
    return entry(PARK)


def paths(entry):
    return [step.path for step in entry.steps()]


def test_a_form_knows_its_title_languages_and_questions(form):
    park = form(PARK)
    assert park.title == "Parken"
    assert park.languages == (SV, EN)
    assert park.codes() == ("sv", "en")
    assert [(q.name, q.type) for q in park.questions][:3] == [
        ("visits", "select_one"),
        ("times", "integer"),
        ("why", "select_multiple"),
    ]


@pytest.mark.parametrize(
    ("code", "language"), [("en", EN), ("en-GB", EN), ("sv-simple", SV), ("EN", EN), ("ti", SV), ("", SV)]
)
def test_the_nearest_language_is_chosen(form, code, language):
    assert form(PARK).language(code) == language


def test_what_is_irrelevant_is_not_asked(park):
    assert paths(park) == ["/data/visits", "/data/town", "/data/street", "/data/name"]


def test_an_answer_opens_what_depends_on_it(park):
    assert park.set("/data/visits", "yes").ok
    assert "/data/more/times" in paths(park)
    assert "/data/more/why" not in paths(park)
    park.set("/data/more/times", "3")
    assert "/data/more/why" in paths(park)
    assert "/data/sum" in paths(park)


def test_a_group_that_closes_empties_its_answers_for_the_others_and_keeps_them(park):
    park.set("/data/visits", "yes")
    park.set("/data/more/times", "3")
    assert park.value("/data/yearly") == "156"
    park.set("/data/visits", "no")
    assert park.value("/data/more/times") == ""
    assert park.value("/data/yearly") == ""
    assert park.kept("/data/more/times") == "3"
    park.set("/data/visits", "yes")
    assert park.value("/data/yearly") == "156"


def test_texts_carry_values_in_each_language(park):
    park.set("/data/visits", "yes")
    park.set("/data/more/times", "2")
    assert park.label("/data/sum", SV) == "Du går 104 gånger om året"
    assert park.label("/data/sum", EN) == "You go 104 times a year"


def test_hints_are_given_where_written(park):
    assert park.hint("/data/visits", EN) == "Choose one"
    assert park.hint("/data/town", EN) == ""


def test_a_broken_constraint_is_told_in_the_authors_words_and_not_stored(park):
    park.set("/data/visits", "yes")
    verdict = park.set("/data/more/times", "100")
    assert (verdict.ok, verdict.reason) == (False, "constraint")
    assert verdict.message(EN) == "0 to 99"
    assert park.value("/data/more/times") == ""


def test_an_empty_answer_to_a_required_question_is_refused(park):
    verdict = park.set("/data/visits", "")
    assert verdict.reason == "required"
    assert verdict.message(SV) == "Svara gärna"
    assert park.is_required("/data/visits")
    assert not park.is_valid("/data/visits")


def test_what_is_no_choice_is_refused(park):
    assert park.set("/data/visits", "maybe").reason == "choice"
    assert park.set("/data/town", "a v").reason == "choice"


def test_choices_follow_their_filter(park):
    assert park.choices("/data/street", SV) == ()
    park.set("/data/town", "a")
    assert [(c.value, c.label) for c in park.choices("/data/street", EN)] == [("a1", "Main street")]
    assert park.set("/data/street", "v1").reason == "choice"


def test_a_choice_that_is_filtered_away_reads_as_empty_until_it_is_offered_again(park):
    park.set("/data/town", "a")
    park.set("/data/street", "a1")
    park.set("/data/town", "v")
    assert park.value("/data/street") == ""
    assert park.is_valid("/data/street")  # as no answer, which is not required
    park.set("/data/town", "a")
    assert park.value("/data/street") == "a1"


def test_defaults_stand_until_they_are_changed_or_cleared(park):
    assert park.value("/data/name") == "Anon"
    park.clear("/data/name")
    assert park.value("/data/name") == ""


def test_data_holds_only_what_was_answered(park):
    assert park.data() == {"values": {}}
    park.set("/data/visits", "yes")
    park.set("/data/more/times", "3")
    park.clear("/data/name")
    assert park.data() == {"values": {"visits": "yes", "more/times": "3", "name": ""}}


def test_an_entry_survives_as_plain_data(form, now):
    park = form(PARK)
    entry = park.new(now=now)
    entry.set("/data/visits", "yes")
    entry.set("/data/more/times", "3")
    restored = park.restore(json.loads(json.dumps(entry.data())), now=now)
    assert restored.walk_state() == entry.walk_state()


def test_data_of_another_form_is_refused(form, now):
    with pytest.raises(KeyError):
        form(PARK).restore({"values": {"nothing": "1"}}, now=now)


def test_an_unknown_path_is_an_error_of_the_caller(park):
    with pytest.raises(KeyError):
        park.value("/data/nothing")


def test_a_missing_translation_is_read_in_the_default_language(entry):
    table = PARK.replace("| Namn | Name |", "| Namn | |")
    assert entry(table).label("/data/name", EN) == "Namn"


def test_groups_name_what_stands_in_them(park):
    assert park.headings("/data/more/times", EN) == ("More",)


def test_calculated_labels_follow_the_language(entry):
    table = PARK.replace("${times} * 52", "jr:choice-name(${visits}, '${visits}')").replace(
        "${yearly} > 0", "${visits} != ''"
    )
    park = entry(table)
    park.set("/data/visits", "no")
    assert park.label("/data/sum", SV) == "Du går Nej gånger om året"
    assert park.label("/data/sum", EN) == "You go No times a year"
    assert park.label("/data/sum", SV) == "Du går Nej gånger om året"


def test_once_keeps_its_first_value(form, now):
    table = """
| survey |
| | type | name | label | calculation |
| | text | a | A | |
| | calculate | first | | once(${a}) |
"""
    survey = form(table)
    entry = survey.new(now=now)
    entry.set("/data/a", "x")
    entry.set("/data/a", "y")
    assert entry.value("/data/first") == "x"
    assert survey.restore(entry.data(), now=now).value("/data/first") == "x"


def test_other_opens_a_text_question(entry):
    table = """
| survey |
| | type | name | label |
| | select_one l or_other | q | Q |
| choices |
| | list_name | name | label |
| | l | a | A |
"""
    asked = entry(table)
    assert next(iter(asked.steps())).question.has_other
    asked.set("/data/q", "other")
    assert paths(asked) == ["/data/q", "/data/q_other"]


def test_dynamic_defaults_are_set_once_from_now(form, now):
    table = """
| survey |
| | type | name | label | default |
| | date | d | D | today() |
| | start | begun | | |
"""
    survey = form(table)
    entry = survey.new(now=now)
    assert entry.value("/data/d") == "2026-05-31"
    later = survey.restore(entry.data(), now=now.replace(year=2027))
    assert later.value("/data/d") == "2026-05-31"
    assert later.value("/data/begun").startswith("2026-05-31T14:30")


def test_a_trigger_sets_its_target_when_the_answer_changes(entry):
    table = """
| survey |
| | type | name | label | calculation | trigger |
| | text | a | A | | |
| | text | b | B | concat(${a}, '!') | ${a} |
"""
    asked = entry(table)
    asked.set("/data/a", "x")
    assert asked.value("/data/b") == "x!"
    asked.set("/data/b", "mine")
    assert asked.value("/data/b") == "mine"
    asked.set("/data/a", "y")
    assert asked.value("/data/b") == "y!"


def test_what_is_only_shown_takes_no_answer(entry):
    table = """
| survey |
| | type | name | label | readonly | default |
| | text | a | A | | |
| | text | b | B | ${a} = 'x' | |
"""
    asked = entry(table)
    assert asked.set("/data/b", "1").ok
    asked.set("/data/a", "x")
    assert asked.is_readonly("/data/b")
    assert asked.set("/data/b", "2").reason == "readonly"
    assert asked.value("/data/b") == "1"


def test_the_date_is_that_of_the_residents_place(form):
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    table = """
| survey |
| | type | name | label | calculation |
| | text | a | A | |
| | calculate | c | | today() |
"""
    late = datetime(2026, 5, 31, 23, 30, tzinfo=UTC).astimezone(ZoneInfo("Europe/Stockholm"))
    assert form(table).new(now=late).value("/data/c") == "2026-06-01"
