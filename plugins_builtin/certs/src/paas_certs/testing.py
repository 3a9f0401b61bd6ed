"""Certificates for tests, each signed by itself or by another."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)


@dataclass(frozen=True)
class Made:
    """A certificate with its key, which may issue others."""

    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey

    @property
    def crt(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key(self) -> bytes:
        return self._key(NoEncryption())

    @property
    def encrypted_key(self) -> bytes:
        return self._key(BestAvailableEncryption(b"secret"))

    def _key(self, encryption: KeySerializationEncryption) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def made(
    *names: str, issuer: Made | None = None, days: tuple[float, float] = (-1, 90), authority: bool = False
) -> Made:
    """A certificate for these names.

    Args:
        days: From when until when, from now.
        authority: Clients believe what it signs.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    begin, end = (now + datetime.timedelta(days=each) for each in days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    return Made(builder.sign(issuer.private if issuer else private, hashes.SHA256()), private)
