"""How one content looks as a letter: plain text and HTML with slots where personal fields go. Bytes and headers are made in `letters`.

The first line of both is a marker: what stands below it in a reply is ours, not the resident's (`quotes` cuts there).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import quote

from bot.contents import Content, Option
from channels.api import Purpose
from channels.doors import Translation
from channels.rendering import direction, numbered

# Noncharacters: Unicode keeps them for inside a program, so no text may hold them.
PAGE, STOP, REPLY_TO, PICK = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_RESERVED = re.compile("[\ufdd0-\ufdef]")

DASHES = "——"
_ASKING = ("?", "؟", "፧", "՞", "；", "？")
_ADDRESS = re.compile(r"https?://[^\s<>\"'«»“”\u2066-\u2069]+[^\s<>\"'«»“”\u2066-\u2069.,;:!?)\]]")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


@dataclass(frozen=True, slots=True)
class Words:
    """The few words of e-mail's own, in one language."""

    above: str
    answer_on_page: str
    open_page: str
    by_reply: str
    by_reply_too: str
    press: str
    personal: str
    stop: str


def words(t: Translation) -> Words:
    """Look the words up."""
    return Words(
        above=t.gettext("Write your answer above this line"),
        answer_on_page=t.gettext("Answer on the web page"),
        open_page=t.gettext("Open the web page"),
        by_reply=t.gettext("Answer by replying to this e-mail."),
        by_reply_too=t.gettext("You can also answer by replying to this e-mail."),
        press=t.gettext("Press your answer. It opens on the web page, where you send it."),
        personal=t.gettext(
            "The link is only for you. Do not give it to others: whoever has it can answer in your place."
        ),
        stop=t.gettext("Stop these messages"),
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """One content on paper. `sender` is the name it comes from; the three flags say which parts it has."""

    content: Content
    sender: str
    words: Words
    has_page: bool
    has_stop: bool
    is_asking: bool

    @property
    def subject(self) -> str:
        """The title, or the beginning of the text."""
        text = " ".join((self.content.title or self.content.text).split())
        if self.content.title or len(text) <= 70:
            return _clean(text)
        return _clean(text[:70].rsplit(" ", 1)[0] + " …")

    @property
    def _page_label(self) -> str:
        return self.words.answer_on_page if self.is_asking else self.words.open_page

    @property
    def _how(self) -> str:
        if not self.is_asking:
            return ""
        return self.words.by_reply_too if self.has_page else self.words.by_reply

    def text(self) -> str:
        """The plain text, lines separated by newlines."""
        said = numbered(
            replace(self.content, text=_BOLD.sub(r"\1", self.content.text) + "\n" * bool(self.content.options))
        )
        parts = [f"{DASHES} {self.words.above} {DASHES}", said]
        body = [_clean(part) for part in parts]
        if self.has_page:
            body.append(f"{_clean(self._page_label)}:\n{PAGE}\n{_clean(self.words.personal)}")
        if self._how:
            body.append(_clean(self._how))
        foot = [_clean(self.sender)] if self.sender else []
        if self.has_stop:
            foot.append(f"{_clean(self.words.stop)}: {STOP}")
        return "\n\n".join([*body, "\n".join(foot)]).rstrip() + "\n"

    def html(self) -> str:
        """The HTML, readable without its style sheet, which some mail programs take away."""
        preview = " ".join(_BOLD.sub(r"\1", self.content.text).split())[:120]
        said = [
            self._part('<p class="faint from">', self.sender, "</p>"),
            self._part("<h1>", self.content.title, "</h1>"),
            *paragraphs(self.content.text, has_question=self.content.select != "none" or self._has_field),
            *self._options(),
            *self._button(),
            self._part('<p class="faint">', self._how, "</p>"),
            f'<p class="foot"><a href="{STOP}">{_html(self.words.stop)}</a></p>' if self.has_stop else "",
        ]
        way = direction(self.content.language)
        return _PAGE.format(
            language=escape(self.content.language, quote=True),
            direction=way,
            side="right" if way == "rtl" else "left",
            title=_html(self.subject),
            preview=f"{DASHES} {_html(preview)}",
            marker=f"{DASHES} {_html(self.words.above)} {DASHES}",
            said="\n".join(part for part in said if part),
        )

    @staticmethod
    def _part(before: str, words: str, after: str) -> str:
        return f"{before}{_html(words)}{after}" if words else ""

    @property
    def _has_field(self) -> bool:
        return self.content.input != "none"

    def _button(self) -> Iterator[str]:
        """To the page; beside choices that lead there too it stands back. The sentence on the link is for every one of them."""
        if self.has_page:
            is_beside = self.content.options and self.content.select == "one"
            look = "" if is_beside else ' class="button"'
            yield f'<p class="apart"><a{look} href="{PAGE}">{_html(self._page_label)}</a></p>'
            yield self._part('<p class="faint">', self.words.personal, "</p>")

    def _options(self) -> Iterator[str]:
        """The numbered choices; where one is to be chosen, each is a button: to the page with it ticked, or to a reply that says it."""
        if self.content.select != "one":
            items = "".join(f"<li>{self._label(option)}</li>\n" for option in self.content.options)
            yield f"<ol>\n{items}</ol>" if items else ""
            return
        if self.content.options and self.has_page:
            yield self._part('<p class="faint">', self.words.press, "</p>")
        for number, option in enumerate(self.content.options, 1):
            yield self._choice(number, option)

    def _choice(self, number: int, option: Option) -> str:
        href = f"{PICK}{quote(option.value, safe='')}"
        if not self.has_page:
            href = f"mailto:{REPLY_TO}?subject={quote(f'Re: {self.subject}', safe='')}&amp;body={number}"
        return f'<p class="choice"><a href="{href}"><span>{number}</span>&nbsp; {self._label(option)}</a></p>'

    def _label(self, option: Option) -> str:
        return _html(option.label) + ("*" if option.value in self.content.chosen else "")


def paragraphs(text: str, *, has_question: bool = False) -> Iterator[str]:
    """Text as HTML: blank lines part paragraphs, `**` makes bold, web addresses become links.

    With `has_question` the last paragraph's line that asks, or its first, is set apart from what is said around it.
    """
    blocks = [block for block in (block.strip("\n") for block in re.split(r"\n\s*\n", text.strip())) if block]
    last = _question(blocks.pop()) if blocks and has_question else ()
    yield from (f"<p>{_inline(block)}</p>" for block in blocks)
    yield from last


def _question(block: str) -> Iterator[str]:
    rows = block.split("\n")
    place = next((n for n, row in enumerate(rows) if row.rstrip(" \u2066-\u2069").endswith(_ASKING)), 0)
    before, after = "\n".join(rows[:place]), "\n".join(rows[place + 1 :])
    if before:
        yield f'<p class="faint above">{_inline(before)}</p>'
    apart = "" if before else ' class="apart"'
    yield f"<h2{apart}>{_inline(rows[place])}</h2>"
    if after:
        yield f'<p class="faint">{_inline(after)}</p>'


def _inline(block: str) -> str:
    pieces, at = [], 0
    for found in _ADDRESS.finditer(block):
        address = _html(found.group())
        pieces += [_html(block[at : found.start()]), f'<a href="{address}">{address}</a>']
        at = found.end()
    return _BOLD.sub(r"<strong>\1</strong>", "".join([*pieces, _html(block[at:])])).replace("\n", "<br>\n")


def _html(text: str) -> str:
    return escape(_clean(text), quote=True)


def _clean(text: str) -> str:
    """Without the characters that stand for slots, and without controls that XML and mail forbid."""
    return _CONTROLS.sub("", _RESERVED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def asks(content: Content, purpose: Purpose) -> bool:
    """Whether an answer is expected."""
    return content.select != "none" or content.input != "none" or purpose in ("invitation", "reminder", "nudge")


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
# Element and class selectors are what mail programs leave (developers.google.com/gmail/design/css). The dark colours have a
# sheet of their own: Gmail drops a whole sheet for one rule that it does not know.
_LIGHT = (
    ".page{margin:0;background:#f4f2ed}div.page{padding:12px 8px 32px}"
    ".genklang-letter{overflow-wrap:anywhere;word-break:break-word}"
    ".sheet{padding:24px 4%;border-radius:12px;background:#fff;color:#1f1d1a}"
    "p,ol,h1{margin:0 0 18px}li{padding:4px 0}a{color:#0b5a78}"
    "h1{font-size:24px;line-height:1.3}h2{margin:0 0 8px;font-size:21px;line-height:1.35}"
    ".faint{font-size:16px;color:#55524c}.from{margin:0 0 10px}.mark{margin:0 0 12px;font-size:14px;text-align:center}"
    ".apart{margin-top:26px}.above{margin:26px 0 4px}"
    ".foot{margin:26px 0 0;padding:16px 0 0;border-top:1px solid #d9d5cc;font-size:16px}.foot a{color:#55524c}"
    ".choice{margin:0 0 8px;border:1px solid #857f70;border-radius:10px}"
    ".choice a{display:block;padding:12px 16px;font-weight:600;text-decoration:none}"
    ".choice span{font-weight:400;color:#55524c}"
    ".button{display:inline-block;padding:14px 26px;border-radius:8px;background:#0b5a78;color:#fff;"
    "font-weight:700;text-decoration:none}"
)
_DARK = (
    "@media (prefers-color-scheme:dark){.page{background:#161512}.sheet{background:#22201c;color:#f2efe8}"
    "a{color:#8fd0ec}.faint,.foot a,.choice span{color:#bdb8ad}.foot{border-color:#45413a}.choice{border-color:#8f8a7f}"
    ".button{background:#8fd0ec;color:#10222b}}"
)
_FONT = "18px/1.55 -apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Naskh Arabic',Helvetica,Arial,sans-serif"
_PAGE = (
    '<!DOCTYPE html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n<title>{title}</title>\n'
    + f"<style>{_LIGHT}</style>\n<style>{_DARK}</style>\n".replace("{", "{{").replace("}", "}}")
    + '</head>\n<body class="page">\n<div class="page">\n<div style="display:none;max-height:0;overflow:hidden">{preview}</div>\n'
    '<div class="genklang-letter" lang="{language}" dir="{direction}" '
    'style="max-width:600px;margin:0 auto;text-align:{side};font:' + _FONT + '">\n'
    '<p class="faint mark">{marker}</p>\n<div class="sheet">\n{said}\n</div>\n</div>\n</div>\n</body>\n</html>\n'
)
