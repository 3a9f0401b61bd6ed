"""Certificates that people bring, on the real nginx: seen by curl and openssl, replaced under load, refused."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from paas_certs.testing import Made, made
from testbed import tls
from testbed.client import Client, web
from testbed.system import System

KILLED = 100 if os.environ.get("PAAS_TEST_SOAK") else 3
HOST = "secured.paas.test"
ROOT = made("Root of a test", authority=True)
MIDDLE = made("Middle of a test", issuer=ROOT, authority=True)


@pytest.fixture(scope="module")
def secured(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A user with an app that runs."""
    ann = system.client(tmp_path_factory.mktemp("certs") / "ann")
    pushed = ann.push(ann.app("secured", web("hello")))
    assert pushed.code == 0, pushed.all
    yield ann
    ann.ok("apps:destroy secured --force")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    file = tmp_path / "root.pem"
    file.write_bytes(ROOT.crt)
    return file


def tar(certificate: bytes, key: bytes | None = None, name: str = "server.crt") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for file, content in ((name, certificate), *([("server.key", key)] if key else [])):
            member = tarfile.TarInfo(file)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def bundle(leaf: Made) -> bytes:
    """A chain in the wrong order, as people bring it."""
    return ROOT.crt + leaf.crt + MIDDLE.crt


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def test_https_comes_with_a_certificate_from_files_and_http_leads_there(
    system: System, secured: Client, root: Path
) -> None:
    leaf = made(HOST, issuer=MIDDLE)
    folder = system.folder / "brought"
    folder.mkdir()
    (folder / "server.crt").write_bytes(bundle(leaf))
    (folder / "server.key").write_bytes(leaf.key)
    assert tls.curl(system, f"http://{HOST}/").body == "hello"

    printed = system.ok("certs:add", "secured", str(folder / "server.crt"), str(folder / "server.key"))

    assert f"Certificate of secured for {HOST} installed" in printed
    assert "PRIVATE" not in printed + system.ok("certs:report", "secured") + system.ok("certs:show", "secured", "crt")
    page = tls.curl(system, f"https://{HOST}/", root)
    assert (page.status, page.body) == (200, "hello")
    assert page.headers["strict-transport-security"].startswith("max-age=")
    moved = tls.curl(system, f"http://{HOST}/path?query=1")
    assert (moved.status, moved.headers["location"]) == (301, f"https://{HOST}:{system.https_port}/path?query=1")
    seen = tls.s_client(system, HOST, "-CAfile", str(root), "-verify_hostname", HOST)
    assert "Verify return code: 0 (ok)" in seen
    assert seen.count("BEGIN CERTIFICATE") == 3
    assert "New, TLSv1.3" in seen
    assert "New, TLSv1.2, Cipher is ECDHE-ECDSA-AES" in tls.s_client(system, HOST, "-tls1_2")
    assert "Cipher is (NONE)" in tls.s_client(system, HOST, "-tls1_1")
    assert "Cipher is (NONE)" in tls.s_client(system, HOST, "-tls1_2", "-cipher", "AES128-SHA")
    (kept,) = (system.root / "plugins" / "certs").rglob("privkey.pem")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "to root on the server alone" in secured.ssh("certs:show secured key").err


def test_a_certificate_that_is_replaced_under_load_loses_no_request(system: System, secured: Client) -> None:
    leaves = [made(HOST, issuer=MIDDLE) for _ in range(4)]
    secured.ok("certs:add secured", tar(bundle(leaves[0]), leaves[0].key))

    with tls.asking(system, HOST) as users:
        for leaf in leaves[1:]:
            secured.ok("certs:update secured", tar(bundle(leaf), leaf.key))

    assert users.lost == []
    assert users.answers > 100
    assert users.serials <= {leaf.certificate.serial_number for leaf in leaves}
    assert len(users.serials) > 1, "nobody has met another certificate"
    assert tls.served(system, HOST) == leaves[-1].certificate


def test_a_change_that_is_killed_at_any_moment_leaves_a_whole_certificate(system: System, secured: Client) -> None:
    served = made(HOST, issuer=MIDDLE)
    secured.ok("certs:add secured", tar(bundle(served), served.key))
    known = {served.certificate}
    for _ in range(KILLED):
        leaf = made(HOST, issuer=MIDDLE)
        known.add(leaf.certificate)
        words = [system.folder / "bin" / "paas", "certs:update", "secured"]
        with subprocess.Popen(words, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True) as run:
            assert run.stdin
            run.stdin.write(tar(bundle(leaf), leaf.key))
            run.stdin.close()
            time.sleep(random.uniform(0, 1))
            os.killpg(run.pid, signal.SIGKILL)
        assert tls.served(system, HOST) in known
        system.ok("tick")
        assert tls.served(system, HOST) in known

    assert system.ok("certs:show", "secured", "crt").encode().startswith(pem(tls.served(system, HOST)))
    assert system.ok("doctor").count("secured") == 0
    secured.ok("certs:update secured", tar(bundle(served), served.key))
    assert tls.served(system, HOST) == served.certificate
    assert len(list((system.root / "plugins" / "certs").rglob("privkey.pem"))) == 1, "what a killed one leaves goes"


def test_what_is_of_no_use_is_refused_and_the_certificate_is_served_on(system: System, secured: Client) -> None:
    good, other = made(HOST, issuer=MIDDLE), made(HOST)
    old = made(HOST, days=(-90, -1))
    secured.ok("certs:add secured", tar(bundle(good), good.key))
    with system.without_ticks():
        inventory = system.inventory()

        for wrong, said in (
            (tar(old.crt, old.key), "expired on"),
            (tar(good.crt, other.key), "doesn't belong to the certificate"),
            (tar(good.crt, good.encrypted_key), "is encrypted"),
            (tar(good.crt[:200], good.key), "is not whole"),
            (tar(good.crt, good.key[:100]), "is not whole"),
            (tar(bytes(range(256)), good.key), "not in PEM"),
            (tar(good.crt, good.key, "../server.crt"), "leads out"),
            (tar(good.crt, good.key)[:700], "not a whole one"),
            (b"nothing of the kind", "is no tar"),
        ):
            refused = secured.ssh("certs:update secured", wrong)
            assert (refused.code, said in refused.err) == (1, True), refused.all
            assert good.key.decode().splitlines()[1] not in refused.all

        assert system.inventory() == inventory
    assert tls.served(system, HOST) == good.certificate
    assert "for whoever is on it" in secured.ssh("certs:add secured /etc/ssl/server.crt /etc/ssl/server.key").err
    secured.ok("certs:remove secured")
    assert tls.curl(system, f"http://{HOST}/").body == "hello"


def test_a_key_made_on_the_server_waits_for_what_the_authority_answers(
    system: System, secured: Client, root: Path
) -> None:
    secured.ok(f"certs:generate secured {HOST}")
    assert tls.served(system, HOST).issuer == tls.served(system, HOST).subject
    request = x509.load_pem_x509_csr(secured.ok("certs:show secured csr").encode())

    answer = (
        x509.CertificateBuilder(MIDDLE.certificate.subject, request.subject, request.public_key(), 1)
        .not_valid_before(ROOT.certificate.not_valid_before_utc)
        .not_valid_after(ROOT.certificate.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(MIDDLE.private, hashes.SHA256())
    )
    secured.ok("certs:update secured", tar(MIDDLE.crt + pem(answer)))

    assert tls.curl(system, f"https://{HOST}/", root).body == "hello"
    system.ok("certs:remove", "secured")
