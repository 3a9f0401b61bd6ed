"""What doctor is told of nginx and of the sites, and how it is repaired."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from paas import App
from paas.testing import Harness
from paas_nginx import diagnosis, server, webserver
from paas_nginx.diagnosis import diagnose

from .conftest import Root, deployed


@pytest.fixture
def shop(paas: Harness, root: Root, monkeypatch: pytest.MonkeyPatch) -> App:
    """An app that is served by an nginx that runs and reads its site."""
    monkeypatch.setattr(webserver, "running", lambda nginx: 1)
    webserver.include(paas.paths.nginx, paas.paths.plugin("nginx"))
    shop = deployed(paas, "shop")
    assert paas.wrong(diagnose) == []
    return shop


def place(paas: Harness, shop: App) -> Path:
    with paas.inside():
        return server.file(shop)


def test_a_site_that_is_gone_is_found_and_written(paas: Harness, shop: App) -> None:
    place(paas, shop).unlink()

    assert "shop: nginx has no site of it." in paas.wrong(diagnose)
    paas.repair(diagnose)

    assert paas.wrong(diagnose) == []


def test_a_site_that_leads_elsewhere_is_found_and_set_right(paas: Harness, shop: App) -> None:
    file = place(paas, shop)
    file.write_text(file.read_text().replace("172.30.0.2", "172.30.0.9"))

    assert "shop: nginx sends its requests to other processes than those that run." in paas.wrong(diagnose)
    paas.repair(diagnose)

    assert "172.30.0.2" in file.read_text()
    assert paas.wrong(diagnose) == []


def test_settings_that_dont_apply_yet_are_found(paas: Harness, shop: App) -> None:
    paas.ok("nginx:set", "shop", "client-max-body-size", "9m")

    assert paas.wrong(diagnose) == ["shop: Its site isn't what its settings, domains and ports come to."]
    assert paas.run("proxy:build-config", "shop").exit_code == 0
    assert paas.wrong(diagnose) == []


def test_an_app_without_a_proxy_needs_no_site(paas: Harness, shop: App) -> None:
    paas.ok("proxy:disable", "shop")

    assert not place(paas, shop).exists()
    assert paas.wrong(diagnose) == []


def test_a_site_that_nginx_refuses_is_found_with_its_words(paas: Harness, shop: App, root: Root) -> None:
    root.forbidden.add("shop.com")

    (found,) = [one for one in paas.wrong(diagnose) if "refuses its site" in one]
    assert "it is forbidden in" in found


def test_a_site_that_was_set_aside_is_found(paas: Harness, shop: App) -> None:
    place(paas, shop).rename(place(paas, shop).with_suffix(".broken"))

    assert [one for one in paas.wrong(diagnose) if one.startswith("shop: Its site was set aside")]


def test_a_site_that_was_set_aside_is_brought_back_once_nginx_would_take_it(
    paas: Harness, shop: App, root: Root
) -> None:
    place(paas, shop).rename(place(paas, shop).with_suffix(".broken"))

    root.forbidden.add("shop.com")
    paas.repair(diagnose)
    assert not place(paas, shop).exists()

    root.forbidden.clear()
    paas.repair(diagnose)
    assert place(paas, shop).exists()
    assert paas.wrong(diagnose) == []


def test_a_site_of_no_app_is_found_and_removed(paas: Harness, shop: App) -> None:
    stray = place(paas, shop).with_name("99.conf")
    stray.write_text("# gone\n")

    assert paas.wrong(diagnose) == ["nginx: It has sites of apps that are gone: 99.conf."]
    paas.repair(diagnose)

    assert not stray.exists()
    assert paas.wrong(diagnose) == []


def test_a_change_that_nginx_hasnt_read_is_found_and_read(paas: Harness, shop: App, root: Root) -> None:
    (paas.paths.plugin("nginx") / "live").write_text("what nginx had before")

    assert paas.wrong(diagnose) == ["nginx: It hasn't read what was written last."]
    paas.repair(diagnose)

    assert paas.wrong(diagnose) == []


def test_an_include_that_is_missing_is_found_and_written(paas: Harness, shop: App, root: Root) -> None:
    Path(paas.paths.nginx.include).unlink()

    assert [one for one in paas.wrong(diagnose) if "doesn't have nginx read the sites" in one]
    paas.repair(diagnose)

    assert ["nginx-include"] in root.asked


def test_an_nginx_that_doesnt_run_is_found_and_started_unless_someone_stopped_it(
    paas: Harness, shop: App, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webserver, "running", lambda nginx: None)
    monkeypatch.setattr(diagnosis, "_is_taken", lambda port: False)

    assert paas.wrong(diagnose) == ["nginx: It doesn't run, so no app answers."]
    paas.repair(diagnose)
    assert ["nginx-start"] in root.asked

    paas.ok("nginx:stop")
    assert paas.wrong(diagnose) == ["nginx: It was stopped, so no app answers."]
    paas.ok("nginx:start")

    monkeypatch.setattr(diagnosis, "_is_taken", lambda port: True)
    assert paas.wrong(diagnose) == ["nginx: It doesn't run, and another program listens on its port 80."]


def test_a_configuration_that_is_broken_elsewhere_is_found(paas: Harness, shop: App, root: Root) -> None:
    def refuse(argv: list[str], _: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(argv, 1, b"", b"nginx: [emerg] unknown directive in /etc/nginx/nginx.conf:1")

    paas.programs["sudo"] = refuse

    assert [one for one in paas.wrong(diagnose) if "unknown directive" in one]
