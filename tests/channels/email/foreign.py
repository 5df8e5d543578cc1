"""A mail server that is not ours: aiosmtpd, with TLS and login where a test asks for them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class ForeignServer:
    """What it has taken, and what it answers: a reply to RCPT or to the message instead of 250."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    recipient_reply: str = "250 Ok"
    message_reply: str = "250 Ok"
    sessions: list[SMTP] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if self.recipient_reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_reply

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.message_reply.startswith("250"):
            self.taken.append(envelope)
        return self.message_reply


@asynccontextmanager
async def foreign_server(
    *, tls: ssl.SSLContext | None = None, is_implicit: bool = False, login: tuple[str, str] | None = None
) -> AsyncIterator[ForeignServer]:
    """Run it on a free port. `tls` is offered by STARTTLS, or spoken from the first byte when `is_implicit`."""
    server = ForeignServer()
    loop = asyncio.get_running_loop()

    def check(_: Any, __: Any, ___: Any, ____: Any, given: Any) -> AuthResult:
        return AuthResult(success=(given.login.decode(), given.password.decode()) == login, handled=False)

    def answer() -> SMTP:
        session = SMTP(
            server,
            hostname="foreign.example",
            tls_context=None if is_implicit else tls,
            require_starttls=tls is not None and not is_implicit,
            authenticator=check if login else None,
            auth_required=login is not None,
            auth_require_tls=not is_implicit,
            loop=loop,
        )
        server.sessions.append(session)
        return session

    listener = await loop.create_server(answer, "127.0.0.1", 0, ssl=tls if is_implicit else None)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for session in server.sessions:
            if session.transport is not None:
                session.transport.abort()
        await listener.wait_closed()


@asynccontextmanager
async def hanging_up_at(word: bytes, *, greeting: bytes = b"220 hi\r\n") -> AsyncIterator[int]:
    """A server that answers politely until a command begins with `word`, and then breaks the connection. Gives its port."""

    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(greeting)
        while (line := await reader.readline()) and not line.upper().startswith(word):
            is_data = line.startswith(b"DATA")
            writer.write(b"354 go\r\n" if is_data else b"250 ok\r\n")
            if is_data:
                await reader.readline()
                while word != b"<HALF>" and (line := await reader.readline()) not in (b".\r\n", b""):
                    pass
                break
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)  # until they have noticed


@asynccontextmanager
async def silent_after_greeting(reached: asyncio.Event, left: asyncio.Event) -> AsyncIterator[int]:
    """A server that says nothing more once MAIL has come, which sets `reached`; `left` is set when its client hangs up. Gives its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while line := await reader.readline():
            if line.startswith(b"MAIL"):
                reached.set()
            else:
                writer.write(b"250 ok\r\n")
        left.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own making for 127.0.0.1, and the file by which it can be trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "ca.pem", folder / "key.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, private)
    return context, trusted
