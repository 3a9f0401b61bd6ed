from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from acme import messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from paas import App, PaasError, apps, hookimpl, lifecycle, locks, state, tasks
from paas.testing import Harness, Inventory
from paas_certs import api as certs
from paas_letsencrypt import account, hookspecs, issue, ledger, network, pending, preflight, settings, status
from paas_letsencrypt.errors import AuthorityFailed, NotValidated
from paas_letsencrypt.network import Network
from paas_letsencrypt.policy import DAY, Window


def pair(names: Sequence[str], begins: float, days: float) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = datetime.fromtimestamp(begins, UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem), private


@dataclass
class Authority:
    """One that does as a test wants.

    Attributes:
        orders: The names of each order.
        trouble: Raised for every order while it is set.
        strangers: Names that it can't validate.
        age: Days since its certificates began.
    """

    orders: list[list[str]] = field(default_factory=list)
    trouble: Exception | None = None
    strangers: set[str] = field(default_factory=set)
    age: float = 0
    wish: Window | None = None

    def certificate(self, app: App, names: Sequence[str]) -> tuple[bytes, bytes]:
        self.orders.append(list(names))
        if self.trouble:
            raise self.trouble
        if wrong := self.strangers & set(names):
            raise NotValidated(dict.fromkeys(sorted(wrong), "nothing there"))
        return pair(names, time.time() - self.age * DAY, 90)


@pytest.fixture
def authority(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority()
    monkeypatch.setattr(issue, "certificate", made.certificate)
    monkeypatch.setattr(issue, "window", lambda app, chain: made.wish)
    paas.app("shop")
    paas.ok("domains:set", "shop", "shop.com", "www.shop.com")
    paas.ok("letsencrypt:set", "--global", "email", "ann@example.com")
    paas.ok("letsencrypt:set", "--global", "preflight", "off")
    return made


def make_due(paas: Harness) -> None:
    with paas.inside(), ledger.SCHEMA.writing() as db:
        db.execute("UPDATE tasks SET due_at = 0")


def days_pass(paas: Harness, days: float) -> None:
    """Have the certificate be so much older."""
    with paas.inside():
        owner = apps.load("shop").owner
        row = state.property("certs", owner, "certificate")
        dates = {end: row[end] - days * DAY for end in ("not_before", "not_after")}
        state.change("certs", owner, {"certificate": row | dates})


def serial(paas: Harness) -> str | None:
    with paas.inside():
        found = certs.installed(apps.load("shop"))
    return found.serial if found else None


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


def test_a_server_that_has_lost_the_account_is_asked_for_another(paas: Harness) -> None:
    with paas.inside():
        file = account.place("https://ca") / "account.json"
        file.parent.mkdir(parents=True)
        for code, stays in (("malformed", True), ("accountDoesNotExist", False)):
            file.write_text("{}")
            with pytest.raises(AuthorityFailed, match="https://ca refuses: who"), issue.explaining("https://ca"):
                raise messages.Error.with_code(code, detail="who?")
            assert file.exists() is stays


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
    def certificate(app: App, names: Sequence[str]) -> tuple[bytes, bytes]:
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


def test_a_server_that_is_silent_is_asked_once_in_a_run(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def request(session: object, method: str, url: str, **_: object) -> requests.Response:
        asked.append(url)
        raise requests.ConnectTimeout("no answer")

    monkeypatch.setattr(requests.Session, "request", request)
    paas.ok("letsencrypt:set", "--global", "email", "ann@example.com")
    paas.ok("letsencrypt:set", "--global", "preflight", "off")
    for name in ("shop", "blog", "wiki"):
        paas.app(name)
        paas.ok("domains:set", name, f"{name}.com")
    said = paas.run("letsencrypt:enable", "--all")

    assert said.exit_code == 1
    assert said.stderr.count("can't be reached") == 3
    assert len(asked) == 1


def test_an_error_is_about_the_names_that_it_says() -> None:
    def error(code: str, detail: str, name: str | None = None, **parts: Any) -> messages.Error:
        found = messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name) if name else None
        return messages.Error.with_code(code, detail=detail, identifier=found, **parts)

    names = ["a.com", "b.local", "c.com"]
    said = 'Cannot issue for "b.local": no valid public suffix'
    assert issue.refused_names(error("rejectedIdentifier", said), names) == {"b.local": said}

    several = (error("caa", "CAA forbids it", "c.com"), error("dns", "SERVFAIL", "a.com"))
    found = issue.refused_names(error("caa", "several", subproblems=several), names)
    assert found == {"c.com": "CAA forbids it", "a.com": "SERVFAIL"}

    assert issue.refused_names(error("rateLimited", "too many for a.com"), names) == {}
    assert issue.refused_names(error("serverInternal", "a.com"), names) == {}


def test_a_certificate_is_asked_about_by_the_name_of_the_rfc() -> None:
    made = x509.load_pem_x509_certificates(pair(["shop.com"], 0, 1)[0])[0]
    assert issue.renewal_name(made) == ""

    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier(bytes.fromhex("69885b6b87464041e1b37b847ba0ae2cde01c8d4"), None, None)
    builder = x509.CertificateBuilder(made.issuer, made.subject, key.public_key(), 0x87654321)
    builder = builder.not_valid_before(datetime(2024, 1, 1)).not_valid_after(datetime(2024, 2, 1))
    named = builder.add_extension(issuer, critical=False).sign(key, hashes.SHA256())
    assert issue.renewal_name(named) == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"  # RFC 9773, section 4.1


def test_domains_and_a_rename_are_followed_and_disable_ends_it(paas: Harness, authority: Authority) -> None:
    paas.ok("letsencrypt:enable", "shop")
    paas.ok("domains:add", "shop", "shop.org")
    make_due(paas)
    paas.ok("tick")
    assert authority.orders[-1] == ["shop.com", "shop.org", "www.shop.com"]

    paas.ok("letsencrypt:disable", "shop")
    assert paas.ok("letsencrypt:active", "shop") == "false\n"
    assert "letsencrypt:enable shop" in paas.run("letsencrypt:auto-renew", "shop").stderr
    make_due(paas)
    paas.ok("tick")
    assert len(authority.orders) == 2


def test_the_tutorials_spellings_work(paas: Harness, authority: Authority) -> None:
    paas.ok("letsencrypt:set", "--global", "email")
    assert "letsencrypt:set --global email" in paas.run("letsencrypt", "shop").stderr

    paas.ok("config:set", "--global", "DOKKU_LETSENCRYPT_EMAIL=bob")
    assert "'bob' is not an email address" in paas.run("letsencrypt", "shop").stderr
    paas.ok("config:set", "--global", "DOKKU_LETSENCRYPT_EMAIL=bob@example.com")
    paas.ok("letsencrypt", "shop")
    assert authority.orders
    with paas.inside():
        assert settings.email_of(apps.load("shop")) == "bob@example.com"
    paas.ok("config:set", "--no-restart", "shop", "DOKKU_LETSENCRYPT_EMAIL=eve@example.com")
    assert paas.ok("letsencrypt:report", "shop", "--letsencrypt-computed-email") == "eve@example.com\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("email", "nobody"),
        ("email", "a@b@example.com"),
        ("email", "a\n@example.com"),
        ("server", "http://example.com"),
        ("server", "https://"),
        ("server", "https://exa mple.com/"),
        ("challenge", "tls-alpn-01"),
        ("dns-provider", "../../bin/sh"),
        ("ca-bundle", "/dev/null"),
        ("ca-bundle", "/dev/zero"),
        ("key-type", "rsa1024"),
        ("graceperiod", "soon"),
    ],
)
def test_a_wrong_value_is_refused(paas: Harness, key: str, value: str) -> None:
    assert paas.run("letsencrypt:set", "--global", key, value).exit_code == 1


def test_a_setting_of_lego_is_told_apart_from_a_slip(paas: Harness) -> None:
    assert "key-type" in paas.run("letsencrypt:set", "--global", "lego-args", "--key-type=rsa4096").stderr


def test_the_key_of_an_external_account_is_never_printed(paas: Harness) -> None:
    said = paas.ok("letsencrypt:set", "--global", "eab-hmac-key", "c2VjcmV0")
    said += paas.ok("letsencrypt:report", "--global", "--format", "json")

    assert "c2VjcmV0" not in said


def test_a_wildcard_needs_dns(paas: Harness, authority: Authority) -> None:
    paas.ok("domains:set", "shop", "*.shop.com")
    said = paas.run("letsencrypt:enable", "shop")

    assert said.exit_code == 1
    assert "*.shop.com can only be shown to be yours by DNS" in said.stderr
    assert "dns-provider" in said.stderr
    with paas.inside():
        assert ledger.record(apps.load("shop")) is None


def test_a_program_makes_dns_records(paas: Harness, inventory: Inventory) -> None:
    from paas import hooks

    inventory.real = True
    app = paas.app("shop")
    folder = paas.paths.plugin("letsencrypt") / "dns"
    folder.mkdir(parents=True)
    program = folder / "mine"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    paas.programs["mine"] = lambda argv, _: ""
    paas.ok("letsencrypt:set", "--global", "dns-provider-TOKEN", "of all")
    paas.ok("letsencrypt:set", "--global", "dns-provider-ZONE", "a\nb c")
    said = paas.ok("letsencrypt:set", "shop", "dns-provider-TOKEN", "of shop")
    assert "of shop" not in said + paas.ok("letsencrypt:report", "shop", "--format", "json")
    assert "names no variable" in paas.run("letsencrypt:set", "shop", "dns-provider-A=B", "c").stderr
    assert "for root to say" in paas.run("letsencrypt:set", "shop", "dns-provider-LD_PRELOAD", "x", key="ann").stderr
    with paas.inside():
        assert settings.variables(app) == {"TOKEN": "of shop", "ZONE": "a\nb c"}
    with paas.inside():
        ask = hookspecs.letsencrypt_dns_record
        assert hooks.ask(ask, app, "mine", "present", "_acme-challenge.shop.com", "a b;c")
        assert hooks.ask(ask, app, "other", "present", "_acme-challenge.shop.com", "x") is None

    assert paas.ran[-1] == [str(program), "present", "_acme-challenge.shop.com", "a b;c"]


@pytest.fixture
def site(paas: Harness) -> Iterator[int]:
    """A server in the place of nginx, and the port that it listens on."""
    from paas_proxy import api as proxy

    with paas.inside():
        folder = proxy.challenges()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = folder / Path(self.path).name
            self.send_response(200 if file.exists() else 404)
            self.end_headers()
            self.wfile.write(file.read_bytes() if self.headers["Host"] == "localhost" else b"something else")

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_preflight_names_what_does_not_lead_here(paas: Harness, site: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = socket.getaddrinfo

    def resolve(name: str, port: int, *words: Any, **given: Any) -> list[tuple[Any, ...]]:
        if name == "127.0.0.1":
            return whole(name, port, *words, **given)
        if name == "nowhere.test":
            raise OSError(-2, "Name or service not known")
        return [(0, 0, 0, "", ("127.0.0.1", site))]

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    with paas.inside() as context:
        object.__setattr__(context.paths.nginx, "http_port", site)
        found = preflight.failing(["localhost", "nowhere.test", "other.test"])
        assert sorted(found) == ["nowhere.test", "other.test"]
        assert "does not resolve" in found["nowhere.test"]
        assert "another server" in found["other.test"]


def test_preflight_looks_at_names_side_by_side(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    all_there = threading.Barrier(5, timeout=10)

    def resolve(*_: object, **__: object) -> None:
        all_there.wait()
        raise OSError(-3, "Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    with paas.inside():
        assert len(preflight.failing([f"{n}.test" for n in range(5)])) == 5


def response(code: int, body: bytes = b"{}", **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code, made._content = code, body
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def networked(monkeypatch: pytest.MonkeyPatch, *answers: requests.Response | Exception) -> tuple[Network, list[float]]:
    slept: list[float] = []
    made, left = Network(None, "https://ca", sleep=slept.append), list(answers)

    def request(*_: object, **__: object) -> requests.Response:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(made.session, "request", request)
    return made, slept


def test_a_server_that_is_busy_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    net, slept = networked(monkeypatch, response(503, Retry_After="7"), response(200))

    assert net.get("https://ca/dir").status_code == 200
    assert slept == [7]


@pytest.mark.parametrize(
    ("answer", "said", "wait"),
    [
        (response(429, b'{"detail": "too many"}', Retry_After="3600"), "answers 429: too many", 3600),
        (response(500, Retry_After="99"), "answers 500", 99),
        (requests.ConnectionError("refused"), "can't be reached", 0),
        (requests.Timeout("slow"), "can't be reached", 0),
    ],
)
def test_what_a_server_does_is_said_clearly(
    monkeypatch: pytest.MonkeyPatch, answer: Any, said: str, wait: float
) -> None:
    net, _ = networked(monkeypatch, answer)

    with pytest.raises(AuthorityFailed, match=said) as failed:
        net.get("https://ca/dir")
    assert failed.value.retry_after == wait


def test_garbage_is_named_as_such(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    paas.app("shop")
    paas.ok("domains:set", "shop", "shop.com")
    paas.ok("letsencrypt:set", "--global", "email", "ann@example.com")
    paas.ok("letsencrypt:set", "--global", "preflight", "off")
    for body in (b"<html>", b"[]", b"7", b'{"newOrder": 7}', b"\xff\xfe"):
        monkeypatch.setattr(requests.Session, "request", lambda *_, body=body, **__: response(200, body))
        said = paas.run("letsencrypt:enable", "shop")
        assert said.exit_code == 1, said
        assert "no ACME" in said.stderr, said.stderr


def test_a_refused_nonce_is_asked_for_again_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    net, tries = Network(None, "https://ca"), []

    def refuse(*_: object, **__: object) -> requests.Response:
        tries.append(1)
        raise messages.Error.with_code("badNonce")

    monkeypatch.setattr(net, "_post_once", refuse)
    with pytest.raises(AuthorityFailed, match="every nonce"):
        net.post("https://ca/order", None)
    assert len(tries) == network.NONCE_TRIES
