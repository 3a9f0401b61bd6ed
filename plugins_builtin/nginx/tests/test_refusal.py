from __future__ import annotations

from paas_nginx.refusal import Refused, culprit, essence

FOLDER = "/etc/nginx/paas/sites"
SITES = {"1.conf": "ssl_certificate /certs/one.pem;", "2.conf": "ssl_certificate /certs/two.pem;"}


def test_a_site_is_blamed_by_its_file() -> None:
    said = f'nginx: [emerg] host not found in upstream "x" in {FOLDER}/2.conf:3\nnginx: configuration file failed\n'

    assert culprit(said, SITES) == "2.conf"


def test_a_site_is_blamed_by_the_certificate_that_it_names() -> None:
    said = 'nginx: [emerg] cannot load certificate "/certs/two.pem": BIO_new_file() failed (SSL: error:02001002)\n'

    assert culprit(said, SITES) == "2.conf"


def test_a_warning_blames_nobody() -> None:
    said = (
        f"nginx: [warn] conflicting server name in {FOLDER}/1.conf:1\n"
        "nginx: [emerg] unknown directive in /etc/nginx/nginx.conf:1\n"
    )

    assert culprit(said, SITES) is None
    assert essence(said) == "nginx: [emerg] unknown directive in /etc/nginx/nginx.conf:1"


def test_an_error_carries_what_nginx_said() -> None:
    assert Refused("sudo: a password is required\n").message.endswith("sudo: a password is required")


def test_when_nginx_says_it_twice_it_is_shown_once() -> None:
    said = "2026/11/25 22:52:32 [emerg] 6158#6158: no such thing\nnginx: [emerg] no such thing\n"

    assert essence(said) == "nginx: [emerg] no such thing"
