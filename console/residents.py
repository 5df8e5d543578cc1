"""The public pages: the list of dialogues and each dialogue's own page. Nothing here knows a person; figures come protected from `figures`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from campaigns.cards import card, level_text
from console import campaign_texts as texts
from console import figures
from console.pages import Pages, public_menu
from console.reading import Dialogue, read_counts, read_public, read_public_list
from console.timelines import TONES, Stage, public_timeline, stage, stage_name
from console.words import Words
from store.database import Database


class Residents:
    """Answers requests for public pages."""

    def __init__(self, pages: Pages, database: Database, now: Callable[[], datetime]) -> None:
        self._pages = pages
        self._database = database
        self._now = now

    async def dialogues(self, request: Request) -> Response:
        """Every dialogue that was launched, those that can be answered first."""
        found = await self._database.read(read_public_list)
        words = self._pages.words(request)
        shelves: dict[Stage, list[dict[str, Any]]] = {"open": [], "coming": [], "closed": [], "decided": []}
        for dialogue in found:
            reached = stage(dialogue.campaign, dialogue.decision, self._now())
            shelves[reached].append(self._entry(dialogue, reached, words))
        headings = {
            "open": words.gettext("Open for answers"),
            "coming": words.gettext("Soon"),
            "closed": words.gettext("Waiting for a decision"),
            "decided": words.gettext("Decided"),
        }
        filled = [
            {"key": key, "heading": headings[key], "dialogues": entries} for key, entries in shelves.items() if entries
        ]
        return await self._pages.page(
            request, "dialogues.html", words, menu=public_menu(words, "dialogues"), is_public=True, shelves=filled
        )

    async def dialogue(self, request: Request) -> Response:
        """One dialogue: what is asked and can be influenced; when decided, what was answered and what came of it."""
        dialogue = await self._database.read(lambda connection: read_public(connection, request.path_params["id"]))
        if dialogue is None:
            raise HTTPException(404)
        definition, decision, now = dialogue.definition, dialogue.decision, self._now()
        words = self._pages.words(request, definition.languages)
        reached = stage(dialogue.campaign, decision, now)
        shown = card(definition, words.language)
        results = await self._results(dialogue, words) if reached == "decided" else None
        page = {
            "id": definition.id,
            "title": definition.text(definition.title, words.language),
            "sender": shown.sender,
            "purpose": shown.purpose,
            "level": level_text(shown.level, words.translation),
            "can_change": shown.can_change,
            "cannot_change": shown.cannot_change,
            "status": stage_name(reached, words),
            "tone": TONES[reached],
            "is_open": reached in ("open", "coming") and shown.level != "information",
            "when": texts.standing(dialogue, reached, words),
            "ways": texts.ways_in(definition, words),
            "terms": texts.public_terms(definition, words),
            "timeline": public_timeline(dialogue.campaign, dialogue.milestones, decision, words, now),
            "decision": texts.decision_text(dialogue, words),
            "results": results,
        }
        return await self._pages.page(
            request,
            "dialogue.html",
            words,
            offered=definition.languages,
            menu=public_menu(words),
            is_public=True,
            d=page,
        )

    async def _results(self, dialogue: Dialogue, words: Words) -> figures.PublicResults | None:
        counts = await self._database.read(lambda connection: read_counts(connection, dialogue))
        return figures.public_results(counts, words)

    def _entry(self, dialogue: Dialogue, reached: Stage, words: Words) -> dict[str, Any]:
        definition = dialogue.definition
        language = next((code for code in definition.languages if code == words.language), definition.languages[0])
        return {
            "id": definition.id,
            "language": language,
            "direction": self._pages.languages.direction(language),
            "title": definition.text(definition.title, language),
            "sender": definition.text(definition.sender, language),
            "tone": TONES[reached],
            "status": stage_name(reached, words),
            "when": texts.standing(dialogue, reached, words),
        }
