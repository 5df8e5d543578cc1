"""Coverage-guided fuzzing of what residents write, over a whole dialogue.

    python tests/fuzz/inbound.py -max_total_time=60

Needs atheris, which is no dependency of the project: `pip install atheris`. All arguments are libFuzzer's own; found
inputs are written beside it and replayed with `python tests/fuzz/inbound.py FILE`. A slow turn is a finding too.
"""

from __future__ import annotations

import sys
from pathlib import Path

try:
    import atheris
except ModuleNotFoundError:
    sys.exit("This needs atheris: pip install atheris")

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["bot"]):
    from tests.fuzz.dialogues import ENGINE, FORM, check, lines_of

SEEDS = 3  # of every so many inputs, one is made of words that the lexicon knows: bytes alone seldom spell one
WORDS = sorted(
    {word for v in ENGINE.lexicon.by_language.values() for words in v.words.values() for word in words}
    | {
        word
        for v in ENGINE.lexicon.by_language.values()
        for word in (*v.numbers, *v.months, *v.weekdays, *v.clock.parts)
    }
    | {
        *ENGINE.lexicon.commands,
        "\n",
        ":",
        "-",
        ",",
        "/",
        "1",
        "2",
        "12",
        "torget",
        "skolan",
        "lekplats",
        "geo:57.9,12.1",
    }
)


def one_input(data: bytes) -> None:
    """One dialogue."""
    if data[:1] and data[0] % SEEDS == 0:
        picked = (WORDS[(high * 256 + low) % len(WORDS)] for high, low in zip(data[1::2], data[2::2], strict=False))
        check(FORM, lines_of(" ".join(picked).encode("utf-8", "surrogateescape")))
    else:
        check(FORM, lines_of(data[1:]))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
