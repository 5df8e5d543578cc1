"""Conducting a demonstration: sets the stage, moves the clock from one due moment to the next, and compares both accounts at the end."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import typer

from campaigns.quiet_hours import is_open, next_open
from service.clock import SharedClock
from service.commands.campaigns import read_folder
from service.commands.tables import render, summed
from service.demo.comparing import broken_promises, compare_answers, compare_people, compare_reach, residents_account
from service.demo.phrases import phrase_book
from service.demo.stage import Ports, Stage, StageFailed, answers
from store.campaigns import get_campaign, list_waves
from store.database import Database
from store.deliveries import doubtful
from store.outbox import is_busy, next_due
from store.results import answer_counts

CAMPAIGN = Path("examples/torget")
STRIDE = timedelta(minutes=30)
MOST_SECONDS_OF_QUIET = 60.0
EVERY = timedelta(days=400)


def play(*, is_once: bool, speed: float, residents: int, seed: int, folder: Path, database_url: str) -> None:
    """Play a whole campaign and compare (`is_once`), or bring it up for people to watch and take part in."""
    folder = folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ports = Ports.free() if is_once else Ports()
    stage = Stage(folder, ports, database_url or f"sqlite:///{folder / 'genklang.db'}")
    try:
        director = Director(stage, seed=seed, residents=residents)
        director.prepare()
        with stage.sandbox(pace_seconds=0 if is_once else 20), stage.service():
            if is_once:
                director.play_through()
            else:
                director.show(speed)
    except StageFailed as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    if is_once and not director.agrees():
        raise typer.Exit(1)


class Director:
    """Knows the campaign, holds the clock, and watches the store and the sandbox to see when all is quiet."""

    def __init__(self, stage: Stage, *, seed: int, residents: int) -> None:
        self.stage = stage
        self.seed = seed
        self.residents = residents
        self.began = time.monotonic()
        self.folder = read_folder(CAMPAIGN)
        self.definition = self.folder.definition
        self.clock = SharedClock(stage.clock_file, start=self.definition.opens_at - timedelta(days=1))
        self.state: dict[str, Any] = {}
        self.status: dict[str, Any] = {}

    # --- before

    def prepare(self) -> None:
        """Import the municipality and launch the campaign, with the commands that a coordinator would type."""
        from bot.forms import Form

        stage = self.stage
        stage.municipality(self.seed, self.residents)
        form = Form.load(self.folder.xform or "")
        book = phrase_book(form, self.definition, self.clock.now())
        (stage.folder / "phrases.json").write_text(json.dumps(book, ensure_ascii=False, indent=1))
        for kind, name in (("areas", "areas.geojson"), ("population", "population.csv"), ("people", "residents.csv")):
            self._say(stage.command(kind, "import", str(stage.folder / name)))
        self._say(stage.command("campaign", "check", str(CAMPAIGN)))
        self._say(stage.command("campaign", "launch", str(CAMPAIGN), "--by", "coordinator"))
        self.database = Database(stage.database_url)
        self.lanes = self._lanes()

    def _lanes(self) -> list[str]:
        from channels.doors import open_doors
        from service.settings import Settings, load_settings
        from service.wiring import build_channels

        with _environment(self.stage.environment):
            channels = build_channels(load_settings(Settings), self.clock, open_doors())
        return [channel.lane for channel in channels.values() if not channel.limits.is_page]

    # --- the play

    def play_through(self) -> None:
        """From the day before the opening to the last piece of feedback, as fast as this machine can."""
        self.advance_to(self.definition.closes_at)
        self._quiet()
        self._decide()
        self.advance_to(max(self.definition.feedback_at, self.clock.now()) + timedelta(days=2))
        self.state = dict(answers(self.stage.sandbox_url + "/sandbox/state"))
        self.status = json.loads(self.stage.command("campaign", "status", self.definition.id, "--format", "json"))

    def show(self, speed: float) -> None:
        """The opening at once, then at `speed` until the reader has seen enough."""
        self.advance_to(self.definition.opens_at + timedelta(days=1, hours=3))
        typer.echo(
            f"\nSjövik is in dialogue.\n"
            f"  Follow the campaign   {self.stage.service_url}/console/campaigns/{self.definition.id}\n"
            f"  What residents see    {self.stage.service_url}/dialogue/{self.definition.id}\n"
            f"  Their phones          {self.stage.sandbox_url}/sandbox/phone\n"
            f"One second here is {speed / 60:.0f} minutes there. Stop with Ctrl-C.\n"
        )
        is_decided = False
        try:
            while True:
                time.sleep(0.1)
                self.clock.set(self.clock.now() + timedelta(seconds=speed / 10))
                if not is_decided and self.clock.now() > self.definition.decision_at:
                    self._quiet()
                    self._decide()
                    is_decided = True
        except KeyboardInterrupt:
            typer.echo("The curtain falls.")

    def _decide(self) -> None:
        if self.clock.now() < self.definition.decision_at:
            self.advance_to(self.definition.decision_at + timedelta(hours=3))
        decision = str(CAMPAIGN / "decision.yaml")
        self._say(self.stage.command("campaign", "decide", self.definition.id, decision, "--by", "decision-maker"))

    def advance_to(self, end: datetime) -> None:
        """Let everybody do what is due, then move on to whatever comes next, until `end` is reached and all is quiet."""
        while True:
            self._quiet()
            now = self.clock.now()
            if now >= end:
                return
            upcoming = min((moment for moment in (self._next_here(now), self._next_there()) if moment), default=end)
            self.clock.set(min(max(upcoming, now + STRIDE), end))

    def _next_here(self, now: datetime) -> datetime | None:
        """When the service has something to do next."""
        rules = self.definition.plan.quiet_hours
        with self.database.connect() as connection:
            moments = [next_due(connection, lane) for lane in self.lanes]
            waves = [w.due_at for w in list_waves(connection, self.definition.id) if w.status == "planned"]
            if get_campaign(connection, self.definition.id).closed_at is None:
                waves.append(self.definition.closes_at)
        waiting = [next_open(max(moment, now), rules) for moment in moments if moment is not None]
        return min((*waiting, *waves), default=None)

    def _next_there(self) -> datetime | None:
        """When a resident means to act next."""
        next_at = answers(self.stage.sandbox_url + "/sandbox/pulse")["next_at"]
        return datetime.fromisoformat(str(next_at)) if next_at else None

    def _quiet(self) -> None:
        """Return when nobody has anything left to do at this moment. Raises `StageFailed` when that never happens."""
        until = time.monotonic() + MOST_SECONDS_OF_QUIET
        quiet_rounds = 0
        while quiet_rounds < 2:
            if time.monotonic() > until:
                raise StageFailed(f"at {self.clock.now():%Y-%m-%d %H:%M} the municipality does not come to rest")
            quiet_rounds = quiet_rounds + 1 if self._is_quiet() else 0
            if not quiet_rounds:
                time.sleep(0.02)

    def _is_quiet(self) -> bool:
        now = self.clock.now()
        if not answers(self.stage.sandbox_url + "/sandbox/pulse")["idle"]:
            return False
        ticked_at = answers(self.stage.service_url + "/healthz")["ticked_at"]
        if ticked_at is None or datetime.fromisoformat(str(ticked_at)) < now:
            return False
        with self.database.connect() as connection:
            return not is_busy(connection, now, bulk_open=is_open(now, self.definition.plan.quiet_hours))

    # --- after

    def agrees(self) -> bool:
        """Print both accounts and what they differ in; true when they agree and every promise was kept."""
        lives = [life for life in self.state["residents"] if life["invited"] or life["messages_received"]]
        residents = residents_account(lives)
        for trait in ("channel", "language", "area"):
            columns = [
                trait,
                "people",
                "invited",
                "started",
                "finished",
                "partial",
                "opted out",
                "reminded",
                "feedback",
            ]
            typer.echo(render(f"By {trait}", columns, summed(self.status["people"], trait)))
        counted = self._counted_answers(sorted({key for life in lives for key in life["answers"]}))
        faults = [str(each) for each in compare_people(self.status["people"], residents)]
        faults += [str(each) for each in compare_answers(counted, lives)]
        faults += [str(each) for each in compare_reach(self.status["reach"]["elsewhere"], lives)]
        faults += broken_promises(lives)
        faults += [f"a resident {oddity}" for oddity in self.state["unread_oddities"]]
        with self.database.connect() as connection:
            in_doubt = doubtful(connection, self.definition.id)
        faults += [f"in doubt: a message over {each.channel} ({each.purpose}, {each.reason})" for each in in_doubt]
        for fault in faults[:40]:
            typer.echo(f"DIFFERS  {fault}", err=True)
        given = sum(counted.values())
        told = sum(bool(life["feedback"]) for life in lives)
        seconds = time.monotonic() - self.began
        typer.echo(
            f"{len(lives)} residents, {given} answers, {told} told what came of it: "
            + ("both accounts agree in every figure." if not faults else f"{len(faults)} differences.")
            + f" {seconds:.0f} s."
        )
        return not faults

    def _counted_answers(self, questions: list[str]) -> Counter[tuple[str, str]]:
        """How often the service has each value; the choices of one answer in the order of the alphabet."""
        from bot.forms import Form

        several = {q.path for q in Form.load(self.folder.xform or "").questions if q.type == "select_multiple"}
        counted: Counter[tuple[str, str]] = Counter()
        with self.database.connect() as connection:
            for row in answer_counts(connection, self.definition.id, questions=questions):
                value = " ".join(sorted(row.value.split())) if row.question in several else row.value
                counted[row.question, value] += row.count
        return counted

    def _say(self, text: str) -> None:
        typer.echo(text.rstrip())


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """The process's environment as the demonstration's, for as long as the block lasts."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
