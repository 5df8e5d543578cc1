"""How results name questions and choices."""

from datetime import UTC, datetime

from bot.xlsform import read_xlsform
from console.questions import asked, countable

NOW = datetime(2027, 3, 1, tzinfo=UTC)
SURVEY = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | choice_filter | parameters |
| | select_multiple things | wishes | Vad vill du ha? | What do you want? | | |
| | select_one things | most | Vad är viktigast? | What matters most? | selected(${wishes}, name) | randomize=true |
| | integer | minutes | Hur långt? | How far? | | |
| | select_one way | travel | Det tar ${minutes} minuter. Hur kommer du? | It takes ${minutes} minutes. How do you come? | | |
| | text | idea | Något mer? | Anything else? | | |
| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) |
| | things | trees | Träd | Trees |
| | things | seats | Bänkar | Seats |
| | way | walk | Går | On foot |
| | way | bus | Buss | By bus |
"""


def xform() -> str:
    return read_xlsform(SURVEY.encode(), "survey.md").xform


def test_free_text_is_not_counted():
    assert countable(xform()) == ("/data/wishes", "/data/most", "/data/minutes", "/data/travel")


def test_every_choice_has_its_label_even_where_an_answer_filters_or_shuffles_them():
    most = asked(xform(), "en", NOW)[1]
    assert most.labels == {"trees": "Trees", "seats": "Seats"}


def test_a_quoted_answer_is_left_open():
    travel = asked(xform(), "sv", NOW)[3]
    assert travel.label == "Det tar … minuter. Hur kommer du?"


def test_a_language_that_the_survey_lacks_gets_its_default():
    assert asked(xform(), "so", NOW)[0].label == "Vad vill du ha?"
