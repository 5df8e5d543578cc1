"""What the domain name system says of our domains: SPF, DKIM, DMARC and MX. What could not be looked up is a note, never a fault."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Sequence
from typing import Literal

import dns.exception
from dns.asyncresolver import Resolver
from dns.resolver import NXDOMAIN, NoAnswer

from channels.doors import Finding
from channels.email.settings import EmailSettings

PATIENCE_SECONDS = 4.0
LEAST_KEY_BITS = 1024  # RFC 8301, section 3.2: shorter keys are no signature
_TAG = re.compile(r"\s*([a-zA-Z]+)\s*=\s*([^;]*)")


Verdict = tuple[Literal["fine", "note", "wrong"], str, str]


class CouldNotLook(Exception):
    """No name server answered, which says nothing of the domain."""


async def look_up(settings: EmailSettings, resolver: Resolver | None = None) -> Sequence[Finding]:
    """How far the records let receivers trust our messages, and whether replies find their way."""
    try:
        names = _Names(resolver or Resolver())
    except dns.exception.DNSException:
        return [Finding("email records", "note", "could not look: this machine has no name server")]
    sender = settings.sender_address.rpartition("@")[2].lower()
    return await asyncio.gather(
        _told(
            "email SPF", names.spf(settings.reply_domain)
        ),  # it is the return path's domain that is checked (RFC 7208)
        _told("email DMARC", names.dmarc(sender)),
        _told("email MX", names.mx(settings)),
        _told("email DKIM", names.dkim(settings, sender)),
    )


async def _told(subject: str, looking: Awaitable[Verdict]) -> Finding:
    try:
        state, what, remedy = await looking
    except CouldNotLook:
        return Finding(subject, "note", "could not look: no name server answered")
    return Finding(subject, state, what, remedy)


class _Names:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        resolver.lifetime = PATIENCE_SECONDS

    async def _ask(self, name: str, kind: str) -> list[str]:
        """The records of one kind at a name; TXT as one text each. Raises `CouldNotLook`."""
        try:
            answer = await self._resolver.resolve(name, kind, raise_on_no_answer=True)
        except (NXDOMAIN, NoAnswer):
            return []
        except (dns.exception.DNSException, OSError):
            raise CouldNotLook from None
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [record.to_text() for record in answer]

    async def spf(self, domain: str) -> Verdict:
        """RFC 7208: one record, which ends by saying what becomes of the others."""
        found = [text for text in await self._ask(domain, "TXT") if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
        if not found:
            remedy = f'publish a TXT record at {domain}: "v=spf1 … -all" with the mail server\'s own mechanism'
            return "wrong", f"{domain} says of no server that it may send for it", remedy
        if len(found) > 1:
            return "wrong", f"{domain} has {len(found)} SPF records, which counts as none", "join them into one"
        end = found[0].split()[-1].lower()
        if end in ("+all", "all"):
            return "wrong", f"{domain} lets every server send for it", "let the record end in -all or ~all"
        return "fine", f"{domain} ends in {end}", ""

    async def dmarc(self, domain: str) -> Verdict:
        """RFC 7489: at the domain, or at the one above it that belongs to the same organisation."""
        labels = domain.split(".")
        for place in [domain, *(".".join(labels[n:]) for n in range(1, len(labels) - 1))]:
            texts = [text for text in await self._ask(f"_dmarc.{place}", "TXT") if text.lower().startswith("v=dmarc1")]
            if texts:
                policy = dict(_TAG.findall(texts[0])).get("p", "").strip().lower()
                if policy == "none":
                    return "note", f"{place} asks receivers to do nothing (p=none)", "go on to quarantine in time"
                return "fine", f"{place} asks for {policy or 'what is usual'}", ""
        remedy = f'publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=quarantine; rua=mailto:…"'
        return "wrong", f"{domain} does not say what becomes of forged messages; large providers want it", remedy

    async def mx(self, settings: EmailSettings) -> Verdict:
        """Whether replies and bounces have a way to us."""
        domain = settings.reply_domain
        found = await self._ask(domain, "MX")
        if found == ["0 ."]:
            return (
                "wrong",
                f"{domain} says that it takes no mail (RFC 7505)",
                "publish an MX record that leads to the door",
            )
        if found:
            return "fine", f"{domain} has {len(found)} mail server{'s' if len(found) > 1 else ''}", ""
        remedy = f"publish an MX record for {domain} that leads to the door, or to a server that hands over to it"
        return "wrong", f"{domain} has no mail server, so replies and bounces are lost", remedy

    async def dkim(self, settings: EmailSettings, domain: str) -> Verdict:
        """RFC 6376: the key at the selector, if we sign ourselves, and whether it is the one that we sign with."""
        if not settings.dkim_selector:
            return (
                "note",
                "messages are not signed here",
                "see that the mail server signs them, or set GENKLANG_EMAIL_DKIM_*",
            )
        place = f"{settings.dkim_selector}._domainkey.{domain}"
        texts = await self._ask(place, "TXT")
        keys = [dict(_TAG.findall(text)).get("p", "").replace(" ", "") for text in texts]
        if not any(keys):
            return (
                "wrong",
                f"no key is published at {place}",
                "publish the public key of GENKLANG_EMAIL_DKIM_KEY_FILE there",
            )
        return _matched(settings, place, keys)


def _matched(settings: EmailSettings, place: str, keys: Sequence[str]) -> Verdict:
    """Whether one of the published keys is that of the key file."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    file = settings.dkim_key_file
    try:
        private = load_pem_private_key(file.read_bytes(), None) if file is not None else None
    except (OSError, ValueError, TypeError):
        return "wrong", "the key file cannot be read", "set GENKLANG_EMAIL_DKIM_KEY_FILE to an RSA key in PEM"
    if not isinstance(private, RSAPrivateKey):
        return "wrong", "there is no RSA key to sign with", "set GENKLANG_EMAIL_DKIM_KEY_FILE to an RSA key in PEM"
    if private.key_size < LEAST_KEY_BITS:
        return "wrong", f"the key has {private.key_size} bits, too few to count", "make one of 2048 bits"
    ours = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if not any(_decoded(key) == ours for key in keys):
        return (
            "wrong",
            f"the key at {place} is another than the one we sign with",
            "publish the public key of the key file",
        )
    return "fine", f"{place} has our key", ""


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except binascii.Error:
        return b""
