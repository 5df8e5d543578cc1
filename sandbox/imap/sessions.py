"""The server's side of one connection: commands as lines with literals, and their answers. What lies in the mailbox lives in `folders`."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sandbox.imap.folders import Folder, Letter

if TYPE_CHECKING:
    from sandbox.imap.server import ImapServer

_LITERAL = re.compile(rb"\{(\d{1,9})(\+?)\}\r?\n$")
_TOKEN = re.compile(rb'\s*(?:"((?:[^"\\]|\\.)*)"|(\((?:[^()"]|"[^"]*")*\))|([^\s()"]+))')
_LONGEST_LINE = 65_536


class Bad(Exception):
    """A command that is not understood."""


class No(Exception):
    """A command that cannot be done."""


class Hangup(Exception):
    """The stand-in wants the connection broken here, without an answer."""


class ImapSession:
    """The server's side of one connection."""

    def __init__(
        self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, news: asyncio.Event
    ) -> None:
        self._server, self._reader, self._writer, self._news = server, reader, writer, news
        self._is_known = False
        self._is_encrypted = server.tls is not None and not server.is_starttls
        self._folder: Folder | None = None

    async def run(self) -> None:
        """Answer commands until the client leaves."""
        self._say(f"* OK [CAPABILITY {self._server.capabilities(is_encrypted=self._is_encrypted)}] ready")
        while line := await self._line():
            tag, _, rest = line.partition(b" ")
            words = [found[0] or found[1] or found[2] for found in _TOKEN.findall(rest)]
            name = words.pop(0).decode().upper() if words else ""
            if name == "UID" and words:
                name += " " + words.pop(0).decode().upper()
            await self._answer(tag.decode(), name, words)
            if name == "LOGOUT":
                return

    async def _answer(self, tag: str, name: str, words: list[bytes]) -> None:
        server = self._server
        server.commands.append(name)
        if server.faults.cut_at == name:
            server.faults.cut_at = ""
            raise Hangup
        if server.faults.nonsense_at == name:
            server.faults.nonsense_at = ""
            self._say(f"* {name.split()[-1]} nonsense")
            self._say(f"{tag} OK done")
            return
        action = _COMMANDS.get(name)
        try:
            if action is None or _NEEDS.get(name, "") in server.lacks:
                raise Bad("not known here")
            if not self._is_known and name not in _BEFORE_LOGIN:
                raise Bad("log in first")
            if name == "IDLE":
                await self._idle()
            elif name == "AUTHENTICATE":
                await self._authenticate(words)
            elif name == "STARTTLS":
                await self._start_tls(tag)
                return
            else:
                action(self, words)
        except No as refusal:
            self._say(f"{tag} NO {refusal}")
        except (Bad, ValueError, IndexError, UnicodeError) as error:
            self._say(f"{tag} BAD {error}")
        else:
            if server.faults.cut_after == name:
                server.faults.cut_after = ""
                raise Hangup
            self._say(f"{tag} OK done")

    def _say(self, line: str | bytes) -> None:
        self._writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    async def _line(self) -> bytes:
        """One command, with its literals as quoted strings."""
        whole = b""
        while True:
            line = await self._reader.readline()
            found = _LITERAL.search(line)
            if not found:
                return (whole + line).rstrip(b"\r\n") if line else b""
            if len(line) > _LONGEST_LINE:
                raise Hangup
            if not found[2]:
                self._say("+ go on")
            literal = await self._reader.readexactly(int(found[1]))
            whole += line[: found.start()] + b'"' + re.sub(rb'(["\\])', rb"\\\1", literal) + b'"'

    async def _start_tls(self, tag: str) -> None:
        if self._server.tls is None or self._is_encrypted:
            raise Bad("not offered")
        self._say(f"{tag} OK begin")
        await self._writer.start_tls(self._server.tls)
        self._is_encrypted = True

    async def _idle(self) -> None:
        folder = self._selected()
        self._say("+ idling")
        ended = asyncio.ensure_future(self._reader.readline())
        try:
            while not ended.done():
                changed = asyncio.ensure_future(self._news.wait())
                await asyncio.wait((ended, changed), return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if self._news.is_set():
                    self._news.clear()
                    self._say(f"* {len(folder.letters)} EXISTS")
            if (await ended).strip().upper() != b"DONE":
                raise Bad("DONE was due")
        finally:
            if not ended.done():
                ended.cancel()
                with suppress(asyncio.CancelledError):
                    await ended

    # Commands ----------------------------------------------------------------------------------------------------

    def _capability(self, words: list[bytes]) -> None:
        self._say(f"* CAPABILITY {self._server.capabilities(is_encrypted=self._is_encrypted)}")

    def _nothing(self, words: list[bytes]) -> None:
        if self._folder is not None:
            self._say(f"* {len(self._folder.letters)} EXISTS")

    def _logout(self, words: list[bytes]) -> None:
        self._say("* BYE")

    def _log_in(self, words: list[bytes]) -> None:
        self._admit(_text(words[0]), _text(words[1]))

    async def _authenticate(self, words: list[bytes]) -> None:
        """SASL PLAIN (RFC 4616): nobody else's rights, name, password."""
        if words[0].upper() != b"PLAIN":
            raise Bad("not known here")
        self._say("+ ")
        _, name, password = base64.b64decode(await self._reader.readline(), validate=False).split(b"\0")
        self._admit(name.decode(), password.decode())

    def _admit(self, name: str, password: str) -> None:
        if self._server.is_starttls and not self._is_encrypted:
            raise No("[PRIVACYREQUIRED] encrypt first")
        if (name, password) != self._server.login:
            raise No("[AUTHENTICATIONFAILED] not the right name and password")
        self._is_known = True

    def _create(self, words: list[bytes]) -> None:
        if _text(words[0]) in self._server.folders:
            raise No("[ALREADYEXISTS] is there already")
        self._server.folders[_text(words[0])] = Folder()

    def _status(self, words: list[bytes]) -> None:
        folder = self._named(words[0])
        self._say(f'* STATUS "{_text(words[0])}" (MESSAGES {len(folder.letters)} UIDVALIDITY 1)')

    def _select(self, words: list[bytes]) -> None:
        self._folder = folder = self._named(words[0])
        self._say(f"* {len(folder.letters)} EXISTS")
        self._say("* 0 RECENT")
        self._say(r"* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)")
        self._say("* OK [UIDVALIDITY 1] fine")
        self._say(f"* OK [UIDNEXT {folder.next_uid}] fine")

    def _search(self, words: list[bytes]) -> None:
        self._news.clear()
        found = self._selected().letters
        for word in words:
            test = _CRITERIA.get(_text(word).upper())
            if test is None:
                raise Bad("no such criterion")
            found = [letter for letter in found if test(letter)]
        self._say(" ".join(["* SEARCH", *(str(letter.uid) for letter in found)]))

    def _fetch(self, words: list[bytes]) -> None:
        items = _text(words[1]).strip("()").upper().split()
        for place, letter in self._matching(words[0]):
            parts = [f"UID {letter.uid}".encode()]
            for item in items:
                if item in ("BODY[]", "BODY.PEEK[]"):
                    parts.append(b"BODY[] {%d}\r\n" % len(letter.data) + letter.data)
                    if item == "BODY[]":
                        letter.flags.add("\\Seen")
                elif item == "RFC822.SIZE":
                    parts.append(f"RFC822.SIZE {len(letter.data)}".encode())
                elif item == "FLAGS":
                    parts.append(f"FLAGS ({' '.join(sorted(letter.flags))})".encode())
                elif item != "UID":
                    raise Bad("no such item")
            self._say(f"* {place} FETCH (".encode() + b" ".join(parts) + b")")

    def _store(self, words: list[bytes]) -> None:
        how, _, silent = _text(words[1]).upper().partition(".")
        flags = set(_text(words[2]).strip("()").split())
        for place, letter in self._matching(words[0]):
            letter.flags = {"+FLAGS": letter.flags | flags, "-FLAGS": letter.flags - flags, "FLAGS": flags}[how]
            if not silent:
                self._say(f"* {place} FETCH (UID {letter.uid} FLAGS ({' '.join(sorted(letter.flags))}))")

    def _copy(self, words: list[bytes]) -> None:
        target = self._named(words[1], "[TRYCREATE] ")
        for _, letter in self._matching(words[0]):
            target.add(letter.data).flags = set(letter.flags)

    def _move(self, words: list[bytes]) -> None:
        self._copy(words)
        self._remove([letter for _, letter in self._matching(words[0])])

    def _expunge(self, words: list[bytes]) -> None:
        among = [letter for _, letter in self._matching(words[0])] if words else self._selected().letters
        self._remove([letter for letter in among if "\\Deleted" in letter.flags])

    def _remove(self, letters: list[Letter]) -> None:
        folder = self._selected()
        for letter in letters:
            place = folder.letters.index(letter) + 1
            folder.letters.remove(letter)
            self._say(f"* {place} EXPUNGE")

    def _selected(self) -> Folder:
        if self._folder is None:
            raise Bad("select first")
        return self._folder

    def _named(self, word: bytes, hint: str = "") -> Folder:
        folder = self._server.folders.get(_text(word))
        if folder is None:
            raise No(f"{hint}no such folder")
        return folder

    def _matching(self, word: bytes) -> list[tuple[int, Letter]]:
        return self._selected().matching(_text(word))


def _text(word: bytes) -> str:
    return re.sub(r"\\(.)", r"\1", word.decode()) if not word.startswith(b"(") else word.decode()


_CRITERIA: dict[str, Callable[[Letter], bool]] = {
    "ALL": lambda letter: True,
    "DELETED": lambda letter: "\\Deleted" in letter.flags,
    "UNDELETED": lambda letter: "\\Deleted" not in letter.flags,
    "SEEN": lambda letter: "\\Seen" in letter.flags,
    "UNSEEN": lambda letter: "\\Seen" not in letter.flags,
}

_BEFORE_LOGIN = ("CAPABILITY", "NOOP", "LOGIN", "AUTHENTICATE", "LOGOUT", "STARTTLS")
_NEEDS = {"AUTHENTICATE": "AUTH=PLAIN", "IDLE": "IDLE", "UID MOVE": "MOVE", "UID EXPUNGE": "UIDPLUS"}

_COMMANDS: dict[str, Callable[[ImapSession, list[bytes]], None]] = {
    "CAPABILITY": ImapSession._capability,
    "NOOP": ImapSession._nothing,
    "LOGOUT": ImapSession._logout,
    "LOGIN": ImapSession._log_in,
    "AUTHENTICATE": ImapSession._nothing,
    "STARTTLS": ImapSession._nothing,
    "CREATE": ImapSession._create,
    "STATUS": ImapSession._status,
    "SELECT": ImapSession._select,
    "UID SEARCH": ImapSession._search,
    "UID FETCH": ImapSession._fetch,
    "UID STORE": ImapSession._store,
    "UID COPY": ImapSession._copy,
    "UID MOVE": ImapSession._move,
    "UID EXPUNGE": ImapSession._expunge,
    "EXPUNGE": ImapSession._expunge,
    "IDLE": ImapSession._nothing,
}
