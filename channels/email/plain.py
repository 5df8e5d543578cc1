"""What stands in a message for reading: its parts in their order, plain or as HTML, decoded. What of it is quoted is decided in `quotes`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage, Message

from channels.email.charsets import decoded
from channels.email.markup import Lines, read

_META = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_ARMOUR = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[\w-]+: [^\n]*\n)*\n(.*?)\n?-----BEGIN PGP SIGNATURE-----.*?-----END PGP SIGNATURE-----",
    re.DOTALL,
)
_MOST_PARTS = 200


@dataclass(frozen=True, slots=True)
class Body:
    """A message's text in both forms that it may have. Lines are parted by newlines."""

    plain: str
    html: Lines


def body_of(message: EmailMessage) -> Body:
    """Everything that is shown inline: parts one after another where pictures stand between them, never an attached message."""
    plain, html = [], []
    for part in _inline(message)[:_MOST_PARTS]:
        if part.get_content_type() == "text/html":
            html.append(_text(part))
        else:
            plain.append(_unarmoured(_unflowed(_text(part), part)))
    return Body("\n".join(plain), read("\n".join(html)))


def plain_text(message: EmailMessage) -> str:
    """What a reader would see, newline-separated; quoted parts of HTML carry ">" at the start of each line."""
    body = body_of(message)
    return body.plain if body.plain.strip() else body.html.text


def _inline(part: Message) -> list[Message]:
    """The text parts that a mail program shows in the message itself, in their order."""
    kind = part.get_content_type()
    if part.get_content_disposition() == "attachment" or kind == "message/rfc822":
        return []
    if not part.is_multipart():
        is_text = kind in ("text/plain", "text/html") and not (
            part.get_filename() and part.get_content_disposition() != "inline"
        )
        return [part] if is_text else []
    parts = [inner for inner in part.get_payload() if isinstance(inner, Message)]
    if kind == "multipart/signed":  # S/MIME, PGP: the second part is the signature (RFC 1847)
        parts = parts[:1]
    return [found for inner in parts for found in _inline(inner)]


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    raw = data if isinstance(data, bytes) else b""
    charset = part.get_content_charset()
    if charset is None and part.get_content_type() == "text/html" and (found := _META.search(raw[:2000])):
        charset = found[1].decode("ascii", "replace")
    return decoded(raw, charset).replace("\r\n", "\n").replace("\r", "\n")


def _unarmoured(text: str) -> str:
    """A text signed in place (RFC 9580, section 7) without its armour and the dashes before dashes."""
    return _ARMOUR.sub(lambda found: re.sub(r"(?m)^- ", "", found[1]), text)


def _unflowed(text: str, part: Message) -> str:
    """Join the soft lines of format=flowed (RFC 3676), quoted ones within their depth."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    is_delsp = str(part.get_param("delsp", "")).lower() == "yes"
    lines: list[str] = []
    soft_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        if soft_depth == depth:
            lines[-1] = (lines[-1][:-1] if is_delsp else lines[-1]) + words
        else:
            lines.append((">" * depth + " " if depth else "") + words)
        soft_depth = depth if words.endswith(" ") and words != "-- " else -1
    return "\n".join(lines)
