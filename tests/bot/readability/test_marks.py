"""What is marked as hard to read, where, and with which plain words instead."""

import pytest

from bot.readability import Mark, Wordlist, marks, text_level
from locales import load_wordlist

SV, EN = load_wordlist("sv"), load_wordlist("en")


def found(text: str, code: str = "sv") -> list[tuple[str, str, str]]:
    wordlist = {"sv": SV, "en": EN}.get(code, Wordlist())
    return [(mark.kind, mark.words, mark.remedy) for mark in marks(text, code, wordlist)]


@pytest.mark.parametrize(
    ("text", "words", "remedy"),
    [
        ("Du erhåller ett svar.", "erhåller", "få"),
        ("Frågor beträffande torget.", "beträffande", "om"),
        ("Med hänsyn till buller.", "Med hänsyn till", "eftersom, på grund av"),
        ("Detta skall göras.", "skall", "ska"),
    ],
)
def test_words_of_offices_are_marked_with_plain_ones(text: str, words: str, remedy: str) -> None:
    assert ("officialese", words, remedy) in found(text)


def test_english_has_a_list_of_its_own() -> None:
    assert found("Please submit it prior to Monday.", "en") == [
        ("officialese", "submit", "send"),
        ("officialese", "prior to", "before"),
    ]


def test_a_regional_language_uses_the_list_of_its_base() -> None:
    assert load_wordlist("sv-FI") == SV
    assert load_wordlist("sv-simple") == SV


def test_where_nobody_wrote_a_list_only_length_is_marked() -> None:
    assert load_wordlist("so") == Wordlist()
    assert found("Suunnittelutoimikunnan yhdyskuntasuunnittelujaosto", "fi")[0][0] == "long_word"


@pytest.mark.parametrize(
    "text", ["Kommunens inkomst ökar.", "Min kudde är min.", "De är på väg hem.", "Hur ofta är du på torget?"]
)
def test_plain_words_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_abbreviations_are_spelt_out() -> None:
    assert found("Ta med t.ex. mat m.m.") == [
        ("abbreviation", "t.ex.", "till exempel"),
        ("abbreviation", "m.m.", "med mera"),
    ]


@pytest.mark.parametrize(("text", "is_marked"), [
    ("Svaren behandlas av oss.", True), ("Torget ska byggas om.", True), ("Huset byggdes i år och målades rött.", True),
    ("Invånarnas svar och deras hopp.", False), ("Vi träffas och trivs.", False), ("Han hoppas.", False),
])  # fmt: skip
def test_the_passive_is_marked_and_genitives_are_not(text: str, is_marked: bool) -> None:
    assert bool([mark for mark in found(text) if mark[0] == "passive"]) == is_marked


def test_a_long_sentence_is_marked_as_a_whole() -> None:
    text = "Ord " + " ".join(["ord"] * 20) + "."
    assert marks(f"Kort. {text}", "sv")[0] == Mark("long_sentence", text, 6)
    assert not marks(" ".join(["ord"] * 20), "sv")


def test_marks_stand_where_the_words_stand() -> None:
    text = "Svara ${namn}, och bifoga vederbörlig blankett."
    for mark in marks(text, "sv", SV):
        assert text[mark.at : mark.at + len(mark.words)] == mark.words


@pytest.mark.parametrize(("text", "level"), [
    ("Hur ofta är du på torget?", "easy"), ("Du erhåller ett svar.", "medium"),
    ("Härmed anmodas du.", "medium"),
    ("Härmed anmodas vederbörande inkomma med erforderliga handlingar.", "hard"),
    (" ".join(["ord"] * 30), "hard"), ("Torget ska byggas om.", "easy"),
])  # fmt: skip
def test_a_text_is_as_hard_as_what_is_marked_in_it(text: str, level: str) -> None:
    assert text_level(text, "sv", marks(text, "sv", SV)) == level


def test_every_entry_of_the_lists_is_found_by_itself() -> None:
    import tomllib

    from locales import FOLDER

    for path in (FOLDER / "plain").glob("*.toml"):
        data, wordlist = tomllib.loads(path.read_text()), load_wordlist(path.stem)
        for entry, remedy in data["officialese"].items():
            told = list(wordlist.find_officialese(entry.replace("*", "")))
            assert told, entry
            assert remedy.strip()
        for entry in data["abbreviations"]:
            assert list(wordlist.find_abbreviations(f"en {entry} b")), entry
        assert len(data["officialese"]) >= 150
