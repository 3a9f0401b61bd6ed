from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from paas import App, PaasError, apps, hookimpl, lifecycle, locks, tasks
from paas.testing import Harness, Inventory
from paas_certs import api as certs
from paas_certs.testing import made
from paas_letsencrypt import hookspecs, issue, pending, preflight, status
from paas_letsencrypt.errors import AuthorityFailed
from paas_letsencrypt.policy import DAY, Window

from .conftest import Authority, days_pass, make_due, pair, serial


def test_a_certificate_is_asked_for_once_and_stays_while_it_is_good(paas: Harness, authority: Authority) -> None:
    paas.ok("letsencrypt:enable", "shop")
    paas.ok("letsencrypt:enable", "shop")
    make_due(paas)
    paas.ok("tick")

    assert authority.orders == [["shop.com", "www.shop.com"]]
    assert paas.ok("letsencrypt:active", "shop") == "true\n"
    assert "shop " in paas.ok("letsencrypt:list")


def test_the_timer_renews_what_is_due(paas: Harness, authority: Authority) -> None:
    authority.age = 70
    paas.ok("letsencrypt:enable", "shop")
    old, authority.age = serial(paas), 0
    make_due(paas)
    paas.ok("tick")

    assert len(authority.orders) == 2
    assert serial(paas) != old
    assert [bool(each) for each in authority.replaced] == [False, True]


def test_the_authoritys_wish_is_followed(paas: Harness, authority: Authority) -> None:
    paas.ok("letsencrypt:enable", "shop")
    authority.wish = Window(time.time() - 10, time.time() - 5)
    paas.ok("letsencrypt:auto-renew", "shop")

    assert len(authority.orders) == 2


def test_without_the_cron_job_only_auto_renew_renews(paas: Harness, authority: Authority) -> None:
    authority.age = 70
    paas.ok("letsencrypt:enable", "shop")
    assert paas.ok("letsencrypt:cron-job", "--remove") == "Automatic renewal is off\n"
    make_due(paas)
    paas.ok("tick")
    assert len(authority.orders) == 1

    paas.ok("letsencrypt:auto-renew")
    assert len(authority.orders) == 2
    assert paas.ok("letsencrypt:cron-job", "--add") == "Automatic renewal is on\n"


def test_a_failure_keeps_the_old_one_and_is_tried_again_by_itself(paas: Harness, authority: Authority) -> None:
    authority.age = 70
    paas.ok("letsencrypt:enable", "shop")
    old, authority.trouble = serial(paas), AuthorityFailed("It is away.", retry_after=7200)

    assert paas.run("letsencrypt:auto-renew", "shop").exit_code == 1
    assert serial(paas) == old
    with paas.inside():
        (planned,) = tasks.planned("letsencrypt")
        assert planned.due_at >= time.time() + 7100
        assert [found.wrong for found in status.findings() if "It is away" in found.wrong]
    assert "It is away." in paas.run("letsencrypt:list").stderr

    authority.trouble, authority.age = None, 0
    make_due(paas)
    paas.ok("tick")
    assert serial(paas) != old
    with paas.inside():
        assert status.findings() == []


def test_notifiers_hear_once_a_day_of_what_should_have_been_renewed(
    paas: Harness, authority: Authority, inventory: Inventory
) -> None:
    heard: list[str] = []

    @hookimpl
    def letsencrypt_expiring(app: App, reason: str) -> None:
        heard.append(f"{app.name}: {reason}")

    inventory.real = True
    inventory.plugin("mailer", letsencrypt_expiring)
    authority.age = 80
    paas.ok("letsencrypt:enable", "shop")
    authority.trouble = AuthorityFailed("It is away.")
    for _ in range(3):
        make_due(paas)
        paas.ok("tick")

    assert heard == ["shop: It is away."]
    assert hookspecs.letsencrypt_expiring.__doc__


def test_a_name_that_is_not_validated_does_not_stop_the_others(paas: Harness, authority: Authority) -> None:
    authority.strangers = {"www.shop.com"}
    said = paas.run("letsencrypt:enable", "shop")
    assert said.exit_code == 0
    assert "Left out: www.shop.com: nothing there" in said.stderr
    assert authority.orders == [["shop.com", "www.shop.com"], ["shop.com"]]

    authority.strangers = set()
    make_due(paas)
    paas.ok("tick")
    assert authority.orders[2:] == [["shop.com", "www.shop.com"]]
    assert paas.ok("letsencrypt:report", "shop", "--letsencrypt-warning") == "\n"


def test_what_preflight_refuses_is_not_asked_for(
    paas: Harness, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    paas.ok("letsencrypt:set", "shop", "preflight", "on")
    monkeypatch.setattr(preflight, "failing", lambda names: dict.fromkeys(names, "it does not resolve"))
    said = paas.run("letsencrypt:enable", "shop")

    assert said.exit_code == 1
    assert "shop.com: it does not resolve" in said.stderr
    assert authority.orders == []


def test_limits_hold_even_by_force(paas: Harness, authority: Authority) -> None:
    for _ in range(5):
        paas.ok("letsencrypt:enable", "shop", "--force")
    said = paas.run("letsencrypt:enable", "shop", "--force")

    assert said.exit_code == 1
    assert "5 certificates for the same names in a week" in said.stderr
    assert len(authority.orders) == 5


def test_another_server_takes_effect_by_enable_alone(paas: Harness, authority: Authority) -> None:
    paas.ok("letsencrypt:enable", "shop")
    paas.ok("letsencrypt:set", "--global", "server", "staging")
    make_due(paas)
    paas.ok("tick")
    assert len(authority.orders) == 1

    paas.ok("letsencrypt:enable", "shop")
    paas.ok("letsencrypt:enable", "shop")
    assert len(authority.orders) == 2
    assert authority.replaced == [None, None], "it is another's certificate"


def test_a_domain_that_is_still_not_validated_costs_no_certificate(paas: Harness, authority: Authority) -> None:
    authority.strangers = {"www.shop.com"}
    paas.ok("letsencrypt:enable", "shop")
    before = serial(paas)
    for _ in range(2):
        make_due(paas)
        paas.ok("tick")

    assert authority.orders[2:] == [["shop.com", "www.shop.com"]] * 2
    assert serial(paas) == before


def test_a_domain_that_is_good_today_is_left_out_only_when_time_is_short(paas: Harness, authority: Authority) -> None:
    authority.age = 65
    paas.ok("letsencrypt:enable", "shop")
    before, authority.strangers = serial(paas), {"www.shop.com"}
    make_due(paas)
    paas.ok("tick")
    assert serial(paas) == before
    assert "www.shop.com: nothing there" in paas.run("letsencrypt:list").stderr

    days_pass(paas, 5)
    make_due(paas)
    paas.ok("tick")
    assert serial(paas) != before
    assert authority.orders[-1] == ["shop.com"]


def test_a_certificate_that_could_not_be_served_is_not_asked_for_again(
    paas: Harness, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PaasError("nginx refuses the configuration.")

    with monkeypatch.context() as broken:
        broken.setattr(certs, "install", refuse)
        for _ in range(3):
            assert "nginx refuses" in paas.run("letsencrypt:enable", "shop").stderr
    (kept,) = (paas.paths.plugin("letsencrypt") / "pending").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600

    make_due(paas)
    paas.ok("tick")
    assert len(authority.orders) == 1
    assert paas.ok("letsencrypt:active", "shop") == "true\n"
    assert not kept.exists()
    paas.ok("letsencrypt:enable", "shop", "--force")
    assert len(authority.orders) == 2


def test_a_certificate_for_other_names_or_of_long_ago_does_not_count(
    paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = paas.app("shop")
    with paas.inside():
        assert pending.find(app, "https://ca", ["a.com"]) is None
        pending.keep(app, "https://ca", ["b.com", "a.com"], b"chain", b"key")
        assert pending.find(app, "https://ca", ["a.com", "b.com"]) == (b"chain", b"key")
        assert pending.find(app, "https://ca", ["a.com"]) is None
        assert pending.find(app, "https://other", ["a.com", "b.com"]) is None
        later = time.time() + 3 * DAY
        monkeypatch.setattr(time, "time", lambda: later)
        assert pending.find(app, "https://ca", ["a.com", "b.com"]) is None
        monkeypatch.undo()
    paas.ok("apps:destroy", "shop", "--force")
    assert list((paas.paths.plugin("letsencrypt") / "pending").iterdir()) == []


def test_an_app_that_is_destroyed_during_an_order_is_let_go(
    paas: Harness, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def certificate(app: App, names: Sequence[str], replaced: bytes | None) -> tuple[bytes, bytes]:
        lifecycle.destroy(app)
        return pair(names, time.time(), 90)

    monkeypatch.setattr(issue, "certificate", certificate)
    said = paas.run("letsencrypt:enable", "shop")

    assert (said.exit_code, "shop does not exist" in said.stderr) == (20, True)
    assert list((paas.paths.plugin("letsencrypt") / "pending").iterdir()) == []
    with paas.inside():
        assert tasks.planned("letsencrypt") == []


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_tick_waits_neither_for_a_deploy_nor_for_an_order_by_hand(
    paas: Harness, authority: Authority, by_hand: bool
) -> None:
    authority.age = 65
    paas.ok("letsencrypt:enable", "shop")
    make_due(paas)
    with paas.inside():
        shop = apps.load("shop")
        order = locks.exclusive(f"letsencrypt-{shop.id}")
        with order if by_hand else locks.deploying(shop.id, "shop", "git push"):
            thread = threading.Thread(target=paas.ok, args=("tick",))
            thread.start()
            thread.join(20)
            assert not thread.is_alive()
        assert len(authority.orders) == 1
        (planned,) = tasks.planned("letsencrypt")
        assert time.time() < planned.due_at <= time.time() + 60
        assert status.findings() == []


def test_domains_and_a_rename_are_followed_and_disable_ends_it(paas: Harness, authority: Authority) -> None:
    paas.ok("letsencrypt:enable", "shop")
    assert "asks for a certificate for shop.org within a minute" in paas.ok("domains:add", "shop", "shop.org")
    make_due(paas)
    paas.ok("tick")
    assert authority.orders[-1] == ["shop.com", "shop.org", "www.shop.com"]

    paas.ok("letsencrypt:disable", "shop")
    assert paas.ok("letsencrypt:active", "shop") == "false\n"
    assert "letsencrypt:enable shop" in paas.run("letsencrypt:auto-renew", "shop").stderr
    make_due(paas)
    paas.ok("tick")
    assert len(authority.orders) == 2


def test_a_wildcard_that_was_added_later_stops_no_renewal(paas: Harness, authority: Authority) -> None:
    authority.age = 70
    paas.ok("letsencrypt:enable", "shop")
    paas.ok("domains:add", "shop", "*.shop.com")
    make_due(paas)
    said = paas.run("tick").stderr

    assert authority.orders[1:] == [["shop.com", "www.shop.com"]]
    assert "Left out: *.shop.com: a wildcard needs the challenge dns-01" in said
    assert "letsencrypt:set shop challenge dns-01" in said


def test_only_by_name_an_app_gives_up_the_certificate_that_somebody_brought(
    paas: Harness, authority: Authority
) -> None:
    brought = made("shop.com", "www.shop.com")
    with paas.inside():
        certs.install(apps.load("shop"), brought.crt, brought.key, "certs")

    said = paas.ok("letsencrypt:enable", "--all")
    assert "shop keeps the certificate that certs brought" in said
    assert authority.orders == []

    assert "takes the place of the certificate that certs brought" in paas.ok("letsencrypt:enable", "shop")
    paas.ok("letsencrypt:enable", "--all")
    assert len(authority.orders) == 1


def test_whoever_brings_or_removes_a_certificate_ends_the_renewals(
    paas: Harness, authority: Authority, tmp_path: Path
) -> None:
    brought = made("shop.com", "www.shop.com")
    (tmp_path / "crt").write_bytes(brought.crt)
    (tmp_path / "key").write_bytes(brought.key)
    for words in (("certs:update", "shop", str(tmp_path / "crt"), str(tmp_path / "key")), ("certs:remove", "shop")):
        paas.ok("letsencrypt:enable", "shop")
        orders = len(authority.orders)

        assert "letsencrypt looks after it no more" in paas.ok(*words)

        assert json.loads(paas.ok("letsencrypt:list", "--format", "json")) == []
        make_due(paas)
        paas.ok("tick")
        assert len(authority.orders) == orders


def test_what_somebody_brought_is_replaced_once_the_cause_of_a_failure_is_gone(
    paas: Harness, authority: Authority
) -> None:
    brought = made("shop.com", "www.shop.com")
    with paas.inside():
        certs.install(apps.load("shop"), brought.crt, brought.key, "certs")
    authority.trouble = AuthorityFailed("The server is down.")
    assert paas.run("letsencrypt:enable", "shop").exit_code == 1
    authority.trouble = None
    make_due(paas)
    paas.ok("tick")

    assert paas.ok("letsencrypt:active", "shop") == "true\n"
