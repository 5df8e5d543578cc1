"""DKIM signatures (RFC 6376) for messages about to leave. Keys and DNS are the municipality's own affair."""

from __future__ import annotations

from collections.abc import Callable

from channels.email.settings import EmailSettings
from channels.errors import ChannelError

_SIGNED = [
    b"From", b"To", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"References", b"List-Unsubscribe",
    b"List-Unsubscribe-Post", b"Auto-Submitted", b"Content-Language", b"MIME-Version", b"Content-Type",
]  # fmt: skip


def signer(settings: EmailSettings) -> Callable[[bytes], bytes] | None:
    """What makes the DKIM-Signature header of a message, or None when no key is set. Raises `ChannelError` on a bad key."""
    if not settings.dkim_selector or settings.dkim_key_file is None:
        return None
    import dkim

    selector = settings.dkim_selector.encode("ascii")
    domain = settings.sender_address.rpartition("@")[2].lower().encode("ascii")
    try:
        key = settings.dkim_key_file.read_bytes()
    except OSError as error:
        raise ChannelError(f"the DKIM key cannot be read: {error.strerror}; see GENKLANG_EMAIL_DKIM_KEY_FILE") from None

    def sign(message: bytes) -> bytes:
        # RFC 8058 asks that the signature covers both List-Unsubscribe headers.
        signature: bytes = dkim.sign(
            message, selector, domain, key, canonicalize=(b"relaxed", b"relaxed"), include_headers=_SIGNED
        )
        return signature

    try:
        sign(b"From: a@example.org\r\n\r\n\r\n")
    except dkim.DKIMException as error:
        raise ChannelError(f"the DKIM key is not one we can sign with: {error}") from None
    return sign
