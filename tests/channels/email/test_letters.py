"""What a letter says: whatever the texts and names, a mail program reads back exactly what was meant."""

from __future__ import annotations

import quopri
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import parseaddr
from html import escape
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.contents import Content, Option
from channels.api import Outbound
from channels.doors import untranslated
from channels.email.addresses import OurAddresses
from channels.email.letters import Letters, printable
from channels.errors import Refused

OURS = OurAddresses("svar.sjovik.example", b"secret")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PAGE = "https://dialog.sjovik.example/p/" + "Ab-_9" * 8 + "?a=1&b=é".encode("ascii", "ignore").decode()
STOP = "https://dialog.sjovik.example/u/" + "zY" * 45
QUESTION = Content(
    "Är parken trygg?\n\nSvara med siffran.",
    "sv",
    title="Parken – vad ska hända?",
    options=(Option("1.1", "Ja"), Option("1.2", "Nej & nja")),
    select="one",
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=400)


def letters(name: str = "Sjöviks kommun") -> Letters:
    return Letters(OURS, "dialog@sjovik.example", name, untranslated)


def outbound(content: Content = QUESTION, **changes: object) -> Outbound:
    fields: dict[str, object] = {
        "message_id": 41,
        "lane": "email",
        "address": "astrid@post.example",
        "content": content,
        "purpose": "invitation",
        "reply_token": "Tok-en_1",
        "personal_url": PAGE,
        "unsubscribe_url": STOP,
    }
    return Outbound(**{**fields, **changes})


def read(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def parts(data: bytes) -> tuple[str, str]:
    message = read(data)
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    return plain.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


class Shown(HTMLParser):
    """The words and addresses of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""
        self.hrefs: list[str] = []
        self.html: dict[str, str | None] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hrefs += [value for name, value in attrs if name == "href" and value]
        if tag == "html":
            self.html = dict(attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


def squeezed(text: str) -> str:
    """Without white space and the controls that no mail may hold."""
    return "".join(c for c in text if not c.isspace() and c.isprintable() and not "\ufdd0" <= c <= "\ufdef")


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, title=TEXTS, label=TEXTS, name=TEXTS)
def test_whatever_is_written_is_read_back(text: str, title: str, label: str, name: str) -> None:
    content = Content(text.replace("**", ""), "sv", title=title, options=(Option("1.1", label),), select="one")
    data = letters(name).envelope(outbound(content), NOW).data
    message, (plain, html) = read(data), parts(data)
    assert not message.defects
    assert squeezed(content.text) in squeezed(plain)
    assert squeezed(label) in squeezed(plain)
    assert squeezed(content.text) in squeezed(Shown(html).words)
    assert squeezed(title) in squeezed(message["Subject"])
    assert message["To"] == "astrid@post.example"
    assert message["From"].addresses[0].addr_spec == "dialog@sjovik.example"
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert data.isascii()


@settings(max_examples=60, deadline=None)
@given(path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=700))
def test_personal_addresses_of_any_length_arrive_whole(path: str) -> None:
    url = "https://dialog.sjovik.example/" + path.replace("<", "").replace(">", "").replace('"', "")
    plain, html = parts(letters().envelope(outbound(personal_url=url), NOW).data)
    assert f"\n{url}\n" in plain
    assert url in Shown(html).hrefs


def test_one_skeleton_serves_many_recipients() -> None:
    maker = letters()
    first = maker.envelope(outbound(), NOW)
    second = maker.envelope(
        outbound(message_id=42, address="bo@post.example", reply_token="Other", personal_url="https://x.example/p"), NOW
    )
    assert (first.recipient, second.recipient) == ("astrid@post.example", "bo@post.example")
    assert read(second.data)["Reply-To"] == "reply+Other@svar.sjovik.example"
    assert b"Tok-en_1" not in second.data
    assert b"astrid" not in second.data
    assert "https://x.example/p" in parts(second.data)[0]


def test_letters_of_equal_but_different_contents_do_not_mix() -> None:
    maker = Letters(OURS, "dialog@sjovik.example", "Kommunen", untranslated, kept=2)
    for number in range(40):
        content = Content(f"Fråga {number}", "sv")
        assert f"Fråga {number}\n" in parts(maker.envelope(outbound(content), NOW).data)[0]


def test_the_return_path_and_the_message_id_belong_to_the_message() -> None:
    envelope = letters().envelope(outbound(), NOW)
    assert OURS.bounced(envelope.sender) == 41
    assert OURS.sent(read(envelope.data)["Message-ID"]) == 41
    again = letters().envelope(outbound(), datetime(2026, 3, 3, tzinfo=UTC))
    assert read(again.data)["Message-ID"] == read(envelope.data)["Message-ID"]


def test_mass_mail_offers_one_click_unsubscribe_and_says_that_it_is_automatic() -> None:
    message = read(letters().envelope(outbound(), NOW).data)
    assert message["List-Unsubscribe"] == f"<{STOP}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] == "bulk"
    assert message["Content-Language"] == "sv"
    assert message["Date"] == "Mon, 02 Mar 2026 09:30:00 +0000"


def test_a_reply_in_the_conversation_is_no_mass_mail() -> None:
    message = read(letters().envelope(outbound(purpose="reply"), NOW).data)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Precedence"] is None


def test_messages_of_one_conversation_belong_to_one_thread() -> None:
    maker = letters()
    threads = {read(maker.envelope(outbound(message_id=n), NOW).data)["References"] for n in (1, 2)}
    assert len(threads) == 1
    assert "Tok-en_1" not in threads.pop()


def test_choices_are_numbered_and_open_the_page_with_them_ticked() -> None:
    plain, html = parts(letters().envelope(outbound(), NOW).data)
    assert "\n1 Ja\n2 Nej & nja\n" in plain
    picks = [parse_qs(urlsplit(href).query).get("pick") for href in Shown(html).hrefs if "pick=" in href]
    assert picks == [["1.1"], ["1.2"]]


def test_the_page_is_told_from_what_it_is_given_by_the_right_sign() -> None:
    _, html = parts(letters().envelope(outbound(personal_url="https://x.example/d/abc"), NOW).data)
    assert "https://x.example/d/abc?pick=1.2" in Shown(html).hrefs


def test_the_personal_link_says_that_it_is_personal_wherever_there_is_one() -> None:
    for part in parts(letters().envelope(outbound(), NOW).data):
        assert "only for you" in part
    for part in parts(letters().envelope(outbound(personal_url=""), NOW).data):
        assert "only for you" not in part


def test_without_a_page_choices_open_a_reply_with_their_number() -> None:
    _, html = parts(letters().envelope(outbound(personal_url=""), NOW).data)
    replies = [urlsplit(href) for href in Shown(html).hrefs if href.startswith("mailto:")]
    assert [unquote(reply.path) for reply in replies] == ["reply+Tok-en_1@svar.sjovik.example"] * 2
    assert [parse_qs(reply.query)["body"] for reply in replies] == [["1"], ["2"]]


def test_nothing_personal_is_offered_where_there_is_nothing() -> None:
    data = letters().envelope(outbound(personal_url="", unsubscribe_url="", reply_token=""), NOW).data
    plain, html = parts(data)
    assert "http" not in plain
    assert not [href for href in Shown(html).hrefs if href.startswith("http")]
    assert read(data)["List-Unsubscribe"] is None
    assert read(data)["Reply-To"] == "dialog@sjovik.example"


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("sv", "ltr"), ("ckb", "rtl"), ("kmr", "ltr")])
def test_the_page_runs_as_its_language_is_written(language: str, direction: str) -> None:
    _, html = parts(letters().envelope(outbound(Content("?", language)), NOW).data)
    assert (Shown(html).html["lang"], Shown(html).html["dir"]) == (language, direction)


def test_what_looks_like_markup_is_shown_and_not_obeyed() -> None:
    content = Content('<b onclick="x">Hej</b> & **viktigt** se https://sjovik.example/a?b=1&c=2.', "sv")
    _, html = parts(letters().envelope(outbound(content), NOW).data)
    assert "<b onclick" not in html
    assert "<strong>viktigt</strong>" in html
    assert "https://sjovik.example/a?b=1&c=2" in Shown(html).hrefs


@pytest.mark.parametrize("field", ["address", "reply_token", "personal_url", "unsubscribe_url"])
def test_a_personal_field_cannot_smuggle_in_a_header(field: str) -> None:
    with pytest.raises(Refused):
        letters().envelope(outbound(**{field: "a@post.example\r\nBcc: b@post.example"}), NOW)


@pytest.mark.parametrize("name", ['Kommunen "Sjövik", Dialog', "Sjovik, Dialog (kommun)", "Å" * 90, "", "a\r\nBcc b"])
def test_the_senders_name_survives_the_header(name: str) -> None:
    data = letters(name).envelope(outbound(), NOW).data
    assert read(data)["Bcc"] is None
    encoded, address = parseaddr(message_from_bytes(data, policy=compat32)["From"])
    shown = str(make_header(decode_header(encoded)))
    assert (" ".join(shown.split()), address) == (" ".join(name.split()), "dialog@sjovik.example")


@pytest.mark.parametrize(
    "domain", ["svar.sjovik.example", "a-domain-of-some-length.in-a-municipality-with-a-long-name.example"]
)
@pytest.mark.parametrize("token", ["tok3n", "TokEn", "a" * 32, "tok-3n", ""])
def test_the_short_way_to_a_reply_link_writes_what_the_long_way_writes(token: str, domain: str) -> None:
    letters = Letters(OurAddresses(domain, b"s"), "a@b.example", "", untranslated)
    reply_to = OurAddresses(domain, b"s").reply(token) if token else "a@b.example"
    fields = letters._fields(outbound(reply_token=token), NOW, "<7@svar.sjovik.example>")
    assert fields.reply_to == reply_to.encode()
    assert fields.reply_in_html == printable(quote(reply_to, safe="@"))


def test_a_page_with_a_query_is_escaped_and_one_without_stands_as_it_is() -> None:
    letters = Letters(OurAddresses("svar.sjovik.example", b"s"), "a@b.example", "", untranslated)
    now = datetime(2027, 3, 1, tzinfo=UTC)
    for page in ("https://d.example/d/abc", "https://d.example/d?a=1&b=<2>", "https://d.example/" + "x" * 90):
        outbound = Outbound(7, "email", "astrid@post.example", Content("Hej", "sv"), "invitation", "tok", page, page)
        fields = letters._fields(outbound, now, "<7@svar.sjovik.example>")
        joint = "&" if "?" in page else "?"
        assert fields.page_in_text == fields.stop_in_text == printable(page)
        assert fields.page_in_html == fields.stop_in_html == printable(escape(page))
        assert fields.pick_in_html == printable(escape(f"{page}{joint}pick="))


def test_a_letter_comes_from_the_campaigns_sender_unless_one_name_is_set_for_all() -> None:
    def sender_of(maker: Letters, sender: str) -> tuple[str, str]:
        message = read(maker.envelope(outbound(sender=sender), NOW).data)
        return message["From"].addresses[0].display_name, message.get_body(("plain",)).get_content()

    by_campaign = Letters(OURS, "dialog@sjovik.example", "", untranslated, house_name="Sjöviks kommun")
    for name in ("Sjövik municipality", "Sjöviks kommun", "بلدية"):
        shown, text = sender_of(by_campaign, name)
        assert shown == name
        assert name in text
    assert sender_of(by_campaign, "")[0] == "Sjöviks kommun"
    assert sender_of(letters("Alla tiders kommun"), "Sjövik municipality")[0] == "Alla tiders kommun"


def test_a_letter_to_one_who_has_left_has_no_way_to_leave() -> None:
    envelope = letters().envelope(outbound(purpose="reply", personal_url="", unsubscribe_url=""), NOW)
    message = read(envelope.data)
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None
    plain, html = parts(envelope.data)
    assert "Stop these messages" not in plain + html
    assert "Open the web page" not in plain + html


@given(st.text(st.sampled_from(".a= \n\té")))
def test_no_line_of_quoted_printable_begins_with_a_dot_or_is_too_long(text: str) -> None:
    lines = printable(text).split(b"\r\n")
    assert not any(line.startswith(b".") or len(line) > 76 for line in lines)
    assert quopri.decodestring(printable(text)).decode().replace("\r\n", "\n") == text


class Looks(HTMLParser):
    """Which classes a page names, and which elements have a look of their own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.classes: set[str] = set()
        self.own: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.classes |= set((given.get("class") or "").split())
        if "style" in given:
            self.own.append(tag)


LETTERS = [
    outbound(),
    outbound(replace(QUESTION, text="Fråga 1 av 3\nÄr parken trygg?")),
    outbound(replace(QUESTION, select="many")),
    outbound(Content("Så blev det: https://sjovik.example/park", "ar", title="Parken"), purpose="feedback"),
    outbound(Content("Vad tycker du?", "sv", input="text"), personal_url="", unsubscribe_url=""),
]


def test_the_style_sheet_knows_every_class_and_no_other() -> None:
    looks = [Looks(parts(letters().envelope(each, NOW).data)[1]) for each in LETTERS]
    named = set().union(*(look.classes for look in looks))
    _, html = parts(letters().envelope(outbound(), NOW).data)
    sheets = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert named == set(re.findall(r"\.([a-z-]+)(?=[ ,{])", "".join(sheets)))


def test_only_what_must_hold_without_a_style_sheet_has_a_look_of_its_own() -> None:
    """What is hidden stays hidden, and what is read is large enough; a paragraph repeats nothing."""
    for each in LETTERS:
        _, html = parts(letters().envelope(each, NOW).data)
        assert Looks(html).own == ["div", "div"]
        assert "display:none" in html
        assert "font:18px" in html
