"""How a resident reads a page's forms: whatever a form is made of, the answer finds its fields."""

from __future__ import annotations

import pytest

from sandbox.lives import Life, Tempo
from sandbox.reading import PhraseBook
from sandbox.webpages import fill_in, read_page
from sandbox.world import Habit, Resident

RESIDENT = Resident("R-1", "SJ01", "en", 1980, "f", {"email": "r@post.sjovik.example"}, (), Habit(route="web"))
CHOICES = [{"value": v, "label": {"en": v.title()}} for v in ("bench", "light", "tree")]


def filled(question, form, **words):
    """The fields of the form that a resident sends who is asked this question on a page."""
    phrases = {"begin_words": ["YES"], "stop_words": ["STOP"], "language_words": {"en": "English"}, **words}
    questions = [{"key": "q", "label": {"en": "What now?"}, **question}] if question else []
    book = PhraseBook({"languages": {"en": phrases}, "questions": questions})
    life = Life(RESIDENT, 7, Tempo())
    heading = "<h1>What now?</h1>" if question else ""
    page = read_page(
        f"<html><body><form method=post><button name=do value='!lang:sv'>svenska</button></form>{heading}"
        f"<form method=post><input type=hidden name=nonce value=n>{form}</form>"
        "<form method=post><textarea name=words></textarea><button>Send</button></form></body></html>",
        "http://127.0.0.1/p",
    )
    life.see_page(page.text, page.shown, book, 0.0)
    form, fields, _ = fill_in(page, life, book)
    assert form.hidden == (("nonce", "n"),)
    return fields, life


def test_a_ranking_gives_each_list_its_place():
    lists = "".join(
        f"<label for=s{n}>{label}</label><select id=s{n} name='place:{n}'><option>–</option><option>1</option></select>"
        for n, label in enumerate(("Bench", "Light", "Tree"))
    )
    fields, life = filled({"type": "rank", "choices": CHOICES}, lists + "<button name=do value='!done'>Done</button>")
    order = ["bench", "light", "tree"]
    assert fields == [(f"place:{order.index(v)}", str(n)) for n, v in enumerate(life.meant["q"], 1)] + [("do", "!done")]


def test_a_number_on_a_scale_is_chosen():
    radios = "".join(f"<label><input type=radio name=answer value='1.{n}'>{n}</label>" for n in range(1, 6))
    fields, life = filled({"type": "range", "min": 1, "max": 5}, radios + "<button>Send answer</button>")
    assert fields == [("answer", f"1.{life.meant['q']}")]


def test_a_place_is_written_in_two_parts():
    fields, life = filled({"type": "geopoint"}, "<input name=latitude><input name=longitude><button>Send</button>")
    assert fields == list(zip(("latitude", "longitude"), life.meant["q"].split(", "), strict=True))


@pytest.mark.parametrize("kind", ["text", "number", "date"])
def test_what_is_typed_goes_into_the_questions_own_field(kind):
    fields, _ = filled({"type": "text", "sample_texts": {"en": ["Trees"]}}, f"<input type={kind} name=answer>")
    assert fields == [("answer", "Trees")]


def test_the_button_to_begin_is_found_by_what_it_says():
    fields, _ = filled(None, "<button name=do value='!begin'>Begin</button><button name=do value='!stop'>Stop</button>")
    assert fields == [("do", "!begin")]
