"""An app's site on the real parts: a template of its own, and what a boot does with a broken one."""

from __future__ import annotations

import http.client
import os
import signal
from pathlib import Path

import pytest

from testbed import servers
from testbed.client import Client, web
from testbed.system import System

TEMPLATE = """\
{% for port in upstreams %}
upstream {{ prefix }}{{ port }} {
{% for server in servers %}
    server {{ server }}:{{ port }};
{% endfor %}
}
{% endfor %}
{% for block in blocks %}
server {
{% for listen in block.listens %}
    listen {{ listen }};
{% endfor %}
    server_name {{ block.names | join(" ") }};
    add_header X-Template {{ app }};
    location / {
        proxy_pass http://{{ prefix }}{{ block.container }};
    }
}
{% endfor %}
"""


def test_a_template_is_used_where_root_allows_it_and_a_bad_one_refuses_the_push(system: System, ann: Client) -> None:
    copy = ann.app("shaped", web("one", extra={"nginx.conf.j2": TEMPLATE}))

    ignored = ann.push(copy)
    assert ignored.code == 0, ignored.all
    assert "nginx.conf.j2 is ignored: shaped is not allowed a template of its own." in ignored.err
    assert "X-Template" not in ann.get("shaped.paas.test").headers

    assert "is for root on the server" in ann.ssh("nginx:set shaped allow-template true").err
    system.ok("nginx:set", "shaped", "allow-template", "true")
    ann.commit(copy, {"www/index.html": "two"})
    used = ann.push(copy)
    assert used.code == 0, used.all
    page = ann.get("shaped.paas.test")
    assert (page.body, page.headers["X-Template"]) == ("two", "shaped")

    for wrong, said in (
        (
            TEMPLATE.replace("add_header X-Template {{ app }}", "add_header"),
            'invalid number of arguments in "add_header"',
        ),
        (TEMPLATE.replace("add_header X-Template {{ app }}", "include /etc/passwd"), "'include /etc/passwd'"),
        (TEMPLATE.replace("{% endfor %}", ""), "line "),
    ):
        ann.commit(copy, {"nginx.conf.j2": wrong, "www/index.html": "three"})
        refused = ann.push(copy)
        assert "pre-receive hook declined" in refused.err
        assert said in refused.err
        assert "Building" not in refused.err
        assert ann.get("shaped.paas.test").body == "two"
    ann.ok("apps:destroy --force shaped")


def test_after_a_boot_with_a_broken_site_the_other_apps_come_up_and_it_comes_back(system: System, ann: Client) -> None:
    for app in ("sound", "spoilt"):
        pushed = ann.push(ann.app(app, web(app)))
        assert pushed.code == 0, pushed.all
    site = next(file for file in sites(system).glob("*.conf") if file.read_text().startswith("# spoilt"))
    text = site.read_text()
    site.write_text(text.replace("server_tokens", "no_such_directive"))
    end_nginx(system)

    ticked = system.paas("tick")

    assert 'The site of spoilt was set aside: nginx: [emerg] unknown directive "no_such_directive"' in ticked.err
    assert ann.get("sound.paas.test").body == "sound"
    with pytest.raises(http.client.RemoteDisconnected):
        ann.get("spoilt.paas.test")
    assert ann.ok("nginx:report spoilt --nginx-set-aside") == "true\n"
    assert "unknown directive" in ann.ssh("nginx:validate-config spoilt").err

    site.with_suffix(".broken").write_text(text)
    system.ok("tick")

    assert ann.get("spoilt.paas.test").body == "spoilt"
    assert ann.ok("nginx:report spoilt --nginx-set-aside") == "false\n"
    for app in ("sound", "spoilt"):
        ann.ok(f"apps:destroy --force {app}")


def test_a_stopped_nginx_stays_so_until_it_is_started(system: System, ann: Client) -> None:
    pushed = ann.push(ann.app("asleep", web("asleep")))
    assert pushed.code == 0, pushed.all
    try:
        system.ok("nginx:stop")
        system.ok("tick")
        ann.ok("domains:add asleep asleep.example.com")
        with pytest.raises(ConnectionRefusedError):
            ann.get("asleep.paas.test")
    finally:
        system.ok("nginx:start")

    assert ann.get("asleep.example.com").body == "asleep"
    ann.ok("apps:destroy --force asleep")


def sites(system: System) -> Path:
    return system.root / "plugins" / "nginx" / "sites"


def end_nginx(system: System) -> None:
    """As a machine that goes down would."""
    pid = system.folder / "nginx" / "nginx.pid"
    os.kill(int(pid.read_text()), signal.SIGTERM)
    servers.wait_until(lambda: not pid.exists(), "nginx goes on.")
