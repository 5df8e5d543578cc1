"""What a letter can hold and how fast letters may be sent. Light to import; nothing is sent here."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from channels.api import Limits

if TYPE_CHECKING:
    from channels.email.settings import EmailSettings

SUBJECT_CHARS = 69  # RFC 5322, 2.1.1: a line should have at most 78 characters, "Subject: " among them


def limits(settings: EmailSettings) -> Limits:
    """The limits of e-mail at this installation."""
    return Limits(
        text_chars=100_000,
        title_chars=SUBJECT_CHARS,
        opens_with_question=True,
        has_card_in_invitation=True,
        rate_per_second=settings.rate_per_second or inf,
        concurrency=settings.most_connections,
        batch=1000,
    )
