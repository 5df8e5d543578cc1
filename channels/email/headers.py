"""Headers of incoming messages, read without trusting them. What they mean is decided by those who ask."""

from __future__ import annotations

from email.message import EmailMessage


def header(message: EmailMessage, name: str) -> str:
    """A header's value as text, "" when it is missing or beyond reading."""
    try:
        return str(message.get(name, "")).strip()
    except Exception:  # the standard library's header parser has many ways to fail on what spammers write
        return ""
