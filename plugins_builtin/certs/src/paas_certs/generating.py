"""Make a key with a request and a certificate that it signs itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from paas import InvalidValue

DAYS = 365
_DOMAIN = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
MOST_LETTERS = 253


@dataclass(frozen=True)
class Made:
    """All in PEM."""

    key: bytes
    request: bytes
    certificate: bytes


def for_domain(domain: str) -> Made:
    """A new key for a domain, what to send to a certificate authority, and a certificate for the time until then.

    Raises:
        InvalidValue: It is no host name.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    domain = domain.lower()
    if not _DOMAIN.fullmatch(domain) or len(domain) > MOST_LETTERS or re.fullmatch(r"[0-9.]+", domain):
        raise InvalidValue(f"{domain!r} is not a host name.", hint="Such as shop.example.com or *.example.com.")
    key = ec.generate_private_key(ec.SECP256R1())
    # A common name has 64 letters at most; clients look at the alternative names alone.
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, domain)] if len(domain) <= 64 else [])
    names = x509.SubjectAlternativeName([x509.DNSName(domain)])
    now = datetime.now(UTC)
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(names, critical=False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(names, critical=False)
    )
    return Made(
        key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        request=request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM),
        certificate=certificate.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM),
    )
