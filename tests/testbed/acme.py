"""Debian's ACME test server, with a DNS of its own in which every name leads here."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LIFE = 90 * 86400


@dataclass(frozen=True)
class Pebble:
    """A server that runs.

    Attributes:
        directory: Its URL.
        bundle: The root of its https.
        http_port: Where it looks for challenges.
    """

    directory: str
    bundle: Path
    http_port: int
    _management: int
    _dns: int

    def forget(self, *names: str) -> None:
        """Have the DNS know nothing of some names."""
        for name in names:
            self._dns_does("set-servfail", {"host": f"{name}."})

    def mend(self, *names: str) -> None:
        for name in names:
            self._dns_does("clear-servfail", {"host": f"{name}."})

    def root(self) -> bytes:
        """The root of the certificates that it issues, in PEM."""
        return self._manages("roots/0")

    def is_revoked(self, serial: int) -> bool:
        said: str = json.loads(self._manages(f"cert-status-by-serial/{serial:x}"))["Status"]
        return said == "Revoked"

    def _manages(self, what: str) -> bytes:
        context = ssl.create_default_context(cafile=str(self.bundle))
        with urllib.request.urlopen(
            f"https://localhost:{self._management}/{what}", timeout=5, context=context
        ) as answer:
            found: bytes = answer.read()
        return found

    @property
    def dns(self) -> str:
        """Where records of its DNS are made: POST to set-txt, clear-txt and the like."""
        return f"http://127.0.0.1:{self._dns}"

    def _dns_does(self, what: str, body: dict[str, object]) -> None:
        urllib.request.urlopen(f"{self.dns}/{what}", json.dumps(body).encode(), timeout=5).close()


@contextmanager
def running(
    folder: Path,
    *,
    http_port: int = 0,
    nonce_reject: int = 0,
    reuse: int = 0,
    external_accounts: Mapping[str, str] | None = None,
    blocked: Sequence[str] = (),
) -> Iterator[Pebble]:
    """Pebble and its DNS, until the block ends.

    Args:
        folder: Where its files are; it is made.
        http_port: Where it looks for challenges; 0 for any.
        nonce_reject: Of a hundred nonces that are good.
        reuse: Of a hundred authorizations that are there.
        external_accounts: Their keys; whoever has none of these is refused. None if nobody needs one.
        blocked: Names that it refuses to hear of.
    """
    folder.mkdir(parents=True)
    acme, management, http, tls, dns, dns_management = _ports(6)
    http = http_port or http
    _certificate(folder)
    config = {
        "listenAddress": f"127.0.0.1:{acme}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(folder / "cert.pem"),
        "privateKey": str(folder / "key.pem"),
        "httpPort": http,
        "tlsPort": tls,
        "certificateValidityPeriod": LIFE,
        "domainBlocklist": list(blocked),
        "externalAccountBindingRequired": external_accounts is not None,
        "externalAccountMACKeys": external_accounts or {},
    }
    (folder / "config.json").write_text(json.dumps({"pebble": config}))
    env = {
        **os.environ,
        "PEBBLE_VA_NOSLEEP": "1",
        "PEBBLE_WFE_NONCEREJECT": str(nonce_reject),
        "PEBBLE_AUTHZREUSE": str(reuse),
    }
    names = ["pebble-challtestsrv", "-management", f"127.0.0.1:{dns_management}", "-dns01", f"127.0.0.1:{dns}"]
    names += ["-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""]  # it would answer challenges itself
    server = ["pebble", "-config", str(folder / "config.json"), "-dnsserver", f"127.0.0.1:{dns}"]
    with open(folder / "log", "wb") as log:
        programs = [subprocess.Popen(argv, env=env, stdout=log, stderr=log) for argv in (names, server)]
        try:
            for port in (acme, management, dns_management):
                _wait(port, folder / "log")
            yield Pebble(f"https://localhost:{acme}/dir", folder / "cert.pem", http, management, dns_management)
        finally:
            for program in programs:
                program.terminate()
                program.wait(10)


def _ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _wait(port: int, log: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(log.read_text())


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
