from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from paas import App, Endpoint, PaasError, hookimpl, hooks, hookspecs, releases
from paas.testing import Harness, Inventory
from paas_nginx import comparison, server, serving, webserver

from .conftest import Root, deployed, route, site


def shared(paas: Harness) -> str:
    return (paas.paths.plugin("nginx") / "00-default.conf").read_text()


def common(paas: Harness) -> str:
    return (paas.paths.plugin("nginx") / "00-common.conf").read_text()


def test_a_deployed_app_is_served_on_its_domain(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")

    text = site(paas, app) or ""
    assert "server_name shop.com;" in text
    assert "server 172.30.0.2:3000;" in text
    assert root.asked == [["nginx-reload", f"{app.id}.conf"]]


def test_before_its_first_deploy_an_app_is_not_served(paas: Harness, root: Root) -> None:
    app = paas.app("shop")
    paas.ok("domains:set", "shop", "shop.com")

    assert site(paas, app) is None
    assert root.asked == []


def test_requests_go_where_a_plugin_sends_them_though_nothing_was_deployed(
    paas: Harness, root: Root, inventory: Inventory
) -> None:
    @hookimpl
    def network_get_static_listeners(app: App) -> Sequence[Endpoint]:
        return [Endpoint("192.0.2.7", 8080)] if app.name == "shop" else []

    inventory.real = True
    inventory.plugin("elsewhere", network_get_static_listeners)
    paas.ok("domains:set", paas.app("shop").name, "shop.com")
    paas.ok("ports:set", "shop", "http:80:3000")

    written = site(paas, paas.app("shop")) or ""
    assert "server 192.0.2.7:8080;" in written
    assert "3000" not in written

    app = deployed(paas, "shop")
    written = site(paas, app) or ""
    assert comparison.servers(written) == {"192.0.2.7:8080"}
    with paas.inside():
        assert comparison.differences(app) == []


def test_what_is_served_already_is_not_reloaded(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")

    paas.ok("proxy:build-config", "shop")

    assert root.reloads == 1


def test_a_change_that_was_killed_before_the_reload_is_not_forgotten(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")
    (paas.paths.plugin("nginx") / "live").write_text("what nginx had before")

    paas.ok("proxy:build-config", "shop")

    assert root.reloads == 2


def test_a_change_that_nginx_has_taken_holds_on_a_disk_that_has_become_full(
    paas: Harness, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, text: str) -> None:
        if path.name == "live":
            raise PaasError("No space left on device")
        replace(path, text)

    replace = server._replace
    monkeypatch.setattr(server, "_replace", refuse)

    app = deployed(paas, "shop")
    paas.ok("proxy:build-config", "shop")

    assert "server 172.30.0.2:3000;" in (site(paas, app) or "")
    assert root.reloads == 2


def test_a_domain_is_served_as_soon_as_it_is_added(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")

    paas.ok("domains:add", "shop", "www.shop.com")

    assert "server_name shop.com www.shop.com;" in (site(paas, app) or "")


def test_a_site_that_leads_elsewhere_differs_from_what_it_should_be(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    with paas.inside():
        file = server.file(app)
        text = file.read_text()
        assert comparison.differences(app) == []

        file.write_text(text.replace("172.30.0.2", "172.30.0.9"))
        assert comparison.differences(app) == ["nginx sends its requests to 172.30.0.9 instead of 172.30.0.2."]
        file.unlink()
        assert comparison.differences(app) == ["nginx has no site of it."]


def test_before_its_first_deploy_nothing_differs(paas: Harness, root: Root) -> None:
    app = paas.app("shop")
    with paas.inside():
        assert comparison.differences(app) == []


def test_a_refused_change_leaves_everything_as_it_was(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    before = site(paas, app), shared(paas)
    root.forbidden.add("evil.com")

    result = paas.run("domains:add", "shop", "evil.com")

    assert result.exit_code == 1
    assert "it is forbidden" in result.stderr
    assert (site(paas, app), shared(paas)) == before
    assert "evil.com" not in paas.ok("domains:report", "shop")
    kept = ["00-common.conf", "00-default.conf", "live", "sites"]
    assert sorted(path.name for path in paas.paths.plugin("nginx").iterdir()) == kept


def test_a_broken_site_of_one_app_does_not_hold_up_another(paas: Harness, root: Root) -> None:
    broken, other = deployed(paas, "shop"), paas.app("blog")
    root.forbidden.add("shop.com")

    deployed(paas, "blog")
    with paas.inside():
        release = releases.live(other)
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
        releases.set_processes(app, [])

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
        releases.set_processes(app, [])

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
    inventory.plugin("certificates", certificate_for)
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


def test_installing_says_what_it_writes_and_nothing_when_all_is_right(
    paas: Harness, root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    webserver.include(paas.paths.nginx, paas.paths.plugin("nginx"))
    with paas.inside():
        hooks.tell(hookspecs.install)
    assert capsys.readouterr().out == ""

    Path(paas.paths.nginx.include).unlink()
    with paas.inside():
        hooks.tell(hookspecs.install)

    assert capsys.readouterr().out == f"       Wrote {paas.paths.nginx.include}\n"


def test_installing_has_nginx_read_our_files_and_forgets_apps_that_are_gone(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    stray = paas.paths.plugin("nginx") / "sites" / "999.conf"
    stray.write_text("server {}\n")

    with paas.inside():
        hooks.tell(hookspecs.install)

    assert root.asked[-2:] == [["nginx-include"], ["nginx-reload", "999.conf"]]
    assert not stray.exists()
    assert site(paas, app)
    with paas.inside():
        hooks.tell(hookspecs.install)
    assert root.reloads == 2


def test_what_the_main_configuration_says_is_not_said_again(paas: Harness, root: Root) -> None:
    Path(paas.paths.nginx.config).write_text("http {\n    # server_names_hash_max_size 1;\n")
    deployed(paas, "shop")
    assert "server_names_hash_max_size" in common(paas)

    Path(paas.paths.nginx.config).write_text("http {\n    server_names_hash_max_size 4096;\n")
    deployed(paas, "blog")
    assert "server_names_hash_max_size" not in common(paas)


def test_a_stopped_nginx_stays_so_while_apps_change(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")
    paas.ok("nginx:stop")

    added = paas.run("domains:add", "shop", "a.com")
    assert added.exit_code == 0
    assert "nginx is stopped, so no app answers.\n !     nginx:start starts it." in added.stderr
    assert root.asked[-1] == ["nginx-test", f"{app.id}.conf"]

    paas.ok("nginx:start")
    assert root.asked[-1] == ["nginx-start"]


def test_a_site_that_nginx_refuses_is_refused_while_nginx_is_stopped_too(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")
    paas.ok("nginx:stop")
    root.forbidden.add("evil.com")

    assert "it is forbidden" in paas.run("domains:add", "shop", "evil.com").stderr


def test_names_of_an_app_whose_site_is_aside_go_to_no_wildcard_of_another(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")
    paas.ok("domains:set", "shop", "*.company.com")
    deployed(paas, "blog")
    paas.ok("domains:set", "blog", "blog.company.com")
    assert "blog.company.com" not in shared(paas)
    root.forbidden.add("blog.company.com")

    result = paas.run("domains:add", "shop", "www.shop.com")

    assert "The site of blog was set aside: nginx: [emerg] it is forbidden" in result.stderr
    refusal = shared(paas).partition("listen 80;\n    server_name blog.company.com;\n    access_log off;\n")[2]
    assert refusal.endswith("    location / {\n        return 444;\n    }\n}\n")


def test_names_of_an_app_that_was_never_deployed_go_to_no_wildcard_either(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")
    paas.app("blog")
    paas.ok("domains:set", "blog", "blog.company.com")

    paas.ok("domains:set", "shop", "*.company.com")

    assert "server_name blog.company.com;" in shared(paas)


def test_an_app_can_not_change_what_others_speak_on_a_port(paas: Harness, root: Root, inventory: Inventory) -> None:
    from paas_proxy.api import Certificate

    @hookimpl
    def certificate_for(app: App, domain: str) -> Certificate | None:
        return Certificate("/certs/blog.pem", "/certs/blog.key") if app.name == "blog" else None

    inventory.real = True
    inventory.plugin("certificates", certificate_for)
    deployed(paas, "shop")
    blog = deployed(paas, "blog")
    before = site(paas, blog)

    result = paas.run("proxy:set", "blog", "proxy-ssl-port", "80")

    assert "blog can't speak TLS on port 80: other apps speak plain http there." in result.stderr
    assert site(paas, blog) == before
    assert paas.ok("proxy:report", "blog", "--proxy-proxy-ssl-port") == "\n"


def test_what_a_plugin_adds_stays_within_its_block(paas: Harness, root: Root, inventory: Inventory) -> None:
    @hookimpl
    def nginx_site_includes(app: App) -> dict[str, str]:
        return {"loose": "} server { listen 80 default_server;"}

    inventory.real = True
    inventory.plugin("loose", nginx_site_includes)
    app = paas.app("shop")

    with pytest.raises(PaasError, match="Line 1 has '}'"):
        deployed(paas, "shop")

    assert site(paas, app) is None


@dataclass
class Waiting:
    """What was started ahead to reload nginx: whether its word came, and whether anybody waited for its end."""

    argv: list[str]
    told: bool = False
    ended: bool = False

    def go(self) -> str:
        self.told = True
        return "{}"

    def end(self) -> None:
        self.ended = True


def test_a_deploy_has_its_reload_ready_and_waits_for_the_workers_of_before(paas: Harness, root: Root) -> None:
    app, other = deployed(paas, "shop"), deployed(paas, "other")
    waiting: dict[str, Waiting] = {}

    def start(argv: list[str]) -> Waiting:
        return waiting.setdefault(argv[-1], Waiting([str(word) for word in argv]))

    paas.resources["process.held"] = start
    with paas.inside():
        for one in (app, other):
            server.get_ready(one)
        mine, theirs = waiting[f"{app.id}.conf"], waiting[f"{other.id}.conf"]
        assert mine.argv[3:] == ["nginx-reload", "--when-told", f"{app.id}.conf"]
        root.asked.clear()
        for one in (app, other):
            server.put({server.file(one): site_of(one)}, serving.shared)
        assert (mine.told, theirs.told, root.asked) == (True, True, []), "what was ready is used"

        server.settle_for(app)

        assert (mine.ended, theirs.ended) == (True, False), "a deploy that goes on beside waits for its own"


def site_of(app: App) -> str:
    return f"# {app.name}: changed\nserver {{ listen 80; server_name {app.name}.example.com; }}\n"
