from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from paas import App, Endpoint, Image, PaasError, Process, Release, Slot, apps, hookimpl, hooks, hookspecs
from paas.testing import Harness, Inventory
from paas_nginx import server


class Root:
    """Stands in for the root helper: takes any configuration but those that hold a forbidden word.

    Attributes:
        asked: The verbs, each with its words.
        forbidden: What nginx would choke on; it blames the file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[list[str]] = []
        self.forbidden: set[str] = set()

    @property
    def reloads(self) -> int:
        return self.asked.count(["nginx-reload"])

    def __call__(self, argv: list[str], _: bytes) -> str | subprocess.CompletedProcess[bytes]:
        self.asked.append(argv[3:])
        if argv[3] not in ("nginx-reload", "nginx-test"):
            return "GET / 200\n" if argv[3] == "nginx-log-read" else ""
        for path in sorted((self.folder / "sites").glob("*.conf")):
            if any(word in path.read_text() for word in self.forbidden):
                said = f"nginx: [emerg] it is forbidden in {path}:1\n"
                return subprocess.CompletedProcess(argv, 1, b"", said.encode())
        return ""


@pytest.fixture
def root(paas: Harness) -> Root:
    stand_in = Root(paas.paths.plugin("nginx"))
    paas.programs["sudo"] = stand_in
    return stand_in


def deployed(paas: Harness, name: str, address: str = "172.30.0.2") -> App:
    """An app with a domain and one process, as a deploy leaves it."""
    app = paas.app(name)
    if not (paas.paths.plugin("nginx") / "sites" / f"{app.id}.conf").exists():
        paas.ok("domains:set", name, f"{name}.com")
    with paas.inside():
        draft = Release(0, app.id, 0, "pending", 0, Image("sha256:1", "null", ("3000/tcp",)), formation={"web": 1})
        release = apps.add_release(app, draft)
        process = Process(Slot("web", 1), release.id, f"{name}-{address}", Endpoint(address, 3000))
        route(app, release, [Endpoint(address, 3000)])
        apps.promote(app, release, [process])
    return app


def route(app: App, release: Release, endpoints: Sequence[Endpoint]) -> None:
    hooks.act(hookspecs.proxy_configure, app, release, endpoints)


def site(paas: Harness, app: App) -> str | None:
    with paas.inside():
        return server.site(app)


def shared(paas: Harness) -> str:
    return (paas.paths.plugin("nginx") / "00-default.conf").read_text()


def test_a_deployed_app_is_served_on_its_domain(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")

    text = site(paas, app) or ""
    assert "server_name shop.com;" in text
    assert "server 172.30.0.2:3000;" in text
    assert root.asked == [["nginx-reload"]]


def test_before_its_first_deploy_an_app_is_not_served(paas: Harness, root: Root) -> None:
    app = paas.app("shop")
    paas.ok("domains:set", "shop", "shop.com")

    assert site(paas, app) is None
    assert root.asked == []


def test_what_is_served_already_is_not_reloaded(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")

    paas.ok("proxy:build-config", "shop")

    assert root.reloads == 1


def test_a_change_that_was_killed_before_the_reload_is_not_forgotten(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")
    (paas.paths.plugin("nginx") / "live").write_text("what nginx had before")

    paas.ok("proxy:build-config", "shop")

    assert root.reloads == 2


def test_a_domain_is_served_as_soon_as_it_is_added(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")

    paas.ok("domains:add", "shop", "www.shop.com")

    assert "server_name shop.com www.shop.com;" in (site(paas, app) or "")


def test_a_refused_change_leaves_everything_as_it_was(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    before, common = site(paas, app), shared(paas)
    root.forbidden.add("evil.com")

    result = paas.run("domains:add", "shop", "evil.com")

    assert result.exit_code == 1
    assert "it is forbidden" in result.stderr
    assert (site(paas, app), shared(paas)) == (before, common)
    assert "evil.com" not in paas.ok("domains:report", "shop")
    assert sorted(path.name for path in paas.paths.plugin("nginx").iterdir()) == ["00-default.conf", "live", "sites"]


def test_a_broken_site_of_one_app_does_not_hold_up_another(paas: Harness, root: Root) -> None:
    broken, other = deployed(paas, "shop"), paas.app("blog")
    root.forbidden.add("shop.com")

    deployed(paas, "blog")
    with paas.inside():
        release = apps.live_release(other)
        assert release
        route(other, release, [Endpoint("172.30.0.9", 3000)])

    assert "172.30.0.9" in (site(paas, other) or "")
    assert site(paas, broken) is None
    root.forbidden.clear()
    paas.ok("proxy:build-config", "shop")
    assert site(paas, broken)
    assert not list(paas.paths.plugin("nginx").rglob("*.broken"))


def test_an_app_whose_own_site_is_broken_puts_nobody_aside(paas: Harness, root: Root) -> None:
    shop, blog = deployed(paas, "shop"), deployed(paas, "blog")
    root.forbidden |= {"shop.com", "evil.com"}

    assert paas.run("domains:add", "blog", "evil.com").exit_code == 1

    assert site(paas, shop)
    assert site(paas, blog)
    assert not list(paas.paths.plugin("nginx").rglob("*.broken"))


def test_a_stopped_app_says_that_nobody_answers(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    with paas.inside():
        apps.set_processes(app, [])

    paas.ok("proxy:build-config", "shop")

    assert "return 502;" in (site(paas, app) or "")


def test_a_disabled_proxy_serves_nothing(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")

    paas.ok("proxy:disable", "shop")
    assert site(paas, app) is None
    paas.ok("proxy:enable", "shop")
    assert site(paas, app)


def test_a_destroyed_app_leaves_no_site_and_no_log(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    logs = Path(paas.paths.nginx.logs)
    logs.mkdir()
    (logs / "shop-access.log").touch()
    with paas.inside():
        apps.set_processes(app, [])

    paas.ok("apps:destroy", "--force", "shop")

    assert list((paas.paths.plugin("nginx") / "sites").iterdir()) == []
    assert ["nginx-log-remove", "shop-access.log"] in root.asked


def test_a_renamed_app_has_its_site_and_its_log_under_the_new_name(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    logs = Path(paas.paths.nginx.logs)
    logs.mkdir()
    (logs / "shop-error.log").touch()

    paas.ok("apps:rename", "--skip-deploy", "shop", "store")

    assert "upstream store-3000" in (site(paas, app) or "")
    assert "store-access.log" in (site(paas, app) or "")
    assert ["nginx-log-move", "shop-error.log", "store-error.log"] in root.asked


def test_unknown_names_are_refused_wherever_apps_listen(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")
    paas.ok("ports:set", "shop", "http:80:3000", "http:8080:3000")

    text = shared(paas)

    assert "listen 80 default_server;" in text
    assert "listen 8080 default_server;" in text


def test_a_second_app_for_every_name_takes_the_place_of_the_refusal(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")
    paas.ok("domains:add", "shop", "_")

    assert "listen 80 default_server;" not in shared(paas)


def test_a_certificate_brings_tls(paas: Harness, root: Root, inventory: Inventory) -> None:
    from paas_proxy.api import Certificate

    @hookimpl
    def certificate_for(app: App, domain: str) -> Certificate:
        return Certificate(f"/certs/{domain}.pem", f"/certs/{domain}.key")

    inventory.real = True
    inventory.plugin("certs", certificate_for)
    app = deployed(paas, "shop")

    text = site(paas, app) or ""
    assert "return 301 https://$host$request_uri;" in text
    assert "ssl_certificate /certs/shop.com.pem;" in text
    assert "ssl_reject_handshake on;" in shared(paas)


def test_tls_without_a_certificate_is_left_out_and_said(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")

    result = paas.run("ports:set", "shop", "http:80:3000", "https:443:3000")

    assert "https:443:3000" in result.stderr
    assert "443" not in (site(paas, app) or "")


def test_plugins_add_to_a_site_and_have_the_last_word(paas: Harness, root: Root, inventory: Inventory) -> None:
    refusing = []

    @hookimpl
    def nginx_site_includes(app: App) -> dict[str, str]:
        return {"robots": "location = /robots.txt { return 404; }"}

    @hookimpl
    def nginx_pre_reload(app: App) -> None:
        if refusing:
            raise PaasError(f"not {app.name}")

    inventory.real = True
    inventory.plugin("robots", nginx_site_includes, nginx_pre_reload)
    app = deployed(paas, "shop")
    before = site(paas, app) or ""
    assert "    # robots\n    location = /robots.txt" in before

    refusing.append(True)
    assert "not shop" in paas.run("domains:add", "shop", "a.com").stderr
    assert site(paas, app) == before


def test_installing_has_nginx_read_our_files_and_forgets_apps_that_are_gone(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    stray = paas.paths.plugin("nginx") / "sites" / "999.conf"
    stray.write_text("server {}\n")

    with paas.inside():
        hooks.tell(hookspecs.install)

    assert root.asked[-2:] == [["nginx-include"], ["nginx-reload"]]
    assert not stray.exists()
    assert site(paas, app)
    with paas.inside():
        hooks.tell(hookspecs.install)
    assert root.reloads == 2


def test_what_the_main_configuration_says_is_not_said_again(paas: Harness, root: Root) -> None:
    Path(paas.paths.nginx.config).write_text("http {\n    # server_names_hash_max_size 1;\n")
    deployed(paas, "shop")
    assert "server_names_hash_max_size" in shared(paas)

    Path(paas.paths.nginx.config).write_text("http {\n    server_names_hash_max_size 4096;\n")
    deployed(paas, "blog")
    assert "server_names_hash_max_size" not in shared(paas)


def test_a_stopped_nginx_stays_so_while_apps_change(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")
    paas.ok("nginx:stop")

    paas.ok("domains:add", "shop", "a.com")
    assert root.asked[-1] == ["nginx-test"]

    paas.ok("nginx:start")
    assert root.asked[-1] == ["nginx-start"]
