"""How one content looks as a letter: plain text and HTML with slots where personal fields go. Bytes and headers are made in `letters`.

The first line of both is a marker: what stands below it in a reply is ours, not the resident's (`quotes` cuts there).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import quote

from bot.contents import Content, Option
from bot.languages import Direction
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
        """The HTML, readable without its style sheet; the style sheet adds the dark colours."""
        preview = " ".join(_BOLD.sub(r"\1", self.content.text).split())[:120]
        heading = f'<h1 class="ink" style="{_H1}">{_html(self.content.title)}</h1>' if self.content.title else ""
        way = direction(self.content.language)
        return _PAGE.format(
            language=escape(self.content.language, quote=True),
            direction=way,
            side="right" if way == "rtl" else "left",
            title=_html(self.subject),
            css=_CSS,
            preview=f"{DASHES} {_html(preview)}",
            marker=f"{DASHES} {_html(self.words.above)} {DASHES}",
            sender=f'<p class="faint" style="{_SENDER}">{_html(self.sender)}</p>' if self.sender else "",
            heading=heading,
            paragraphs=paragraphs(self.content.text, has_question=self.content.select != "none" or self._has_field),
            options=self._options(way),
            button=self._button(),
            how=f'<p class="faint" style="{_SMALL}">{_html(self._how)}</p>' if self._how else "",
            stop=f'<p class="faint" style="{_FOOT}"><a class="faint" href="{STOP}" style="color:#55524c">'
            f"{_html(self.words.stop)}</a></p>"
            if self.has_stop
            else "",
        )

    @property
    def _has_field(self) -> bool:
        return self.content.input != "none"

    def _button(self) -> str:
        """To the page; beside choices that lead there too it stands back. The sentence on the link is for every one of them."""
        if not self.has_page:
            return ""
        personal = f'<p class="faint" style="{_SMALL}">{_html(self.words.personal)}</p>'
        if self.content.options and self.content.select == "one":
            return f'<p style="{_P}"><a class="link" href="{PAGE}" style="{_LINK}">{_html(self._page_label)}</a></p>{personal}'
        return (
            f'<p style="margin:26px 0 18px"><a class="button" href="{PAGE}" style="{_BUTTON}">'
            f"{_html(self._page_label)}</a></p>{personal}"
        )

    def _options(self, way: Direction) -> str:
        """The numbered choices; where one is to be chosen, each is a button: to the page with it ticked, or to a reply that says it."""
        if not self.content.options:
            return ""
        if self.content.select != "one":
            items = "".join(f'<li style="padding:4px 0">{self._label(option)}</li>' for option in self.content.options)
            return f'<ol class="ink" style="margin:0 0 18px;padding-{"right" if way == "rtl" else "left"}:1.8em">{items}</ol>'
        rows = (self._choice(number, option) for number, option in enumerate(self.content.options, 1))
        press = f'<p class="faint" style="{_SMALL}">{_html(self.words.press)}</p>' if self.has_page else ""
        return f'{press}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="{_TABLE}">{"".join(rows)}</table>'

    def _choice(self, number: int, option: Option) -> str:
        href = f"{PICK}{quote(option.value, safe='')}"
        if not self.has_page:
            href = f"mailto:{REPLY_TO}?subject={quote(f'Re: {self.subject}', safe='')}&amp;body={number}"
        return (
            f'<tr><td class="choice" style="{_CHOICE}"><a class="link" href="{href}" style="{_CHOICE_LINK}">'
            f'<span class="faint" style="{_NUMBER}">{number}</span>&nbsp; {self._label(option)}</a></td></tr>'
            '<tr><td style="height:8px;font-size:0;line-height:0">&nbsp;</td></tr>'
        )

    def _label(self, option: Option) -> str:
        return _html(option.label) + ("*" if option.value in self.content.chosen else "")


def paragraphs(text: str, *, has_question: bool = False) -> str:
    """Text as HTML: blank lines part paragraphs, `**` makes bold, web addresses become links.

    With `has_question` the last paragraph's line that asks, or its first, is set apart from what is said around it.
    """
    blocks = [block for block in (block.strip("\n") for block in re.split(r"\n\s*\n", text.strip())) if block]
    last = [_question(blocks.pop())] if blocks and has_question else []
    return "".join([*(f'<p style="{_P}">{_inline(block)}</p>' for block in blocks), *last])


def _question(block: str) -> str:
    rows = block.split("\n")
    place = next((n for n, row in enumerate(rows) if row.rstrip(" \u2066-\u2069").endswith(_ASKING)), 0)
    before, after = "\n".join(rows[:place]), "\n".join(rows[place + 1 :])
    return (
        (
            f'<p class="faint" style="margin:26px 0 4px;font-size:16px;color:#55524c">{_inline(before)}</p>'
            if before
            else ""
        )
        + f'<h2 class="ink" style="{_H2.format(top="0" if before else "26px")}">{_inline(rows[place])}</h2>'
        + (f'<p class="faint" style="{_SMALL}">{_inline(after)}</p>' if after else "")
    )


def _inline(block: str) -> str:
    pieces, at = [], 0
    for found in _ADDRESS.finditer(block):
        address = _html(found.group())
        pieces += [_html(block[at : found.start()]), f'<a class="link" href="{address}" style="{_LINK}">{address}</a>']
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
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Naskh Arabic',Helvetica,Arial,sans-serif"
_P = "margin:0 0 18px"
_H1 = "margin:0 0 18px;font-size:24px;line-height:1.3;font-weight:700;color:#1f1d1a"
_SENDER = "margin:0 0 10px;font-size:16px;color:#55524c"
_SMALL = "margin:0 0 18px;font-size:16px;color:#55524c"
_FOOT = "margin:26px 0 0;padding:16px 0 0;border-top:1px solid #d9d5cc;font-size:16px;color:#55524c"
_LINK = "color:#0b5a78"
_H2 = "margin:{top} 0 8px;font-size:21px;line-height:1.35;font-weight:700;color:#1f1d1a"
_TABLE = "margin:0 0 10px"
_CHOICE = "border:1px solid #857f70;border-radius:10px"
_CHOICE_LINK = "display:block;padding:12px 16px;color:#0b5a78;font-weight:600;text-decoration:none"
_NUMBER = "font-weight:400;color:#55524c"
_BUTTON = (
    "display:inline-block;padding:14px 26px;border-radius:8px;background:#0b5a78;"
    "color:#ffffff;font-weight:700;text-decoration:none"
)
_CSS = (
    "@media (prefers-color-scheme:dark){"
    ".page{background:#161512!important}.sheet{background:#22201c!important}"
    ".ink,.sheet{color:#f2efe8!important}.faint{color:#bdb8ad!important;border-color:#45413a!important}"
    ".link{color:#8fd0ec!important}.choice{border-color:#8f8a7f!important}"
    ".button{background:#8fd0ec!important;color:#10222b!important}}"
    "@media (max-width:420px){.sheet{padding:20px 16px!important}}"
)
_PAGE = (
    '<!DOCTYPE html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n<meta name="supported-color-schemes" content="light dark">\n'
    "<title>{title}</title>\n<style>{css}</style>\n</head>\n"
    '<body class="page" style="margin:0;padding:0;background:#f4f2ed">\n'
    '<div style="display:none;max-height:0;overflow:hidden">{preview}</div>\n'
    '<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" '
    'style="background:#f4f2ed"><tr><td align="center" style="padding:12px 8px 32px">\n'
    '<div class="genklang-letter" lang="{language}" dir="{direction}" style="max-width:600px;text-align:{side};overflow-wrap:anywhere;word-break:break-word;'
    + _FONT
    + ';font-size:18px;line-height:1.55">\n'
    '<p class="faint" style="margin:0 0 12px;font-size:14px;text-align:center;color:#55524c">{marker}</p>\n'
    '<div class="sheet" style="padding:24px 22px;border-radius:12px;background:#ffffff;color:#1f1d1a">\n'
    "{sender}{heading}\n{paragraphs}\n{options}\n{button}{how}{stop}\n"
    "</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"
)
