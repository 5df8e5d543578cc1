"""Random surveys of many features, from a seed: files, nested and counted lists, look-ups, triggers, gaps in translations, odd answers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tests.odk.walks import Case

SV, EN = "label::Svenska (sv)", "label::English (en)"
COLUMNS = (
    "type", "name", SV, EN, "hint::Svenska (sv)", "relevant", "constraint", "constraint_message::English (en)", "required",
    "calculation", "choice_filter", "default", "repeat_count", "trigger", "parameters", "readonly", "appearance",
)  # fmt: skip
CHOICES = """| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) | kind | size |
| | l | a | A ett | A one | x | 1 |
| | l | b | B ${q0} | | x | 2.5 |
| | l | c | | C | y | |
| | l | 10 | Tio | Ten | a | 10 |
| | l | d-1 | D | D | | -1 |
| | k | y | Ja | Yes | 1 | |
| | k | n | Nej | No | 2 | |
| | k | åä | Kanske 🙂 | Maybe | | |
"""
FILES = {
    "towns.csv": 'name,label,kind,size\na,Alingsås,x,1\nb,"Borås, väst",x,2.50\nc,Ale,y,\n10,"""Tio""",a,1e2\nå,Åmål,,-3\n',
    "stops.geojson": (
        '{"type": "FeatureCollection", "features": ['
        '{"type": "Feature", "id": "a", "properties": {"title": "Torget", "kind": "x", "size": 4}, '
        '"geometry": {"type": "Point", "coordinates": [12.1, 57.9]}}, '
        '{"type": "Feature", "id": "b", "properties": {"title": "Hamnen", "kind": "y", "size": 0.5}, '
        '"geometry": {"type": "Point", "coordinates": [11.5, 57.1]}}, '
        '{"type": "Feature", "id": "c", "properties": {"title": "Leden", "kind": "x"}, '
        '"geometry": {"type": "LineString", "coordinates": [[11.5, 57.1], [11.6, 57.2]]}}]}'
    ),
    "regions.xml": (
        "<root><item><name>a</name><label>Nord</label><kind>x</kind><size>7</size></item>"
        "<item><name>b</name><label>Syd &amp; väst</label><kind>y</kind></item>"
        "<item><name>10</name><label> Öst </label><kind>x</kind><size>03</size></item></root>"
    ),
}
LISTS = ("l", "k", "towns", "stops", "regions")
ASKED = (
    "text", "text", "integer", "integer", "decimal", "date", "time", "dateTime", "geopoint", "range", "acknowledge", "note",
    "select_one l", "select_one l", "select_multiple l", "select_multiple k", "rank l", "select_one k or_other",
    "select_multiple k or_other", "select_one_from_file towns.csv", "select_multiple_from_file stops.geojson",
    "select_one_from_file regions.xml", "hidden",
)  # fmt: skip
ANSWERS: dict[str, list[Any]] = {
    "text": ["a", "b", "c", "hej du", "3", "10", "-2.50", "2026-05-31", " ", "", "åäö 🙂", "  a  b ", "true", "0", "1e3", "\ta\nb",
             "2026-05-31T10:00:00+02:00", "10:00", "57.9 12.1", "NaN", "\u00a0", 'c"d', "<&>", "y n"],
    "integer": ["1", "2", "3", "7", "-4", "0", "x", "", "1.9", "-0", "2147483648", " 5 ", "1e2", "007", "+3", 4, 2.5],
    "decimal": ["1.5", "3", "-0.25", "1000000", "x", "", "0.1", "1e21", "1e-7", "-0", "123456789.123456789", ".5", "5.", "0,5", 0.1],
    "date": ["2026-05-31", "2020-02-29", "1999-01-01", "31/5", "", "2026-05-31T23:00:00", "2023-02-29", "2026-5-1", "0001-01-01"],
    "time": ["10:00:00", "10:00", "", "23:59:59.5", "10:00:00+02:00", "25:00:00", "10:00:00.000Z", "7:00:00"],
    "dateTime": ["2026-05-31T10:00:00", "2026-05-31", "", "2026-05-31T10:00:00.000+02:00", "2026-05-31T10:00", "2026-05-31T00:00:00Z",
                 "2026-02-30T10:00:00"],
    "geopoint": ["57.9 12.1", "57.9 12.1 3 4", "x", "", "57.9, 12.1", "0 0", "91 0", "57.9 12.1 3", "-57.123456789 12.1 0 0"],
    "range": ["1", "3", "9", "2.5", "", "-1", "0", "0.3", "x", 2],
    "acknowledge": ["OK", "", "ok", "x", True],
    "note": ["x"],
    "hidden": ["x"],
    "select_one": ["a", "b", "c", "10", "d-1", "y", "n", "other", "zz", "", "åä", "a b"],
    "select_multiple": [["a"], ["b", "a"], ["a", "c", "10"], ["zz", "b"], [], ["n", "y"], ["y", "other"], ["a", "a"], "a b"],
    "rank": [["a", "b", "c", "10", "d-1"], ["10", "d-1", "c", "b", "a"], ["a", "b"], [], ["a", "b", "c", "10", "d-1", "zz"]],
    "select_one_from_file": ["a", "b", "c", "10", "å", "zz", ""],
    "select_multiple_from_file": [["a"], ["c", "a"], ["zz"], []],
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A node that later rows can refer to."""

    name: str
    kind: str
    path: str
    repeats: tuple[str, ...]


class Expressions:
    """Random expressions over the nodes known so far, seen from one place."""

    def __init__(
        self, chance: random.Random, known: list[Known], repeats: list[Known], around: tuple[str, ...]
    ) -> None:
        self.chance, self.known, self.repeats, self.around = chance, known, repeats, around

    def any(self, *of: str) -> str:
        return self.chance.choice(of)

    def ref(self) -> str:
        return f"${{{self.chance.choice(self.known).name}}}"

    def leaf(self) -> str:
        return self.any(
            "'a'", "'b'", "'x'", "''", "'10'", "1", "0", "2", "3", "0.5", "-1", "'2026-05-31'", "'y'", self.ref(), self.ref(), self.ref(),
            self.ref(), self.ref(), "today()", "' '", "'a b'",
        )  # fmt: skip

    def of(self, depth: int = 0) -> str:
        kind = self.chance.random()
        if depth > 2 or kind < 0.3:
            return self.leaf()
        if kind < 0.55:
            return self.text(depth)
        return self.number(depth) if kind < 0.8 else self.truth(depth)

    def list_look(self, depth: int) -> str:
        name = self.any(*LISTS)
        key, label = ("id", "title") if name == "stops" else ("name", "itextId" if name in "lk" else "label")
        inner = self.of(depth + 1)
        return self.any(
            f"instance('{name}')/root/item[{key} = {inner}]/{label}",
            f"instance('{name}')/root/item[kind = {inner}]/{key}",
            f"instance('{name}')/root/item[{key} = {inner}]/size",
            f"instance('{name}')/root/item[position() = {self.any('1', '2', '3', '9')}]/kind",
            f"instance('{name}')/root/item[size > {inner} and kind != 'a']/{key}",
            f"instance('{name}')/root/item[last()]/{key}",
            f"pulldata('towns', 'kind', 'name', {self.ref()})",
        )

    def text(self, depth: int) -> str:
        a, b = self.of(depth + 1), self.of(depth + 1)
        return self.any(
            f"concat({a}, '-', {b})", f"if({self.truth(depth + 1)}, {a}, {b})", f"coalesce({a}, {b})", f"substr({a}, {self.any('0', '1', '-2')}, 3)",
            f"selected-at({a}, {self.any('0', '1')})", f"join('/', {a}, {b})", f"translate({a}, 'ab', 'x')", f"substring-before({a}, 'b')",
            f"substring-after({a}, ' ')", f"normalize-space({a})", f"string({a})", f"format-date({a}, '%d %b %a %y')",
            f"format-date-time({a}, '%H:%M %e/%n')", f"date({a})", f"{self.list_look(depth)}", f"{self.list_look(depth)}",
            f"join(' ', {self.within(depth)})", f"{self.within(depth)}", f"digest({a}, 'SHA-1', 'hex')", f"date-time({a})",
            f"string(decimal-time({a}))", "name(..)", self.choice_name(),
        )  # fmt: skip

    def choice_name(self) -> str:
        selects = [
            known
            for known in self.known
            if known.kind.startswith("select_one") and set(known.repeats) <= set(self.around)
        ]
        if not selects:
            return "'none'"
        one = self.chance.choice(selects)
        return f"jr:choice-name(${{{one.name}}}, '${{{one.name}}}')"

    def within(self, depth: int) -> str:
        """Something out of a list of instances."""
        inside = [known for known in self.known if known.repeats]
        if not inside:
            return self.ref()
        one = self.chance.choice(inside)
        repeat = next((r for r in self.repeats if r.name == one.repeats[-1]), None)
        if repeat is None or self.chance.random() < 0.3:
            return f"${{{one.name}}}"
        tail = one.path[len(repeat.path) + 1 :]
        return self.any(
            f"{repeat.path}[{self.any('1', '2', 'last()')}]/{tail}",
            f"{repeat.path}[{tail} = {self.of(depth + 1)}]/{tail}",
            f"{repeat.path}[position() {self.any('=', '<', '>=')} {self.any('1', '2', 'count(' + repeat.path + ')')}]/{tail}",
            f"indexed-repeat(${{{one.name}}}, ${{{repeat.name}}}, {self.any('1', '2', self.of(depth + 1))})",
            f"{repeat.path}[{tail} != '']/{tail}",
            one.path,
        )

    def number(self, depth: int) -> str:
        a, b = self.of(depth + 1), self.of(depth + 1)
        return self.any(
            f"({a} + {b})", f"({a} * {b})", f"({a} - {b})", f"({a} div {b})", f"({a} mod {b})", f"round({a}, {self.any('0', '1', '2', '-1')})",
            f"int({a})", f"number({a})", f"count-selected({a})", f"string-length({a})", f"sum({self.within(depth)})",
            f"count({self.within(depth)})", f"max({self.within(depth)})", f"min({a}, {b})", f"count-non-empty({self.within(depth)})",
            f"count(instance('{self.any(*LISTS)}')/root/item[kind = {a}])", f"sum(instance('{self.any(*LISTS)}')/root/item/size)",
            f"decimal-date-time({a})", f"floor({a})", f"abs({a})", f"pow({a}, 2)", "position(..)" if self.around else "position(.)",
            f"distance({a}, {b})" if self.chance.random() < 0.02 else f"-{a}",
        )  # fmt: skip

    def truth(self, depth: int) -> str:
        a, b = self.of(depth + 1), self.of(depth + 1)
        return self.any(
            f"({a} = {b})", f"({a} != {b})", f"({a} < {b})", f"({a} >= {b})", f"{self.ref()} = {self.leaf()}", f"{self.ref()} != ''",
            f"not({a})", f"selected({a}, {self.any(chr(39) + 'a' + chr(39), chr(39) + 'b' + chr(39), b)})", f"({self.truth(depth + 1)} and {a})" if depth < 2 else "true()",
            f"({a} or {self.truth(depth + 1)})" if depth < 2 else "false()", f"boolean({a})", f"contains({a}, {b})", f"starts-with({a}, {b})",
            f"regex({a}, '^[a-c0-9 ]*$')", f"boolean-from-string({a})", f"checklist(1, 2, {a}, {b})", f"({a} <= {b})", f"ends-with({a}, {b})",
        )  # fmt: skip


class Writer:
    """Writes one survey row by row."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.rows: list[dict[str, str]] = []
        self.known = [Known("q0", "text", "/data/q0", ())]
        self.asked = [self.known[0]]
        self.repeats: list[Known] = []
        self.open: list[tuple[str, str]] = []
        self.counted: set[str] = set()

    def any(self, *of: str) -> str:
        return self.chance.choice(of)

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def around(self) -> tuple[str, ...]:
        return tuple(name for what, name in self.open if what == "repeat")

    def path(self, name: str) -> str:
        return "/".join(("/data", *(each for _, each in self.open), name))

    def expressions(self) -> Expressions:
        return Expressions(self.chance, self.known, self.repeats, self.around())

    def row(self, at: int) -> None:
        kind = self.any(*ASKED, *ASKED, "calculate", "calculate", "calculate", "calculate", "begin group", "begin group", "begin repeat",
                        "begin repeat", "begin repeat", "end", "end", "end", "end", "end")  # fmt: skip
        if kind == "end":
            if self.open and not self.rows[-1]["type"].startswith("begin"):
                self.rows.append({"type": f"end {self.open.pop()[0]}"})
        elif kind.startswith("begin"):
            if len(self.open) < 4:
                self.begin(kind.removeprefix("begin "), f"{kind[6]}{at}")
        else:
            self.ask(kind, f"q{at}")

    def texts(self, name: str) -> dict[str, str]:
        found = {SV: f"F {name}", EN: f"Q {name}"}
        for column in (SV, EN):
            if self.often(0.3):
                found[column] += f" {self.expressions().ref()} slut"
        if self.often(0.15):
            found[self.any(SV, EN)] = ""
        if self.often(0.1):
            found["hint::Svenska (sv)"] = f"Tips {self.expressions().ref()}"
        return found

    def begin(self, what: str, name: str) -> None:
        row = {"type": f"begin {what}", "name": name, **self.texts(name)}
        ex = self.expressions()
        if self.often(0.35):
            row["relevant"] = ex.truth(0)
        if what == "repeat":
            if self.often(0.4):
                row["repeat_count"] = self.any("2", "0", f"string-length({ex.ref()}) mod 4", f"count-selected({ex.ref()})",
                                               f"if({ex.truth(1)}, 1, 3)", f"count(instance('{self.any(*LISTS)}')/root/item[kind = {ex.ref()}])")  # fmt: skip
                self.counted.add(self.path(name))
            self.repeats.append(Known(name, "repeat", self.path(name), self.around()))
        self.rows.append(row)
        self.open.append((what, name))

    def ask(self, kind: str, name: str) -> None:
        row = {"type": kind, "name": name}
        ex = self.expressions()
        if kind == "calculate":
            row["calculation"] = f"once({ex.of(1)})" if self.often(0.15) else ex.of(0)
        elif kind != "hidden":
            row |= self.texts(name)
            if not (row[SV] or row[EN]):
                row[SV] = "F"
        if self.often(0.3):
            row["relevant"] = ex.truth(0)
        if kind not in ("calculate", "hidden", "note"):
            self.rules(kind, row, ex)
        self.rows.append(row)
        known = Known(name, kind.split()[0], self.path(name), self.around())
        self.known.append(known)
        if kind not in ("calculate", "hidden"):
            self.asked.append(known)
        if "or_other" in kind:
            self.asked.append(Known(f"{name}_other", "text", self.path(f"{name}_other"), self.around()))

    def rules(self, kind: str, row: dict[str, str], ex: Expressions) -> None:
        plain = kind.split()[0]
        if self.often(0.35):
            row["required"] = self.any("yes", ex.truth(0), ex.truth(1))
        if self.often(0.4):
            row["constraint"] = self.any(
                ". != 'b'", "string-length(.) < 4", f". != {ex.ref()}", ". > 2", f". <= {ex.of(1)}", f"not(selected(., {ex.ref()}))",
                "count-selected(.) < 3", ". >= today()", "regex(., '^[a-z]+$')", f"{ex.truth(1)} or . = 'a'", ". = round(., 0)",
            )  # fmt: skip
            row["constraint_message::English (en)"] = self.any("", f"No {ex.ref()}")
        if (plain.startswith("select") or plain == "rank") and "or_other" not in kind and self.often(0.5):
            row["choice_filter"] = self.any("kind = 'x'", f"kind = {ex.ref()}", f"kind != {ex.ref()}", f"size > {ex.ref()}", f"{ex.truth(1)}",
                                            f"kind = 'x' or {ex.truth(1)}", f"contains(kind, {ex.ref()})")  # fmt: skip
        if (plain.startswith("select") or plain == "rank") and "or_other" not in kind and self.often(0.15):
            row["parameters"] = f"randomize=true, seed={self.any('1', '42', '-3')}"
        if plain == "range":
            row["parameters"] = self.any("start=1 end=5 step=1", "start=0 end=1 step=0.1", "start=-2 end=7 step=3", "start=0.5 end=9.5 step=1.5",
                                         "start=10 end=0 step=2")  # fmt: skip
        if self.often(0.25):
            row["default"] = self.default(plain, ex)
            if (plain.startswith("select") or plain == "rank") and "'" not in row["default"]:
                row["required"] = row["constraint"] = (
                    ""  # of a choice that is not offered the engine's verdict hangs on when it looked
                )
        elif plain in ("text", "integer", "decimal", "date") and self.often(0.25):
            row["calculation"] = ex.of(0)
            if self.often(0.6):
                row["trigger"] = f"${{{self.trigger()}}}"
                row["calculation"] = self.any(row["calculation"], "concat(${§}, '!')")
        if self.often(0.1):
            row["readonly"] = self.any("yes", ex.truth(1))

    def trigger(self) -> str:
        """What sets a value off: asked in the same list, or any that is not."""
        near = [known for known in self.asked if known.repeats == self.around() and not known.name.endswith("_other")]
        return self.chance.choice(near or self.asked[:1]).name

    def default(self, plain: str, ex: Expressions) -> str:
        fixed = {
            "integer": ["3", "-1", "1 + 1", "x"], "decimal": ["2", "0.50", "1 div 3"], "date": ["2026-01-01", "today()", "today() + 1"],
            "time": ["10:00:00"], "dateTime": ["now()", "2026-01-01T10:00:00"], "geopoint": ["57.7 11.9 0 0"], "range": ["3", "99"],
            "select_one": ["if(1 > 0, 'b', 'a')", "concat('z', 'z')"], "select_multiple": ["concat('a', ' ', 'c')", "concat('zz  b', ' a')"],
            "rank": ["a b", "concat('b', ' a zz')"], "acknowledge": ["OK"], "select_one_from_file": ["a"], "select_multiple_from_file": ["a", "c a"],
        }.get(plain, ["d", "hej", "concat('a', 'd')", "10"])  # fmt: skip
        fixed = [*fixed, f"concat({ex.ref()}, '')", f"{ex.ref()} + 1", "concat(${§}, 'k')"]
        return self.any(*fixed)

    def survey(self) -> str:
        self.rows.append({"type": "text", "name": "q0", SV: "F0", EN: "Q0"})
        for name, file in (("towns", "csv-external"), ("regions", "xml-external")):
            self.rows.append({"type": file, "name": name})
        self.rows.append({"type": "select_one_from_file stops.geojson", "name": "stop", SV: "Hållplats", EN: "Stop"})
        for at in range(1, self.chance.randint(6, 30)):
            self.row(at)
        while self.open:
            if self.rows[-1]["type"].startswith("begin"):
                self.ask("text", f"{self.open[-1][1]}_in")
            self.rows.append({"type": f"end {self.open.pop()[0]}"})
        self.rows.append({"type": "select_one k", "name": "kk", SV: "K", EN: "K"})
        self.rows.append({"type": "select_one l", "name": "ll", SV: "L", EN: "L"})
        names = [known.name for known in self.known]
        for row in self.rows:
            for column in ("default", "calculation"):
                if "§" in row.get(column, ""):
                    row[column] = row[column].replace("§", self.chance.choice(names))
        lines = ["| survey |", "| | " + " | ".join(COLUMNS) + " |"]
        lines += ["| | " + " | ".join(row.get(column, "") for column in COLUMNS) + " |" for row in self.rows]
        return "\n".join(lines) + "\n" + CHOICES

    def answers(self) -> list[list[Any]]:
        steps: list[list[Any]] = []
        growing = [repeat for repeat in self.repeats if repeat.path not in self.counted]
        for _ in range(self.chance.randint(5, 22)):
            chance = self.chance.random()
            if chance < 0.08:
                steps.append(["@lang", self.any("Svenska (sv)", "English (en)")])
            elif chance < 0.22 and growing:
                steps.append(["@repeat", self.placed(self.chance.choice(growing), is_whole=True)])
            elif chance < 0.28 and growing:
                steps.append(["@remove", self.placed(self.chance.choice(growing), is_whole=False)])
            else:
                one = self.chance.choice(self.asked)
                steps.append([self.placed(one, is_whole=False), self.chance.choice(ANSWERS[one.kind])])
        return steps

    def placed(self, known: Known, *, is_whole: bool) -> str:
        """An instance path: one of the first three instances of each repeat on the way."""
        repeats = {repeat.path for repeat in self.repeats}
        here, parts = "", []
        for step in known.path.strip("/").split("/"):
            here += f"/{step}"
            is_bare = here not in repeats or (is_whole and here == known.path)
            parts.append(step if is_bare else f"{step}[{self.any('1', '1', '1', '2', '2', '3')}]")
        return "/" + "/".join(parts)


def wide_case(seed: int) -> Case:
    """The survey, answers and files of a seed."""
    writer = Writer(random.Random(seed))
    survey = writer.survey()
    return Case(f"wide {seed}", survey, writer.answers(), FILES)
