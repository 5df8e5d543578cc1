"""LIX as Björnsson defined it, over scripts and languages, and bounds of long words that fit the texts we have in several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.readability import level_of, profile, score
from bot.readability.measures import sentences_of, words_of
from locales import FOLDER, codes, translation


def test_lix_is_words_a_sentence_and_long_words_in_per_cent() -> None:
    found = score(["Nämnden beslutade om detaljplanen i går. Vi byggde ett nytt torg."], "sv")
    assert (found.words, found.sentences, found.long_words) == (11, 2, 3)  # Nämnden, beslutade, detaljplanen
    assert found.lix == pytest.approx(11 / 2 + 100 * 3 / 11)


@pytest.mark.parametrize(("lix", "level"), [(0, "easy"), (40, "easy"), (40.1, "medium"), (50, "medium"), (51, "hard")])
def test_levels_have_words(lix: float, level: str) -> None:
    assert level_of(lix) == level


def test_the_same_text_made_officious_scores_higher() -> None:
    plain = score(["Vi ska bygga om torget. Berätta vad du vill ha där."], "sv")
    heavy = score(["Synpunkter beträffande ombyggnationen av torget emotses av samhällsbyggnadsförvaltningen."], "sv")
    assert plain.level == "easy"
    assert heavy.level == "hard"


def test_a_point_in_an_abbreviation_ends_no_sentence() -> None:
    assert len(sentences_of("Ta med t.ex. en kudde. Kom sedan!")) == 2


@pytest.mark.parametrize("text", ["ما رأيك؟ اكتب لنا.", "ሰላም። ደሓን ዶ።", "Vad? Hur!"])
def test_every_script_ends_its_sentences(text: str) -> None:
    assert len(sentences_of(text)) == 2


def test_vowel_signs_and_joiners_are_no_letters_and_cut_no_word() -> None:
    assert words_of("مَدْرَسَة می‌خواهم la'aan") == ["مَدْرَسَة", "می‌خواهم", "la'aan"]
    assert score(["مَدْرَسَةٌ"], "ar").long_words == 0  # five letters with signs above


def test_places_to_fill_in_are_no_words() -> None:
    assert words_of("Det tar ${minutes} minuter, {name}.") == ["Det", "tar", "minuter"]


def test_nothing_scores_nothing() -> None:
    assert score([], "sv").lix == score(["", "123", "?"], "sv").lix == 0.0


@given(st.lists(st.text(max_size=80), max_size=5), st.sampled_from(["sv", "fi", "ar", "ti", "xx", ""]))
def test_any_text_has_a_score(texts: list[str], code: str) -> None:
    found = score(texts, code)
    assert 0 <= found.long_words <= found.words
    assert found.lix >= 0


def _parallel(code: str) -> list[str]:
    """The system's sentences that Swedish and this language both have."""
    from babel.messages.pofile import read_po

    with (FOLDER / "sv.po").open("rb") as file:
        own = [str(m.id) for m in read_po(file) if isinstance(m.id, str) and m.id and not m.context]
    there = translation(code)
    return [there.gettext(message) for message in own]


@pytest.mark.parametrize("code", [code for code in ("en", "fi", "so", "ar") if code in codes()])
def test_measured_bounds_give_the_share_of_long_words_that_swedish_has(code: str) -> None:
    swedish, other = score(_parallel("sv"), "sv"), score(_parallel(code), code)
    assert profile(code).is_measured
    assert other.long_words / other.words == pytest.approx(swedish.long_words / swedish.words, abs=0.06)
