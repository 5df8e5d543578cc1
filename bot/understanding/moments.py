"""Reading dates and times of day: in figures, with the month's name, or as today and yesterday. Day stands before month."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.folding import digits_to_ascii, fold
from bot.understanding.readings import NotUnderstood, Open, Reading, Understood

_TIME = re.compile(r"(?:^|(?<=\s))(\d{1,2})\s*(?:[:.]\s*(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?$", re.IGNORECASE)


def read_date(question: Open, text: str) -> Reading:
    """ISO 8601, "2026-03-05"."""
    found = _date(question, text)
    return NotUnderstood("date") if found is None else Understood(found.isoformat())


def read_time(question: Open, text: str) -> Reading:
    """A time of day, "14:30:00"."""
    found = _time(question, text)
    return NotUnderstood("time") if found is None else Understood(found)


def read_datetime(question: Open, text: str) -> Reading:
    """Date and time of day, in this order, "2026-03-05T14:30:00"."""
    words = text.replace("T", " ").split()
    for cut in range(len(words) - 1, 0, -1):
        day, clock = _date(question, " ".join(words[:cut]).rstrip(",")), _time(question, " ".join(words[cut:]))
        if day and clock:
            return Understood(f"{day.isoformat()}T{clock}")
    return NotUnderstood("date")


def _date(question: Open, text: str) -> date | None:
    lexicon, language = question.lexicon, question.language
    folded = fold(text)
    offset = lexicon.day_offset(folded, language)
    if offset is not None:
        return question.now.date() + timedelta(days=offset)
    skipped = lexicon.words["fillers"] | lexicon.words["suffixes"] | lexicon.words["polite"]
    tokens = [token for token in re.sub(r"(\d)(?=[^\W\d_])", r"\1 ", folded).split() if token not in skipped]
    if len(tokens) == 1 and re.fullmatch(r"\d{8}", tokens[0]):
        tokens = [tokens[0][:4], tokens[0][4:6], tokens[0][6:]]
    months = [lexicon.month(token, language) for token in tokens]
    if len(tokens) != 3:
        return None
    named = next((place for place, month in enumerate(months) if month and not tokens[place].isdecimal()), None)
    if named is not None:
        tokens = [*tokens[:named], *tokens[named + 1 :]]
        tokens.insert(1, str(months[named]))
    return _of_numbers(tokens)


def _of_numbers(tokens: list[str]) -> date | None:
    """Year first or year last, which is told by its four digits."""
    if not all(token.isdecimal() and len(token) <= 4 for token in tokens):
        return None
    if len(tokens[0]) == 4:
        year, month, day = (int(token) for token in tokens)
    elif len(tokens[2]) == 4:
        day, month, year = (int(token) for token in tokens)
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(question: Open, text: str) -> str | None:
    skipped = question.lexicon.words["fillers"] | question.lexicon.words["polite"]
    text = " ".join(word for word in digits_to_ascii(text).split() if fold(word) not in skipped).strip(" !?")
    if re.fullmatch(r"\d{3,4}", text):
        text = f"{text[:-2]}:{text[-2:]}"
    text = re.sub(r"(\d{2}):\d{2}(\.\d+)?$", r"\1", text) if text.count(":") == 2 else text
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").replace(".", "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return f"{hour:02}:{minute:02}:00" if hour < 24 and minute < 60 else None
