"""Random surveys and answers, from a seed: every type and construct meets every other. How they are compared stands in the tests."""

from __future__ import annotations

import random
from typing import Any

from tests.odk.walks import Case

COLUMNS = (
    "type", "name", "label::Svenska (sv)", "label::English (en)", "relevant", "constraint", "required", "calculation",
    "choice_filter", "default", "repeat_count", "trigger", "parameters",
)  # fmt: skip
ASKED = (
    "text", "integer", "decimal", "date", "select_one l", "select_multiple l", "acknowledge", "geopoint", "range", "note",
    "time", "dateTime", "select_one k or_other",
)  # fmt: skip
CHOICES = """| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) | kind |
| | l | a | A ett | A one | x |
| | l | b | B {said} | B | x |
| | l | c | C | | 3 |
| | l | d | D | D | a |
| | k | y | Ja | Yes | |
| | k | n | Nej | No | |
"""
ANSWERS: dict[str, list[Any]] = {
    "text": ["a", "b", "hej du", "3", "2026-05-31", " ", "", "åäö"],
    "integer": ["1", "2", "3", "7", "-4", "0", "x", ""],
    "decimal": ["1.5", "3", "-0.25", "1000000", "x", ""],
    "date": ["2026-05-31", "2020-02-29", "1999-01-01", "31/5", ""],
    "select_one": ["a", "b", "c", "d", "y", "n", "other", "zz", ""],
    "select_multiple": [["a"], ["b", "a"], ["a", "c", "d"], ["zz", "b"], []],
    "acknowledge": ["OK", ""],
    "geopoint": ["57.9 12.1", "57.9 12.1 3 4", "x", ""],
    "range": ["1", "3", "9", "2.5", ""],
    "note": ["x"],
    "time": ["10:00:00", "10:00", ""],
    "dateTime": ["2026-05-31T10:00:00", "2026-05-31", ""],
}


class Writer:
    """Writes one survey, row by row, remembering what can be referred to."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.rows: list[dict[str, str]] = []
        self.names = ["q0"]
        self.opened: list[tuple[str, str, int]] = []
        self.asked: list[tuple[str, str]] = [("/data/q0", "text")]
        self.repeats: list[str] = []

    def any(self, *of: str) -> str:
        return self.chance.choice(of)

    def name(self) -> str:
        return f"${{{self.chance.choice(self.names)}}}"

    def first(self) -> str:
        """What a first value may read: in repeats the engine sets it before calculations, in an order of its own."""
        return "${q0}" if any(what == "repeat" for what, _, _ in self.opened) else self.name()

    def condition(self, depth: int = 0) -> str:
        name = self.name()
        plain = self.any(
            f"{name} = 'a'", f"{name} != ''", f"selected({name}, 'b')", f"{name} > 2", f"{name} <= {self.name()}",
            f"count-selected({name}) >= 1", f"string-length({name}) mod 2 = 0", f"not({name} < 3)", f"{name} = {self.name()}",
            f"regex({name}, '^[a-c0-9 ]*$')", f"{name} < today()", f"position(..) = 1 or {name} = 'c'", f"contains({name}, 'e')",
            f"if({name} = '', true(), {self.name()} > 1)", f"coalesce({name}, {self.name()}) = 'a'", f"{name} + 1 > 2",
            f"boolean-from-string({name})", f"starts-with({name}, '2')", f"number({name}) = 3", f"{name}",
        )  # fmt: skip
        if depth < 2 and self.chance.random() < 0.3:
            return f"({plain}) {self.any('and', 'or')} ({self.condition(depth + 1)})"
        return plain

    def calculation(self) -> str:
        name, other = self.name(), self.name()
        return self.any(
            f"{name} + 1", f"concat({name}, '-', {other})", f"if({name} > 1, {other}, 'few')", f"coalesce({name}, 'none')",
            f"round({name} div 3, 2)", f"substr({name}, 0, 2)", f"{name} = ''", f"count-selected({name})", f"{name} * {other}",
            f"selected-at({name}, 1)", f"number({name}) mod 2", f"string-length({name})", "position(..)", f"sum({name})",
            f"count({name})", f"join('/', {name}, {other})", f"max({name}, {other})", f"int({name})", f"{name} and {other}",
            f"translate({name}, 'ab', 'x')", f"substring-before({name}, '-')", f"not({name})", f"jr:choice-name({name}, '{name}')"
            if name == "${q_select}" else f"normalize-space({name})", f"format-date({name}, '%Y/%n')" , f"{name} - {other}",
            f"instance('l')/root/item[name = {name}]/kind", f"count(instance('l')/root/item[kind = {name}])", f"once({name})",
        )  # fmt: skip

    def around(self) -> str:
        return "".join(f"/{name}" for _, name, _ in self.opened)

    def row(self, at: int) -> None:
        kind = self.any(*ASKED, "calculate", "calculate", "begin group", "begin repeat", "end", "end")
        name = f"q{at}"
        row = {"type": kind, "name": name, COLUMNS[2]: f"F{at} {self.name()}", COLUMNS[3]: f"Q{at} {self.name()} ok"}
        if self.chance.random() < 0.4:
            row["relevant"] = self.condition()
        if kind == "end":
            self.end()
        elif kind.startswith("begin"):
            self.begin(kind, name, row)
        elif kind == "calculate":
            self.rows.append(
                {"type": kind, "name": name, "calculation": self.calculation(), "relevant": row.get("relevant", "")}
            )
            self.names.append(name)
        else:
            self.ask(kind, name, row)

    def end(self) -> None:
        if self.opened and self.rows[-1]["type"][:5] != "begin":
            what, _, known = self.opened.pop()
            self.rows.append({"type": f"end {what}"})
            if what == "repeat" and self.chance.random() < 0.5:
                self.names = self.names[:known]

    def begin(self, kind: str, name: str, row: dict[str, str]) -> None:
        what = kind.removeprefix("begin ")
        if len(self.opened) > 2:
            return
        if what == "repeat":
            if self.chance.random() < 0.3:
                row["repeat_count"] = self.any("2", f"string-length({self.name()})", f"count-selected({self.name()})")
            else:
                self.repeats.append(f"/data{self.around()}/{name}")
        self.rows.append(row)
        self.opened.append((what, name, len(self.names)))

    def ask(self, kind: str, name: str, row: dict[str, str]) -> None:
        row["required"] = self.any("", "", "yes", self.condition())
        row["constraint"] = self.any("", "", ". != 'b'", "string-length(.) < 9", f". != {self.name()}", ". > 2")
        if kind.startswith("select") and "or_other" not in kind:
            row["choice_filter"] = self.any("", "", "kind = 'x'", f"kind = {self.name()}", f"name != {self.name()}")
        if kind == "range":
            row["parameters"] = "start=1 end=5 step=1"
        if kind == "note":
            row["required"] = row["constraint"] = ""
        if kind in ("text", "integer") and self.chance.random() < 0.3:
            row["default"] = self.any("3", "3 + 1" if kind == "integer" else f"concat({self.first()}, 'd')", "7")
        elif kind == "text" and self.chance.random() < 0.2 and self.names:
            row["calculation"] = self.calculation()
            row["trigger"] = self.name() if not any(what == "repeat" for what, _, _ in self.opened) else ""
            if not row["trigger"]:
                del row["calculation"]
        self.rows.append(row)
        self.names.append(name)
        self.asked.append((f"/data{self.around()}/{name}", kind.split()[0]))

    def survey(self) -> str:
        self.rows.append({"type": "text", "name": "q0", COLUMNS[2]: "F0", COLUMNS[3]: "Q0"})
        for at in range(1, self.chance.randint(6, 26)):
            self.row(at)
        while self.opened:
            if self.rows[-1]["type"][:5] == "begin":
                self.ask(
                    "text",
                    f"{self.opened[-1][1]}_in",
                    {"type": "text", "name": f"{self.opened[-1][1]}_in", COLUMNS[2]: "F"},
                )
            self.end()
        lines = ["| survey |", "| | " + " | ".join(COLUMNS) + " |"]
        lines += ["| | " + " | ".join(row.get(column, "") for column in COLUMNS) + " |" for row in self.rows]
        said = f"${{{self.chance.choice(['q0'])}}}" if self.chance.random() < 0.3 else "två"
        return "\n".join(lines) + "\n" + CHOICES.replace("{said}", said)

    def answers(self) -> list[list[Any]]:
        steps: list[list[Any]] = []
        for _ in range(self.chance.randint(4, 14)):
            chance = self.chance.random()
            if chance < 0.1:
                steps.append(["@lang", self.any("Svenska (sv)", "English (en)")])
            elif chance < 0.25 and self.repeats:
                steps.append(["@repeat", self.placed(self.chance.choice(self.repeats), is_whole=True)])
            else:
                path, kind = self.chance.choice(self.asked)
                steps.append([self.placed(path), self.chance.choice(ANSWERS[kind])])
        return steps

    def placed(self, path: str, *, is_whole: bool = False) -> str:
        """An instance path: the first or second instance of each repeat on the way."""
        repeats = set(self.every_repeat())
        here, parts = "", []
        steps = path.strip("/").split("/")
        for at, step in enumerate(steps, start=1):
            here += f"/{step}"
            is_last = at == len(steps)
            parts.append(
                f"{step}[{self.any('1', '1', '2')}]" if here in repeats and not (is_last and is_whole) else step
            )
        return "/" + "/".join(parts)

    def every_repeat(self) -> list[str]:
        found, trail = [], ["/data"]
        for row in self.rows:
            if row["type"].startswith("begin"):
                trail.append(f"{trail[-1]}/{row['name']}")
                if row["type"] == "begin repeat":
                    found.append(trail[-1])
            elif row["type"].startswith("end"):
                trail.pop()
        return found


def random_case(seed: int) -> Case:
    """The survey and answers of a seed."""
    writer = Writer(random.Random(seed))
    survey = writer.survey()
    return Case(f"seed {seed}", survey, writer.answers())
