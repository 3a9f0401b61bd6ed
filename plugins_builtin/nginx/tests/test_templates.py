from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paas import (
    App,
    Endpoint,
    Image,
    PaasError,
    Process,
    Release,
    Slot,
    Source,
    hookimpl,
    hooks,
    hookspecs,
    releases,
)
from paas.testing import Harness, Inventory
from paas_nginx import diagnosis

from .conftest import Root, deployed, site

TEMPLATE = """\
upstream {{ prefix }}web {
{% for server in servers %}
    server {{ server }}:{{ upstreams[0] }};
{% endfor %}
}
{% for block in blocks %}
server {
{% for listen in block.listens %}
    listen {{ listen }};
{% endfor %}
    server_name {{ block.names | join(" ") }};
    access_log {{ access_log }}; # comment
    add_header X-Template {{ app }};
    location / {
        proxy_pass http://{{ prefix }}web;
    }
}
{% endfor %}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "nginx.conf.j2").write_text(TEMPLATE)
    return folder


def deploy(paas: Harness, source: Path, name: str = "shop") -> App:
    """What a push of a source does, as far as it concerns nginx."""
    app = deployed(paas, name)
    with paas.inside():
        pushed = Source(source, "c0ffee", "git-push", "main")
        hooks.check(hookspecs.pre_receive, app, pushed)
        image = Image("sha256:2", "null", ("3000/tcp",))
        hooks.check(hookspecs.pre_release, app, image, pushed)
        domains, ports = hooks.gather(hookspecs.app_domains, app), hooks.gather(hookspecs.app_ports, app, image)
        draft = Release(image, "c0ffee", formation={"web": 1}, domains=domains, ports=ports)
        release = releases.add(app, draft)
        hooks.check(hookspecs.release, app, release)
        endpoint = Endpoint("172.30.0.7", 3000)
        hooks.act(hookspecs.proxy_configure, app, release, [endpoint])
        releases.promote(app, release, [Process(Slot("web", 1), release.id, "new", endpoint)])
    return app


def test_a_template_that_root_has_not_allowed_is_ignored_and_that_is_said(
    paas: Harness, root: Root, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = deploy(paas, source)

    said = capsys.readouterr().err
    assert "nginx.conf.j2 is ignored: shop is not allowed a template of its own." in said
    assert "paas nginx:set shop allow-template true" in said
    assert "X-Template" not in (site(paas, app) or "")


def test_a_template_that_root_has_allowed_makes_the_site(paas: Harness, root: Root, source: Path) -> None:
    app = paas.app("shop")
    paas.ok("nginx:set", "shop", "allow-template", "true")

    deploy(paas, source)

    text = site(paas, app) or ""
    assert text.startswith("# shop: ")
    assert "    server 172.30.0.7:3000;" in text
    assert "    add_header X-Template shop;" in text
    assert "comment" not in text
    assert ["nginx-test", f"{app.id}.trial"] in root.asked
    assert not list(paas.paths.plugin("nginx").rglob("*.trial"))


def test_root_can_allow_it_for_all(paas: Harness, root: Root, source: Path) -> None:
    paas.ok("nginx:set", "--global", "allow-template", "true")

    assert "X-Template" in (site(paas, deploy(paas, source)) or "")


def test_an_app_can_do_without(paas: Harness, root: Root, source: Path) -> None:
    app = paas.app("shop")
    paas.ok("nginx:set", "shop", "allow-template", "true")
    paas.ok("nginx:set", "shop", "disable-custom-config", "true")

    deploy(paas, source)
    assert "X-Template" not in (site(paas, app) or "")

    paas.ok("nginx:set", "shop", "disable-custom-config")
    paas.ok("proxy:build-config", "shop")
    assert "X-Template" in (site(paas, app) or "")
    paas.ok("nginx:set", "shop", "allow-template")
    paas.ok("proxy:build-config", "shop")
    assert "X-Template" not in (site(paas, app) or "")


@pytest.mark.parametrize("owner", ["shop", "--global"])
def test_only_root_on_the_server_allows_it(paas: Harness, owner: str) -> None:
    paas.app("shop")

    for key, user in (("ann", "paas"), (None, "paas")):
        paas.caller = type(paas.caller)(user=user)
        result = paas.run("nginx:set", owner, "allow-template", "true", key=key)
        assert result.exit_code == 1
        assert "is for root on the server" in result.stderr
    assert paas.ok("nginx:report", owner, "--nginx-global-allow-template") == "false\n"


def test_a_clone_is_not_allowed_what_its_original_is(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("nginx:set", "shop", "allow-template", "true")
    paas.ok("apps:clone", "shop", "copy")

    assert paas.ok("nginx:report", "copy", "--nginx-computed-allow-template") == "false\n"


def test_a_template_elsewhere_is_found(paas: Harness, root: Root, source: Path) -> None:
    app = paas.app("shop")
    paas.ok("nginx:set", "shop", "allow-template", "true")
    paas.ok("nginx:set", "shop", "nginx-conf-sigil-path", "ops/site.j2")
    (source / "ops").mkdir()
    (source / "nginx.conf.j2").rename(source / "ops" / "site.j2")

    deploy(paas, source)

    assert "X-Template" in (site(paas, app) or "")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% if %}", "line 1"),
        ("{{ nothing }}", "'nothing' is undefined"),
        ("server { listen 80; include /etc/shadow; }", "'include /etc/shadow': it is not among those"),
        ("server { listen 80; server_name blog.com; }", "blog.com is not a domain of this app; it has shop.com"),
        ("server { listen 80;", "ends within a directive"),
        ("server { listen 80; return 200 '{{ '\\x00' }}'; }", "control characters"),
        ("server { listen 80; server_name shop.com; return 200 forbidden; }", "it is forbidden"),
    ],
)
def test_a_bad_template_refuses_the_push(paas: Harness, root: Root, source: Path, template: str, said: str) -> None:
    app = deployed(paas, "shop")
    before = site(paas, app)
    paas.ok("nginx:set", "shop", "allow-template", "true")
    (source / "nginx.conf.j2").write_text(template)
    root.forbidden.add("return 200 forbidden")

    with pytest.raises(PaasError) as error:
        deploy(paas, source)

    assert said in error.value.message + str(error.value.hint)
    assert site(paas, app) == before
    assert not list(paas.paths.plugin("nginx").rglob("*.trial"))


def test_a_template_that_is_a_link_to_elsewhere_is_not_read(paas: Harness, root: Root, source: Path) -> None:
    (source / "nginx.conf.j2").unlink()
    (source / "nginx.conf.j2").symlink_to("/etc/passwd")

    with pytest.raises(PaasError, match="is not a file of the source"):
        deploy(paas, source)


def test_a_template_of_dokkus_is_not_taken_for_one(
    paas: Harness, root: Root, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "nginx.conf.j2").rename(source / "nginx.conf.sigil")

    deploy(paas, source)

    assert "nginx.conf.sigil is ignored: a template is written in Jinja here." in capsys.readouterr().err


def test_what_plugins_add_stands_in_every_block_of_a_template(
    paas: Harness, root: Root, source: Path, inventory: Inventory
) -> None:
    @hookimpl
    def nginx_site_includes(app: App) -> dict[str, str]:
        return {"closed": "location /.well-known/ { root /var/lib/challenges; }"}

    inventory.real = True
    inventory.plugin("closed", nginx_site_includes)
    app = paas.app("shop")
    paas.ok("nginx:set", "shop", "allow-template", "true")

    deploy(paas, source)

    assert "server {\n    location /.well-known/ {\n        root /var/lib/challenges;" in (site(paas, app) or "")


def test_a_site_from_a_template_is_as_it_should_be(paas: Harness, root: Root, source: Path) -> None:
    paas.app("shop")
    paas.ok("nginx:set", "shop", "allow-template", "true")
    deploy(paas, source)

    with paas.inside():
        assert [finding for finding in diagnosis.diagnose() if finding.about == "shop"] == []


def test_a_stopped_app_has_the_usual_site(paas: Harness, root: Root, source: Path) -> None:
    app = paas.app("shop")
    paas.ok("nginx:set", "shop", "allow-template", "true")
    deploy(paas, source)
    with paas.inside():
        releases.set_processes(app, [])

    paas.ok("proxy:build-config", "shop")

    assert "return 502;" in (site(paas, app) or "")


def test_a_release_of_the_same_image_has_its_template(paas: Harness, root: Root, source: Path) -> None:
    app = paas.app("shop")
    paas.ok("nginx:set", "shop", "allow-template", "true")
    deploy(paas, source)
    with paas.inside():
        live = releases.live(app)
        assert live
        same = replace(live, id=0, number=0, status="pending")
        again = releases.add(app, same)
        hooks.check(hookspecs.release, app, again)
        hooks.act(hookspecs.proxy_configure, app, again, [Endpoint("172.30.0.8", 3000)])

    assert "X-Template" in (site(paas, app) or "")
