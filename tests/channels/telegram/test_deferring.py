"""The library's types are built when they are used: in a process of its own, since it is imported once in each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLAY = """
from channels.telegram.deferring import import_aiogram
import_aiogram()
import aiogram.types as types
import aiogram.methods as methods
from channels.telegram.session import GetPlainUpdates
models = [getattr(place, name) for place in (types, methods) for name in place.__all__]
models = [model for model in models if hasattr(model, "__pydantic_complete__") and model is not methods.Response]
print(sum(model.__pydantic_complete__ for model in models), len(models))
button = types.InlineKeyboardButton(text="Ja", callback_data="a")
sent = methods.SendMessage(chat_id=1, text="Hej", reply_markup=types.InlineKeyboardMarkup(inline_keyboard=[[button]]))
answer = methods.Response[sent.__returning__].model_validate(
    {"ok": True, "result": {"message_id": 5, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "Hej",
     "reply_markup": {"inline_keyboard": [[{"text": "Ja", "callback_data": "a"}]]}}}
)
print(answer.result.message_id, answer.result.reply_markup == sent.reply_markup, GetPlainUpdates(offset=3).offset)
print(sum(model.model_rebuild(force=True) is True for model in models))
"""


def test_types_are_built_when_they_are_used_and_every_one_can_be() -> None:
    run = subprocess.run([sys.executable, "-c", PLAY], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    start, used, end = (line.split() for line in run.stdout.splitlines())
    assert int(start[0]) < int(start[1]) / 3
    assert used == ["5", "True", "3"]
    assert end[0] == start[1]
