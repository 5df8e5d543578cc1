"""`make crash`: play the campaign on each database, compare the accounts, and print the figures; exit 1 when anything was lost, doubled or left unnamed."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import uvloop

from tests.crash.accounts import FIGURES, Inside, Outside, Verdict, compare, total
from tests.crash.databases import KINDS
from tests.crash.plays import Plan, Play, staged

MOST_FAULTS_SHOWN = 20


async def perform(kind: str, folder: Path, plan: Plan) -> tuple[Play, Outside, Inside]:
    """One play on one kind of database."""
    with KINDS[kind](folder) as ground:
        async with staged(ground, folder, plan) as play:
            outside, inside = await play.perform()
    return play, outside, inside


def summary(
    kind: str, play: Play, verdict: Verdict, outside: Outside, inside: Inside, seconds: float, cpu_seconds: float
) -> dict[str, Any]:
    """The figures with what they were won from."""
    return {
        "database": kind,
        **verdict.figures,
        "messages": sum(dossier.messages.total() for dossier in inside.dossiers.values()),
        "acknowledged_inbound": sum(resident.acknowledged.total() for resident in outside.residents.values()),
        "kills": len(play.kills),
        "kills_of": Counter(" and ".join(kill.victims) for kill in play.kills),
        "kills_on_the_wire": play.kills_on_the_wire,
        "server_kills": play.server_kills,
        "restarts": play.restarts,
        "waited_for_a_word": len(inside.in_doubt),
        "doubled_before_the_word": sum(times - 1 for times in outside.taken_before_the_word.values()),
        "doubled_by_channel": doubled_by_channel(play, outside),
        "seconds": round(seconds),
        "cpu_seconds": round(cpu_seconds),
        "seconds_of": {what: round(each) for what, each in play.spent.items()},
    }


def cpu() -> float:
    """How many processor seconds this process and all that it has waited for have used; a database server is not among them."""
    return sum(used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def doubled_by_channel(play: Play, outside: Outside) -> Counter[str]:
    """Where messages were accepted once more."""
    channels = {person.address: person.channel for person in play.people}
    doubled: Counter[str] = Counter()
    for (address, _), times in outside.taken.items():
        doubled[channels.get(address, "")] += times - 1
    return doubled


def main(arguments: list[str] | None = None) -> int:
    """Play, compare, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    for name, default in (("seed", 7), ("messages", 20_000), ("kills", 20)):
        parser.add_argument(f"--{name}", type=int, default=int(os.environ.get(name.upper()) or default))
    parser.add_argument("--database", choices=[*KINDS, ""], default=os.environ.get("DATABASE", ""), help="one alone")
    given = parser.parse_args(arguments)
    plan = Plan(given.messages, given.kills, given.seed)
    gc.set_threshold(50_000, 50, 50)  # a town's whole life is kept until the end: there is little to collect
    won: list[dict[str, int]] = []
    is_good = True
    for kind in [given.database] if given.database else KINDS:
        began, cpu_began = time.monotonic(), cpu()
        with (
            tempfile.TemporaryDirectory(prefix="genklang-crash-") as folder,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            play, outside, inside = runner.run(perform(kind, Path(folder), plan))
        verdict = compare(outside, inside)
        for fault in verdict.faults[:MOST_FAULTS_SHOWN]:
            sys.stderr.write(f"{kind}: {fault}\n")
        told = summary(kind, play, verdict, outside, inside, time.monotonic() - began, cpu() - cpu_began)
        print(json.dumps(told), flush=True)
        won.append({name: verdict.figures[name] for name in FIGURES})
        is_good = is_good and verdict.is_good
    print(json.dumps(total(won)))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
