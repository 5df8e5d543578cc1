"""Telling a resident's own words from what the mail program quoted, signed or added. Which part of a message is text is decided in `plain`.

Structure first, words second: quoted lines and our own marker look the same in every language; the words that mail programs
put before a quote, or below everything, are known for the languages that we write in and matched loosely for others.
"""

from __future__ import annotations

import re

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_QUOTED = re.compile(r"\s*[>｜|]")
_MARKER = re.compile(r"[\s>*|]*(—{2,}|[-=–]{4,})\s*\S")  # our marker, and "-----Original Message-----"
_RULE = re.compile(r"\s*[_]{8,}\s*$")
_SIGNATURE = re.compile(r"--\s?$")

# What introduces a quote ends in a colon and carries a moment or an address: "On 3 Feb 2025 at 10:12, X <x@y> wrote:"
_ADDRESSEE = re.compile(r"[<(]\s*\S+@\S+[>)]")
_MOMENT = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_EVIDENCE = re.compile(r"@|\b\d{1,2}[:.]\d{2}\b|\b(19|20|14)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_ENDS_INTRODUCTION = re.compile(r"([:：]|wrote|skrev|kirjoitti|نوشت|napisał(\(a\))?|пише|schrieb)\s*$", re.IGNORECASE)
_BEGINS_INTRODUCTION = re.compile(
    r"(On|Den|Am|Le|El|Il|Op|Em|Na|Dana|W dniu|Vào|في|بتاريخ|در|لە|Li|Roja|Ku|"
    r"(mån|tis|ons|tors|fre|lör|sön|ma|ti|ke|to|pe|la|su|пн|вт|ср|ст|чт|пт|сб|вс|нд|pon|wt|śr|czw|pt|sob|niedz|ndz)\w*\.?,?\s"
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
    r"\s*(Sent from (my|Mail|Outlook|Yahoo|Samsung)|Get Outlook for|Skickat från (min|Outlook|E-post|Yahoo)|Hämta Outlook för|"
    r"Lähetetty (\w+sta|\w+stä|Outlook\S*|\w+lta)\b.{0,40}$|Hanki Outlook|أُ?رسلت? من|أُرسِلت من|الحصول على Outlook|"
    r"ارسال شده از|فرستاده شده از|Отправлено (с|из) |Надіслано (з|із) |Wysłane z |Poslano (s|sa) |Poslato (s|sa) |"
    r"Von meinem .{2,30} gesendet|Gesendet (von|mit) |Envoyé de |Enviado (desde|do) |Sendt fra |Virus-free\.|Fri från virus)",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """What the resident wrote in this message, wherever they wrote it: above, below or between what is quoted."""
    lines = [_INVISIBLE.sub("", line).rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    lines = [line.replace("\u00a0", " ") for line in lines]
    kept: list[str] = []
    is_signature = has_quote = False
    for i, line in enumerate(lines):
        if _begins_quote(lines, i):
            if not has_quote:
                _drop_introduction(kept)
            break
        if _QUOTED.match(line):
            if not has_quote:
                _drop_introduction(kept)
            kept.append("")
            has_quote, is_signature = True, False
        elif _SIGNATURE.fullmatch(line):
            is_signature = True
        elif not is_signature:
            kept.append(line)
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
    return _is_header_block(lines, i)


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


def _drop_introduction(kept: list[str]) -> None:
    """Take back the line or the few wrapped lines which introduce the quote that follows."""
    while kept and not kept[-1].strip():
        kept.pop()
    for count in (1, 2, 3):
        block = kept[-count:]
        if len(block) < count or not all(line.strip() for line in block):
            return
        whole = " ".join(block)
        begins = _BEGINS_INTRODUCTION.match(block[0].strip()) or (count == 1 and (_is_alone(kept) or _is_sure(whole)))
        if begins and _is_introduction(whole):
            del kept[-count:]
            return


def _is_alone(kept: list[str]) -> bool:
    """Whether the last line has nothing right above it that it could continue."""
    return len(kept) == 1 or not kept[-2].strip()


def _joined(kept: list[str]) -> str:
    """The words without the programs' advertisements, blank lines at most one at a time."""
    text = "\n".join(line for line in kept if not _ADVERTISEMENT.match(line))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
