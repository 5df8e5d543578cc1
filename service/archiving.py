"""What an archive gets of a campaign, as files in a folder: definition, survey, code book, figures, decision, timeline; raw answers only where that was asked for."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from campaigns.disclosure import PUBLIC_K
from console.questions import load_form
from store.archives import RawAnswer, raw_answers
from store.campaigns import get_campaign, list_surveys, list_waves
from store.promises import get_decision, list_milestones

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from store.campaigns import SurveyRecord

CODEBOOK = ("survey", "path", "type", "language", "label", "value", "value_label")
TIMELINE = ("at", "what", "number", "status", "due_at")
CONTENTS = {
    "campaign.json": "the campaign as it was launched: charter, audience, plan, texts",
    "survey-": "the survey as it was asked, an XForm for each version (ODK XForms specification)",
    "codebook.csv": "every question by version, path and language, with the values that answers take",
    "figures.csv": f"the figures, after disclosure control: no cell under {PUBLIC_K}, and none that can be computed",
    "decision.json": "the decision, its reasons and its case reference",
    "timeline.csv": "what was sent, promised and done, and when",
    "answers.csv": "raw answers: no name, address, area or age; `respondent` counts within this file alone",
}


def write_archive(connection: Connection, campaign_id: str, folder: Path, *, is_raw: bool) -> int:
    """Write everything but the figures into an empty folder; gives how many raw answers. Raises `CampaignMissing`."""
    campaign = get_campaign(connection, campaign_id)
    _write_json(folder / "campaign.json", {"id": campaign.id, "status": campaign.status, **campaign.definition})
    surveys = list_surveys(connection, campaign_id)
    for survey in surveys:
        (folder / f"survey-{survey.number}.xml").write_text(survey.xform, encoding="utf-8")
    _write_table(
        folder / "codebook.csv", CODEBOOK, (row for survey in surveys for row in _codes(survey, campaign.opens_at))
    )
    _write_table(folder / "timeline.csv", TIMELINE, _timeline(connection, campaign_id))
    decision = get_decision(connection, campaign_id)
    if decision is not None:
        _write_json(folder / "decision.json", {name: getattr(decision, name) for name in decision.__slots__})
    if not is_raw:
        return 0
    found = raw_answers(connection, campaign_id, SystemRandom())
    names = RawAnswer.__slots__
    return _write_table(folder / "answers.csv", names, ([getattr(row, name) for name in names] for row in found))


def write_contents(folder: Path, campaign_id: str, now: datetime, actor: str) -> None:
    """Describe the files that are there, each with its checksum, so that an archive can tell that nothing was changed."""
    lines = [f"Campaign {campaign_id}, exported by Genklang on {now:%Y-%m-%d} for {actor}.", ""]
    for path in sorted(folder.iterdir()):
        told = next(text for start, text in CONTENTS.items() if path.name.startswith(start))
        lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}: {told}")
    lines += ["", "Addresses, and people with protected data, are in no file. CSV is UTF-8 with a comma and a header."]
    (folder / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _codes(survey: SurveyRecord, at: datetime) -> Iterable[Sequence[Any]]:
    form = load_form(survey.xform)
    entry = form.new(now=at)
    for question in form.questions:
        for code in form.codes():
            language = form.language(code)
            head = (survey.number, question.path, question.type, code, entry.label(question.path, language))
            is_coded = question.type.startswith(("select", "rank"))
            choices = entry.choices(question.path, language) if is_coded else ()
            yield from ((*head, choice.value, choice.label) for choice in choices)
            if not choices:
                yield (*head, "", "")


def _timeline(connection: Connection, campaign_id: str) -> Iterable[Sequence[Any]]:
    campaign = get_campaign(connection, campaign_id)
    rows: list[tuple[Any, ...]] = [
        (getattr(campaign, name), name.removesuffix("_at"), "", "", "")
        for name in ("created_at", "launched_at", "opens_at", "closes_at", "closed_at", "decision_at", "feedback_at")
    ]
    rows += [(w.released_at, w.kind, w.number, w.status, w.due_at) for w in list_waves(connection, campaign_id)]
    rows += [
        (m.done_at, f"promise: {m.kind}", "", "kept" if m.done_at else "open", m.due_at)
        for m in list_milestones(connection, campaign_id)
    ]
    spelled = ([_spelled(cell) for cell in row] for row in rows)
    return sorted(spelled, key=lambda row: str(row[0] or row[4]))


def _spelled(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else value


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count
