"""Addresses are unreadable without the secret, and still found."""

from __future__ import annotations

import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.errors import SealBroken
from store.vault import Vault

SECRET = b"0123456789abcdef0123456789abcdef"


def test_a_sealed_address_opens_again():
    vault = Vault(SECRET)
    assert vault.open(vault.seal("anna@exämple.se")) == "anna@exämple.se"


def test_the_same_address_is_sealed_differently_each_time():
    vault = Vault(SECRET)
    assert vault.seal("+46701234567") != vault.seal("+46701234567")


def test_another_secret_does_not_open_it():
    sealed = Vault(SECRET).seal("+46701234567")
    with pytest.raises(SealBroken):
        Vault(SECRET[::-1]).open(sealed)


def test_a_changed_seal_does_not_open():
    sealed = bytearray(Vault(SECRET).seal("+46701234567"))
    sealed[-1] ^= 1
    with pytest.raises(SealBroken):
        Vault(SECRET).open(bytes(sealed))


def test_bytes_too_short_to_be_a_seal_do_not_open():
    with pytest.raises(SealBroken):
        Vault(SECRET).open(b"short")


def test_an_address_has_one_fingerprint_per_channel():
    vault = Vault(SECRET)
    assert vault.fingerprint("sms", "+46701234567") == Vault(SECRET).fingerprint("sms", "+46701234567")
    assert vault.fingerprint("sms", "+46701234567") != vault.fingerprint("telegram", "+46701234567")


def test_a_fingerprint_is_what_it_was():
    """HMAC-SHA256 (RFC 2104) under a key of its own: were it another one day, nobody in the register would be found."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"genklang fingerprint").derive(SECRET)
    assert Vault(SECRET).fingerprint("sms", "+46701234567") == hmac.digest(key, b"sms\0+46701234567", "sha256")


def test_a_fingerprint_cannot_be_made_without_the_secret():
    assert Vault(SECRET).fingerprint("sms", "+46701234567") != Vault(SECRET[::-1]).fingerprint("sms", "+46701234567")


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"too short")
