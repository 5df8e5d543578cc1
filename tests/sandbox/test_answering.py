"""How residents put an answer: leafing through lists in parts, and ranking."""

from __future__ import annotations

from random import Random

from sandbox.answering import Manner, Utterance, put
from sandbox.reading import Question, Shown, pages, same_label, shown_in
from sandbox.wire import Arrival, Button

MANNER = Manner("sv", "numbers")
VILLAGES = tuple((f"v{k}", {"sv": f"By {k}"}) for k in range(1, 21))


def question(kind: str) -> Question:
    return Question("where", kind, {}, VILLAGES)


def page(number: int, ticked: tuple[int, ...] = ()) -> tuple[Shown, ...]:
    """What a page of eight villages shows, of three."""
    shown = range(8 * number - 7, min(8 * number, 20) + 1)
    options = [Button(f"{'☑' if k in ticked else '☐'} By {k}", f"1.{k}") for k in shown]
    turns = [Button("◀", "back"), Button(f"{number}/3 ☑1", "here"), Button("▶", "on"), Button("Klar", "!done.1")]
    return shown_in(Arrival("telegram", "7", "1", "Var?", 0.0, (*options, *turns)))


def put_it(kind: str, value: str | list[str], shown: tuple[Shown, ...]) -> Utterance:
    return put(question(kind), value, shown, MANNER, Random(1))


def test_one_answer_is_looked_for_on_the_other_pages() -> None:
    assert put_it("select_one", "v17", page(1)).data == "on"
    assert put_it("select_one", "v17", page(3)).data == "1.17"


def test_several_answers_are_ticked_page_by_page_before_they_are_sent() -> None:
    wanted = ["v2", "v17"]
    assert put_it("select_multiple", wanted, page(1)).data == "1.2"
    assert put_it("select_multiple", wanted, page(1, (2,))).data == "on"
    assert put_it("select_multiple", wanted, page(2)).data == "on"
    assert put_it("select_multiple", wanted, page(3)).data == "1.17"
    assert put_it("select_multiple", wanted, page(3, (17,))).data == "!done.1"


def test_a_ranking_in_parts_is_typed() -> None:
    assert put_it("rank", ["v2", "v17"], page(1)).text == "By 2, By 17"


def test_a_whole_list_has_no_pages() -> None:
    assert pages(page(2)) == (2, 3)
    assert pages(shown_in(Arrival("sms", "7", "1", "1 By 1\n2 By 2", 0.0))) is None


def test_a_place_in_a_ranking_is_a_tick_and_no_part_of_the_label() -> None:
    buttons = (Button("1️⃣ Träd", "1.1"), Button("🔟 Bänkar", "1.2"), Button("☐ Lekplats", "1.3"))
    shown = shown_in(Arrival("telegram", "7", "1", "", 0.0, buttons))
    assert [thing.is_ticked for thing in shown] == [True, True, False]
    assert all(
        same_label(thing.label, label) for thing, label in zip(shown, ("Träd", "Bänkar", "Lekplats"), strict=True)
    )


def test_a_number_of_a_label_is_no_tick() -> None:
    (shown,) = shown_in(Arrival("telegram", "7", "1", "", 0.0, (Button("2. Linje Bruket", "1.2"),)))
    assert not shown.is_ticked
