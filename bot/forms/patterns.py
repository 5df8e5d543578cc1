"""Regular expressions of forms, run in linear time whatever the answer. Their syntax is ECMAScript's, as in every ODK client."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.)|$)", re.DOTALL)
_SPACES = r"\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_AROUND = ("(?=", "(?!", "(?<=", "(?<!")


class PatternError(ValueError):
    """A regular expression that cannot be compiled, or that no linear-time engine can run."""


@lru_cache(maxsize=512)
def pattern(source: str) -> Any:
    """A compiled regular expression of linear time. Raises `PatternError`."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(_translated(source), options)
    except re2.error as error:
        told = error.args[0] if error.args else ""
        raise PatternError(told.decode() if isinstance(told, bytes) else str(told)) from None


def regex(text: str, source: str) -> bool:
    """Whether the pattern is found in the text; a pattern computed by the form that is none is found nowhere."""
    try:
        return pattern(source).search(text) is not None
    except PatternError:
        return False


def _translated(source: str) -> str:
    """ECMAScript's escapes in RE2's words."""
    bare = re.sub(r"\\.", "", source)
    if any(mark in bare for mark in _AROUND):
        raise PatternError("looking ahead or behind ((?=…), (?!…)) takes too long for some answers")
    if re.search(r"\\[1-9]|\\k<", source):
        raise PatternError(r"a repetition of an earlier part (\1) takes too long for some answers")
    parts: list[str] = []
    is_class, at = False, 0
    while at < len(source):
        letter = source[at]
        if letter == "\\":
            match = _ESCAPE.match(source, at)
            parts.append(_escape(match, is_class=is_class) if match else letter)
            at = match.end() if match else at + 1
            continue
        is_class = letter == "[" or (is_class and letter != "]")
        parts.append(letter)
        at += 1
    return "".join(parts)


def _escape(match: re.Match[str], *, is_class: bool) -> str:
    code, letter = match[1] or match[2], match[3]
    if code:
        return rf"\x{{{code}}}"
    if letter == "s":
        return _SPACES if is_class else f"[{_SPACES}]"
    if letter == "S" and not is_class:
        return f"[^{_SPACES}]"
    if letter in ("/", "-", "'", '"', "@", "#", "%", "&", ",", ":", ";", "<", "=", ">", "_", "`", "~", "!", " "):
        return "\\" + letter if letter not in " _'\"" else letter
    return match[0]
