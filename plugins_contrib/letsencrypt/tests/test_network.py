from __future__ import annotations

import socket
from typing import Any

import pytest
import requests
from acme import messages

from paas.testing import Harness
from paas_letsencrypt import network
from paas_letsencrypt.errors import AuthorityFailed
from paas_letsencrypt.network import Network


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


def test_a_port_where_nobody_listens_is_said_without_the_names_of_libraries() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = f"https://127.0.0.1:{free.getsockname()[1]}/dir"
        with pytest.raises(AuthorityFailed) as failed:
            Network(None, server).get(server)

    assert failed.value.message == f"{server} can't be reached: Connection refused"


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
