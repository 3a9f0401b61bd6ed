from __future__ import annotations

import subprocess

import pytest

from paas import PaasError, hooks
from paas.testing import Harness
from paas_maintenance import page
from paas_nginx import hookspecs


def includes(paas: Harness, name: str) -> dict[str, str]:
    app = paas.app(name)
    with paas.inside():
        return hooks.gather(hookspecs.nginx_site_includes, app)


def test_the_page_is_part_of_the_site_while_it_is_enabled(paas: Harness) -> None:
    assert includes(paas, "shop") == {}

    paas.ok("maintenance:enable", "shop")
    assert "return 503" in includes(paas, "shop")["maintenance"]
    assert paas.ok("maintenance:report", "shop", "--maintenance-enabled") == "true\n"

    paas.ok("maintenance:disable", "shop")
    assert includes(paas, "shop") == {}
    assert paas.ok("maintenance:report", "shop", "--maintenance-enabled") == "false\n"


def test_only_the_app_that_is_named_shows_it(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("maintenance:enable", "shop")

    assert includes(paas, "blog") == {}


def test_when_the_proxy_refuses_nothing_has_changed(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PaasError("nginx refuses it")

    monkeypatch.setattr("paas.lifecycle.configure_proxy", refuse)
    paas.app("shop")

    assert paas.run("maintenance:enable", "shop").exit_code == 1
    assert paas.ok("maintenance:report", "shop", "--maintenance-enabled") == "false\n"


def test_an_unknown_app_is_an_error(paas: Harness) -> None:
    assert paas.run("maintenance:enable", "nobody").exit_code == 20


def test_the_page_is_one_nginx_string() -> None:
    assert not {"'", "\\", "$", "\n"} & set(page.PAGE)


@pytest.mark.journey
def test_nginx_takes_the_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("nginx")
    config = folder / "nginx.conf"
    site = f"server {{ listen unix:{folder}/socket; {page.snippet()} }}"
    # As another user it would take the folders where the machine's own nginx keeps uploads.
    main = f"user www-data; pid {folder}/pid; error_log {folder}/log; events {{}}"
    config.write_text(f"{main} http {{ access_log off; {site} }}")

    done = subprocess.run(["/usr/sbin/nginx", "-t", "-c", str(config)], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
