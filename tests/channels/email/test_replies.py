"""A corpus of replies from many mail programs, in many languages and charsets: each gives exactly what the resident said."""

from __future__ import annotations

import tomllib
from email.message import EmailMessage
from pathlib import Path

import pytest

from channels.email.automatic import is_automatic
from channels.email.reading import parse, words_of

FOLDER = Path(__file__).parent / "replies"
ANSWERS: dict[str, str] = tomllib.loads((FOLDER / "answers.toml").read_text("utf-8"))


def test_every_reply_has_its_answer() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(ANSWERS)
    assert len(ANSWERS) >= 40


@pytest.mark.parametrize("name", ANSWERS)
def test_a_reply_gives_the_residents_words_and_no_others(name: str) -> None:
    message = parse((FOLDER / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n"))
    assert words_of(message) == ANSWERS[name]
    assert not is_automatic(message, "astrid@post.example")


def _plain_parts(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.walk() if part.get_content_type() == "text/plain" and not part.get_filename()]


def _has_both(name: str) -> bool:
    """Whether a reply carries one plain part beside its HTML."""
    message = parse((FOLDER / f"{name}.eml").read_bytes())
    return len(_plain_parts(message)) == 1 and "html" in {part.get_content_subtype() for part in message.walk()}


@pytest.mark.parametrize("name", [name for name in ANSWERS if _has_both(name)])
def test_a_reply_without_its_html_gives_the_same_words(name: str) -> None:
    """As gateways and lists leave it: the plain part alone, where only words tell what is quoted."""
    plain = _plain_parts(parse((FOLDER / f"{name}.eml").read_bytes()))[0]
    headers = "".join(f"{name}: {value}\r\n" for name, value in plain.items())
    alone = parse(headers.encode() + b"\r\n" + plain.get_payload().encode("utf-8", "surrogateescape"))
    assert words_of(alone) == ANSWERS[name]
