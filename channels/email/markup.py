"""HTML as a reader sees it, in lines: what a mail program marks as quoted gets a ">", what it marks as a signature is left out.

The marks are elements, classes and ids, which are the same in every language. Words are looked at in `quotes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal

_MOST_CHARS, _MOST_DEEP = 500_000, 100

Role = Literal["plain", "silent", "quote", "cited", "around", "rest"]

_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "hr", "section",
           "article", "pre", "blockquote", "center", "dl", "dt", "dd", "fieldset", "form"}  # fmt: skip
_SILENT = {"style", "script", "head", "title", "template", "noscript", "select", "textarea"}
_VOID = {"br", "hr", "img", "meta", "link", "input", "wbr", "col", "base", "area", "source", "o:p"}
# Elements that close when another of the same kind opens, or with what is around them.
_LAX = {"p", "li", "td", "th", "tr", "dt", "dd", "option", "span", "font", "b", "i", "a"}


def _names(*names: str) -> re.Pattern[str]:
    """Any of these as a whole name, or at the end of one that a program has put a prefix on: "x_gmail_quote"."""
    return re.compile(rf"(?:^|[\s_]|m_-?\d+|ydp\w{{0,12}}?)(?:{'|'.join(names)})(?=$|[\s_])", re.IGNORECASE)


# What stands in these was written before: Yahoo, Zoho, Tutanota, AOL, GMX, Thunderbird's and Gmail's lines above a quote.
_QUOTES = _names("gmail_attr", "moz-cite-prefix", "zmail_extra", "tutanota_quote", "aolReplacedBody", "quoted-text",
                 "OutlookMessageHeader", "mail-quote-collapse", "freebirdFontSize_quote", "moz-email-headers-table")  # fmt: skip
# Around a quote in a blockquote; what follows the blockquote inside is the writer's again.
_AROUND = _names("gmail_quote", "gmail_quote_container", "gmail_extra", "protonmail_quote", "yahoo_quoted", r"yahoo_quoted_\d+",
                 "yahoo-quoted", "zoho_quote", "ispmail_quote", "mailspring-quote", "k9mail_quote")  # fmt: skip
# From these on, everything is from before: Outlook in the browser, on phones and on the desk.
_REST = _names("divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container", "divTaggedContent",
               "ms-outlook-mobile-reference-message", "replySplit", "isReplyContent", "OLK_SRC_BODY_SECTION")  # fmt: skip
_REST_STYLE = re.compile(
    r"border-top:\s*solid\s+#(E1E1E1|B5C4DF)|border-top-color:\s*rgb\((225,\s*225,\s*225|181,\s*196,\s*223)\)", re.IGNORECASE
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
    """HTML as lines; quoted ones begin with "> "."""
    reader = _Reader()
    reader.feed(html[:_MOST_CHARS].replace("\x00", ""))
    reader.close()
    return Lines(reader.text(), reader.is_marked)


def _role(tag: str, attributes: dict[str, str]) -> Role:
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


@dataclass(slots=True)
class _Open:
    """One element that is open. `has_cited`: a blockquote has stood inside."""

    tag: str
    role: Role
    has_cited: bool = False


@dataclass(slots=True)
class _State:
    """Where the reader is."""

    stack: list[_Open] = field(default_factory=list)
    is_rest: bool = False

    @property
    def is_silent(self) -> bool:
        return any(element.role == "silent" for element in self.stack)

    @property
    def is_quoted(self) -> bool:
        if self.is_rest:
            return True
        return any(
            element.role in ("quote", "cited") or (element.role == "around" and not element.has_cited)
            for element in self.stack
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.is_marked = False
        self._lines: list[str] = [""]
        self._state = _State()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        role = _role(tag, {name: value or "" for name, value in attrs})
        if tag in _BLOCKS or role in ("quote", "around", "rest"):
            self._break(is_forced=tag in ("br", "p"))
        if role == "rest":
            self._state.is_rest = True
        if role in ("quote", "around", "rest"):
            self.is_marked = True
        self._enter(tag, role)

    def _enter(self, tag: str, role: Role) -> None:
        stack = self._state.stack
        if tag == "body":  # whoever forgot to close the head
            stack.clear()
        elif tag in _LAX and stack and stack[-1].tag == tag and stack[-1].role == "plain":
            stack.pop()
        if tag not in _VOID and (len(stack) < _MOST_DEEP or role != "plain") and len(stack) < 2 * _MOST_DEEP:
            stack.append(_Open(tag, role))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        stack = self._state.stack
        place = next((n for n in range(len(stack) - 1, -1, -1) if stack[n].tag == tag), None)
        if tag in _BLOCKS and tag not in _VOID:
            self._break()
        if place is None or (tag in _LAX and any(element.tag not in _LAX for element in stack[place + 1 :])):
            return
        if stack[place].role == "cited":
            for element in stack[:place]:
                element.has_cited = True
        del stack[place:]

    def handle_data(self, data: str) -> None:
        if self._state.is_silent:
            return
        if any(element.tag == "pre" for element in self._state.stack):
            for place, line in enumerate(data.split("\n")):
                if place:
                    self._lines.append("")
                self._write(line)
            return
        self._write(data)

    def _write(self, data: str) -> None:
        words = " ".join(data.split())
        if not words:
            if data and self._lines[-1] and not self._lines[-1].endswith(" "):
                self._lines[-1] += " "
            return
        line = self._lines[-1] or ("> " if self._state.is_quoted else "")
        before = " " if data[0].isspace() and line and not line.endswith(" ") else ""
        self._lines[-1] = line + before + words + (" " if data[-1].isspace() else "")

    def _break(self, *, is_forced: bool = False) -> None:
        if self._lines[-1] or is_forced:
            self._lines.append("")

    def text(self) -> str:
        return "\n".join(line.rstrip() if line != "-- " else line for line in self._lines)
