from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from acme import messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from paas.testing import Harness
from paas_letsencrypt import account, issue
from paas_letsencrypt.errors import AuthorityFailed

from .conftest import pair


def test_a_server_that_has_lost_the_account_is_asked_for_another(paas: Harness) -> None:
    with paas.inside():
        file = account.place("https://ca") / "account.json"
        file.parent.mkdir(parents=True)
        for code, stays in (("malformed", True), ("accountDoesNotExist", False)):
            file.write_text("{}")
            with pytest.raises(AuthorityFailed, match="https://ca refuses: who"), issue.explaining("https://ca"):
                raise messages.Error.with_code(code, detail="who?")
            assert file.exists() is stays


def test_an_error_is_about_the_names_that_it_says() -> None:
    def error(code: str, detail: str, name: str | None = None, **parts: Any) -> messages.Error:
        found = messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name) if name else None
        return messages.Error.with_code(code, detail=detail, identifier=found, **parts)

    names = ["a.com", "b.local", "c.com"]
    said = 'Cannot issue for "b.local": no valid public suffix'
    assert issue.refused_names(error("rejectedIdentifier", said), names) == {"b.local": said}

    several = (error("caa", "CAA forbids it", "c.com"), error("dns", "SERVFAIL", "a.com"))
    found = issue.refused_names(error("caa", "several", subproblems=several), names)
    assert found == {"c.com": "CAA forbids it", "a.com": "SERVFAIL"}

    assert issue.refused_names(error("rateLimited", "too many for a.com"), names) == {}
    assert issue.refused_names(error("serverInternal", "a.com"), names) == {}


def test_a_certificate_is_asked_about_by_the_name_of_the_rfc() -> None:
    made = x509.load_pem_x509_certificates(pair(["shop.com"], 0, 1)[0])[0]
    assert issue.renewal_name(made) == ""

    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier(bytes.fromhex("69885b6b87464041e1b37b847ba0ae2cde01c8d4"), None, None)
    builder = x509.CertificateBuilder(made.issuer, made.subject, key.public_key(), 0x87654321)
    builder = builder.not_valid_before(datetime(2024, 1, 1)).not_valid_after(datetime(2024, 2, 1))
    named = builder.add_extension(issuer, critical=False).sign(key, hashes.SHA256())
    assert issue.renewal_name(named) == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"  # RFC 9773, section 4.1
