"""A certificate with its chain and its key, as people bring them: read, judged and put in order; touches no file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from paas import InvalidValue

from .kept import Facts

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.x509 import Certificate

MOST_BYTES = 256 * 1024
LEAST_RSA_BITS = 2048
"""Below that OpenSSL and every browser refuse."""
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Pair(Facts):
    """A certificate that fits its key, and is valid now.

    Attributes:
        chain: In PEM: the certificate, then each issuer's, as clients want them.
        key: In PEM, PKCS#8.
        notes: What its owner should know, sentences.
    """

    chain: bytes
    key: bytes
    notes: tuple[str, ...]


def checked(chain: bytes, key: bytes, now: float) -> Pair:
    """A pair from what someone brings.

    Args:
        chain: Certificates in PEM, in any order, that of the key among them.
        key: In PEM, without a passphrase.
        now: Seconds since the epoch.

    Raises:
        InvalidValue: What is wrong with them; nothing of the key is ever in that.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    found, private = _certificates(chain), _private_key(key)
    leaf = _of_key(found, _public(private.public_key()))
    _require_valid(leaf, now)
    ordered = _ordered(leaf, found)
    return Pair(
        chain=b"".join(each.public_bytes(Encoding.PEM) for each in ordered),
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        names=names_of(leaf),
        not_before=leaf.not_valid_before_utc.timestamp(),
        not_after=leaf.not_valid_after_utc.timestamp(),
        serial=f"{leaf.serial_number:x}",
        issuer=leaf.issuer.rfc4514_string(),
        subject=leaf.subject.rfc4514_string(),
        self_signed=_is_issued_by(leaf, leaf),
        notes=tuple(_notes(leaf, ordered, found)),
    )


def names_of(certificate: Certificate) -> tuple[str, ...]:
    """The host names and addresses that a certificate is for, in lower case."""
    from cryptography import x509

    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        found = [str(each.value) for each in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    else:
        addresses = map(str, alternative.get_values_for_type(x509.IPAddress))
        found = [*alternative.get_values_for_type(x509.DNSName), *addresses]
    return tuple(dict.fromkeys(name.lower() for name in found if re.fullmatch(r"[\w.*:-]+", name)))


def day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _certificates(data: bytes) -> list[Certificate]:
    from cryptography import x509

    _require_pem(data, "certificate", "openssl x509 -inform der -in FILE -out server.crt")
    blocks = _BLOCK.findall(data)
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise InvalidValue("The file of the certificate holds none.", hint="Is it the key, or a request? Send the .crt")
    if not blocks or len(blocks) != data.count(b"-----BEGIN CERTIFICATE-----"):
        raise InvalidValue("The certificate is not whole: a BEGIN CERTIFICATE line has no END.", hint="Send it again.")
    try:
        return [x509.load_pem_x509_certificate(block) for block in blocks]
    except ValueError as error:
        raise InvalidValue("The certificate can't be read: it is damaged.", hint="Send the file again.") from error


def _private_key(data: bytes) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    _require_pem(data, "key", "openssl pkey -inform der -in FILE -out server.key")
    encrypted = InvalidValue(
        "The key is encrypted: nginx starts without anyone to type its passphrase.",
        hint="Decrypt it with: openssl pkey -in server.key -out plain.key",
    )
    if b"ENCRYPTED" in data:
        raise encrypted
    block = _KEY.search(data)
    if not block:
        raise InvalidValue("The key is not whole, or no private key.", hint="It begins with BEGIN PRIVATE KEY.")
    try:
        key = load_pem_private_key(block[0], password=None)
    except TypeError as error:
        raise encrypted from error
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidValue("The key can't be read: it is damaged.", hint="Send the file again.") from None
    if not isinstance(
        key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)
    ):
        raise InvalidValue("The key is of a kind that TLS doesn't use.", hint="Use RSA or an elliptic curve.")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < LEAST_RSA_BITS:
        raise InvalidValue(f"The key has {key.key_size} bits.", hint=f"RSA needs {LEAST_RSA_BITS} at least.")
    return key


def _require_pem(data: bytes, what: str, command: str) -> None:
    if len(data) > MOST_BYTES:
        raise InvalidValue(f"The {what} has more than {MOST_BYTES // 1024} KB.", hint="That is none.")
    if not data.strip():
        raise InvalidValue(f"The {what} is empty.", hint="Send the file again.")
    if b"-----BEGIN " not in data:
        raise InvalidValue(f"The {what} is not in PEM, the form with BEGIN and END lines.", hint=f"Perhaps: {command}")


def _of_key(found: Sequence[Certificate], public: bytes) -> Certificate:
    fitting = [each for each in found if _public(each.public_key()) == public]
    if not fitting:
        raise InvalidValue(
            "The key doesn't belong to the certificate.", hint="Send the key with which the certificate was asked for."
        )
    return fitting[0]


def _public(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _require_valid(leaf: Certificate, now: float) -> None:
    if leaf.not_valid_after_utc.timestamp() <= now:
        raise InvalidValue(
            f"The certificate expired on {day(leaf.not_valid_after_utc.timestamp())}.", hint="Ask for a new one."
        )
    if leaf.not_valid_before_utc.timestamp() > now:
        raise InvalidValue(
            f"The certificate is not valid before {day(leaf.not_valid_before_utc.timestamp())}.",
            hint="Wait until then, or set the server's clock.",
        )


def _ordered(leaf: Certificate, found: Sequence[Certificate]) -> list[Certificate]:
    """The certificate, then each issuer's; whatever has signed none of them is left out."""
    ordered, others = [leaf], [each for each in found if each != leaf]
    while issuer := next((each for each in others if _is_issued_by(ordered[-1], each)), None):
        ordered.append(issuer)
        others = [each for each in others if each != issuer]
    return ordered


def _is_issued_by(one: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _notes(leaf: Certificate, ordered: Sequence[Certificate], found: Sequence[Certificate]) -> list[str]:
    notes = []
    unique = list(dict.fromkeys(found))
    if left_out := len(unique) - len(ordered):
        notes.append(f"{left_out} certificates of the file don't belong to the chain and are left out.")
    elif ordered != unique:
        notes.append("The certificates were put in order.")
    if _is_issued_by(leaf, leaf):
        notes.append("The certificate is self-signed: clients don't trust it unasked.")
    elif len(ordered) == 1:
        notes.append("The file brings no certificate of the issuer: clients may not know it. Append the chain.")
    return notes
