"""The IMAP4rev1 (RFC 3501) that the mail stand-in speaks: one user's mailbox with folders, UID commands, MOVE (RFC 6851), UIDPLUS (RFC 4315) and IDLE (RFC 2177). Who writes to the mailbox lives in `mail`."""

from __future__ import annotations

from sandbox.imap.server import ImapServer

__all__ = ["ImapServer"]
