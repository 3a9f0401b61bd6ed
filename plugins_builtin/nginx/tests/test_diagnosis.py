"""What doctor is told of nginx and of the sites, and how it is repaired."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from paas import App
from paas.testing import Harness
from paas_nginx import diagnosis, server, webserver

from .conftest import Root, deployed


@pytest.fixture
def shop(paas: Harness, root: Root, monkeypatch: pytest.MonkeyPatch) -> App:
    """An app that is served by an nginx that runs and reads its site."""
    monkeypatch.setattr(webserver, "running", lambda nginx: 1)
    webserver.include(paas.paths.nginx, paas.paths.plugin("nginx"))
    shop = deployed(paas, "shop")
    assert wrong(paas) == []
    return shop


def wrong(paas: Harness) -> list[str]:
    with paas.inside():
        return [f"{one.about}: {one.wrong}" for one in diagnosis.diagnose()]


def repair(paas: Harness) -> None:
    with paas.inside():
        for one in diagnosis.diagnose():
            assert one.repair
            one.repair()


def place(paas: Harness, shop: App) -> Path:
    with paas.inside():
        return server.file(shop)


def test_a_site_that_is_gone_is_found_and_written(paas: Harness, shop: App) -> None:
    place(paas, shop).unlink()

    assert "shop: nginx has no site of it." in wrong(paas)
    repair(paas)

    assert wrong(paas) == []


def test_a_site_that_leads_elsewhere_is_found_and_set_right(paas: Harness, shop: App) -> None:
    file = place(paas, shop)
    file.write_text(file.read_text().replace("172.30.0.2", "172.30.0.9"))

    assert "shop: nginx sends its requests to other processes than those that run." in wrong(paas)
    repair(paas)

    assert "172.30.0.2" in file.read_text()
    assert wrong(paas) == []


def test_settings_that_dont_apply_yet_are_found(paas: Harness, shop: App) -> None:
    paas.ok("nginx:set", "shop", "client-max-body-size", "9m")

    assert wrong(paas) == ["shop: Its site isn't what its settings, domains and ports come to."]
    assert paas.run("proxy:build-config", "shop").exit_code == 0
    assert wrong(paas) == []


def test_an_app_without_a_proxy_needs_no_site(paas: Harness, shop: App) -> None:
    paas.ok("proxy:disable", "shop")

    assert not place(paas, shop).exists()
    assert wrong(paas) == []


def test_a_site_that_nginx_refuses_is_found_with_its_words(paas: Harness, shop: App, root: Root) -> None:
    root.forbidden.add("shop.com")

    (found,) = [one for one in wrong(paas) if "refuses its site" in one]
    assert "it is forbidden in" in found


def test_a_site_that_was_set_aside_is_found(paas: Harness, shop: App) -> None:
    place(paas, shop).rename(place(paas, shop).with_suffix(".broken"))

    assert [one for one in wrong(paas) if one.startswith("shop: Its site was set aside")]


def test_a_site_of_no_app_is_found_and_removed(paas: Harness, shop: App) -> None:
    stray = place(paas, shop).with_name("99.conf")
    stray.write_text("# gone\n")

    assert wrong(paas) == ["nginx: It has sites of apps that are gone: 99.conf."]
    repair(paas)

    assert not stray.exists()
    assert wrong(paas) == []


def test_a_change_that_nginx_hasnt_read_is_found_and_read(paas: Harness, shop: App, root: Root) -> None:
    (paas.paths.plugin("nginx") / "live").write_text("what nginx had before")

    assert wrong(paas) == ["nginx: It hasn't read what was written last."]
    repair(paas)

    assert wrong(paas) == []


def test_an_include_that_is_missing_is_found_and_written(paas: Harness, shop: App, root: Root) -> None:
    Path(paas.paths.nginx.include).unlink()

    assert [one for one in wrong(paas) if "doesn't have nginx read the sites" in one]
    repair(paas)

    assert ["nginx-include"] in root.asked


def test_an_nginx_that_doesnt_run_is_found_and_started_unless_someone_stopped_it(
    paas: Harness, shop: App, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webserver, "running", lambda nginx: None)
    monkeypatch.setattr(diagnosis, "_is_taken", lambda port: False)

    assert wrong(paas) == ["nginx: It doesn't run, so no app answers."]
    repair(paas)
    assert ["nginx-start"] in root.asked

    paas.ok("nginx:stop")
    assert wrong(paas) == ["nginx: It was stopped, so no app answers."]
    paas.ok("nginx:start")

    monkeypatch.setattr(diagnosis, "_is_taken", lambda port: True)
    assert wrong(paas) == ["nginx: It doesn't run, and another program listens on its port 80."]


def test_a_configuration_that_is_broken_elsewhere_is_found(paas: Harness, shop: App, root: Root) -> None:
    def refuse(argv: list[str], _: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(argv, 1, b"", b"nginx: [emerg] unknown directive in /etc/nginx/nginx.conf:1")

    paas.programs["sudo"] = refuse

    assert [one for one in wrong(paas) if "unknown directive" in one]
