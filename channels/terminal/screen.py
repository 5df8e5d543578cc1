"""A conversation as a person sees it in the shell: what is asked stands out, choices are numbered, what can be done is said once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.contents import Content
from bot.dialogues import Dialogue, Turn
from channels.terminal import AT_AN_END

if TYPE_CHECKING:
    from bot.forms import Form

WIDEST = 88
PROMPT = "> "
QUESTION_MARKS = ("?", "؟", "？", "՞")
HEAD = "Answer as on a telephone: with a number, or in your own words. Ctrl-D ends."
AT_THE_END = "Nothing is left to ask. Go on writing if you want to change something; Enter ends."


class Screen:
    """Shows turns with colours where the terminal has them (and NO_COLOR is not set)."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._width = min(self._console.width, WIDEST)

    def open(self, form: Form, languages: Sequence[str], title: str) -> None:
        """What is about to be held, and how."""
        count = sum(1 for question in form.questions if question.type != "note")
        told = f"{title or 'A survey'} - up to {count} questions - {', '.join(languages)}"
        self._print(Text(told, style="bold"))
        self._print(Text(HEAD, style="dim"))
        self._console.print()

    def tell(self, said: str | None, turn: Turn, contents: tuple[Content, ...]) -> None:
        """Show what a turn led to."""
        if said is not None:
            self._console.print()
        for content in contents:
            self._show(content)
        if turn.dialogue.phase == "finished":
            self._print(Text(AT_THE_END, style="dim"))
            self._console.print()

    def close(self, form: Form, dialogue: Dialogue) -> None:
        """What the conversation has left behind: the stored values, as an export has them."""
        values = dialogue.entry.get("values", {})
        self._console.print()
        if dialogue.phase in AT_AN_END and not values:
            return
        self._print(Text("Stored:" if values else "Nothing was stored.", style="dim"))
        for path, value in values.items():
            self._print(Text.assemble(("  " + path, "dim"), " ", value))

    def _show(self, content: Content) -> None:
        *before, asked = content.text.split("\n\n")
        for paragraph in before:
            self._print(Text(paragraph))
            self._console.print()
        self._print(_question(asked) if content.options or content.input != "none" else Text(asked))
        widest = len(str(len(content.options)))
        for number, option in enumerate(content.options, start=1):
            mark = "*" if option.value in content.chosen else " "
            self._print(Text.assemble((f"{number:>{widest + 1}}{mark} ", "bold cyan"), option.label))
        self._console.print()

    def _print(self, text: Text) -> None:
        self._console.print(Padding(text, (0, 0, 0, 0), expand=False), width=self._width)


def _question(text: str) -> Text:
    """The line that asks in bold; what stands around it as it is."""
    lines = text.split("\n")
    asked = next((at for at, line in enumerate(lines) if line.rstrip().endswith(QUESTION_MARKS)), 0)
    styled = Text()
    for at, line in enumerate(lines):
        styled.append(("\n" if at else "") + line, style="bold" if at == asked else "dim" if at > asked else "")
    return styled
