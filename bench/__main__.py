"""`python -m bench [NAME …]`: run the benchmarks, print a table, write results.json; exit 1 when a promise is not kept."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench.figures import RESULTS, Figure, measure, table

BENCHES = {
    "surveys": "bench.surveys",
    "dialogues": "bench.dialogues",
    "turns": "bench.turns",
    "emails": "bench.emails",
    "distances": "bench.distances",
    "texts": "bench.texts",
    "launches": "bench.launches",
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHES)}; all of them without")
    wanted = parser.parse_args(arguments).names or list(BENCHES)
    if unknown := [name for name in wanted if name not in BENCHES]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    figures: list[Figure] = []
    failed: list[str] = []
    for name in wanted:  # each in a process of its own: none pays for another's memory
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            try:
                figures += process.submit(measure, BENCHES[name]).result()
            except Exception:  # the others are still worth measuring
                traceback.print_exc()
                failed.append(name)
        sys.stderr.write(f"{name} {'FAILED' if name in failed else 'measured'}\n")
    RESULTS.write_text("".join(figure.to_line() + "\n" for figure in figures), encoding="utf-8")
    print(table(figures))
    return 0 if not failed and all(figure.is_kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
