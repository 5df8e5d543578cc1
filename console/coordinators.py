"""Coordinators' pages: all campaigns, and one campaign while it lives. Figures come protected from `figures`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console import campaign_texts as texts
from console import figures, live
from console.pages import Pages, console_menu
from console.reading import Followed, Listed, read_followed, read_list
from console.requests import request_table
from console.timelines import TONES, inner_timeline, stage, stage_name
from console.words import Words
from store.database import Database


class Coordinators:
    """Answers requests for coordinators' pages."""

    def __init__(
        self, pages: Pages, database: Database, now: Callable[[], datetime], is_stopping: Callable[[], bool]
    ) -> None:
        self._pages = pages
        self._database = database
        self._now = now
        self._is_stopping = is_stopping

    async def campaigns(self, request: Request) -> Response:
        """Every campaign with its status, dates and progress."""
        words, now = self._pages.words(request), self._now()

        listed = await self._database.read(lambda connection: read_list(connection, now))
        entries = [_entry(line, words, now) for line in listed]
        return await self._pages.page(
            request, "campaigns.html", words, menu=console_menu(words, "campaigns"), campaigns=entries
        )

    async def campaign(self, request: Request) -> Response:
        """One campaign as it stands at this moment; the numbers renew themselves where the browser can."""
        words, now = self._pages.words(request), self._now()
        found = await self._load(request)
        campaign, definition = found.dialogue.campaign, found.dialogue.definition
        reached = stage(campaign, found.dialogue.decision, now)
        page = {
            "id": campaign.id,
            "title": definition.text(definition.title, words.language),
            "sender": definition.text(definition.sender, words.language),
            "status": stage_name(reached, words),
            "tone": TONES[reached],
            "charter": texts.charter_terms(definition, words),
            "is_public": campaign.launched_at is not None,
        }
        return await self._pages.page(
            request,
            "campaign.html",
            words,
            menu=console_menu(words),
            c=page,
            f=self._figures(found, words, now),
        )

    async def live(self, request: Request) -> Response:
        """The same numbers as server-sent events."""
        words = self._pages.words(request)
        await self._load(request)

        async def region() -> str:
            found = await self._load(request)
            return await self._pages.render("campaign_live.html", words, f=self._figures(found, words, self._now()))

        return live.stream(request, region, self._is_stopping)

    def _figures(self, found: Followed, words: Words, now: datetime) -> dict[str, Any]:
        dialogue = found.dialogue
        inner = figures.inner_figures(found.counts, words)
        return {
            "progress": inner.progress,
            "outbox": inner.outbox,
            "participation": inner.participation,
            "coverage": inner.coverage,
            "answers": inner.answers,
            "protection": inner.protection,
            "warnings": texts.warnings(dialogue.milestones, found.lanes, words, now),
            "requests": request_table(found.requests, words, now),
            "timeline": inner_timeline(
                dialogue.campaign, found.waves, dialogue.milestones, dialogue.decision, words, now
            ),
        }

    async def _load(self, request: Request) -> Followed:
        found = await self._database.read(lambda connection: read_followed(connection, request.path_params["id"]))
        if found is None:
            raise HTTPException(404)
        return found


def _entry(line: Listed, words: Words, now: datetime) -> dict[str, Any]:
    campaign, definition = line.dialogue.campaign, line.dialogue.definition
    reached = stage(campaign, line.dialogue.decision, now)
    summary = figures.summary(line.progress.by_status, words)
    return {
        "id": campaign.id,
        "title": definition.text(definition.title, words.language),
        "sender": definition.text(definition.sender, words.language),
        "status": stage_name(reached, words),
        "tone": TONES[reached],
        "overdue": words.ngettext("{n} late", "{n} late", line.late_count) if line.late_count else "",
        "dates": words.period(campaign.opens_at, campaign.closes_at),
        "decision": words.date(campaign.decision_at),
        "invited": summary.invited,
        "finished": summary.finished,
        "share": summary.share,
        "share_text": words.share(summary.share) if summary.share is not None else "",
    }
