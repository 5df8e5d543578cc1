"""Surveys: an XForm compiled once (`Form`) and filled in (`Entry`). Talking a resident through one lives in `engine`."""

from __future__ import annotations

from bot.forms.entries import Entry, Verdict
from bot.forms.form import Form
from bot.forms.nodes import Choice, Question, Step, without_instances

__all__ = ["Choice", "Entry", "Form", "Question", "Step", "Verdict", "without_instances"]
