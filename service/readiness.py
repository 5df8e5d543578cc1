"""Whether a campaign can be launched here and now: the one answer that both the check and the launch give. Launching lives in `coordination`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.forms import Form
from bot.problems import InputRefused, Problem
from campaigns.areas import AreaRow
from campaigns.audience import resolve
from campaigns.gates import launch_gates, launch_warnings, used_overrides
from locales import codes, drafts
from store.areas import load_areas
from store.campaigns import launched_at
from store.people import group_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from campaigns.audience import Audience
    from campaigns.definition import Definition, Override
    from campaigns.gates import Gate

_FILE = "campaign.yaml"


@dataclass(frozen=True, slots=True)
class CampaignFolder:
    """A campaign as its folder says it: what is asked, of whom, and the survey as an XForm (None: information only)."""

    definition: Definition
    xform: str | None

    @property
    def drafts(self) -> Mapping[str, int]:
        """How many of our own texts no person has approved, by the campaign's languages; those we lack count as none."""
        shipped = [code for code in self.definition.languages if code in codes()]
        return {code: len(drafts(code)) for code in shipped}

    @property
    def question_count(self) -> int:
        """How many questions the survey asks; 0 without one."""
        return len([q for q in Form.load(self.xform).questions if q.type != "note"]) if self.xform is not None else 0


@dataclass(frozen=True, slots=True)
class Readiness:
    """What stands in the way of a launch (nothing: it can go), what should be thought over, and what a decision-maker lifted.

    `audience` has its polygons replaced by areas; None where no database was asked, or where it cannot be found.
    `channels` are those of the plan on which messages can leave here, in the plan's order.
    """

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    lifted: tuple[tuple[Gate, Override], ...]
    audience: Audience | None
    channels: tuple[str, ...]


def readiness(
    connection: Connection | None, folder: CampaignFolder, channels: Sequence[str], now: datetime
) -> Readiness:
    """How it stands with a campaign. `channels` are those that send here; without a connection no database is asked.

    Everything that is the coordinator's to mend is among the problems, all at once; nothing is written.
    """
    definition, questions, unread = folder.definition, folder.question_count, folder.drafts
    usable = tuple(name for name in definition.plan.channels if name in channels)
    problems = [_as_problem(gate) for gate in launch_gates(definition, now, question_count=questions, drafts=unread)]
    if not usable:
        what = (
            f"No message can leave: none of the plan's channels ({', '.join(definition.plan.channels)}) is in use here."
        )
        remedy = "set the credentials of one (docs/settings.md, genklang doctor), or plan another"
        problems.append(Problem(what, remedy, _FILE, "plan.channels"))
    audience = None
    if connection is not None:
        problems += _launched_already(connection, definition)
        audience, unknown = _audience(connection, definition)
        problems += unknown
    notes = launch_warnings(definition, question_count=questions, drafts=unread)
    if usable and (idle := [name for name in definition.plan.channels if name not in usable]):
        notes = (*notes, f"Nobody is invited by {' or '.join(idle)}: it is in the plan, but sends nothing here.")
    lifted = used_overrides(definition, now, question_count=questions, drafts=unread)
    return Readiness(tuple(problems), notes, lifted, audience, usable)


def _as_problem(gate: Gate) -> Problem:
    return Problem(gate.what, gate.remedy, _FILE, f"{gate.name} ({gate.kind})")


def _launched_already(connection: Connection, definition: Definition) -> list[Problem]:
    """What was launched is frozen, whatever became of it since."""
    since = launched_at(connection, definition.id)
    if since is None:
        return []
    what = f"A campaign {definition.id} was launched on {definition.local_day(since)} already: it does not change any more."
    remedy = f"write another id, or correct its survey: genklang campaign correct {definition.id} FILE"
    return [Problem(what, remedy, _FILE, "id")]


def _audience(connection: Connection, definition: Definition) -> tuple[Audience | None, list[Problem]]:
    """Whom it addresses, by the areas and groups that are known here."""
    areas = [AreaRow(area.code, area.name, area.geometry) for area in load_areas(connection)]
    try:
        return resolve(definition.audience, areas, group_names(connection)), []
    except InputRefused as refused:
        return None, [replace(problem, file=_FILE, place="audience") for problem in refused.problems]
