from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from paas import App, apps, state
from paas.testing import Harness
from paas_certs import api as certs
from paas_letsencrypt import issue, ledger
from paas_letsencrypt.errors import NotValidated
from paas_letsencrypt.policy import DAY, Window


def pair(names: Sequence[str], begins: float, days: float) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = datetime.fromtimestamp(begins, UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem), private


@dataclass
class Authority:
    """One that does as a test wants.

    Attributes:
        orders: The names of each order.
        replaced: The certificate that each is to replace.
        trouble: Raised for every order while it is set.
        strangers: Names that it can't validate.
        age: Days since its certificates began.
    """

    orders: list[list[str]] = field(default_factory=list)
    replaced: list[bytes | None] = field(default_factory=list)
    trouble: Exception | None = None
    strangers: set[str] = field(default_factory=set)
    age: float = 0
    wish: Window | None = None

    def certificate(self, app: App, names: Sequence[str], replaced: bytes | None = None) -> tuple[bytes, bytes]:
        self.orders.append(list(names))
        self.replaced.append(replaced)
        if self.trouble:
            raise self.trouble
        if wrong := self.strangers & set(names):
            raise NotValidated(dict.fromkeys(sorted(wrong), "nothing there"))
        return pair(names, time.time() - self.age * DAY, 90)


@pytest.fixture
def authority(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority()
    monkeypatch.setattr(issue, "certificate", made.certificate)
    monkeypatch.setattr(issue, "window", lambda app, chain: made.wish)
    paas.app("shop")
    paas.ok("domains:set", "shop", "shop.com", "www.shop.com")
    paas.ok("letsencrypt:set", "--global", "email", "ann@example.com")
    paas.ok("letsencrypt:set", "--global", "preflight", "off")
    return made


def make_due(paas: Harness) -> None:
    with paas.inside(), ledger.SCHEMA.writing() as db:
        db.execute("UPDATE tasks SET due_at = 0")


def days_pass(paas: Harness, days: float) -> None:
    """Have the certificate be so much older."""
    with paas.inside():
        owner = apps.load("shop").owner
        row = state.property("certs", owner, "certificate")
        dates = {end: row[end] - days * DAY for end in ("not_before", "not_after")}
        state.change("certs", owner, {"certificate": row | dates})


def serial(paas: Harness) -> str | None:
    with paas.inside():
        found = certs.installed(apps.load("shop"))
    return found.serial if found else None
