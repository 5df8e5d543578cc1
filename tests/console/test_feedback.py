"""What those who took part are told, as the pages compose it."""

import pytest

from console.figures import feedback_text
from store.database import Database
from store.promises import get_decision
from tests.console import village

URL = "https://vallby.example/dialogue/park"


def told(database: Database, language: str, *, is_terse: bool = False) -> str:
    with database.connect() as connection:
        decision = get_decision(connection, "park")
        assert decision is not None
        return feedback_text(connection, village.definition(), decision, language, url=URL, is_terse=is_terse)


def test_feedback_tells_the_decision_its_reasons_and_where_to_read_more(decided: Database):
    text = told(decided, "sv")
    assert "Lekplatsen byggs i år" in text
    assert "Pengarna räcker till en etapp om året." in text
    assert URL in text


def test_feedback_holds_the_figures_that_everybody_may_see(decided: Database):
    assert "Lekplats 58" in told(decided, "sv")


@pytest.mark.parametrize("language", ["sv", "en", "ar"])
def test_feedback_holds_no_figure_of_fewer_than_ten(decided: Database, language: str):
    text = told(decided, language)
    for label in ("Utegym", "An outdoor gym", "صالة رياضية في الهواء الطلق", "Något annat", "Something else"):
        assert label not in text


def test_feedback_on_sms_is_short(decided: Database):
    assert len(told(decided, "sv", is_terse=True)) < len(told(decided, "sv")) / 2
