"""The processes of a demonstration: the sandbox, the service and single commands, with settings that point them at each other."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# What the stand-ins accept; no provider has ever issued them.
TELEGRAM_TOKEN = "424242:sandbox-token-of-the-demonstration"  # noqa: S105
TWILIO_SID = "AC00000000000000000000000000000042"
TWILIO_TOKEN = "sandbox-auth-token"  # noqa: S105


class StageFailed(Exception):
    """A process of the demonstration did not do its part; the message names its log."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens on this machine."""

    service: int = 8000
    sandbox: int = 9100
    smtp: int = 9125
    door: int = 9126

    @classmethod
    def free(cls) -> Ports:
        """Four ports that nobody uses now."""
        sockets = [socket.socket() for _ in range(4)]
        try:
            for each in sockets:
                each.bind(("127.0.0.1", 0))
            return cls(*(each.getsockname()[1] for each in sockets))
        finally:
            for each in sockets:
                each.close()


class Stage:
    """One demonstration's folder, ports and environment."""

    def __init__(self, folder: Path, ports: Ports, database_url: str) -> None:
        self.folder = folder
        self.ports = ports
        self.service_url = f"http://127.0.0.1:{ports.service}"
        self.sandbox_url = f"http://127.0.0.1:{ports.sandbox}"
        self.clock_file = folder / "clock"
        self.database_url = database_url
        self.environment = {**_inherited(), **self._settings()}

    def _settings(self) -> dict[str, str]:
        """Everything a real installation sets, with the sandbox as the only provider."""
        return {
            "GENKLANG_DATABASE_URL": self.database_url,
            "GENKLANG_SECRET_KEY": "a demonstration keeps no secrets, so this is none",
            "GENKLANG_PUBLIC_URL": self.service_url,
            "GENKLANG_PORT": str(self.ports.service),
            "GENKLANG_CONTROLLER": "Sjöviks kommun",
            "GENKLANG_CONTACT": "0980-319 000, kontakt@sjovik.example",
            "GENKLANG_CLOCK_FILE": str(self.clock_file),
            "GENKLANG_TICK_SECONDS": "0.05",
            # A lease lasts in the time of the play, where a minute can pass while one message is on the wire.
            "GENKLANG_LEASE_SECONDS": "604800",
            "GENKLANG_LOG_LEVEL": "warning",
            "GENKLANG_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
            "GENKLANG_TELEGRAM_API_BASE": self.sandbox_url,
            "GENKLANG_TELEGRAM_MODE": "webhook",
            "GENKLANG_TELEGRAM_WEBHOOK_SECRET": "demonstration",
            "GENKLANG_TELEGRAM_RATE_PER_SECOND": "1000",
            "GENKLANG_SMS_ACCOUNT_SID": TWILIO_SID,
            "GENKLANG_SMS_AUTH_TOKEN": TWILIO_TOKEN,
            "GENKLANG_SMS_API_BASE": self.sandbox_url,
            "GENKLANG_SMS_SENDER": "+46766000000",
            "GENKLANG_SMS_RATE_PER_SECOND": "1000",
            "GENKLANG_EMAIL_HOST": "127.0.0.1",
            "GENKLANG_EMAIL_PORT": str(self.ports.smtp),
            "GENKLANG_EMAIL_SECURITY": "none",
            "GENKLANG_EMAIL_SENDER_ADDRESS": "dialog@sjovik.example",
            "GENKLANG_EMAIL_DOOR_PORT": str(self.ports.door),
            "GENKLANG_EMAIL_SECRET": "demonstration of signed bounce addresses",
            "GENKLANG_EMAIL_RATE_PER_SECOND": "1000",
            "SANDBOX_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
            "SANDBOX_TWILIO_SID": TWILIO_SID,
            "SANDBOX_TWILIO_TOKEN": TWILIO_TOKEN,
        }

    def command(self, *arguments: str) -> str:
        """Run one genklang command to its end and give what it printed. Raises `StageFailed` when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "service", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode:
            raise StageFailed(f"genklang {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr.strip()}")
        return done.stdout

    def municipality(self, seed: int, residents: int) -> None:
        """Have the sandbox write the municipality's files into the folder."""
        arguments = ["municipality", "--out", str(self.folder), "--seed", str(seed), "--residents", str(residents)]
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode:
            raise StageFailed(f"the municipality could not be written:\n{done.stderr.strip()}")

    @contextmanager
    def sandbox(self, *, pace_seconds: float) -> Iterator[None]:
        """The stand-ins and residents, up and listening."""
        arguments = [
            "serve", "--world", str(self.folder / "world.json"), "--clock", str(self.clock_file),
            "--port", str(self.ports.sandbox), "--smtp-port", str(self.ports.smtp),
            "--service-url", self.service_url, "--mail-door", f"127.0.0.1:{self.ports.door}",
            "--phrases", str(self.folder / "phrases.json"), "--pace", str(pace_seconds),
        ]  # fmt: skip
        with self._process("sandbox", arguments, self.sandbox_url + "/sandbox/pulse"):
            yield

    @contextmanager
    def service(self) -> Iterator[None]:
        """The service, up and ready."""
        with self._process("service", ["serve"], self.service_url + "/readyz"):
            yield

    @contextmanager
    def _process(self, module: str, arguments: list[str], ready_url: str) -> Iterator[None]:
        log = self.folder / f"{module}.log"
        with log.open("w") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments], env=self.environment, stdout=sink, stderr=sink
            )
        try:
            _wait_for(process, ready_url, log)
            yield
            if process.poll() is not None:
                raise StageFailed(f"the {module} ended by itself; see {log}")
        finally:
            _end(process)


def _inherited() -> dict[str, str]:
    """The environment without settings of a real installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GENKLANG_")}


def _wait_for(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  loopback only
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise StageFailed(f"{log.stem} did not come up; its log says:\n{log.read_text()[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to stop, and insist when it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(url: str) -> Mapping[str, object]:
    """The JSON at an address on this machine."""
    import orjson

    with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310  loopback only
        data: Mapping[str, object] = orjson.loads(response.read())
    return data
