"""A YAML document whose every value knows its line and column. What the values mean is left to the readers of each file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import yaml

from bot.problems import InputRefused, Problem
from campaigns.decoding import decode
from campaigns.wall_times import beside, readings

MAX_CHARS = 500_000
_EMPTY = {"", "~", "null", "Null", "NULL"}
_YES = {"yes", "true", "ja", "on"}
_NO = {"no", "false", "nej", "off"}
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2})(:\d{2}(?::\d{2})?)\s*(Z|[+-]\d{2}:?\d{2})?")
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")
_YEARS = range(2000, 2200)
_STAND_IN = datetime(2000, 1, 1, tzinfo=UTC)


def open_document(data: bytes | str, filename: str) -> Branch:
    """The document's top mapping. Raises InputRefused when it is no YAML mapping at all."""
    text = decode(data, filename)
    if len(text) > MAX_CHARS:
        raise InputRefused([Problem("The file is too long.", f"keep it under {MAX_CHARS} characters", filename)])
    try:
        _refuse_what_is_not_read(text, filename)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = f"This is not YAML: {error.problem or error.context}."
        raise InputRefused([Problem(what, "mend the indentation, quotes or colons there", filename, where)]) from None
    except yaml.YAMLError:
        what, remedy = "The file holds characters that YAML does not allow.", "remove control characters"
        raise InputRefused([Problem(what, remedy, filename)]) from None
    except RecursionError:
        raise InputRefused([Problem("The file is nested too deeply.", "use fewer levels", filename)]) from None
    if not isinstance(root, yaml.MappingNode):
        remedy = "begin with lines such as “id: torget”"
        raise InputRefused([Problem("The file holds no names with values.", remedy, filename, "line 1, column 1")])
    return Branch(root, filename, [])


def _refuse_what_is_not_read(text: str, filename: str) -> None:
    """References, and escapes that make what is no character: no database keeps those."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            what, remedy = "References (*name) are not read.", "write the value out"
        elif isinstance(event, yaml.ScalarEvent) and _NO_CHARACTER.search(event.value):
            what, remedy = "The text holds an escape that is no character.", "write the character itself"
        else:
            continue
        mark = event.start_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputRefused([Problem(what, remedy, filename, where)])


class Branch:
    """One mapping of the document. Its methods give a value of the asked type, or note a problem and give a stand-in."""

    def __init__(self, node: yaml.MappingNode, filename: str, problems: list[Problem]) -> None:
        self.node, self.filename, self.problems = node, filename, problems
        self._values: dict[str, yaml.Node] = {}
        self._keys: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if not name:
                self.complain("A name is expected here.", "write a plain word before the colon", key)
            elif name in self._values:
                self.complain(f"“{name}” stands here twice.", "keep one of them", key)
            else:
                self._values[name], self._keys[name] = value, key

    def complain(self, what: str, remedy: str, at: yaml.Node | str | None = None) -> None:
        """Note a problem at a node, at the value named `at`, or at this mapping."""
        node = self._values.get(at, self.node) if isinstance(at, str) else at or self.node
        mark = node.start_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}"
        self.problems.append(Problem(what, remedy, self.filename, place))

    def refuse_if_wrong(self) -> None:
        """Raise InputRefused with all problems noted anywhere in the document."""
        if self.problems:
            raise InputRefused(self.problems)

    def allow(self, *names: str) -> None:
        """Note every name that is not one of `names`."""
        for name, key in self._keys.items():
            if name not in names:
                self.complain(f"“{name}” is not known here.", f"use one of: {', '.join(names)}", key)

    def has(self, name: str) -> bool:
        """Whether the name stands here with a value."""
        node = self._values.get(name)
        return node is not None and not (isinstance(node, yaml.ScalarNode) and _is_empty(node))

    def names(self) -> tuple[str, ...]:
        """The names in this mapping, in order."""
        return tuple(self._values)

    def text(self, name: str, default: str | None = None) -> str:
        """A text, stripped. Without `default` it must be there."""
        node = self._scalar(name, default is None)
        return str(node.value).strip() if node is not None else default or ""

    def one_of(self, name: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(name, default)
        if value and value not in allowed:
            self.complain(f"“{value}” is not one of the words for {name}.", f"use one of: {', '.join(allowed)}", name)
        return value

    def integer(self, name: str, default: int | None, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        node = self._scalar(name, False)
        if node is None:
            return default
        value = str(node.value)
        if re.fullmatch(r"-?[0-9]{1,9}", value) and low <= int(value) <= high:
            return int(value)
        self.complain(f"{name} must be a whole number.", f"write a number from {low} to {high}", node)
        return default

    def boolean(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self.text(name, "").lower()
        if value and value not in _YES | _NO:
            self.complain(f"{name} must be yes or no.", "write yes or no", name)
        return value in _YES if value else default

    def day(self, name: str) -> date | None:
        """A date such as 2026-04-22, or None when it is not there."""
        node = self._scalar(name, False)
        if node is None:
            return None
        try:
            return date.fromisoformat(str(node.value))
        except ValueError:
            self.complain(f"{name} is not a date.", "write year, month and day, such as 2026-04-22", node)
            return None

    def moment(self, name: str, zone: ZoneInfo) -> datetime:
        """A date and time of day, in `zone` unless it carries an offset; UTC. Must be there, and be one moment.

        What clocks in the zone never show, and what they show twice without an offset that tells which, is a problem.
        """
        node = self._scalar(name, True)
        if node is None:
            return _STAND_IN
        match = _MOMENT.fullmatch(str(node.value))
        try:
            if match is None:
                raise ValueError
            day, hour, rest, offset = match.groups()
            written = datetime.fromisoformat(f"{day}T{hour:0>2}{rest}{offset or ''}")
            found = (written.astimezone(UTC),) if written.tzinfo else readings(written, zone)
        except (ValueError, OverflowError):
            remedy = "write date and time of day, such as 2026-04-22 09:00"
            self.complain(f"{name} is not a moment.", remedy, node)
            return _STAND_IN
        if written.year not in _YEARS:
            self.complain(f"{name} lies in the year {written.year}.", "look at the year", node)
            return _STAND_IN
        if len(found) != 1:
            self._complain_of_clocks(name, node, written, zone, found)
            return _STAND_IN
        return found[0]

    def _complain_of_clocks(
        self, name: str, node: yaml.Node, written: datetime, zone: ZoneInfo, found: Sequence[datetime]
    ) -> None:
        """A time that is no moment in the zone, or two."""
        if not found:
            either = " or ".join(f"{shown:%Y-%m-%d %H:%M}" for shown in beside(written, zone))
            what = f"{name}: clocks in {zone.key} never show {written:%Y-%m-%d %H:%M}, they are put forward over it."
            self.complain(what, f"write {either}", node)
            return
        first, second = (moment.astimezone(zone).isoformat(" ", "minutes") for moment in found)
        what = f"{name}: clocks in {zone.key} show {written:%Y-%m-%d %H:%M} twice, they are put back in between."
        self.complain(what, f"say which: {first} is the first time, {second} the second", node)

    def texts(self, name: str, languages: Collection[str], *, required: bool = False) -> dict[str, str]:
        """The same text by language. With `required` every language must be there."""
        if not self.has(name):
            if required:
                self.complain(f"{name} is missing.", f"write it in: {', '.join(languages)}")
            return {}
        branch = self.branch(name)
        if branch is None:
            return {}
        branch.allow(*languages)
        found = {code: branch.text(code, "") for code in languages if branch.has(code)}
        missing = [code for code in languages if code not in found]
        if required and missing:
            branch.complain(f"{name} is not written in every language.", f"add: {', '.join(missing)}")
        return found

    def words(self, name: str) -> tuple[str, ...]:
        """A list of short texts; a single one may stand alone."""
        if not self.has(name):
            return ()
        nodes = self._items(name)
        good = [node for node in nodes if isinstance(node, yaml.ScalarNode) and not _is_empty(node)]
        if len(good) != len(nodes):
            self.complain(f"{name} must be a list of words.", "write [one, two]", name)
        return tuple(str(node.value).strip() for node in good)

    def branch(self, name: str) -> Branch | None:
        """The mapping under a name, or None when it is not there."""
        if not self.has(name):
            return None
        node = self._values[name]
        if isinstance(node, yaml.MappingNode):
            return Branch(node, self.filename, self.problems)
        self.complain(f"{name} needs names with values under it.", "indent “name: value” lines below it", node)
        return None

    def branches(self, name: str) -> Iterator[Branch]:
        """The mappings in the list under a name."""
        for node in self._items(name) if self.has(name) else ():
            if isinstance(node, yaml.MappingNode):
                yield Branch(node, self.filename, self.problems)
            else:
                self.complain(f"Each entry of {name} needs names with values.", "write “- name: value”", node)

    def _items(self, name: str) -> list[yaml.Node]:
        node = self._values[name]
        return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]

    def _scalar(self, name: str, is_required: bool) -> yaml.ScalarNode | None:
        node = self._values.get(name)
        if isinstance(node, yaml.ScalarNode) and not _is_empty(node):
            return node
        if node is not None and not isinstance(node, yaml.ScalarNode):
            self.complain(f"{name} must be a single value.", f"write “{name}: value” on one line", node)
        elif is_required:
            self.complain(f"{name} is missing.", f"write “{name}: …”", node)
        return None


def _is_empty(node: yaml.ScalarNode) -> bool:
    return node.style is None and str(node.value) in _EMPTY
