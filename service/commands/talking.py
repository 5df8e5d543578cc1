"""Talking to a survey in the shell. How the conversation is shown lives in `channels.terminal`."""

from __future__ import annotations

import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.forms import Form
from bot.moves import closest_language
from bot.problems import InputRefused, Problem
from service.commands.reading import read_survey


def talk(path: Path, language: str, *, as_json: bool) -> None:
    """Hold the survey's dialogue over standard input and output. Raises `InputRefused` for a language it does not have."""
    form = Form.load(read_survey(path).xform)
    spoken = _language(form, language, path.name)
    try:
        _hold(form, spoken, path.stem, as_json=as_json)
    except BrokenPipeError:  # whoever read along has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _language(form: Form, wanted: str, file: str) -> str:
    """The code to begin in: the survey's first when none is wanted."""
    from locales import codes

    own = form.codes()
    has_names = set(own) > {"und"} or own[0] != "und"
    if not wanted:
        return own[0]
    spoken = closest_language(form, wanted)
    if spoken is not None and (has_names or {spoken, spoken.partition("-")[0]} & set(codes())):
        return spoken
    known = [f"{code} ({name.partition('(')[0].strip()})" for code, name in zip(own, form.languages, strict=True)]
    remedy = f"write one of: {', '.join(known if has_names else codes())}"
    raise InputRefused((Problem(f"The survey has no language “{wanted}”", remedy, file=file),))


def _hold(form: Form, language: str, name: str, *, as_json: bool) -> None:
    from bot.engine import Engine
    from channels.terminal import Paper, Record, talk, title_of, typed
    from locales import load_lexicon, translation

    engine = Engine(load_lexicon())

    def now() -> datetime:
        return datetime.now(UTC).astimezone()

    if sys.stdin.isatty() and sys.stdout.isatty() and not as_json:
        from channels.terminal.screen import PROMPT, Screen

        screen = Screen()
        languages = [language.partition("(")[0].strip() for language in form.languages if language != "default"]
        screen.open(form, languages, title_of(form, name))
        left = talk(
            form,
            engine,
            translation,
            language=language,
            lines=typed(PROMPT),
            teller=screen,
            now=now,
            is_interactive=True,
            name=name,
        )
        screen.close(form, left)
        return
    _read_anything()
    teller = Record(sys.stdout) if as_json else Paper(sys.stdout)
    talk(form, engine, translation, language=language, lines=sys.stdin, teller=teller, now=now, name=name)


def _read_anything() -> None:
    """Lines as they were piped in: UTF-8 whatever the locale, what is not is shown as such, and only a newline ends a line."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace", newline="\n")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")
