"""A resident's own words, out of what many mail programs make of a reply in many languages."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.markup import read
from channels.email.plain import plain_text
from channels.email.quotes import own_words
from channels.email.reading import parse
from sandbox.mail_programs import STYLES, reply
from sandbox.mailboxes import read_arrival
from tests.channels.email.test_letters import NOW, QUESTION, letters, outbound

QUOTED = "> ———— Skriv ditt svar ovanför den här raden ————\n>\n> Är parken trygg?\n>\n> 1 Ja\n> 2 Nej"
UNQUOTED = QUOTED.replace("> ", "").replace(">", "")

INTRODUCTIONS = {
    "gmail en": "On Mon, Feb 3, 2025 at 10:12 AM Sjöviks kommun <dialog@sjovik.example> wrote:",
    "gmail en, wrapped": "On Mon, Feb 3, 2025 at 10:12 AM Sjöviks kommun <\ndialog@sjovik.example> wrote:",
    "gmail sv": "Den mån 3 feb. 2025 kl 10:12 skrev Sjöviks kommun <dialog@sjovik.example>:",
    "gmail sv, wrapped": "Den mån 3 feb. 2025 kl 10:12 skrev Sjöviks kommun <\ndialog@sjovik.example>:",
    "apple sv": "3 feb. 2025 kl. 10:12 skrev Sjöviks kommun <dialog@sjovik.example>:",
    "thunderbird sv": "Den 2025-02-03 kl. 10:12, skrev Sjöviks kommun:",
    "gmail fi": "ma 3. helmik. 2025 klo 10.12 Sjöviks kommun (dialog@sjovik.example) kirjoitti:",
    "gmail ar": "في الاثنين، 3 فبراير 2025 في 10:12 ص تمت كتابة ما يلي بواسطة Sjöviks\nkommun <dialog@sjovik.example>:",
    "apple ar": "\u200fفي ٣ فبراير ٢٠٢٥، الساعة ١٠:١٢، كتب Sjöviks kommun <dialog@sjovik.example>:",
    "gmail fa": "در تاریخ دوشنبه ۳ فوریه ۲۰۲۵،\u200f ۱۰:۱۲ Sjöviks kommun <dialog@sjovik.example>\nنوشت:",
    "gmail uk": "пн, 3 лют. 2025 р. о 10:12 Sjöviks kommun <dialog@sjovik.example> пише:",
    "gmail ru": "пн, 3 февр. 2025 г. в 10:12, Sjöviks kommun <dialog@sjovik.example>:",
    "gmail pl": "pon., 3 lut 2025 o 10:12 Sjöviks kommun <dialog@sjovik.example> napisał(a):",
    "gmail bs": "pon, 3. feb 2025. u 10:12 Sjöviks kommun <dialog@sjovik.example> napisao je:",
    "gmail de": "Am Mo., 3. Feb. 2025 um 10:12 Uhr schrieb Sjöviks kommun <dialog@sjovik.example>:",
    "gmail es": "El lun, 3 feb 2025 a las 10:12, Sjöviks kommun (<dialog@sjovik.example>) escribió:",
    "gmail tr": "Sjöviks kommun <dialog@sjovik.example>, 3 Şub 2025 Pzt, 10:12 tarihinde şunu yazdı:",
}
BLOCKS = {
    "en": "From: Sjöviks kommun <dialog@sjovik.example>\nSent: Monday, February 3, 2025 10:12 AM\nTo: Kim\nSubject: Parken",
    "sv": "Från: Sjöviks kommun <dialog@sjovik.example>\nSkickat: den 3 februari 2025 10:12\nTill: Kim\nÄmne: Parken",
    "sv, bold": "*Från:* Sjöviks kommun <dialog@sjovik.example>\n*Skickat:* den 3 februari 2025 10:12\n*Till:* Kim\n*Ämne:* P",
    "fi": "Lähettäjä: Sjöviks kommun <dialog@sjovik.example>\nLähetetty: maanantai 3. helmikuuta 2025 10.12\nAihe: Park",
    "ar": "من: Sjöviks kommun <dialog@sjovik.example>\nتاريخ الإرسال: 3 فبراير 2025 10:12\nإلى: Kim\nالموضوع: Park",
    "uk": "Від: Sjöviks kommun <dialog@sjovik.example>\nНадіслано: 3 лютого 2025 р. 10:12\nКому: Kim\nТема: Park",
    "unknown": "Aa: Sjöviks kommun <dialog@sjovik.example>\nBb: 3 2025 10:12\nCc-dd: Kim\nEe: Park",
}
ANSWERS = ["2", "Ja tack!", "٢", "Fler bänkar.\n\nOch lampor, kl 10:30.", "Parken: trygg\nSkolan: otrygg", "نعم"]


@pytest.mark.parametrize("words", ANSWERS)
@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS)
def test_words_above_a_quote(introduction: str, words: str) -> None:
    assert own_words(f"{words}\n\n{introduction}\n\n{QUOTED}\n") == words
    assert own_words(f"{words}\n{introduction}\n{QUOTED}\n") == words
    assert own_words(f"{words}\r\n\r\n{introduction}\r\n{UNQUOTED}\r\n") == words


@pytest.mark.parametrize("words", ANSWERS)
@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS)
def test_words_below_a_quote(introduction: str, words: str) -> None:
    assert own_words(f"{introduction}\n{QUOTED}\n\n{words}\n\n-- \nKim\n") == words


@pytest.mark.parametrize("words", ANSWERS)
@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_words_above_a_header_block(block: str, words: str) -> None:
    assert own_words(f"{words}\n\n________________________________\n{block}\n\n{UNQUOTED}\n") == words
    assert own_words(f"{words}\n\n{block}\n\nÄr parken trygg?\n") == words


def test_words_between_what_is_quoted() -> None:
    text = f"{INTRODUCTIONS['gmail sv']}\n> Är parken trygg?\n2\n> Något mer?\nVi ses kl 10:30:\n> Tack\n"
    assert own_words(text) == "2\n\nVi ses kl 10:30:"


@pytest.mark.parametrize(
    "line",
    ["Skickat från min iPhone", "Sent from my Galaxy", "Hämta Outlook för iOS", "Lähetetty iPhonesta", "أُرسلت من الـ iPhone",
     "Отправлено с iPhone", "Wysłane z iPhone'a", "Get Outlook for Android", "Lähetetty iPhonestani", "ارسال از iPhone من",
     "Sent with [Proton Mail](https://proton.me/) secure email."],
)  # fmt: skip
def test_what_a_phone_adds_is_no_answer(line: str) -> None:
    assert own_words(f"2\n\n{line}\n\n{INTRODUCTIONS['gmail en']}\n{QUOTED}") == "2"


def test_a_signature_is_no_answer() -> None:
    assert own_words("2\n\n-- \nKim Ek\nSjövik") == "2"


@pytest.mark.parametrize("words", [*ANSWERS, "- bänkar\n- lampor", "1: ja\n2: nej", "-", "--- fler bänkar", "a\n\nb"])
def test_words_alone_stay_as_they_are(words: str) -> None:
    assert own_words(words + "\n") == words


@given(st.text(max_size=500))
def test_any_text_has_own_words(text: str) -> None:
    assert isinstance(own_words(text), str)


@pytest.mark.parametrize("language", ["sv", "en", "fi", "ar", "so"])
@pytest.mark.parametrize("style", STYLES)
def test_a_reply_to_our_own_letter_gives_the_words_only(style: str, language: str) -> None:
    from dataclasses import replace

    content = replace(QUESTION, language=language)
    data = letters().envelope(outbound(content), NOW).data
    arrival = read_arrival(data, address="astrid@post.example", ref="1", at=NOW.timestamp())
    for words in ("2", "Fler bänkar\noch lampor"):
        sent = reply(words, arrival, style=style, message_id="<1@post.example>", at=NOW.timestamp()).as_bytes()
        assert own_words(plain_text(parse(sent))) == words


# HTML and charsets ---------------------------------------------------------------------------------------------------


def test_html_becomes_lines() -> None:
    html = "<html><head><title>t</title><style>p{}</style></head><body><p>Ja,&nbsp;<b>gärna</b></p><div>fler<br>bänkar</div>"
    assert own_words(read(html).text).split("\n") == ["Ja, gärna", "fler", "bänkar"]


def test_quotes_in_html_are_no_answer() -> None:
    html = (
        f"<div>2</div><div>{INTRODUCTIONS['gmail sv']}</div><blockquote><div>Är parken</div><p>trygg?</p></blockquote>"
    )
    assert own_words(read(html.replace("<dialog@sjovik.example>", "&lt;dialog@sjovik.example&gt;")).text) == "2"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "x-unknown", None])
def test_a_text_is_read_in_its_charset_or_the_likeliest(charset: str | None) -> None:
    message = EmailMessage()
    encoding = charset if charset and not charset.startswith("x-") else "windows-1252"
    message["Content-Type"] = "text/plain" + (f"; charset={charset}" if charset else "")
    raw = message.as_bytes().rstrip() + b"\r\n\r\n" + "Fler bänkar".encode(encoding)
    assert plain_text(parse(raw)).strip() == "Fler bänkar"


def test_soft_lines_are_joined() -> None:
    raw = b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\nFler \r\nb\xc3\xa4nkar\r\n\r\nNu\r\n"
    assert plain_text(parse(raw)).strip() == "Fler bänkar\n\nNu"


def test_joiners_inside_words_stay() -> None:
    assert own_words("می\u200cخواهم 👨\u200d👩\u200d👧") == "می\u200cخواهم 👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    "words", ["---- tack ----- och hej", "Ma vill ha bänkar\nTorget är bra", "-- bänkar", "Torsdag kl 10:30:\nbänkar", "Från: skolan\nTill: parken"]
)  # fmt: skip
def test_what_only_resembles_a_quote_is_an_answer(words: str) -> None:
    assert own_words(words) == words


@pytest.mark.parametrize(
    "html",
    [
        "<p>" * 200_000 + "2",
        "<div>" * 200_000 + "2",
        "<blockquote>" * 40_000 + "2" + "</a>" * 10,
        "<b" * 200_000,
        "<div class=gmail_quote>" * 20_000,
        "<![" * 99,
    ],
)
def test_html_of_any_depth_is_read_in_bounded_time(html: str) -> None:
    begun = time.process_time()
    read(html)
    assert time.process_time() - begun < 5


@given(st.text(st.sampled_from("<>/=\"' divpblockquote\n&;-—:@12"), max_size=300))
def test_any_markup_is_read(html: str) -> None:
    assert isinstance(own_words(read(html).text), str)


@pytest.mark.parametrize(
    "text",
    [
        "-" * 9 + "a" + " " * 200_000,
        "<" * 200_000,
        ("<" * 300 + "@\n") * 600,
        "On 10:30 <a@b>:\n" * 9_000,
        "a\n" * 90_000,
        "—" * 200_000,
        ": " * 90_000,
    ],
)
def test_text_of_any_shape_is_read_in_bounded_time(text: str) -> None:
    begun = time.process_time()
    own_words(text)
    assert time.process_time() - begun < 3
