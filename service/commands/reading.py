"""Reading a survey with the files that lie beside it. What they mean is decided in `bot.xlsform`."""

from __future__ import annotations

from pathlib import Path

from bot.xlsform import XlsForm, read_xlsform

_KINDS = (".csv", ".geojson", ".xml")


def read_survey(path: Path) -> XlsForm:
    """The survey of an XLSForm file; lists that it names are read from the same folder. Raises `InputRefused`."""

    def beside(name: str) -> bytes | None:
        file = path.parent / Path(name).name
        return file.read_bytes() if file.suffix.lower() in _KINDS and file.is_file() else None

    return read_xlsform(path.read_bytes(), path.name, beside)
