"""What a real nginx refuses changes nothing, or is set aside."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from paas import App, PaasError, hookimpl
from paas.testing import Inventory
from paas_nginx import webserver
from paas_proxy.api import Certificate

from .real import Web

pytestmark = pytest.mark.journey

TEMPLATE = """\
{% for port in upstreams %}
upstream {{ prefix }}{{ port }} {
{% for server in servers %}
    server {{ server }}:{{ port }};
{% endfor %}
}
{% endfor %}
map $uri ${{ prefix }}answer {
    default passed;
    /teapot short;
}
{% for block in blocks %}
server {
{% for listen in block.listens %}
    listen {{ listen }};
{% endfor %}
    server_name {{ block.names | join(" ") }};
    access_log {{ access_log }};
    error_log {{ error_log }};
    add_header X-Answer ${{ prefix }}answer always;
    location = /teapot {
        return 418 "I am {{ app }}\\n";
    }
    location / {
        proxy_pass http://{{ prefix }}{{ block.container }};
        proxy_set_header Host $http_host;
        # more
    }
}
{% endfor %}
"""


def test_a_template_of_the_apps_own_serves_it_and_a_bad_one_refuses_the_source(
    web: Web, page: int, tmp_path: Path
) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.paas.app("shop")
    web.paas.ok("nginx:set", "shop", "allow-template", "true")
    (tmp_path / "source").mkdir()
    template = tmp_path / "source" / "nginx.conf.j2"
    template.write_text(TEMPLATE)

    web.deploy("shop", page, source=tmp_path / "source")

    status, body, headers = web.get("shop.paas.test", path="/teapot")
    assert (status, body, headers["X-Answer"]) == (418, "I am shop\n", "short")
    status, body, headers = web.get("shop.paas.test")
    assert (status, body.splitlines()[0], headers["X-Answer"]) == (200, f"port {page}", "passed")

    template.write_text(TEMPLATE.replace("# more", "proxy_read_timeout soon;"))
    with pytest.raises(PaasError, match='"proxy_read_timeout" directive invalid value'):
        web.deploy("shop", page, source=tmp_path / "source")
    assert web.get("shop.paas.test", path="/teapot")[0] == 418


def test_an_nginx_that_should_run_is_started_by_a_tick_without_broken_sites(
    web: Web, page: int, certificate: Certificate
) -> None:
    for name in ("shop", "blog"):
        web.paas.ok("apps:create", name)
        web.paas.ok("domains:set", name, f"{name}.com")
        web.deploy(name, page)
    webserver.stop(web.nginx)
    key = Path(certificate.key).read_text()
    Path(certificate.key).unlink()

    assert "The site of shop was set aside: nginx: [emerg] cannot load" in web.paas.run("tick").stderr
    assert web.get("blog.com")[0] == 200
    assert web.paas.ok("nginx:report", "shop", "--nginx-set-aside") == "true\n"

    web.paas.ok("tick")
    assert "was set aside" in web.paas.run("nginx:show-config", "shop").stderr
    Path(certificate.key).write_text(key)
    web.paas.ok("tick")
    assert web.get("shop.com")[0] == 301
    assert web.paas.ok("nginx:report", "shop", "--nginx-set-aside") == "false\n"


def test_a_stopped_nginx_is_not_started_by_a_tick(web: Web, page: int) -> None:
    web.deploy("shop", page)
    web.paas.ok("nginx:stop")

    web.paas.ok("tick")

    assert webserver.running(web.nginx) is None


def test_what_nginx_refuses_changes_nothing(web: Web, page: int, inventory: Inventory) -> None:
    broken: list[str] = []

    @hookimpl
    def nginx_site_includes(app: App) -> dict[str, str]:
        return {"broken": "no such directive;"} if broken else {}

    inventory.real = True
    inventory.plugin("broken", nginx_site_includes)
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)
    broken.append("yes")

    result = web.paas.run("domains:add", "shop", "www.paas.test")

    assert result.exit_code == 1
    assert "unknown directive" in result.stderr
    assert web.get("shop.paas.test")[0] == 200
    assert "www.paas.test" not in web.paas.ok("domains:report", "shop")


def test_a_site_that_became_invalid_is_set_aside_and_the_others_go_on(
    web: Web, page: int, certificate: Certificate
) -> None:
    web.paas.ok("apps:create", "shop")
    web.paas.ok("domains:set", "shop", "shop.com")
    web.deploy("shop", page)
    Path(certificate.key).unlink()

    web.paas.ok("apps:create", "blog")
    web.paas.ok("domains:set", "blog", "blog.com")
    web.deploy("blog", page)

    assert web.get("blog.com")[0] == 200
    assert "was set aside" in web.paas.run("nginx:show-config", "shop").stderr
    assert "cannot load certificate key" in web.paas.run("nginx:validate-config", "shop").stderr


def test_a_port_that_nginx_can_not_have_is_an_error_and_undone(web: Web, page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)

    with socket.create_server(("", 0)) as other:
        result = web.paas.run("proxy:set", "shop", "proxy-port", str(other.getsockname()[1]))

    assert result.exit_code == 1
    assert "failed (98: Address already in use)" in result.stderr
    assert web.paas.ok("url", "shop") == f"http://shop.paas.test:{web.http}\n"
    assert web.get("shop.paas.test")[0] == 200
