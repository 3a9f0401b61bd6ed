from __future__ import annotations

from pathlib import Path

import pytest

from paas import process
from paas.testing import Harness

from .conftest import Root, deployed, site


def test_the_site_of_an_app_is_printed(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")

    assert paas.ok("nginx:show-config", "shop") == site(paas, app)
    assert paas.ok("nginx:show-conf", "shop") == site(paas, app)


def test_there_is_no_site_to_print_before_the_first_deploy(paas: Harness) -> None:
    paas.app("shop")

    assert paas.run("nginx:show-config", "shop").exit_code == 1


def test_a_setting_applies_when_the_site_is_built(paas: Harness, root: Root) -> None:
    app = deployed(paas, "shop")

    assert "proxy:build-config shop" in paas.ok("nginx:set", "shop", "client-max-body-size", "50m")
    assert "client_max_body_size 1m;" in (site(paas, app) or "")

    paas.ok("proxy:build-config", "shop")
    assert "client_max_body_size 50m;" in (site(paas, app) or "")


def test_a_setting_for_all_apps_gives_way_to_that_of_one(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("nginx:set", "--global", "send-timeout", "5s")
    assert paas.ok("nginx:report", "shop", "--nginx-computed-send-timeout") == "5s\n"

    paas.ok("nginx:set", "shop", "send-timeout", "9s")
    assert paas.ok("nginx:report", "shop", "--nginx-computed-send-timeout") == "9s\n"

    paas.ok("nginx:set", "shop", "send-timeout")
    assert paas.ok("nginx:report", "shop", "--nginx-computed-send-timeout") == "5s\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("client-max-body-size", "1m; }"),
        ("send-timeout", "soon"),
        ("proxy-buffering", "maybe"),
        ("bind-address-ipv4", "::1"),
        ("bind-address-ipv6", "127.0.0.1"),
        ("bind-address-ipv4", "300.0.0.1"),
        ("access-log-path", "/etc/passwd"),
        ("access-log-path", "../x"),
        ("access-log-format", "a b"),
        ("x-forwarded-for-value", "$a;"),
        ("proxy-buffers", "8"),
        ("nginx-service-command", "rm"),
        ("disable-custom-config", "no"),
        ("hsts-max-age", "-1"),
        ("nginx-conf-sigil-path", "/etc/passwd"),
        ("nginx-conf-sigil-path", "../x"),
        ("proxy-buffers", "999 9999m"),
        ("proxy-buffer-size", "1g"),
    ],
)
def test_a_value_of_another_shape_is_refused(paas: Harness, key: str, value: str) -> None:
    paas.app("shop")

    assert paas.run("nginx:set", "shop", key, value).exit_code in (1, 2)
    assert paas.ok("nginx:report", "shop", f"--nginx-{key}") == "\n"


def test_an_unknown_setting_is_wrong_usage(paas: Harness) -> None:
    paas.app("shop")

    assert paas.run("nginx:set", "shop", "no-such-thing", "1").exit_code == 2


def test_a_report_has_each_setting_thrice_and_two_facts(paas: Harness) -> None:
    paas.app("shop")
    logs = Path(paas.paths.nginx.logs)
    logs.mkdir()
    (logs / "shop-access.log").touch()

    report = paas.ok("nginx:report", "shop").splitlines()

    assert len(report) == 1 + 3 * 32 + 2
    assert f"{logs}/shop-access.log" in paas.ok("nginx:report", "shop", "--nginx-computed-access-log-path")
    assert paas.ok("nginx:report", "shop", "--nginx-last-visited-at").strip().isdigit()


def test_the_logs_are_read_through_root(paas: Harness, root: Root) -> None:
    paas.app("shop")

    assert paas.ok("nginx:access-logs", "shop") == "GET / 200\n"
    paas.ok("nginx:error-logs", "shop")

    assert root.asked == [["nginx-log-read", f"shop-{kind}.log", "20"] for kind in ("access", "error")]


def test_a_followed_log_becomes_the_program_that_reads_it(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []

    def become(argv: list[str]) -> None:
        became.append(argv)
        raise KeyboardInterrupt  # where the process would have become another

    monkeypatch.setattr(process, "become", become)
    paas.app("shop")

    paas.run("nginx:access-logs", "shop", "-t")

    assert became[0][-4:] == ["nginx-log-read", "shop-access.log", "20", "--follow"]


def test_a_log_that_is_off_can_not_be_read(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("nginx:set", "shop", "access-log-path", "off")

    result = paas.run("nginx:access-logs", "shop")

    assert result.exit_code == 1
    assert "is off" in result.stderr


def test_a_log_can_be_named_by_its_path_as_in_dokku(paas: Harness, root: Root) -> None:
    paas.app("shop")
    paas.ok("nginx:set", "shop", "error-log-path", f"{paas.paths.nginx.logs}/all.log")

    paas.ok("nginx:error-logs", "shop")

    assert root.asked == [["nginx-log-read", "all.log", "20"]]


@pytest.mark.parametrize("owner", ["shop", "--global"])
def test_through_ssh_only_logs_of_its_own_are_named(paas: Harness, owner: str) -> None:
    paas.app("shop")

    refused = paas.run("nginx:set", owner, "error-log-path", "error.log", key="ann")

    assert refused.exit_code == 1
    assert "may be the log of something else" in refused.stderr
    paas.ok("nginx:set", "shop", "error-log-path", "shop-mine.log", key="ann")
    paas.ok("nginx:set", "shop", "error-log-path", f"{paas.paths.nginx.logs}/shop-mine.log", key="ann")
    paas.ok("nginx:set", "shop", "error-log-path", "off", key="ann")
    paas.ok("nginx:set", owner, "error-log-path", "all.log")


def test_the_log_of_another_app_can_not_be_read(paas: Harness, root: Root) -> None:
    paas.app("shop")
    paas.app("blog")
    paas.ok("nginx:set", "shop", "access-log-path", "blog-access.log")

    assert "is the log of blog" in paas.run("nginx:access-logs", "shop").stderr
    assert root.asked == []


def test_a_valid_configuration_is_no_news(paas: Harness, root: Root) -> None:
    deployed(paas, "shop")

    result = paas.run("nginx:validate-config")

    assert (result.exit_code, result.stderr) == (0, "")
    assert paas.run("nginx:validate", "shop").exit_code == 0


def test_every_broken_site_is_named_and_stays(paas: Harness, root: Root) -> None:
    for name in ("blog", "shop", "wiki"):
        deployed(paas, name)
    root.forbidden |= {"shop.com", "blog.com"}

    result = paas.run("nginx:validate-config")

    assert result.exit_code == 1
    assert "nginx refuses blog, shop." in result.stderr
    assert paas.run("nginx:validate-config", "shop").exit_code == 1
    assert paas.run("nginx:validate-config", "wiki").exit_code == 0
    assert len(list((paas.paths.plugin("nginx") / "sites").glob("*.conf"))) == 3


def test_clean_sets_the_broken_sites_aside(paas: Harness, root: Root) -> None:
    shop, blog = deployed(paas, "shop"), deployed(paas, "blog")
    root.forbidden.add("shop.com")

    assert "shop" in paas.ok("nginx:validate-config", "--clean")

    assert site(paas, shop) is None
    assert site(paas, blog)


def test_a_clone_has_the_settings_of_the_original(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("nginx:set", "shop", "client-max-body-size", "50m")
    paas.ok("apps:clone", "shop", "copy")

    assert paas.ok("nginx:report", "copy", "--nginx-client-max-body-size") == "50m\n"


def test_reload_asks_root(paas: Harness, root: Root) -> None:
    paas.ok("nginx:reload")

    assert root.asked == [["nginx-reload"]]
