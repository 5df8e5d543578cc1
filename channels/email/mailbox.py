"""One mailbox over IMAP4rev1 (RFC 3501), as blocking calls for a thread of their own. What becomes of its messages is decided in `collecting`.

The standard library's client speaks the protocol. Ours are the reading of lines with a limit of time that does not spoil
what comes later, and IDLE (RFC 2177), which that client lacks.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from channels.email.settings import EmailSettings

CONNECT_SECONDS: Final = 30.0
LONGEST_LINE: Final = 1_000_000  # as the standard library has it
RECEIVED_BYTES: Final = 1 << 16
IDLE_SECONDS: Final = 9 * 60.0  # RFC 2177 says less than 29 minutes; routers forget quiet connections sooner
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,15})")
_NEWS = re.compile(rb"\* \d+ EXISTS\b", re.IGNORECASE)


class _Client(imaplib.IMAP4):
    """imaplib over a socket that is read straight: a wait that times out leaves nothing half read."""

    def __init__(self, host: str, port: int, seconds: float, tls: ssl.SSLContext | None) -> None:
        self._tls, self._seconds, self._heard = tls, seconds, bytearray()
        super().__init__(host, port, seconds)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        plain = socket.create_connection((host, port), timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=host) if self._tls else plain

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[str, list[None]]:  # type: ignore[override]
        answer = super().starttls(ssl_context)
        self._heard.clear()  # what came in clear before the encryption began is not the server's word
        return answer

    def shutdown(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def readline(self) -> bytes:
        while (end := self._heard.find(b"\n")) < 0:
            if len(self._heard) > LONGEST_LINE:
                raise self.abort("the server's line has no end")
            self._hear()
        return self._take(end + 1)

    def read(self, size: int) -> bytes:
        while len(self._heard) < size:
            self._hear()
        return self._take(size)

    def idle(self, seconds: float) -> bool:
        """Wait until the server tells of a message, or for `seconds`. True when it told. Nothing else may be under way."""
        tag = self._new_tag()
        self.send(tag + b" IDLE\r\n")
        until = time.monotonic() + seconds
        has_news = "EXISTS" in self.untagged_responses  # told on the side, after another command
        while not (line := self.readline()).startswith(b"+"):
            has_news = has_news or _NEWS.match(line) is not None
        try:
            while not has_news and (left := until - time.monotonic()) > 0:
                self.sock.settimeout(left)
                has_news = _NEWS.match(self.readline()) is not None
        except TimeoutError:
            pass
        finally:
            self.sock.settimeout(self._seconds)
        self.send(b"DONE\r\n")
        while not (line := self.readline()).startswith(tag):
            has_news = has_news or _NEWS.match(line) is not None
        return has_news

    def _hear(self) -> None:
        data = self.sock.recv(RECEIVED_BYTES)
        if not data:
            raise self.abort("the server has hung up")
        self._heard += data

    def _take(self, size: int) -> bytes:
        taken = bytes(self._heard[:size])
        del self._heard[:size]
        return taken


class Mailbox:
    """A connection with the folder selected. Every call may raise `OSError` or `imaplib.IMAP4.error`, after which it is of no use."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        seconds = min(settings.timeout_seconds, CONNECT_SECONDS)
        self._client = _Client(
            settings.imap_host,
            settings.imap_port,
            seconds,
            _tls(settings) if settings.imap_security == "tls" else None,
        )
        try:
            self._enter()
        except BaseException:
            self._client.shutdown()
            raise

    @property
    def has_idle(self) -> bool:
        """Whether the server tells of new messages."""
        return self._can("IDLE")

    def waiting(self) -> list[int]:
        """The UIDs of the messages in the folder, oldest first."""
        self._client.untagged_responses.pop("EXISTS", None)
        found = self._expect("UID SEARCH", self._client.uid("SEARCH", "UNDELETED"))
        return sorted(int(uid) for part in found if isinstance(part, bytes) for uid in part.split())

    def size(self, uid: int) -> int | None:
        """A message's bytes; None when it is not there any more."""
        for part in self._expect("UID FETCH", self._client.uid("FETCH", str(uid), "(RFC822.SIZE)")):
            if isinstance(part, bytes) and (said := _SIZE.search(part)):
                return int(said[1])
        return None

    def message(self, uid: int) -> bytes | None:
        """A message as it came, not marked as seen; None when it is not there any more."""
        for part in self._expect("UID FETCH", self._client.uid("FETCH", str(uid), "(BODY.PEEK[])")):
            if isinstance(part, tuple):
                return bytes(part[1])
        return None

    def move(self, uid: int, folder: str) -> None:
        """Move a message to another folder; with "" delete it. Where the server has no MOVE (RFC 6851) it is copied first."""
        if folder and self._can("MOVE"):
            self._expect("UID MOVE", self._client.uid("MOVE", str(uid), _quoted(folder)))
            return
        if folder:
            self._expect("UID COPY", self._client.uid("COPY", str(uid), _quoted(folder)))
        self._expect("UID STORE", self._client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"))
        if self._can("UIDPLUS"):
            self._expect("UID EXPUNGE", self._client.uid("EXPUNGE", str(uid)))
        else:
            self._expect("EXPUNGE", self._client.expunge())

    def wait(self, seconds: float) -> None:
        """Return when there may be a new message, or after `seconds` at most. Only where it `has_idle`."""
        self._client.idle(min(seconds, IDLE_SECONDS))

    def interrupt(self) -> None:
        """Break the connection, from any thread: a call that is waiting ends with an error."""
        self._client.shutdown()

    def close(self) -> None:
        """Say goodbye."""
        with suppress(OSError, imaplib.IMAP4.error):
            self._client.logout()

    def _enter(self) -> None:
        settings, client = self._settings, self._client
        if settings.imap_security == "starttls":
            client.starttls(_tls(settings))
        self._log_in(settings.imap_username, settings.imap_password.get_secret_value())
        client._get_capabilities()  # most servers tell more once they know who asks
        for folder in filter(None, (settings.imap_done_folder, settings.imap_aside_folder)):
            if client.status(_quoted(folder), "(UIDVALIDITY)")[0] != "OK":
                self._expect("CREATE", client.create(_quoted(folder)))
        self._expect("SELECT", client.select(_quoted(settings.imap_folder)))

    def _log_in(self, user: str, password: str) -> None:
        """By AUTHENTICATE PLAIN, whose names and passwords are in UTF-8 (RFC 4616), where the server offers it; else by LOGIN.

        LOGIN knows ASCII only (RFC 3501, 6.2.3): what is beyond it is sent as it stands, which most servers understand.
        """
        client = self._client
        if self._can("AUTH=PLAIN"):
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            return
        client._encoding = "utf-8"  # type: ignore[attr-defined]
        client.login(client._quote(user), password)

    def _can(self, capability: str) -> bool:
        return capability in self._client.capabilities

    def _expect(self, command: str, answer: tuple[str, Sequence[object]]) -> Sequence[object]:
        """What a command gave. Raises without the server's words, which may repeat what residents wrote."""
        status, data = answer
        if status != "OK":
            raise imaplib.IMAP4.error(f"{command} was answered with {status}")
        return data


def _tls(settings: EmailSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file)


def _quoted(folder: str) -> str:
    """A folder's name as a quoted string, in modified UTF-7 (RFC 3501, 5.1.3)."""
    encoded = re.sub(
        r"[^\x20-\x7e]+|&",
        lambda found: "&-" if found[0] == "&" else "&" + _base64(found[0]) + "-",
        folder,
    )
    return '"' + encoded.replace("\\", r"\\").replace('"', r"\"") + '"'


def _base64(text: str) -> str:
    from base64 import b64encode

    return b64encode(text.encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",")
