"""Every text in the code reaches every language, whole: same places to fill in, right number of plurals, letters the cheap alphabet has."""

from __future__ import annotations

import ast
import re

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import locales
from bot.languages import NAMES, formats
from channels.rendering import direction
from locales.catalogs import APPROVED, DRAFT, as_bytes, forms, key, path_of, read, texts
from locales.checks import faults, places
from locales.extraction import KEYWORDS, PACKAGES, extract, refresh
from locales.plurals import PLURAL_FORMS, header

CODES = tuple(sorted(NAMES))
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
# Languages that can be written well with the cheap alphabet; the others cost as UCS-2 whatever they say.
CHEAP = ("en", "fi", "fit", "so", "sv", "sv-simple")
SAME_RULE = {"ckb": "ckb", "fa-AF": "fa_AF", "kmr": "ku", "sv-simple": "sv"}
BUTTON, WORD = 30, 15
SAME_WORDS = {
    "Telegram",
    "Genklang – the sound that comes back",
}


def messages(code: str) -> list[Message]:
    return list(texts(read(path_of(code))))


def is_said(message: Message) -> bool:
    """Whether the text may go out as an SMS."""
    return any(place.startswith(("bot/", "campaigns/")) for place, _ in message.locations)


def english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[-1]


def test_the_shipped_languages_are_these():
    assert locales.codes() == CODES


def test_the_template_is_what_the_code_says_now():
    assert locales.TEMPLATE.read_bytes() == as_bytes(extract()), "run python -m locales"


@pytest.mark.parametrize("code", CODES)
def test_every_text_in_the_code_is_in_the_catalog_and_no_other(code):
    assert {key(m) for m in messages(code)} == {key(m) for m in texts(extract())}


@pytest.mark.parametrize("code", CODES)
def test_no_text_is_left_untranslated_or_in_doubt(code):
    assert [key(m) for m in messages(code) if not all(forms(m)) or m.fuzzy] == []


@pytest.mark.parametrize("code", CODES)
def test_translations_have_the_places_plurals_marks_and_ends_of_the_english_text(code):
    count = read(path_of(code)).num_plurals
    wrong = {key(m): faults(m, forms(m), count) for m in messages(code)}
    assert {text: found for text, found in wrong.items() if found} == {}


@pytest.mark.parametrize("code", CODES)
def test_a_catalog_counts_by_the_rule_of_its_language(code):
    text = path_of(code).read_text(encoding="utf-8")
    assert f'"Language: {path_of(code).stem}\\n"' in text
    assert f'"Plural-Forms: {header(code)}\\n"' in text


@pytest.mark.parametrize("code", [code for code in CODES if code not in ("fit", "rmy")])
def test_plural_rules_are_those_of_the_calendar_data(code):
    rule = Locale.parse(SAME_RULE.get(code, code)).plural_form
    count, _ = PLURAL_FORMS[code]
    catalog = Catalog()
    catalog.mime_headers = [("Plural-Forms", header(code))]
    form = locales.Translation(code, catalog)._form
    pairs = {(rule(n), form(n)) for n in (*range(1001), 1_000_000, 1_000_001)}
    assert len(pairs) == len({tag for tag, _ in pairs}) == len({index for _, index in pairs}) == count


@pytest.mark.parametrize("code", CODES)
def test_each_text_says_whether_a_person_has_approved_it(code):
    marks = {key(m): [c for c in m.user_comments if c == DRAFT or APPROVED.fullmatch(c)] for m in messages(code)}
    assert {text: mark for text, mark in marks.items() if len(mark) != 1} == {}
    assert locales.drafts(code) == {text for text, mark in marks.items() if mark == [DRAFT]}


@pytest.mark.parametrize("code", CHEAP)
def test_texts_of_the_conversation_fit_the_cheap_alphabet_of_sms(code):
    spoken = [m for m in messages(code) if is_said(m)]
    assert spoken
    assert {form: set(form) - GSM_7 for m in spoken for form in forms(m) if set(form) - GSM_7} == {}


@pytest.mark.parametrize("code", CODES)
def test_texts_are_about_as_long_as_the_english_ones(code):
    """Twice the letters and twenty more; what may be an SMS is also within two messages of the costly alphabet."""
    long = {
        form: len(form)
        for m in messages(code)
        for form in forms(m)
        if len(form) > 2 * len(english(m)) + 20 or (is_said(m) and len(form) > 2 * 67)
    }
    assert long == {}


@pytest.mark.parametrize("code", CODES)
def test_buttons_and_words_to_write_are_short(code):
    limits = {"button": BUTTON, "word to write": WORD}
    assert [forms(m)[0] for m in messages(code) if len(forms(m)[0]) > limits.get(m.context, 1000)] == []


@pytest.mark.parametrize("code", CODES)
def test_words_to_write_are_in_capitals(code):
    words = [forms(m)[0] for m in messages(code) if m.context == "word to write"]
    assert words
    assert [word for word in words if word != word.upper()] == []


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_few_translations_are_the_english_words(code):
    same = [m.id for m in messages(code) if m.string == m.id and len(re.sub(r"\{\w+\}", "", m.id)) > 12]
    assert [text for text in same if text not in SAME_WORDS] == []


def test_places_are_found_within_braces():
    assert places("{a} and {b}") == {"a", "b"}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("Hej", "lacks"),
        ("Hej {name} {you}.", "fills in"),
        ("Hej {name", "braces"),
        ("Hej {name}", "ends with"),
        ("Hej \u2068{name}.", "direction marks"),
        ("Hej ”{name}.", "quotation marks"),
        ("Hej {name}. ", "white space"),
        (" ", "is empty"),
    ],
)
def test_a_wrong_translation_is_told_what_is_wrong(given, fault):
    assert fault in " ".join(faults(Message("Hello {name}.", ""), (given,), 2))


def test_a_right_translation_has_no_faults():
    assert faults(Message("Hello {name}.", ""), ("Hej {name}.",), 2) == []
    assert faults(Message("Hello {name}?", ""), ("سلام {name}؟",), 2) == []
    assert faults(Message(("One", "{n} of them"), ""), ("En", "{n} av dem"), 2) == []
    assert faults(Message(("One", "{n} of them"), ""), ("En",), 2) == ["needs 2 form(s), has 1"]


def test_refreshing_adds_what_is_new_and_keeps_aside_what_may_come_back(tmp_path):
    code = tmp_path / "code" / "bot" / "texts.py"
    code.parent.mkdir(parents=True)
    folder = tmp_path / "catalogs"
    folder.mkdir()
    spoken = Catalog()
    spoken.add("Old", "Gammal")
    for name in ("sv", "en"):
        (folder / f"{name}.po").write_bytes(as_bytes(spoken if name == "sv" else Catalog(), name))
    code.write_text('t.gettext("Old")\nt.ngettext("One", "Many", n)\n')
    assert refresh(tmp_path / "code", folder) == {"en": 0, "sv": 1}
    code.write_text('t.gettext("New")\n')
    assert refresh(tmp_path / "code", folder) == {"en": 0, "sv": 1}
    with (folder / "sv.po").open("rb") as file:
        assert [m.id for m in read_po(file) if m.id] == ["New"]
    code.write_text('t.gettext("Old")\n')
    assert refresh(tmp_path / "code", folder) == {"en": 0, "sv": 0}


def test_a_language_without_a_catalog_speaks_the_one_that_stands_in_or_english():
    assert locales.translation("sv-SE").gettext("Thank you!") == "Tack!"
    assert locales.translation("tlh").gettext("Thank you!") == "Thank you!"


def test_a_text_without_a_translation_is_said_by_the_language_that_stands_in():
    empty = Catalog()
    swedish = locales.translation("sv")
    speaker = locales.Translation("sv-simple", empty, swedish)
    assert speaker.gettext("Thank you!") == "Tack!"
    assert speaker.pgettext("word to write", "YES") == "JA"
    assert speaker.ngettext("{count} question.", "{count} questions.", 2) == "{count} frågor."
    assert speaker.gettext("No such text") == "No such text"


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


@pytest.mark.parametrize("code", CODES)
def test_all_rooms_agree_on_the_writing_direction(code):
    assert locales.direction(code) == locales.translation(code).direction == direction(code)
    assert Locale.parse(formats(code), sep="-").text_direction == direction(code)


@pytest.mark.parametrize(
    ("code", "found"),
    [("fa_AF", "fa-AF"), ("fa-AF", "fa-AF"), ("fa-af", "fa-AF"), ("ku", "kmr"), ("rom", "rmy"), ("ku-Arab", "ckb")],
)
def test_a_language_is_found_however_it_is_written(code, found):
    assert locales.translation(code).code == found


def test_every_text_is_written_out_where_it_is_translated():
    """What is looked up by a variable would not be gathered into the template. Only the pages' own helper passes texts on."""
    passed_on = {
        path.relative_to(locales.FOLDER.parent).as_posix()
        for package in PACKAGES
        for path in (locales.FOLDER.parent / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _is_translating(node) and not all(isinstance(arg, ast.Constant) for arg in node.args[: _texts(node)])
    }
    assert passed_on <= {"console/words.py"}


def _is_translating(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in KEYWORDS


def _texts(node: ast.Call) -> int:
    return 1 if node.func.attr == "gettext" else 2
