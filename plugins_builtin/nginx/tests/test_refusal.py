from __future__ import annotations

from pathlib import Path

from paas_nginx.refusal import Refused, culprit, essence

FOLDER = Path("/var/lib/paas/plugins/nginx/sites")
SITES = {FOLDER / "1.conf": "ssl_certificate /certs/one.pem;", FOLDER / "2.conf": "ssl_certificate /certs/two.pem;"}


def test_a_site_is_blamed_by_its_file() -> None:
    said = f'nginx: [emerg] host not found in upstream "x" in {FOLDER}/2.conf:3\nnginx: configuration file failed\n'

    assert culprit(said, SITES) == FOLDER / "2.conf"


def test_a_site_is_blamed_by_the_certificate_that_it_names() -> None:
    said = 'nginx: [emerg] cannot load certificate "/certs/two.pem": BIO_new_file() failed (SSL: error:02001002)\n'

    assert culprit(said, SITES) == FOLDER / "2.conf"


def test_a_warning_blames_nobody() -> None:
    said = (
        f"nginx: [warn] conflicting server name in {FOLDER}/1.conf:1\n"
        "nginx: [emerg] unknown directive in /etc/nginx/nginx.conf:1\n"
    )

    assert culprit(said, SITES) is None
    assert essence(said) == "nginx: [emerg] unknown directive in /etc/nginx/nginx.conf:1"


def test_an_error_carries_what_nginx_said() -> None:
    assert Refused("sudo: a password is required\n").message.endswith("sudo: a password is required")
