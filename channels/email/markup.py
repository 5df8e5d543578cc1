"""HTML as a reader sees it, in lines: what a mail program marks as quoted gets a ">", what it marks as a signature is left out.

The marks are elements, classes and ids, which are the same in every language. Words are looked at in `quotes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from lxml import etree

_MOST_CHARS, _MOST_AROUND = 500_000, 50

Role = Literal["plain", "silent", "quote", "cited", "around", "rest"]
_MARKING = ("quote", "around", "rest")

_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "hr", "section",
           "article", "pre", "blockquote", "center", "dl", "dt", "dd", "fieldset", "form"}  # fmt: skip
_SILENT = {"style", "script", "head", "title", "template", "noscript", "select", "textarea"}
_VOID = {"br", "hr", "img", "meta", "link", "input", "wbr", "col", "base", "area", "source", "o:p"}


def _names(*names: str) -> re.Pattern[str]:
    """Any of these as a whole name, or at the end of one that a program has put a prefix on: "x_gmail_quote"."""
    return re.compile(rf"(?:^|[\s_]|m_-?\d+|ydp\w{{0,12}}?)(?:{'|'.join(names)})(?=$|[\s_])", re.IGNORECASE)


# What stands in these was written before: Yahoo, Zoho, Tutanota, AOL, GMX, Thunderbird's and Gmail's lines above a quote.
_QUOTES = _names("gmail_attr", "moz-cite-prefix", "zmail_extra", "tutanota_quote", "aolReplacedBody", "quoted-text",
                 "OutlookMessageHeader", "mail-quote-collapse", "freebirdFontSize_quote", "moz-email-headers-table", "genklang-letter")  # fmt: skip
# Around a quote in a blockquote; what follows the blockquote inside is the writer's again.
_AROUND = _names("gmail_quote", "gmail_quote_container", "gmail_extra", "protonmail_quote", "yahoo_quoted", r"yahoo_quoted_\d+",
                 "yahoo-quoted", "zoho_quote", "ispmail_quote", "mailspring-quote", "k9mail_quote")  # fmt: skip
# From these on, everything is from before: Outlook in the browser, on phones and on the desk.
_REST = _names("divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container", "divTaggedContent",
               "ms-outlook-mobile-reference-message", "replySplit", "isReplyContent", "OLK_SRC_BODY_SECTION")  # fmt: skip
_REST_STYLE = re.compile(
    r"border-top:\s*solid\s+#(E1E1E1|B5C4DF)|border-top-color:\s*rgb\((225,\s*225,\s*225|181,\s*196,\s*223)\)",
    re.IGNORECASE,
)
_SIGNATURES = _names("gmail_signature", "gmail_signature_prefix", "AppleMailSignature", "ms-outlook-mobile-signature",
                     "moz-signature", "protonmail_signature_block", "composer_signature", "k9mail-signature", "Signature",
                     r"ydp\w+signature", "yahoo-signature", "yahoo_signature", "ms-outlook-ios-signature",
                     "physical_signature", "tutanota_signature", "pm_signature")  # fmt: skip
_HIDDEN = re.compile(r"display:\s*none|mso-hide:\s*all", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lines:
    """What a page says. `is_marked`: its mail program has marked what is quoted, so that no words need be looked at."""

    text: str
    is_marked: bool


def read(html: str) -> Lines:
    """HTML as lines; quoted ones begin with "> ". Never raises, and takes bounded time."""
    data = html[:_MOST_CHARS].replace("\x00", "").encode("utf-8", "replace")
    lines = _Lines()
    parser: Any = etree.HTMLParser(target=cast("Any", lines), encoding="utf-8", recover=True, huge_tree=True)
    try:
        parser.feed(data or b" ")
        parser.close()
    except etree.LxmlError:
        pass  # beyond what can be mended: what was read until then is what there is
    return lines.lines()


def _role(tag: str, attributes: Mapping[str, str]) -> Role:
    if tag in _SILENT or "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")):
        return "silent"
    if tag == "blockquote":
        return "cited"
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}".strip()
    if names:
        for role, pattern in _ROLES:
            if pattern.search(names):
                return role
    return "rest" if _REST_STYLE.search(attributes.get("style", "")) else "plain"


_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("silent", _SIGNATURES), ("quote", _QUOTES), ("rest", _REST), ("around", _AROUND),
)  # fmt: skip


@dataclass(slots=True, eq=False)
class _Open:
    """One element that is open, with what follows from the elements around it. `has_cited`: a blockquote has stood inside."""

    role: Role
    is_silent: bool
    is_pre: bool
    has_cited: bool = False


class _Lines:
    """What lxml's parser, which closes what writers left open, hands its events to."""

    def __init__(self) -> None:
        self.is_marked = False
        self._lines: list[str] = [""]
        self._stack: list[_Open] = []
        self._arounds: list[_Open] = []
        self._cited = 0
        self._is_rest = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        role = _role(tag, attributes)
        if tag in _BLOCKS or role in _MARKING:
            self._break(is_forced=tag in ("br", "p"))
        self.is_marked = self.is_marked or role in _MARKING
        self._is_rest = self._is_rest or role == "rest"
        around = self._stack[-1] if self._stack else _Open("plain", is_silent=False, is_pre=False)
        here = _Open(role, around.is_silent or role == "silent", around.is_pre or tag == "pre")
        self._stack.append(here)
        self._cited += role in ("quote", "cited")
        if role == "around" and len(self._arounds) < _MOST_AROUND:
            self._arounds.append(here)

    def end(self, tag: str) -> None:
        if tag in _BLOCKS and tag not in _VOID:
            self._break()
        closed = self._stack.pop() if self._stack else None
        if closed is None:
            return
        self._cited -= closed.role in ("quote", "cited")
        if self._arounds and self._arounds[-1] is closed:
            self._arounds.pop()
        if closed.role == "cited" and self._cited == 0:
            for element in self._arounds:
                element.has_cited = True

    def data(self, data: str) -> None:
        here = self._stack[-1] if self._stack else None
        if here is not None and here.is_silent:
            return
        for place, piece in enumerate(data.split("\n") if here is not None and here.is_pre else [data]):
            if place:
                self._lines.append("")
            self._write(piece)

    def comment(self, text: str) -> None:
        """Comments are not read."""

    def close(self) -> None:
        """The parser wants to tell that it is done."""

    def lines(self) -> Lines:
        """What was read so far."""
        text = "\n".join(line.rstrip() if line != "-- " else line for line in self._lines)
        return Lines(text, self.is_marked)

    @property
    def _is_quoted(self) -> bool:
        return self._is_rest or self._cited > 0 or any(not element.has_cited for element in self._arounds)

    def _write(self, data: str) -> None:
        words = " ".join(data.split())
        if not words:
            if data and self._lines[-1] and not self._lines[-1].endswith(" "):
                self._lines[-1] += " "
            return
        line = self._lines[-1] or ("> " if self._is_quoted else "")
        before = " " if data[0].isspace() and line and not line.endswith(" ") else ""
        self._lines[-1] = line + before + words + (" " if data[-1].isspace() else "")

    def _break(self, *, is_forced: bool = False) -> None:
        if self._lines[-1] or is_forced:
            self._lines.append("")
