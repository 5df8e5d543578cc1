"""Mail as it looks in a mailbox: a message read into an `Arrival`. How residents answer it lives in `mail_programs`."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

from sandbox.wire import Arrival

_LINK = re.compile(r"https?://[^\s<>\"']+")
_BRACKETED = re.compile(r"<\s*(https?://[^<>\s]+)\s*>")


def read_arrival(data: bytes, *, address: str, ref: str, at: float) -> Arrival:
    """What the resident's mail program shows, and the headers that it acts on. Header names are kept as sent."""
    message = message_from_bytes(data, policy=default)
    html = _part(message, "html")
    text = _part(message, "plain") or _bare(html)
    return Arrival(
        channel="email",
        address=address,
        ref=ref,
        text=text,
        at=at,
        subject=str(message.get("Subject", "")),
        html=html,
        links=_links(text, html),
        unsubscribe_url=_one_click(message),
        headers={name: str(value) for name, value in message.items()},
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    if not isinstance(part, EmailMessage):
        return ""
    return str(part.get_content()).replace("\r\n", "\n")


def _one_click(message: EmailMessage) -> str:
    """The address that a mail program posts to, if the sender offers one-click unsubscribe (RFC 8058)."""
    if str(message.get("List-Unsubscribe-Post", "")).strip() != "List-Unsubscribe=One-Click":
        return ""
    found = _BRACKETED.search(str(message.get("List-Unsubscribe", "")))
    return found[1] if found else ""


def _links(text: str, html: str) -> tuple[str, ...]:
    """Web addresses in the order of reading, those of the text first, each once."""
    reader = _Reader()
    reader.feed(html)
    hrefs = [href for href in reader.hrefs if href.startswith("http")]
    return tuple(dict.fromkeys([*_LINK.findall(text), *hrefs]))


def _bare(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    return "\n".join(reader.texts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.hrefs: list[str] = []
        self.texts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "title"):
            self._silent += 1
        self.hrefs.extend(value for name, value in attrs if name == "href" and value)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "title"):
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(" ".join(data.split()))
