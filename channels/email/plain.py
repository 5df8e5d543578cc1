"""The text of a message: its plain part, or its HTML brought down to lines. What of it is quoted is decided in `quotes`."""

from __future__ import annotations

from email.message import EmailMessage
from html.parser import HTMLParser

_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table", "hr", "section", "article"}
_SILENT = {"style", "script", "head", "title", "template"}
_VOID = {"br", "hr", "img", "meta", "link", "input", "wbr", "col", "base", "area", "source"}


def plain_text(message: EmailMessage) -> str:
    """What a reader would see, newline-separated; quoted parts of HTML carry ">" at the start of each line."""
    plain = _part(message, "plain")
    if plain.strip():
        return plain
    return from_html(_part(message, "html"))


def _part(message: EmailMessage, subtype: str) -> str:
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}" and part.get_content_disposition() != "attachment":
            text = _decoded(part)
            return _unflowed(text, part) if subtype == "plain" else text
    return ""


def _decoded(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    raw = data if isinstance(data, bytes) else b""
    for charset in (part.get_content_charset(), "utf-8", "windows-1252"):
        try:
            return raw.decode(charset or "ascii")
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("latin-1")


def _unflowed(text: str, part: EmailMessage) -> str:
    """Join the soft lines of format=flowed (RFC 3676)."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    is_delsp = str(part.get_param("delsp", "")).lower() == "yes"
    lines: list[str] = []
    is_soft = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if is_soft and not line.startswith(">"):
            lines[-1] = (lines[-1][:-1] if is_delsp else lines[-1]) + line.removeprefix(" ")
        else:
            lines.append(line if line.startswith(">") else line.removeprefix(" "))
        is_soft = line.endswith(" ") and line != "-- " and not line.startswith(">")
    return "\n".join(lines)


def from_html(html: str) -> str:
    """HTML as lines; what stands in a blockquote gets a ">" before it."""
    reader = _Lines()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._silent = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag == "blockquote":
            self._break()
            self._quoted += 1
        elif tag in _BLOCKS:
            self._break(is_forced=tag in ("br", "p"))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag == "blockquote":
            self._break()
            self._quoted = max(0, self._quoted - 1)
        elif tag in _BLOCKS and tag not in _VOID:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        words = " ".join(data.split())
        if not words:
            if self._lines[-1] and not self._lines[-1].endswith(" "):
                self._lines[-1] += " "
            return
        line = self._lines[-1] or ("> " if self._quoted else "")
        before = " " if data[0].isspace() and line and not line.endswith(" ") else ""
        self._lines[-1] = line + before + words + (" " if data[-1].isspace() else "")

    def _break(self, *, is_forced: bool = False) -> None:
        if self._lines[-1] or is_forced:
            self._lines.append("")

    def text(self) -> str:
        return "\n".join(line.rstrip() if line != "-- " else line for line in self._lines)
