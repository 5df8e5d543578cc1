"""Messages as bytes: one content compiled once into a skeleton, then filled in for each recipient. Nothing is sent here.

Bodies are quoted-printable. A personal field stands alone between two soft line breaks, so filling in one of any length
leaves the encoding of the rest untouched.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from html import escape
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import quote

from bot.contents import Content
from channels.api import Outbound, Purpose
from channels.doors import Translation
from channels.email import layout
from channels.email.addresses import OurAddresses
from channels.email.envelopes import Envelope
from channels.errors import Refused

_CONVERSATION = {"reply", "nudge"}
URGENT = frozenset({"reply", "notice"})  # a resident waits for it
_AS_IT_IS = "(?:[A-Za-z0-9:/_-][A-Za-z0-9:/._-]{0,63}|)"  # stands in quoted-printable HTML as it is, on one line
# address, token, page and stop
_PLAIN = re.compile(rf"[\x21-\x7e]{{1,900}}\n[A-Za-z0-9]{{1,32}}\n{_AS_IT_IS}\n{_AS_IT_IS}")
_SAFE_HEADER = re.compile(r"[\x21-\x7e]{1,900}")
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_DOTS = re.compile(rb"\n\.+")
_BOUNDARY = "=_genklang_letter"  # "=_" cannot occur in quoted-printable


class Fields(NamedTuple):
    """What is personal in a message, as bytes that fit where it stands."""

    to: bytes
    reply_to: bytes
    reply_in_html: bytes
    page_in_text: bytes
    page_in_html: bytes
    pick_in_html: bytes
    stop_in_text: bytes
    stop_in_html: bytes
    unsubscribe: bytes
    date: bytes
    message_id: bytes
    thread: bytes


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A message with holes: `pieces` are fixed bytes, with the name of a field after each but the last; there are at least two of them."""

    pieces: tuple[bytes, ...]
    names: tuple[str, ...]
    _parts: list[bytes] = field(init=False, repr=False, compare=False)
    _pick: Callable[[Fields], Iterable[bytes]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spread = [b""] * (2 * len(self.pieces) - 1)
        spread[::2] = self.pieces
        object.__setattr__(self, "_parts", spread)
        object.__setattr__(self, "_pick", itemgetter(*map(Fields._fields.index, self.names)))

    def fill(self, fields: Fields) -> bytes:
        """The whole message."""
        parts = self._parts.copy()
        parts[1::2] = self._pick(fields)
        return b"".join(parts)


class Letters:
    """Makes envelopes. `sender_name` stands on all of them; where it is empty each campaign's own name for its sender does, and
    `house_name` where no campaign speaks.

    Skeletons of the last contents are kept, found by the content's identity."""

    def __init__(
        self,
        ours: OurAddresses,
        sender_address: str,
        sender_name: str,
        translation: Callable[[str], Translation],
        sign: Callable[[bytes], bytes] | None = None,
        kept: int = 128,
        house_name: str = "",
    ) -> None:
        self._ours = ours
        self._sender_address = sender_address
        self._sender_name = sender_name
        self._house_name = house_name
        self._translation = translation
        self._sign = sign
        self._kept = kept
        before, after = quote(ours.reply("\t"), safe="@").split("%09")
        self._link = (before.encode("ascii"), after.encode("ascii"))
        self._date: tuple[datetime | None, bytes] = (None, b"")
        self._skeletons: dict[tuple[int, Purpose, bool, bool, str], tuple[Content, Skeleton]] = {}

    def envelope(self, outbound: Outbound, now: datetime) -> Envelope:
        """The message for one recipient. Raises `Refused` when a personal field cannot stand in a header."""
        bounce, message_id = self._ours.bounce_and_message_id(outbound.message_id)
        data = self._skeleton(outbound).fill(self._fields(outbound, now, message_id))
        if self._sign is not None:
            data = self._sign(data) + data
        return Envelope(bounce, outbound.address, data, is_dotless=True)

    def _fields(self, outbound: Outbound, now: datetime, message_id: str) -> Fields:
        address, token = outbound.address, outbound.reply_token
        page, stop = outbound.personal_url, outbound.unsubscribe_url
        reply_to = self._ours.reply(token) if token else self._sender_address
        thread = self._ours.thread_id(token or address)
        beside = (self._dated(now), message_id.encode("ascii"), thread.encode("ascii"))
        personal = f"{address}\n{token}\n{page}\n{stop}"
        if len(reply_to) >= 72 or not _PLAIN.fullmatch(personal):
            return Fields._make((*self._escaped(address, reply_to, page, stop), *beside))
        # Nothing is to be escaped and no line to be broken: ours are so.
        to, in_token, in_page, in_stop = personal.encode("ascii").split(b"\n")
        before, after = self._link
        reply = before + in_token + after
        pick = in_page + b"?pick=3D"
        return Fields(to, reply_to.encode("ascii"), reply, in_page, in_page, pick, in_stop, in_stop, in_stop, *beside)

    @staticmethod
    def _escaped(address: str, reply_to: str, page: str, stop: str) -> tuple[bytes, ...]:
        """The personal fields where something in them has to be escaped or a line to be broken."""
        if not all(_SAFE_HEADER.fullmatch(text) for text in (address, reply_to, page or "-", stop or "-")):
            raise Refused("email_personal_field_malformed")
        joint = "&" if "?" in page else "?"
        return (
            address.encode("ascii"),
            reply_to.encode("ascii"),
            printable(quote(reply_to, safe="@")),
            printable(page),
            printable(escape(page)),
            printable(escape(f"{page}{joint}pick=")),
            printable(stop),
            printable(escape(stop)),
            stop.encode("ascii"),
        )

    def _dated(self, now: datetime) -> bytes:
        """A Date header's value; a batch shares it."""
        if self._date[0] != now:
            self._date = (now, format_datetime(now).encode("ascii"))
        return self._date[1]

    def _skeleton(self, outbound: Outbound) -> Skeleton:
        content = outbound.content
        has_page, has_stop = bool(outbound.personal_url), bool(outbound.unsubscribe_url)
        key = (id(content), outbound.purpose, has_page, has_stop, outbound.sender)
        found = self._skeletons.get(key)
        if found is not None:
            return found[1]
        skeleton = self._compile(outbound)
        self._skeletons[key] = (content, skeleton)  # holding the content keeps its identity from being given away
        if len(self._skeletons) > self._kept:
            del self._skeletons[next(iter(self._skeletons))]
        return skeleton

    def _compile(self, outbound: Outbound) -> Skeleton:
        content, purpose = outbound.content, outbound.purpose
        page = layout.Layout(
            content=content,
            sender=self._sender_name or outbound.sender or self._house_name,
            words=layout.words(self._translation(content.language)),
            has_page=bool(outbound.personal_url),
            has_stop=bool(outbound.unsubscribe_url),
            is_asking=layout.asks(content, purpose),
        )
        writing = _Writing()
        self._write_headers(writing, page, purpose)
        for subtype, body, where in (("plain", page.text(), "text"), ("html", page.html(), "html")):
            writing.line(f"--{_BOUNDARY}")
            writing.line(f"Content-Type: text/{subtype}; charset=utf-8")
            writing.line("Content-Transfer-Encoding: quoted-printable")
            writing.line("")
            writing.body(
                body,
                {
                    layout.PAGE: f"page_in_{where}",
                    layout.STOP: f"stop_in_{where}",
                    layout.REPLY_TO: "reply_in_html",
                    layout.PICK: "pick_in_html",
                },
            )
        writing.line(f"--{_BOUNDARY}--")
        return writing.skeleton()

    def _write_headers(self, writing: _Writing, page: layout.Layout, purpose: Purpose) -> None:
        is_conversation = purpose in _CONVERSATION
        writing.line(f"From: {mailbox(page.sender, self._sender_address)}")
        writing.header("To: ", "to")
        writing.header("Reply-To: ", "reply_to")
        writing.line(f"Subject: {encoded(page.subject, 'Subject')}")
        writing.header("Date: ", "date")
        writing.header("Message-ID: ", "message_id")
        writing.header("References: ", "thread")
        if page.has_stop:
            writing.header("List-Unsubscribe: <", "unsubscribe", ">")
            writing.line("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        writing.line(f"Auto-Submitted: {'auto-replied' if is_conversation else 'auto-generated'}")
        if not is_conversation:
            writing.line("Precedence: bulk")
        writing.line(f"Content-Language: {page.content.language}")
        writing.line("MIME-Version: 1.0")
        writing.line(f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"')
        writing.line("")


class _Writing:
    """A skeleton as it grows."""

    def __init__(self) -> None:
        self._pieces: list[bytearray] = [bytearray()]
        self._names: list[str] = []

    def line(self, text: str) -> None:
        self._pieces[-1] += text.encode("ascii") + b"\r\n"

    def header(self, before: str, name: str, after: str = "") -> None:
        self._pieces[-1] += before.encode("ascii")
        self._hole(name)
        self._pieces[-1] += after.encode("ascii") + b"\r\n"

    def body(self, text: str, slots: Mapping[str, str]) -> None:
        for piece in re.split(f"([{''.join(slots)}])", text):
            if piece in slots:
                self._pieces[-1] += b"=\r\n"
                self._hole(slots[piece])
                self._pieces[-1] += b"=\r\n"
            elif piece:
                self._pieces[-1] += printable(piece)
        if not self._pieces[-1].endswith(b"\n") or self._pieces[-1].endswith(b"=\r\n"):
            self._pieces[-1] += b"\r\n"

    def _hole(self, name: str) -> None:
        self._names.append(name)
        self._pieces.append(bytearray())

    def skeleton(self) -> Skeleton:
        return Skeleton(tuple(bytes(piece) for piece in self._pieces), tuple(self._names))


def printable(text: str) -> bytes:
    """Text in quoted-printable (RFC 2045) with CRLF line ends and lines of at most 76 characters, none of which begins with a dot."""
    encoded_text = binascii.b2a_qp(text.encode("utf-8"), istext=True)
    lines = b"\n" + encoded_text.replace(b"\r\n", b"\n")
    return _DOTS.sub(_spelled_out, lines).replace(b"\n", b"\r\n")[2:]


def _spelled_out(dots: re.Match[bytes]) -> bytes:
    return b"\n" + b"=2E=\n" * (len(dots[0]) - 1)


def encoded(text: str, name: str) -> str:
    """A header's value, folded, with encoded words (RFC 2047) where it is not ASCII."""
    flat = " ".join(text.split())
    charset = "us-ascii" if flat.isascii() else "utf-8"
    return Header(flat, charset, header_name=name, maxlinelen=76).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """A From value: `name` quoted or encoded as it needs."""
    flat = " ".join(name.split())
    if not flat:
        return address
    if not flat.isascii():
        return f"{encoded(flat, 'From')}\r\n <{address}>"
    if _ATOMS.fullmatch(flat):
        return f"{flat} <{address}>"
    escaped = flat.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address}>'
