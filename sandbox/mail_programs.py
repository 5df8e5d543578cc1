"""How mail programs write: replies with what they quote, in several programs' manners and languages, and the bounces of mail servers. Nothing is sent here."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from zlib import crc32

from sandbox.wire import Arrival

_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "sv": "jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec.",
    "fi": "tammik. helmik. maalisk. huhtik. toukok. kesäk. heinäk. elok. syysk. lokak. marrask. jouluk.",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}
_DAYS = {
    "en": "Mon Tue Wed Thu Fri Sat Sun",
    "sv": "mån tis ons tors fre lör sön",
    "fi": "ma ti ke to pe la su",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
}
_WROTE = {
    "en": "On {day}, {month} {date}, {year} at {hour}:{minute} {who} wrote:",
    "sv": "Den {day} {date} {month} {year} kl {hour}:{minute} skrev {who}:",
    "fi": "{day} {date}. {month} {year} klo {hour}.{minute} {who} kirjoitti:",
    "ar": "في {day}، {date} {month} {year} في {hour}:{minute} تمت كتابة ما يلي بواسطة {who}:",
}
_HEADERS = {
    "en": ("From", "Sent", "To", "Subject"),
    "sv": ("Från", "Skickat", "Till", "Ämne"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "ar": ("من", "تاريخ الإرسال", "إلى", "الموضوع"),
}
_PHONE = {
    "en": "Sent from my iPhone",
    "sv": "Skickat från min iPhone",
    "fi": "Lähetetty iPhonesta",
    "ar": "أُرسلت من الـ iPhone",
}
_ORIGINAL = {
    "en": "-----Original Message-----",
    "sv": "-----Ursprungligt meddelande-----",
    "fi": "-----Alkuperäinen viesti-----",
    "ar": "-----الرسالة الأصلية-----",
}
_RE = {"sv": "Sv: ", "fi": "Vs: ", "ar": "رد: "}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a reply is made from."""

    words: str
    arrival: Arrival
    language: str

    @property
    def introduction(self) -> str:
        """ "On … X wrote:" in the program's language."""
        at = datetime.fromtimestamp(self.arrival.at, UTC)
        name, address = parseaddr(self.arrival.headers.get("From", ""))
        return _WROTE[self.language].format(
            day=_DAYS[self.language].split()[at.weekday()],
            date=at.day,
            month=_MONTHS[self.language].split()[at.month - 1],
            year=at.year,
            hour=f"{at.hour:02}",
            minute=f"{at.minute:02}",
            who=f"{name} <{address}>",
        )

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The four lines that Outlook writes above what it quotes."""
        headers = self.arrival.headers
        values = (headers.get("From", ""), headers.get("Date", ""), headers.get("To", ""), self.arrival.subject)
        return list(zip(_HEADERS[self.language], values, strict=True))

    @property
    def quoted(self) -> str:
        """The original with ">" before each line."""
        return "\n".join(f"> {line}".rstrip() for line in self.arrival.text.rstrip("\n").split("\n"))


def _gmail(letter: Letter) -> tuple[str, str]:
    introduction = "\n".join(textwrap.wrap(letter.introduction, 76, break_long_words=False, break_on_hyphens=False))
    html = (
        f'<div dir="auto">{_lines(letter.words)}</div><br><div class="gmail_quote"><div dir="auto" class="gmail_attr">'
        f'{escape(letter.introduction)}<br></div><blockquote class="gmail_quote">{letter.arrival.html}</blockquote></div>'
    )
    return f"{letter.words}\n\n{introduction}\n\n{letter.quoted}\n", html


def _gmail_signed(letter: Letter) -> tuple[str, str]:
    return f"{letter.words}\n\n-- \nKim\nSjövik 12\n\n{letter.introduction}\n\n{letter.quoted}\n", ""


def _thunderbird(letter: Letter) -> tuple[str, str]:
    """Below what is quoted, as the old hands do."""
    return f"{letter.introduction}\n{letter.quoted}\n\n{letter.words}\n\n-- \nKim\n", ""


def _apple(letter: Letter) -> tuple[str, str]:
    return f"{letter.words}\n\n{_PHONE[letter.language]}\n\n> {letter.introduction}\n> \n{letter.quoted}\n", ""


def _outlook(letter: Letter) -> tuple[str, str]:
    block = "\n".join(f"{name}: {value}" for name, value in letter.headers)
    return f"{letter.words}\n\n________________________________\n{block}\n\n{letter.arrival.text}", ""


def _outlook_html(letter: Letter) -> tuple[str, str]:
    block = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in letter.headers)
    return "", (
        f'<html><head><style>p {{margin:0}}</style></head><body><div class="WordSection1"><p class="MsoNormal">'
        f'{_lines(letter.words)}</p><p class="MsoNormal">&nbsp;</p><div style="border-top:solid #E1E1E1 1.0pt">'
        f'<p class="MsoNormal">{block}</p></div>{letter.arrival.html}</div></body></html>'
    )


def _old_outlook(letter: Letter) -> tuple[str, str]:
    block = "\n".join(f"{name}: {value}" for name, value in letter.headers)
    return f"{letter.words}\n\n{_ORIGINAL[letter.language]}\n{block}\n\n{letter.arrival.text}", ""


def _bare(letter: Letter) -> tuple[str, str]:
    return f"{letter.words}\n", ""


STYLES: dict[str, Callable[[Letter], tuple[str, str]]] = {
    "gmail": _gmail,
    "gmail_signed": _gmail_signed,
    "thunderbird": _thunderbird,
    "apple": _apple,
    "outlook": _outlook,
    "outlook_html": _outlook_html,
    "old_outlook": _old_outlook,
    "bare": _bare,
}


def style_of(address: str) -> str:
    """The program that this resident uses: always the same one."""
    return list(STYLES)[crc32(address.encode()) % len(STYLES)]


def language_of(arrival: Arrival) -> str:
    """The language of the resident's program: that of the message where we know how programs speak it, else English."""
    code = arrival.headers.get("Content-Language", "en").split("-")[0].lower()
    return code if code in _WROTE else "en"


def reply(words: str, arrival: Arrival, *, style: str, message_id: str, at: float) -> EmailMessage:
    """A resident's reply to a message, as the program of that style writes it."""
    language = language_of(arrival)
    text, html = STYLES[style](Letter(words, arrival, language))
    message = _dated(at, message_id)
    message["From"] = arrival.address
    message["To"] = arrival.headers.get("Reply-To") or arrival.headers.get("From", "")
    message["Subject"] = _RE.get(language, "Re: ") + arrival.subject
    original = arrival.headers.get("Message-ID", "")
    message["In-Reply-To"] = original
    message["References"] = f"{arrival.headers.get('References', '')} {original}".strip()
    if text:
        message.set_content(text, charset="utf-8")
        if html:
            message.add_alternative(html, subtype="html", charset="utf-8")
    else:
        message.set_content(html, subtype="html", charset="utf-8")
    return message


def bounce(*, sender: str, recipient: str, original: bytes, hostname: str, message_id: str, at: float) -> EmailMessage:
    """The delivery status notification (RFC 3464) that a mail server sends about a mailbox that does not exist."""
    import email

    message = _dated(at, message_id)
    message["From"] = f"Mail Delivery System <MAILER-DAEMON@{hostname}>"
    message["To"] = sender
    message["Subject"] = "Undelivered Mail Returned to Sender"
    message["Auto-Submitted"] = "auto-replied"
    message.set_content(f"This is the mail system at host {hostname}.\n\nYour message could not be delivered.\n")
    message.make_mixed()
    status = (
        f"Reporting-MTA: dns; {hostname}\r\nArrival-Date: {message['Date']}\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nOriginal-Recipient: rfc822;{recipient}\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 Recipient address rejected: User unknown\r\n"
    )
    report = EmailMessage(policy=SMTP)
    report["Content-Type"] = "message/delivery-status"
    report.set_payload([email.message_from_string(block) for block in status.split("\r\n\r\n")])
    headers = EmailMessage(policy=SMTP)
    headers["Content-Type"] = "text/rfc822-headers"
    headers.set_payload(original.partition(b"\r\n\r\n")[0].decode("ascii", "replace") + "\r\n")
    message.attach(report)
    message.attach(headers)
    message.replace_header("Content-Type", "multipart/report")
    message.set_param("report-type", "delivery-status")
    return message


def _dated(at: float, message_id: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(datetime.fromtimestamp(at, UTC))
    message["Message-ID"] = message_id
    return message


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
