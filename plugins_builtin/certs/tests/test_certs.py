from __future__ import annotations

import io
import json
import os
import tarfile
import time
from pathlib import Path

import pytest

from paas import App, InvalidValue, PaasError, apps, hookimpl, hooks, hookspecs
from paas.testing import Harness, Inventory
from paas_certs import api, diagnosis, kept
from paas_certs.testing import Made, made
from paas_proxy import api as proxy


def tar(**files: bytes) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for suffix, contents in files.items():
            info = tarfile.TarInfo(f"server.{suffix}")
            info.size = len(contents)
            archive.addfile(info, io.BytesIO(contents))
    return data.getvalue()


@pytest.fixture
def shop(paas: Harness, inventory: Inventory) -> App:
    inventory.real = True
    app = paas.app("shop")
    paas.ok("domains:set", "shop", "shop.example.com", "www.shop.example.com", "shop.test")
    return app


@pytest.fixture
def served(paas: Harness, shop: App, leaf: Made, middle: Made) -> api.Certificate:
    paas.ok("certs:add", "shop", input=tar(crt=middle.crt + leaf.crt, key=leaf.key), key="ann")
    return installed(paas, shop)


def installed(paas: Harness, app: App) -> api.Certificate:
    with paas.inside():
        found = api.installed(app)
    assert found
    return found


def files(paas: Harness) -> dict[str, str]:
    folder = paas.paths.plugin("certs")
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_tar_gives_an_app_its_certificate_and_the_files_are_for_one_account(
    paas: Harness, shop: App, served: api.Certificate, leaf: Made, middle: Made
) -> None:
    assert served.certificate.read_bytes() == leaf.crt + middle.crt
    assert served.key.read_bytes() == leaf.key
    assert [path.stat().st_mode & 0o777 for path in (served.key, served.certificate, served.folder)] == [
        0o600,
        0o600,
        0o700,
    ]
    assert (served.source, served.names) == ("certs", ("shop.example.com", "*.shop.example.com"))


def test_a_domain_is_served_with_the_certificate_if_that_is_for_it(
    paas: Harness, shop: App, served: api.Certificate
) -> None:
    with paas.inside():
        found = {name: proxy.certificate(shop, name) for name in hooks.gather(hookspecs.app_domains, shop)}

    ours = proxy.Certificate(str(served.certificate), str(served.key))
    assert found == {"shop.example.com": ours, "www.shop.example.com": ours, "shop.test": None}
    assert not served.covers("a.b.shop.example.com")
    assert paas.ok("url", "shop") == "https://shop.example.com\n"


def test_domains_that_are_not_covered_are_said(paas: Harness, shop: App, leaf: Made, middle: Made) -> None:
    given = tar(crt=leaf.crt + middle.crt, key=leaf.key)

    assert "doesn't cover shop.test: served in plain http." in paas.run("certs:add", "shop", input=given).stderr
    assert "doesn't cover shop.test, new.test" in paas.run("domains:add", "shop", "new.test").stderr


def test_no_wrong_file_takes_https_from_a_domain(paas: Harness, shop: App, served: api.Certificate) -> None:
    other = made("other.example.com", "www.shop.example.com")
    given = tar(crt=other.crt, key=other.key)

    refused = paas.run("certs:update", "shop", input=given)

    assert (refused.exit_code, installed(paas, shop)) == (1, served)
    assert "isn't for shop.example.com, served in https today." in refused.stderr
    paas.ok("domains:remove", "shop", "shop.example.com")
    paas.ok("certs:update", "shop", input=given)
    assert "www.shop.example.com" in installed(paas, shop).names


def test_files_of_the_server_are_for_whoever_is_on_it(
    paas: Harness, shop: App, leaf: Made, middle: Made, tmp_path: Path
) -> None:
    crt, key = tmp_path / "a.crt", tmp_path / "a.key"
    crt.write_bytes(leaf.crt + middle.crt)
    key.write_bytes(leaf.key)

    assert "for whoever is on it" in paas.run("certs:add", "shop", str(crt), str(key), key="ann").stderr
    assert paas.run("certs:add", "shop", str(crt)).exit_code == 2
    assert "No certificate was passed." in paas.run("certs:add", "shop").stderr
    paas.ok("certs:add", "shop", str(crt), str(key))
    os.mkfifo(tmp_path / "pipe")
    for other in (tmp_path / "gone", tmp_path, tmp_path / "pipe", "/dev/zero"):
        assert paas.run("certs:add", "shop", str(other), str(key)).exit_code == 1


@pytest.mark.parametrize("given", ["expired", "mismatched", "encrypted", "truncated", "binary", "no tar"])
def test_what_is_refused_leaves_the_certificate_of_before(
    paas: Harness, shop: App, served: api.Certificate, leaf: Made, given: str
) -> None:
    old = made("old.example.com", days=(-9, -1))
    before = files(paas)
    wrong = {
        "expired": tar(crt=old.crt, key=old.key),
        "mismatched": tar(crt=leaf.crt, key=old.key),
        "encrypted": tar(crt=leaf.crt, key=leaf.encrypted_key),
        "truncated": tar(crt=leaf.crt[:-40], key=leaf.key),
        "binary": tar(crt=os.urandom(800), key=leaf.key),
        "no tar": b"hello",
    }

    result = paas.run("certs:update", "shop", input=wrong[given])

    assert result.exit_code == 1
    assert result.stderr.startswith(" !     ")
    assert "PRIVATE" not in result.stderr.replace("BEGIN PRIVATE KEY.", "")
    assert (files(paas), installed(paas, shop)) == (before, served)


def test_a_proxy_that_refuses_brings_the_certificate_of_before_back(
    paas: Harness, inventory: Inventory, shop: App, served: api.Certificate
) -> None:
    @hookimpl
    def proxy_configure(app: App) -> None:
        raise PaasError("It does not please me.")

    @hookimpl
    def proxy_clear_config(app: App) -> None: ...

    inventory.plugin("moody", proxy_configure, proxy_clear_config)
    with paas.inside():
        from paas import state

        state.change("proxy", shop.owner, {"type": "moody"})
    new = made("*.shop.example.com", "shop.example.com")

    result = paas.run("certs:update", "shop", input=tar(crt=new.crt, key=new.key))

    assert "It does not please me." in result.stderr
    assert installed(paas, shop) == served
    assert served.key.exists()


def test_a_certificate_that_replaces_another_leaves_nothing_of_it(
    paas: Harness, shop: App, served: api.Certificate
) -> None:
    new = made("*.shop.example.com", "shop.example.com")

    paas.ok("certs:update", "shop", input=tar(crt=new.crt, key=new.key))

    assert sorted(files(paas).values()) == sorted([new.crt.decode(), new.key.decode()])
    assert not served.folder.exists()


def test_a_request_is_answered_by_a_certificate_without_a_key(paas: Harness, shop: App) -> None:
    from cryptography import x509

    paas.ok("certs:generate", "shop", "shop.example.com")
    request = x509.load_pem_x509_csr(paas.ok("certs:show", "shop", "csr").encode())
    before = installed(paas, shop)
    assert before.self_signed
    assert "has a certificate already" in paas.run("certs:generate", "shop", "shop.example.com").stderr
    assert request.is_signature_valid

    paas.ok("certs:update", "shop", input=tar(crt=before.certificate.read_bytes()))

    assert installed(paas, shop).serial == before.serial


@pytest.mark.parametrize("domain", ["", "a b", "-a.com", "a..b", "../x", "x\n", "1.2.3.4", "a" * 64 + ".com"])
def test_a_certificate_is_made_for_host_names_alone(paas: Harness, shop: App, domain: str) -> None:
    assert paas.run("certs:generate", "shop", "--", domain).exit_code == 1
    assert files(paas) == {}


def test_the_key_is_shown_to_root_on_the_server_alone(paas: Harness, shop: App, served: api.Certificate) -> None:
    assert paas.ok("certs:show", "shop", "crt", key="ann") == served.certificate.read_text()
    assert paas.ok("certs:show", "shop", "key") == served.key.read_text()
    refused = paas.run("certs:show", "shop", "key", key="ann")

    assert refused.exit_code == 1
    assert "PRIVATE" not in refused.stdout + refused.stderr
    assert paas.run("certs:show", "shop", "csr").exit_code == 1


def test_a_report_tells_all_but_the_key(paas: Harness, shop: App, served: api.Certificate) -> None:
    report = json.loads(paas.ok("certs:report", "shop", "--format", "json"))

    assert report["enabled"] == "true"
    assert report["hostnames"] == "shop.example.com *.shop.example.com"
    assert report["verified"] == "signed by its issuer"
    assert paas.ok("certs:report", "shop", "--ssl-enabled") == "true\n"
    assert "=====> shop ssl information" in paas.ok("certs:report")


def test_remove_forgets_the_certificate_and_others_hear_of_all_this(
    paas: Harness, inventory: Inventory, shop: App, served: api.Certificate, leaf: Made
) -> None:
    heard: list[str] = []

    @hookimpl
    def post_certs_update(app: App) -> None:
        heard.append(f"update {app.name}")

    @hookimpl
    def post_certs_remove(app: App) -> None:
        heard.append(f"remove {app.name}")

    inventory.plugin("listener", post_certs_update, post_certs_remove)
    paas.ok("certs:update", "shop", input=tar(crt=leaf.crt, key=leaf.key))
    paas.ok("certs:remove", "shop")

    assert heard == ["update shop", "remove shop"]
    assert files(paas) == {}
    assert paas.run("certs:remove", "shop").exit_code == 1
    assert paas.run("certs:show", "shop", "crt").exit_code == 1
    with paas.inside():
        api.remove(shop, "letsencrypt")
    assert heard == ["update shop", "remove shop"]


def test_a_certificate_stays_with_a_rename_goes_with_its_app_and_is_not_for_a_clone(
    paas: Harness, shop: App, served: api.Certificate
) -> None:
    paas.ok("apps:rename", "shop", "store")
    paas.ok("apps:clone", "store", "copy")

    assert installed(paas, shop) == served
    with paas.inside():
        assert api.installed(apps.load("copy")) is None
    paas.ok("apps:destroy", "store", "--force")
    assert files(paas) == {}


def test_another_plugin_installs_what_it_got(paas: Harness, shop: App, leaf: Made, middle: Made) -> None:
    with paas.inside():
        brought = api.install(shop, middle.crt + leaf.crt, leaf.key, "letsencrypt")

    assert brought == installed(paas, shop)
    assert brought.source == "letsencrypt"


def test_answers_to_challenges_can_be_read_by_a_proxys_workers(paas: Harness) -> None:
    with paas.inside():
        os.umask(0o077)
        try:
            proxy.answer_challenge("tok-EN_1", "tok-EN_1.print")
        finally:
            os.umask(0o022)
        place = proxy.challenges() / "tok-EN_1"
        assert (place.read_text(), place.stat().st_mode & 0o777) == ("tok-EN_1.print", 0o644)
        assert [folder.stat().st_mode & 0o777 for folder in list(place.parents)[:2]] == [0o755, 0o755]
        proxy.forget_challenge("tok-EN_1")
        assert not place.exists()
        for token in ("", "../x", "a/b", "a.b", "a\n"):
            with pytest.raises(InvalidValue):
                proxy.answer_challenge(token, "x")

        proxy.answer_challenge("killed", "x")
        os.utime(proxy.challenges() / "killed", (time.time() - 90_000,) * 2)
        proxy.answer_challenge("next", "x")
        assert [file.name for file in proxy.challenges().iterdir()] == ["next"]


def test_doctor_names_keys_that_others_may_read_and_mends_that(
    paas: Harness, shop: App, served: api.Certificate
) -> None:
    served.key.chmod(0o644)
    assert any("Others may read the key" in found for found in paas.wrong(diagnosis.diagnose))
    paas.repair(diagnosis.diagnose)

    assert served.key.stat().st_mode & 0o777 == 0o600
    assert paas.wrong(diagnosis.diagnose) == ["shop: The certificate doesn't cover shop.test: served in plain http."]


def test_doctor_names_what_ends_and_what_does_not_fit(
    paas: Harness, shop: App, served: api.Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(seconds: float) -> str:
        monkeypatch.setattr(diagnosis.time, "time", lambda: seconds)
        return paas.wrong(diagnosis.diagnose)[0]

    assert "Its certificate expires on" in at(served.not_after - 86400)
    assert "expired on" in at(served.not_after + 1)
    served.key.write_bytes(made("x").key)
    assert "doesn't belong" in at(served.not_before + 86400)
    served.key.unlink()
    assert "can't be read" in at(served.not_before + 86400)


def test_what_a_killed_one_has_left_goes_with_the_next(
    paas: Harness, shop: App, served: api.Certificate, leaf: Made
) -> None:
    with paas.inside():
        kept.store(shop, "half", {kept.KEY: b"half a key"})

    paas.ok("certs:update", "shop", input=tar(crt=leaf.crt, key=leaf.key))

    assert sorted(files(paas).values()) == sorted([leaf.crt.decode(), leaf.key.decode()])
