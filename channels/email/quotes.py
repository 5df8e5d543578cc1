"""Telling a resident's own words from what the mail program quoted, signed or added. Which part of a message is text is decided in `plain`.

Structure first, words second: quoted lines and our own marker look the same in every language; the words that mail programs
put before a quote, or below everything, are known for the languages that we write in and matched loosely for others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.email.plain import Body

_MOST_CHARS, _MOST_LINE_CHARS = 200_000, 400
_LINE_END = re.compile(r"\r\n|\r|\n|(?<=[:：] )\s*(?=——)")  # Yahoo goes on quoting in the line that introduces
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_QUOTED = re.compile(r"\s*[>｜|]")
# Our own marker, also where a program made hyphens of its dashes, and "-----Original Message-----" in any language.
_MARKER = re.compile(r"[\s>*|]*(—{2,}\s*\S|--\s\S.*\S\s--\s*\**$|-{4,}\s*[^\s-].*[^\s-]\s*-{4,}\s*\**$)")
_RULE = re.compile(r"\s*[_]{8,}\s*$")
_SIGNATURE = re.compile(r"--\s?$")

# What introduces a quote ends in a colon and carries a moment or an address: "On 3 Feb 2025 at 10:12, X <x@y> wrote:"
_ADDRESSEE = re.compile(r"[<(\[]\s*\S+@\S+[>)\]]")
_MOMENT = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_EVIDENCE = re.compile(r"@|\b\d{1,2}[:.]\d{2}\b|\b(19|20|14)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_ENDS_INTRODUCTION = re.compile(
    r"([:：፡፦]|wrote|skrev|čálii|kirjoitti|نوشت|نووسی|napisał(\(a\))?|пише|schrieb|scris|nivîsî|yazdı|ጽፏል|ጻፈ)\s*$",
    re.IGNORECASE,
)
_BEGINS_INTRODUCTION = re.compile(
    r"((On|Den|Am|Le|El|Il|Op|Em|Na|Dana|W dniu|Vào|În|بتاريخ|في|در|لە|Li|Roja|Ku)\b|בתאריך|ב-|በ|ኣብ|"
    r"(mån|tis|ons|tors|fre|lör|sön|man|tir|ons|tor|lør|søn|ma|ti|ke|to|pe|la|su|пн|вт|ср|ст|чт|пт|сб|вс|нд|пон|уто|сре|чет|пет|суб|нед|"
    r"pon|uto|sri|čet|pet|sub|ned|wt|śr|czw|pt|sob|niedz|ndz|lun|mar|mie|joi|vin|sâm|dum)\w*\.?,?\s"
    r"|\d{1,4}[./-]?\s*\S+)",
    re.IGNORECASE,
)

# "From:", "Sent:", "To:", "Subject:" as Outlook and others write them above what they quote.
_HEADER_LINE = re.compile(r"\s*\**([^\W\d][^:：\n]{0,24}?)\s*\**\s*[:：]\**(\s|$)")
_HEADER_WORD = re.compile(
    "from|sent|date|to|cc|subject|från|skickat|datum|till|kopia|ämne|lähettäjä|lähetetty|päivämäärä|vastaanottaja|aihe|"
    "من|تاريخ|تم|الإرسال|التاريخ|إلى|الموضوع|نسخة|از|فرستاده|ارسال|تاریخ|به|موضوع|"
    "от|отправлено|дата|кому|копия|тема|від|надіслано|копія|od|wysłano|data|do|temat|poslano|poslato|za|predmet|"
    "von|gesendet|an|betreff|de|envoyé|enviado|à|para|objet|asunto|fra|sendt|til|emne|ka|la|ku|taariikh|ji|bo|babet",
    re.IGNORECASE,
)

# What phones and programs add below the words, one line each.
_ADVERTISEMENT = re.compile(
    r"\s*(Sent (from|via|with|using) (my|\[?(Mail|Outlook|Yahoo|Samsung|Proton)|the|AOL|an? )|Get Outlook for|Get BlueMail|"
    r"Yahoo Mail: Search, Organize|Sent from \S+ for (iOS|Android)|Please excuse my brevity|"
    r"(Skickat|Skickades|Sänt|Skickad) (från|med|via) |Hämta (Outlook|BlueMail) för|Ursäkta min fåordighet|"
    r"Lähetetty (\w+sta(ni)?|\w+stä(ni)?|Outlook\S*|\w+lta|\w+lla|\w+llä)\b.{0,40}$|Hanki Outlook|"
    r"أُ?رسلت? (من|باستخدام|عبر) |أُرسِلت من|تم الإرسال من|الحصول على Outlook|(ارسال|فرستاده)([ \u200c]?شده)? (از|با) |دریافت Outlook|"
    r"لە \S+ـ?ەوە نێردراوە|Отправлено (с|из|через) |Надіслано (з|із|через) |Послато (с|са) |Скачать Outlook|Отримати Outlook|"
    r"Wysłan[eoy] (z|ze|za pomocą) |Pobierz aplikację Outlook|Poslano (s|sa|iz) |Poslato (s|sa|iz) |Preuzmi(te)? Outlook|"
    r"Von meinem .{2,30} gesendet|Gesendet (von|mit) |Envoyé (de|depuis|avec) |Enviado (desde|do|com) |Sendt (fra|med|via) |Last ned Outlook|"
    r"Trimis (de pe|din|cu) |Obțineți Outlook|iPhone'(um|ı?m)dan gönderildi|\S+('?[dt][ae]n|[dt][ae]n) gönderildi\s*$|Outlook'u edinin|"
    r"נשלח (מ|באמצעות)|קבל את Outlook|ከ.{2,30} የተላከ|Sáddejuvvon |"
    r"Virus-free\.|Virusfri(t)?\.|Fri från virus|Detta e-postmeddelande (är|har) (fritt|kontrollerats)|Scanned by )",
    re.IGNORECASE,
)


def words_in(body: Body) -> str:
    """The resident's own words, read where the program has marked best what is quoted; "" when there are none."""
    texts = (body.plain, body.html.text)
    for text in reversed(texts) if body.html.is_marked else texts:
        words = own_words(text)
        if words:
            return words
    return ""


def own_words(text: str) -> str:
    """What the resident wrote in this message, wherever they wrote it: above, below or between what is quoted."""
    lines = [_INVISIBLE.sub("", line).replace("\u00a0", " ").rstrip() for line in _LINE_END.split(text[:_MOST_CHARS])]
    seen = [line[:_MOST_LINE_CHARS] for line in lines]  # what programs write is short: only so much is looked at
    kept: list[str] = []
    is_signature = has_quote = was_quoted = False
    for i, line in enumerate(seen):
        if _begins_quote(seen, i):
            _drop_introduction(kept, is_first=not has_quote)
            break
        if _QUOTED.match(line):
            if not was_quoted:
                _drop_introduction(kept, is_first=not has_quote)
            kept.append("")
            has_quote = was_quoted = True
            is_signature = False
            continue
        was_quoted = was_quoted and not line.strip()
        if _SIGNATURE.fullmatch(line):
            is_signature = True
        elif not is_signature:
            kept.append(lines[i])
        elif _is_introduction(line):
            is_signature = False
    return _joined(kept)


def _begins_quote(lines: list[str], i: int) -> bool:
    """Whether everything from line `i` on is quoted without a sign at each line."""
    line = lines[i]
    if _QUOTED.match(line):
        return False
    if _MARKER.match(line):
        return True
    if _RULE.match(line):
        return _is_header_block(lines, i + 1)
    return _is_header_block(lines, i) or _introduces_bare_quote(lines, i)


def _introduces_bare_quote(lines: list[str], i: int) -> bool:
    """Whether "On … X wrote:" begins here, in up to three lines, and what follows has no sign of its own, as Yahoo does it."""
    for count in (1, 2, 3):
        block = lines[i : i + count]
        if not block[-1].strip():
            return False
        whole = " ".join(line.strip() for line in block)
        if count > 1 and _is_introduction(block[-1]) and _BEGINS_INTRODUCTION.match(block[-1].strip()):
            return False
        if _is_introduction(whole):
            follows = next((line for line in lines[i + count : i + count + 9] if line.strip()), ">")
            return _is_sure(whole) and bool(_BEGINS_INTRODUCTION.match(whole)) and not _QUOTED.match(follows)
    return False


def _is_header_block(lines: list[str], i: int) -> bool:
    """Two known header words in lines that follow each other, or four unknown ones with a moment or an address among them."""
    known, seen, has_evidence = 0, 0, False
    for line in lines[i : i + 6]:
        if not line.strip():
            if seen:
                break
            continue
        found = _HEADER_LINE.match(line)
        if not found:
            break
        seen += 1
        has_evidence = has_evidence or bool(_EVIDENCE.search(line))
        known += bool(_HEADER_WORD.fullmatch(found[1].split()[0]))
    return has_evidence and (known >= 2 or seen >= 4)


def _is_introduction(line: str) -> bool:
    return bool(_ENDS_INTRODUCTION.search(line) and _EVIDENCE.search(line))


def _is_sure(line: str) -> bool:
    """Whether a line names both a moment and an address, as no resident's own line would."""
    return bool(_ADDRESSEE.search(line) and _MOMENT.search(line))


def _drop_introduction(kept: list[str], *, is_first: bool) -> None:
    """Take back the line or the few wrapped lines which introduce the quote that follows; between quotes only sure ones."""
    while kept and not kept[-1].strip():
        kept.pop()
    for count in (1, 2, 3, 4):
        block = [line[:_MOST_LINE_CHARS] for line in kept[-count:]]
        if len(block) < count or not all(line.strip() for line in block):
            return
        whole = " ".join(line.strip() for line in block)
        is_set_off = len(kept) == count or not kept[-count - 1].strip()
        begins = (
            _BEGINS_INTRODUCTION.match(whole) or (is_set_off and (count == 1 or _is_sure(whole))) or _is_sure(block[0])
        )
        if begins and _is_introduction(whole) and (is_first or _is_sure(whole)):
            del kept[-count:]
            return


def _joined(kept: list[str]) -> str:
    """The words without the programs' advertisements, blank lines at most one at a time."""
    text = "\n".join(line for line in kept if not _ADVERTISEMENT.match(line))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
