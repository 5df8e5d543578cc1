"""What a personal page can hold. Light to import; no page is made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.api import Limits

if TYPE_CHECKING:
    from channels.web.settings import WebSettings


def limits(settings: WebSettings) -> Limits:
    """The limits of the personal pages."""
    return Limits(
        text_chars=20_000,
        options=500,
        option_chars=500,
        opens_with_question=True,
        has_card_in_invitation=True,
        can_write_first=False,
        is_page=True,
    )
