"""letsencrypt on the real nginx, against Pebble: an app's certificate from its first day to its last."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from testbed import acme, servers, tls
from testbed.acme import Pebble
from testbed.client import Client, web
from testbed.system import System

DAY = 86400
PROVIDER = """\
#!/bin/sh
case $1 in
    present) exec curl --silent --fail --data "{\\"host\\": \\"$2.\\", \\"value\\": \\"$3\\"}" "$DNS/set-txt" ;;
    cleanup) exec curl --silent --fail --data "{\\"host\\": \\"$2.\\"}" "$DNS/clear-txt" ;;
esac
"""


@pytest.fixture(scope="module")
def pebble(system: System) -> Iterator[Pebble]:
    """An authority that every app of the system asks."""
    with acme.running(system.folder / "pebble", http_port=system.http_port) as server:
        system.ok("plugin:install", "letsencrypt")
        told = {"server": server.directory, "ca-bundle": str(server.bundle), "email": "ann@example.com"}
        for key, value in {**told, "preflight": "off"}.items():
            system.ok("letsencrypt:set", "--global", key, value)
        yield server


@pytest.fixture
def root(pebble: Pebble, tmp_path: Path) -> Path:
    file = tmp_path / "root.pem"
    file.write_bytes(pebble.root())
    return file


@pytest.fixture(scope="module")
def shop(system: System, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A user with an app that runs."""
    ann = system.client(tmp_path_factory.mktemp("https") / "ann")
    pushed = ann.push(ann.app("shop", web("hello")))
    assert pushed.code == 0, pushed.all
    return ann


def test_an_apps_certificate_follows_it_to_its_end(system: System, shop: Client, pebble: Pebble, root: Path) -> None:
    names = ["shop.test", "www.shop.test", "shop.example"]
    shop.ok(f"domains:set shop {' '.join(names)}")

    assert "Enabling letsencrypt for shop" in shop.ok("letsencrypt:enable shop")

    assert is_https(system, root, *names)
    nothing = tls.curl(system, "http://stranger.test/.well-known/acme-challenge/none")
    assert (nothing.status, nothing.headers["server"]) == (404, "nginx"), "that is all that a stranger learns"
    seen = tls.s_client(system, "shop.test", "-CAfile", str(root), "-verify_hostname", "shop.test")
    assert "Verify return code: 0 (ok)" in seen
    assert seen.count("BEGIN CERTIFICATE") == 2
    assert [key.stat().st_mode & 0o777 for key in (system.root / "plugins").rglob("*key.pem")] == [0o600] * 2
    first = serial(system)
    shop.ok("letsencrypt:enable shop")
    assert serial(system) == first, "it was still good"

    shop.ok("domains:add shop blog.shop.test")
    a_minute_passes(system)
    assert is_https(system, root, *names, "blog.shop.test")

    shop.ok("apps:rename shop store")
    a_minute_passes(system)
    assert is_https(system, root, *names, "blog.shop.test")
    assert "store" in shop.ok("letsencrypt:list")

    second = serial(system)
    days_pass(system, 40)
    assert "Looking after" in shop.ok("letsencrypt:auto-renew store")
    assert serial(system) == second, "a third of its life was not left yet"
    days_pass(system, 30)
    shop.ok("letsencrypt:auto-renew store")
    assert serial(system) not in (first, second)
    third = serial(system)
    days_pass(system, 70)
    a_minute_passes(system)
    assert serial(system) != third, "the timer renews as well"

    last = serial(system)
    shop.ok("letsencrypt:revoke store")
    assert pebble.is_revoked(last)
    assert tls.curl(system, "http://shop.test/").body == "hello"
    shop.ok("letsencrypt:enable store")
    shop.ok("letsencrypt:disable store")
    assert tls.curl(system, "http://shop.test/").body == "hello"
    a_minute_passes(system)
    assert shop.ok("letsencrypt:active store") == "false\n"

    shop.ok("letsencrypt:enable store")
    shop.ok("apps:rename store shop")
    clone = shop.ssh("apps:clone shop copy")
    assert clone.code == 0, clone.all
    assert shop.ok("letsencrypt:active copy") == "false\n"
    shop.ok("apps:destroy copy --force")


def test_names_that_lead_nowhere_are_left_out_and_served_once_they_are_mended(
    system: System, shop: Client, pebble: Pebble, root: Path
) -> None:
    good, bad = ["one.test", "two.test"], ["three.test", "four.test"]
    shop.ok(f"domains:set shop {' '.join([*good, *bad])}")
    shop.ok("letsencrypt:disable shop")
    pebble.forget(*good, *bad)
    none = shop.ssh("letsencrypt:enable shop")
    assert none.code == 1, none.all
    assert all(name in none.err for name in (*good, *bad))
    assert tls.curl(system, "http://one.test/").body == "hello"

    pebble.mend(*good)
    a_minute_passes(system)
    assert is_https(system, root, *good)
    assert [tls.curl(system, f"http://{name}/").body for name in bad] == ["hello"] * 2
    assert "three.test" in shop.ssh("letsencrypt:list").err
    assert "three.test" in system.paas("doctor").all

    before = serial(system, "one.test")
    pebble.mend(*bad)
    a_minute_passes(system)
    assert is_https(system, root, *good, *bad)
    assert serial(system, "one.test") != before
    assert "three.test" not in shop.ssh("letsencrypt:list").err


def test_preflight_asks_nobody_for_what_does_not_lead_here(
    system: System, shop: Client, pebble: Pebble, root: Path
) -> None:
    shop.ok("letsencrypt:disable shop")
    shop.ok("letsencrypt:set shop preflight on")
    shop.ok("domains:set shop nowhere.invalid")
    orders = len(system.query("SELECT * FROM letsencrypt_attempts"))
    refused = shop.ssh("letsencrypt:enable shop")
    assert refused.code == 1
    assert "nowhere.invalid: it does not resolve" in refused.err

    assert len(system.query("SELECT * FROM letsencrypt_attempts")) == orders
    shop.ok("domains:add shop localhost")
    answer = shop.ssh("letsencrypt:enable shop")
    assert answer.code == 0, answer.all
    assert "Left out: nowhere.invalid" in answer.err
    assert is_https(system, root, "localhost")
    shop.ok("letsencrypt:set shop preflight")


def test_a_wildcard_is_shown_by_a_program_that_makes_dns_records(
    system: System, shop: Client, pebble: Pebble, root: Path
) -> None:
    shop.ok("letsencrypt:disable shop")
    shop.ok("domains:set shop wild.test *.wild.test")
    assert "letsencrypt:set shop challenge dns-01" in shop.ssh("letsencrypt:enable shop").err
    shop.ok("letsencrypt:set shop challenge dns-01")
    shop.ok("letsencrypt:set shop dns-provider made-here")
    folder = system.root / "plugins" / "letsencrypt" / "dns"
    assert f"Put a program of that name into {folder}" in shop.ssh("letsencrypt:enable shop").err

    folder.mkdir(exist_ok=True)
    (folder / "made-here").write_text(PROVIDER)
    (folder / "made-here").chmod(0o755)
    assert shop.ssh("letsencrypt:enable shop").code == 1, "the program does not know where"
    assert "is for root to say" in shop.ssh("letsencrypt:set shop dns-provider-LD_PRELOAD /tmp/x.so").err
    system.ok("letsencrypt:set", "shop", "dns-provider-DNS", pebble.dns)
    shop.ok("letsencrypt:enable shop")

    assert is_https(system, root, "wild.test", "any.wild.test")
    shop.ok("letsencrypt:set shop challenge")


def test_a_run_that_is_killed_half_way_leaves_the_old_one_serving(
    system: System, shop: Client, pebble: Pebble, root: Path
) -> None:
    shop.ok("domains:set shop killed.test")
    shop.ok("letsencrypt:enable shop --force")
    before, folder = serial(system, "killed.test"), system.root / "plugins" / "proxy" / "challenges"
    words = [system.folder / "bin" / "paas", "letsencrypt:enable", "shop", "--force"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as run:
        servers.wait_until(lambda: any(folder.iterdir()) or run.poll() is not None, "It answers no challenge.")
        os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL

    assert serial(system, "killed.test") == before
    assert is_https(system, root, "killed.test")
    shop.ok("letsencrypt:enable shop --force")
    assert serial(system, "killed.test") != before
    assert is_https(system, root, "killed.test")


def test_nothing_is_left_of_an_app_that_is_destroyed(system: System, shop: Client, pebble: Pebble) -> None:
    assert list((system.root / "plugins" / "certs").rglob("*.pem"))

    shop.ok("apps:destroy shop --force")
    a_minute_passes(system)

    assert system.query("SELECT * FROM letsencrypt_apps") == []
    assert list((system.root / "plugins" / "certs").rglob("*.pem")) == []
    assert system.query("SELECT * FROM tasks WHERE plugin = 'letsencrypt'") == []


def is_https(system: System, root: Path, *names: str) -> bool:
    """Whether names answer in https, with a certificate that its root vouches for, and http leads there."""
    for name in names:
        assert tls.curl(system, f"https://{name}/", root).body == "hello", name
        moved = tls.curl(system, f"http://{name}/")
        assert (moved.status, moved.headers["location"]) == (301, f"https://{name}:{system.https_port}/")
    return True


def serial(system: System, name: str = "shop.test") -> int:
    return tls.served(system, name).serial_number


def a_minute_passes(system: System) -> None:
    system.make_tasks_due()
    system.ok("tick")


def days_pass(system: System, days: int) -> None:
    """Have the certificates be so much older."""
    with closing(sqlite3.connect(system.root / "state.db", timeout=60)) as db, db:
        for end in ("not_before", "not_after"):
            db.execute(
                f"UPDATE properties SET value = json_set(value, '$.{end}', json_extract(value, '$.{end}') - ?)"
                " WHERE plugin = 'certs' AND key = 'certificate'",
                (days * DAY,),
            )
