"""Easy Swedish keeps to the rules of easy reading (MTM's advice on lättläst): short sentences, a thought a line, no abbreviations, no passive, and "du"."""

from __future__ import annotations

import re

import pytest

from locales.catalogs import forms, key, path_of, read, texts

LONGEST = 14  # words in a sentence
SENTENCE_END = re.compile(r"[.!?:](?=\s|$)")
ABBREVIATIONS = re.compile(r"\b(t\.?\s?ex|bl\.?a|ca|kl|osv|m\.?m|dvs|s\.?k|resp|etc|ev|nr|st|f\.d)\b\.?", re.IGNORECASE)
# Verbs in the passive end in s, nouns in the genitive as well; "saknas" has no active that says the same.
PASSIVE = re.compile(r"\b\w{3,}(?:as|des|ts|gs|ks)\b", re.IGNORECASE)
NOT_PASSIVE = {"saknas", "plats", "ärendets"}
HEAVY = re.compile(
    r"\b(samt|således|erhålla|avse\w*|beträffande|gällande|enligt|emellertid|återkoppling|inflytande|hanter\w*|ni)\b"
)
NI_MEANS_ALL = {"What you said"}


def said() -> dict[str, str]:
    return {key(m): form for m in texts(read(path_of("sv-simple"))) for form in forms(m)}


def sentences(text: str) -> list[str]:
    return [part.strip() for line in text.split("\n") for part in SENTENCE_END.split(line) if part.strip()]


def test_sentences_are_short():
    assert {s: len(s.split()) for text in said().values() for s in sentences(text) if len(s.split()) > LONGEST} == {}


def test_the_conversation_says_one_thing_a_line():
    spoken = [m for m in texts(read(path_of("sv-simple"))) if any(place.startswith("bot/") for place, _ in m.locations)]
    crowded = [
        line
        for m in spoken
        for form in forms(m)
        for line in form.split("\n")
        if len([s for s in sentences(line) if "{" not in s or len(s.split()) > 1]) > 1 and len(line) > 40
    ]
    assert crowded == []


def test_nothing_is_abbreviated():
    assert {text for text in said().values() if ABBREVIATIONS.search(text)} == set()


def test_nothing_is_in_the_passive():
    found = {word.lower() for text in said().values() for word in PASSIVE.findall(text)}
    assert found - NOT_PASSIVE == set()


def test_words_are_everyday_words_and_the_reader_is_du():
    assert {text for name, text in said().items() if HEAVY.search(text) and name not in NI_MEANS_ALL} == set()


@pytest.mark.parametrize(
    "word", ["Svaren hanteras av nämnden.", "Det beslutas i maj.", "Frågan ställdes och svarades."]
)
def test_the_rule_against_the_passive_bites(word):
    assert set(map(str.lower, PASSIVE.findall(word))) - NOT_PASSIVE
