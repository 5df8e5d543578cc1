"""The world file: who lives in the municipality, where they can be reached and what they are like. What they do lives in `residents`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

CHANNELS = ("telegram", "sms", "email")

Timing = Literal["prompt", "late", "after_reminder", "silent", "by_hand"]
Style = Literal["plain", "labels", "words"]
Route = Literal["chat", "web"]
OptOut = Literal["never", "at_invitation", "midway", "one_click"]
Reach = Literal["alive", "blocked", "refused", "bounces"]


@dataclass(frozen=True, slots=True)
class Habit:
    """How one resident takes part. Every field is independent of the survey, so that one world fits any survey.

    `plain` answers with buttons where there are some and with numbers where there are none; `labels` types the words of
    the choice; `words` types number words. `stops_after` is after how many answers a resident falls silent;
    `reminders` how many reminders it takes. `reach` says whether the first address works at all: `blocked` has blocked
    the bot, `refused` is refused when it is written to, `bounces` is accepted first and reported dead afterwards.
    """

    timing: Timing = "prompt"
    style: Style = "plain"
    route: Route = "chat"
    opts_out: OptOut = "never"
    reach: Reach = "alive"
    stops_after: int | None = None
    reminders: int = 0
    switches_to: str | None = None
    slips: bool = False
    tries_impossible: bool = False

    def to_data(self) -> dict[str, Any]:
        """Plain data, defaults left out."""
        plain = asdict(Habit())
        return {name: value for name, value in asdict(self).items() if value != plain[name]}

    def __str__(self) -> str:
        if self.timing == "by_hand":
            return "played by hand"
        if self.reach != "alive":
            return {"blocked": "has blocked the bot", "refused": "dead address", "bounces": "dead address, told later"}[
                self.reach
            ]
        if self.opts_out != "never":
            return {
                "at_invitation": "opts out at once",
                "midway": "opts out midway",
                "one_click": "unsubscribes with one click",
            }[self.opts_out]
        traits = {
            "prompt": "answers at once",
            "late": "answers late",
            "after_reminder": f"answers after reminder {self.reminders}",
            "silent": "never answers",
        }
        parts = [traits[self.timing]]
        if self.timing != "silent":
            parts += [
                text
                for is_so, text in (
                    (self.route == "web", "on the web page"),
                    (self.style == "labels", "types the words"),
                    (self.style == "words", "writes number words"),
                    (self.slips, "slips on the keys"),
                    (self.tries_impossible, "tries an impossible number first"),
                    (self.switches_to is not None, f"changes language to {self.switches_to}"),
                    (self.stops_after is not None, f"stops after {self.stops_after} answers"),
                )
                if is_so
            ]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Resident:
    """One resident as the registers know them, and their habit. `contacts` maps channel to address, first contact first."""

    ref: str
    area: str
    language: str
    birth_year: int
    sex: str
    contacts: dict[str, str]
    groups: tuple[str, ...] = ()
    habit: Habit = field(default_factory=Habit)


@dataclass(frozen=True, slots=True)
class World:
    """Everybody in one municipality, the seed from which all their chance comes, and the areas' names by code."""

    name: str
    seed: int
    timezone: str
    areas: dict[str, str]
    residents: tuple[Resident, ...]

    def save(self, path: Path) -> None:
        """Write the world as JSON."""
        data = {
            "name": self.name,
            "seed": self.seed,
            "timezone": self.timezone,
            "areas": self.areas,
            "residents": [{**_flat(r), "groups": list(r.groups), "habit": r.habit.to_data()} for r in self.residents],
        }
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> World:
        """Read a world file."""
        data = json.loads(path.read_text(encoding="utf-8"))
        residents = tuple(
            Resident(**{**entry, "groups": tuple(entry["groups"]), "habit": Habit(**entry["habit"])})
            for entry in data["residents"]
        )
        return cls(data["name"], data["seed"], data["timezone"], data["areas"], residents)


def _flat(resident: Resident) -> dict[str, Any]:
    names = ("ref", "area", "language", "birth_year", "sex", "contacts")
    return {name: getattr(resident, name) for name in names}
