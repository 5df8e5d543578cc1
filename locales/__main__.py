"""`python -m locales`: the translators' commands. What they do lives in the modules they call."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from bot.languages import standard
from locales.approval import NotApprovable, approve, progress
from locales.catalogs import paths
from locales.extraction import refresh
from locales.filling import fill, lacks
from locales.plurals import PLURAL_FORMS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 when something was refused."""
    asked = _parser().parse_args(arguments)
    if asked.command == "approve":
        return _approve(asked.code, asked.by, None if asked.all else asked.text)
    if asked.command == "status":
        return _status()
    if asked.command == "fill":
        return _fill(asked.code, asked.file, asked.remark)
    if asked.command == "lacks":
        sys.stdout.write(json.dumps(lacks(asked.code), ensure_ascii=False, indent=1) + "\n")
        return 0
    for code, count in refresh().items():
        sys.stdout.write(f"{code}: {count} texts to translate\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m locales", description="Refresh the template and every catalog.")
    commands = parser.add_subparsers(dest="command")
    approving = commands.add_parser("approve", help="put a person's name to drafts")
    approving.add_argument("code", type=_shipped)
    approving.add_argument("text", nargs="*", help="English sentences")
    approving.add_argument("--by", required=True, metavar="NAME", help="stands in the catalog for everybody to read")
    approving.add_argument("--all", action="store_true", help="every text that is translated")
    commands.add_parser("status", help="how far each language has come")
    filling = commands.add_parser("fill", help="write translations as drafts")
    filling.add_argument("code", type=_known)
    filling.add_argument("file", type=Path, help="JSON: English sentence to translation or list of plural forms")
    filling.add_argument("--remark", default="", help="what readers of the catalog should know, at its head")
    lacking = commands.add_parser("lacks", help="the texts that have no translation, as JSON")
    lacking.add_argument("code", type=_known)
    return parser


def _approve(code: str, name: str, wanted: list[str] | None) -> int:
    try:
        count = approve(code, name, date.today(), wanted)  # noqa: DTZ011 - the approver's own calendar
    except (NotApprovable, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{code}: {count} drafts approved\n")
    return 0


def _status() -> int:
    sys.stdout.write("language   texts  translated  drafts  length against English\n")
    for row in progress():
        sys.stdout.write(f"{row.code:<10} {row.texts:>5} {row.translated:>11} {row.drafts:>7} {row.length:>7.0%}\n")
    return 0


def _fill(code: str, file: Path, remark: str) -> int:
    filled = fill(code, json.loads(file.read_text(encoding="utf-8")), remark)
    for called, why in filled.refused.items():
        sys.stderr.write(f"refused: {called!r}: {why}\n")
    sys.stdout.write(f"{code}: {filled.written} written, {len(filled.refused)} refused, {filled.lacking} lacking\n")
    return 1 if filled.refused else 0


def _shipped(code: str) -> str:
    return _one_of(standard(code), paths())


def _known(code: str) -> str:
    return _one_of(standard(code), PLURAL_FORMS)


def _one_of(code: str, known: dict[str, Path] | dict[str, tuple[int, str]]) -> str:
    if code not in known:
        raise argparse.ArgumentTypeError(f"{code} is none of {', '.join(known)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
