"""letsencrypt against Debian's Pebble, with a small server in the place of nginx."""

from __future__ import annotations

import http.server
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from paas import apps, tasks
from paas.testing import Harness
from paas_certs import api as certs
from paas_letsencrypt import ledger
from paas_proxy import api as proxy
from testbed import acme, front
from testbed.acme import Pebble
from testbed.front import Trouble

SOAK = bool(os.environ.get("PAAS_TEST_SOAK"))
ISSUANCES = 200 if SOAK else 2
OF_EACH = 5
"""An authorization can only be used again by whoever asks for the same name: as often as the ledger allows it."""
EVERY_PAIR = [(nonces, reuse) for nonces in (0, 5, 50, 90) for reuse in (0, 50, 100)]
PAIRS = EVERY_PAIR if SOAK else [(0, 0), (5, 50), (50, 100), (90, 50)]
"""Of a hundred nonces those that are refused, and of a hundred authorizations those that are used again."""


@contextmanager
def answering(folder: Path, port: int, looked_at: list[str]) -> Iterator[None]:
    """What nginx does with the folder of challenges."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(folder / path.removeprefix("/.well-known/acme-challenge/"))

        def log_message(self, *_: object) -> None:
            looked_at.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def authority(paas: Harness, folder: Path, looked_at: list[str] | None = None, **options: Any) -> Iterator[Pebble]:
    """Pebble, for all apps.

    Args:
        looked_at: Gets the path of each challenge that it looks at.
    """
    with paas.inside():
        challenges = proxy.challenges()
    seen = [] if looked_at is None else looked_at
    with acme.running(folder / "pebble", **options) as server, answering(challenges, server.http_port, seen):
        paas.ok("letsencrypt:set", "--global", "server", server.directory)
        paas.ok("letsencrypt:set", "--global", "ca-bundle", str(server.bundle))
        paas.ok("letsencrypt:set", "--global", "email", "ann@example.com")
        paas.ok("letsencrypt:set", "--global", "preflight", "off")
        yield server


def installed(paas: Harness, name: str) -> certs.Certificate:
    with paas.inside():
        found = certs.installed(apps.load(name))
    assert found
    return found


def make_due(paas: Harness) -> None:
    with paas.inside(), ledger.SCHEMA.writing() as db:
        db.execute("UPDATE tasks SET due_at = 0")


def test_an_authority_that_wants_an_external_account_gets_it(paas: Harness, tmp_path: Path) -> None:
    paas.app("shop")
    paas.ok("domains:set", "shop", "shop.com")
    secret = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    with authority(paas, tmp_path, external_accounts={"kid-1": secret}):
        refused = paas.run("letsencrypt:enable", "shop")
        assert (refused.exit_code, "eab-kid" in refused.stderr) == (1, True), refused.stderr

        paas.ok("letsencrypt:set", "--global", "eab-kid", "kid-1")
        paas.ok("letsencrypt:set", "--global", "eab-hmac-key", secret[::-1])
        wrong = paas.run("letsencrypt:enable", "shop")
        assert (wrong.exit_code, secret[::-1] in wrong.stderr) == (1, False), wrong.stderr

        paas.ok("letsencrypt:set", "--global", "eab-hmac-key", secret)
        paas.ok("letsencrypt:enable", "shop")
        assert installed(paas, "shop").names == ("shop.com",)


def test_bad_domains_of_twenty_do_not_stop_the_others(paas: Harness, tmp_path: Path) -> None:
    good = [f"n{number}.shop.com" for number in range(18)]
    paas.app("shop")
    paas.ok("domains:set", "shop", *good, "blocked.com", "lost.com")
    with authority(paas, tmp_path, blocked=["blocked.com"]) as server:
        server.forget("lost.com")
        result = paas.run("letsencrypt:enable", "shop")
        assert result.exit_code == 0, result.stderr

        assert sorted(installed(paas, "shop").names) == sorted(good)
        for place in (result.stderr, paas.run("letsencrypt:list").stderr):
            assert "blocked.com: " in place
            assert "lost.com: " in place

        server.mend("lost.com")
        make_due(paas)
        paas.ok("tick")
        assert sorted(installed(paas, "shop").names) == sorted([*good, "lost.com"])


@pytest.mark.parametrize(("nonces", "reuse"), PAIRS)
def test_refused_nonces_stop_nothing(paas: Harness, tmp_path: Path, nonces: int, reuse: int) -> None:
    serials, looked_at = set[str](), list[str]()
    with authority(paas, tmp_path, looked_at, nonce_reject=nonces, reuse=reuse):
        for number in range(ISSUANCES):
            name = f"app-{number // OF_EACH}"
            if number % OF_EACH == 0:
                paas.app(name)
                paas.ok("domains:set", name, f"{name}.com")
            result = paas.run("letsencrypt:enable", name, "--force")
            if nonces <= 50 or result.exit_code == 0:
                assert result.exit_code == 0, result.stderr
                assert installed(paas, name).names == (f"{name}.com",)
                serials.add(installed(paas, name).serial)
            else:
                assert "refuses every nonce" in result.stderr
    if nonces <= 50:
        assert len(serials) == ISSUANCES
        assert reuse < 100 or len(set(looked_at)) == -(-ISSUANCES // OF_EACH)


def test_an_authority_with_a_bad_day_is_left_alone_until_it_is_over(paas: Harness, tmp_path: Path) -> None:
    paas.app("shop")
    paas.ok("domains:set", "shop", "shop.com")
    with authority(paas, tmp_path) as server, front.before(server) as before:
        paas.ok("letsencrypt:set", "--global", "server", before.directory)
        paas.ok("letsencrypt:enable", "shop")
        first = installed(paas, "shop").serial
        paas.ok("domains:add", "shop", "www.shop.com")

        for trouble, said, least in (
            (Trouble(429, {"Retry-After": "7200"}, b'{"detail": "too many"}'), "answers 429: too many", 7200),
            (Trouble(503, {"Retry-After": "90000"}), "answers 503", 90000),
            (Trouble(500, {"Retry-After": "99"}, b"<html>"), "answers 500", 99),
            (Trouble(0), "can't be reached", 600),
            (Trouble(200, {"Content-Type": "text/html"}, b"<html>welcome"), "no ACME", 600),
            (Trouble(200, {"Content-Type": "application/json"}, b'{"newOrder": 7}'), "no ACME", 600),
        ):
            before.trouble = trouble
            began = time.time()
            failed = paas.run("letsencrypt:auto-renew", "shop")
            assert (failed.exit_code, said in failed.stderr) == (1, True), failed.stderr
            assert installed(paas, "shop").serial == first
            with paas.inside():
                assert all(task.due_at >= began + least for task in tasks.planned("letsencrypt"))
            assert said in paas.run("letsencrypt:list").stderr

        before.trouble = None
        make_due(paas)
        paas.ok("tick")
        assert "www.shop.com" in installed(paas, "shop").names
        assert paas.run("letsencrypt:list").stderr == ""


def test_an_authority_that_says_when_to_renew_is_followed(paas: Harness, tmp_path: Path) -> None:
    paas.app("shop")
    paas.ok("domains:set", "shop", "shop.com")
    with authority(paas, tmp_path) as server, front.before(server) as before:
        now = time.time()
        before.window = now + 30 * 86400, now + 32 * 86400
        paas.ok("letsencrypt:set", "--global", "server", before.directory)
        paas.ok("letsencrypt:enable", "shop")
        first = installed(paas, "shop").serial
        make_due(paas)
        paas.ok("tick")
        assert installed(paas, "shop").serial == first
        (record,) = json.loads(paas.ok("letsencrypt:list", "--format", "json"))
        assert now + 30 * 86400 <= record["due_at"] <= now + 32 * 86400

        before.window = now - 7200, now - 3600
        make_due(paas)
        paas.ok("tick")
        second = installed(paas, "shop").serial
        assert second != first
        assert len(set(before.asked)) == 2, "each was asked about by a name of its own"
        assert before.replaced == ["", before.asked[0]]

        before.takes_no_successors = True
        make_due(paas)
        paas.ok("tick")
        assert installed(paas, "shop").serial != second
        assert before.replaced[2:] == [before.asked[-2], ""]
