"""Bytes of an input file into text, or a problem that names the line. What the text means is left to each reader."""

from __future__ import annotations

from bot.problems import InputRefused, Problem

_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_REMEDY = "save the file as UTF-8 (in Excel: “CSV UTF-8”; in an editor: encoding UTF-8)"


def decode(data: bytes | str, filename: str) -> str:
    """The text without byte-order mark. Raises InputRefused when the bytes are not UTF-8."""
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    if data.startswith(_OTHER_MARKS):
        raise InputRefused([Problem("The file is in UTF-16.", _REMEDY, filename, "line 1")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputRefused([Problem("The file is not UTF-8.", _REMEDY, filename, f"line {line}")]) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputRefused([Problem("The file holds a NUL character.", _REMEDY, filename, f"line {line}")])
    return text
