"""Sealing of addresses and the keyed hash by which they are found. Where they are kept lives in `people`."""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.errors import SealBroken

_NONCE_BYTES = 12
_LEAST_SECRET_BYTES = 32


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"genklang " + purpose).derive(secret)


class Vault:
    """Seals addresses with AES-256-GCM and fingerprints them with HMAC-SHA256; both keys come from one secret by HKDF (RFC 5869)."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _LEAST_SECRET_BYTES:
            raise ValueError(f"the secret needs at least {_LEAST_SECRET_BYTES} bytes")
        self._cipher = AESGCM(_derive(secret, b"sealing"))
        self._mac = hmac.new(_derive(secret, b"fingerprint"), digestmod="sha256")

    def seal(self, address: str) -> bytes:
        """Encrypted bytes, different every time."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, address.encode(), None)

    def open(self, sealed: bytes) -> str:
        """The inverse of `seal`. Raises `SealBroken`."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise SealBroken("an address does not open with this secret") from None

    def fingerprint(self, channel: str, address: str) -> bytes:
        """The same 32 bytes for the same normalised address on the same channel, meaningless without the secret."""
        mac = self._mac.copy()  # the key's share of the work is done once
        mac.update(f"{channel}\0{address}".encode())
        return mac.digest()
