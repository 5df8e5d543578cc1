"""DKIM: what we sign verifies, and a key that is none is refused at the start."""

from __future__ import annotations

from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.contents import Content
from channels.api import Outbound
from channels.errors import ChannelError
from sandbox.mail import Mail
from tests.channels.email.rig import build


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_record(key: rsa.RSAPrivateKey) -> bytes:
    import base64

    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


async def test_a_signed_letter_verifies_as_it_arrives(mail: Mail, key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    channel = build(mail.port, dkim_selector="s1", dkim_key_file=file)
    content = Content("Å" * 500, "sv", title="Hej å hå")
    await channel.send(
        [Outbound(1, "email", "a@post.example", content, "invitation", unsubscribe_url="https://x.example/u")]
    )
    (accepted,) = mail.accepted
    asked: list[bytes] = []

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return public_record(key)

    assert dkim.verify(accepted.data, dnsfunc=look_up)
    assert asked == [b"s1._domainkey.sjovik.example."]
    signature = accepted.data.partition(b"\r\nFrom:")[0]
    assert b"list-unsubscribe-post" in b"".join(signature.split()).lower()
    assert not dkim.verify(accepted.data.replace(b"Subject:", b"Subject: x"), dnsfunc=look_up)


@pytest.mark.parametrize("text", [None, "no key"])
def test_a_key_that_is_none_is_refused_at_the_start(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ChannelError, match="DKIM"):
        build(25, dkim_selector="s1", dkim_key_file=file)
