"""From a spreadsheet in XLSForm to an XForm, telling every mistake where it stands. What the XForm then does lives in `forms`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.problems import InputRefused, Problem
from bot.xlsform.attachments import Attachment, none
from bot.xlsform.checks import check
from bot.xlsform.conversion import convert
from bot.xlsform.sheets import read_sheets


@dataclass(frozen=True, slots=True)
class XlsForm:
    """A survey that was read: the XForm, and what its author may want to mend.

    `xform` needs no other file: lists from files beside the survey stand in it. `source` is the XForm that names these files
    instead, as other ODK clients take it.
    """

    xform: str
    warnings: tuple[Problem, ...] = ()
    source: str = ""


def read_xlsform(data: bytes, filename: str, attachment: Attachment = none) -> XlsForm:
    """Read an .xlsx workbook, or a Markdown table (.md). Raises `InputRefused` with sheet, row and column of each mistake.

    `attachment` gives the files that lie beside it, by name (`{…}.get` will do): choices in CSV or GeoJSON, pulldata().
    """
    try:
        sheets = read_sheets(data, filename)
        found = check(sheets)
        errors = [problem for problem in found if problem.severity == "error"]
        if errors:
            raise InputRefused(errors)
        source, xform = convert(sheets, attachment)
    except InputRefused as refused:
        raise InputRefused(replace(problem, file=filename) for problem in refused.problems) from None
    return XlsForm(xform, tuple(replace(problem, file=filename) for problem in found), source)


__all__ = ["Attachment", "XlsForm", "read_xlsform"]
