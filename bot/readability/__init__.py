"""How plain a text is, language by language: a measure, its level in words, and the hard words marked. Nothing is translated or rewritten here."""

from __future__ import annotations

from bot.readability.languages import Profile, profile
from bot.readability.marks import Mark, marks, text_level
from bot.readability.measures import Level, Score, level_of, score
from bot.readability.wordlists import Wordlist

__all__ = ["Level", "Mark", "Profile", "Score", "Wordlist", "level_of", "marks", "profile", "score", "text_level"]
