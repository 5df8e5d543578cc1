"""Every text in the code reaches every language, whole: same places to fill in, right number of plurals, letters the cheap alphabet has."""

from __future__ import annotations

import re
import string

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import locales
from locales.extraction import as_bytes, extract, refresh

CODES = ("ar", "en", "fi", "so", "sv")
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
APPROVED = ("en", "sv")


def catalog(code: str) -> Catalog:
    with (locales.FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def messages(code: str) -> list[Message]:
    return [message for message in catalog(code) if message.id]


def forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_shipped_languages_are_these():
    assert locales.codes() == CODES


def test_the_template_is_what_the_code_says_now():
    assert locales.TEMPLATE.read_bytes() == as_bytes(extract()), "run python -m locales"


@pytest.mark.parametrize("code", CODES)
def test_every_text_in_the_code_is_in_the_catalog_and_no_other(code):
    assert {key(m) for m in messages(code)} == {key(m) for m in extract() if m.id}


@pytest.mark.parametrize("code", CODES)
def test_no_text_is_left_untranslated_or_in_doubt(code):
    assert [key(m) for m in messages(code) if not all(forms(m)) or m.fuzzy] == []


@pytest.mark.parametrize("code", CODES)
def test_each_text_has_as_many_plurals_as_the_language(code):
    found = catalog(code)
    assert {len(forms(m)) for m in found if m.id and isinstance(m.id, tuple)} <= {found.num_plurals}


@pytest.mark.parametrize("code", CODES)
def test_translations_fill_in_the_same_places(code):
    wrong = []
    for message in messages(code):
        singular, *rest = (message.id,) if isinstance(message.id, str) else message.id
        wanted = places(singular).union(*map(places, rest))
        for form in forms(message):
            may_lack = {"count", "n"} if isinstance(message.id, tuple) else set()
            if not wanted - may_lack <= places(form) <= wanted:
                wrong.append((message.id, form))
    assert wrong == []


@pytest.mark.parametrize("code", [code for code in CODES if code not in APPROVED])
def test_texts_that_no_person_has_approved_are_marked_as_drafts(code):
    assert [key(m) for m in messages(code) if m.user_comments not in (["draft"], ["approved"])] == []


@pytest.mark.parametrize("code", ["en", "fi", "so", "sv"])
def test_texts_of_the_conversation_fit_the_cheap_alphabet_of_sms(code):
    spoken = [m for m in messages(code) if any(place.startswith("bot/") for place, _ in m.locations)]
    assert spoken
    assert {form: set(form) - GSM_7 for m in spoken for form in forms(m) if set(form) - GSM_7} == {}


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_few_translations_are_the_english_words(code):
    same = [m.id for m in messages(code) if m.string == m.id and len(re.sub(r"\{\w+\}", "", m.id)) > 12]
    assert same == []


def test_refreshing_adds_what_is_new_and_keeps_aside_what_may_come_back(tmp_path):
    code = tmp_path / "code" / "bot" / "texts.py"
    code.parent.mkdir(parents=True)
    folder = tmp_path / "catalogs"
    folder.mkdir()
    spoken = Catalog(locale="sv")
    spoken.add("Old", "Gammal")
    for name in ("sv", "en"):
        (folder / f"{name}.po").write_bytes(as_bytes(spoken if name == "sv" else Catalog(locale=name)))
    code.write_text('t.gettext("Old")\nt.ngettext("One", "Many", n)\n')
    assert refresh(tmp_path / "code", folder) == {"en": 0, "sv": 1}
    code.write_text('t.gettext("New")\n')
    assert refresh(tmp_path / "code", folder) == {"en": 0, "sv": 1}
    with (folder / "sv.po").open("rb") as file:
        assert [m.id for m in read_po(file) if m.id] == ["New"]
    code.write_text('t.gettext("Old")\n')
    assert refresh(tmp_path / "code", folder) == {"en": 0, "sv": 0}


def test_a_language_without_a_catalog_speaks_its_base_language_or_english():
    assert locales.translation("sv-SE").gettext("Thank you!") == "Tack!"
    assert locales.translation("ti").gettext("Thank you!") == "Thank you!"


def test_a_text_that_is_in_no_catalog_comes_back_as_it_is():
    swedish = locales.translation("sv")
    assert swedish.gettext("No such text") == "No such text"
    assert swedish.ngettext("a fish", "fishes", 2) == "fishes"
    assert swedish.pgettext("nowhere", "Begin") == "Begin"


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, "سؤال واحد."),
        (2, "سؤالان."),
        (5, "{count} أسئلة."),
        (11, "{count} سؤالًا."),
    ],
)
def test_arabic_counts_in_its_own_way(n, said):
    assert locales.translation("ar").ngettext("{count} question.", "{count} questions.", n) == said


@pytest.mark.parametrize(
    ("code", "direction"),
    [("ar", "rtl"), ("fa-AF", "rtl"), ("ckb", "rtl"), ("sv", "ltr"), ("kmr", "ltr"), ("xx", "ltr")],
)
def test_scripts_run_their_own_way(code, direction):
    assert locales.direction(code) == direction
