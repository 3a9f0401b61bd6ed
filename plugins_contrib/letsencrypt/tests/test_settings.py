from __future__ import annotations

import pytest

from paas import apps
from paas.testing import Harness
from paas_letsencrypt import settings

from .conftest import Authority


def test_the_tutorials_spellings_work(paas: Harness, authority: Authority) -> None:
    paas.ok("letsencrypt:set", "--global", "email")
    assert "letsencrypt:set --global email" in paas.run("letsencrypt", "shop").stderr

    paas.ok("config:set", "--global", "DOKKU_LETSENCRYPT_EMAIL=bob")
    said = paas.run("letsencrypt", "shop").stderr
    assert "'bob' is not an email address" in said
    assert "DOKKU_LETSENCRYPT_EMAIL" in said
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
        ("graceperiod", "99999999999"),
        ("eab-kid", "a b"),
        ("eab-hmac-key", "c2VjcmV0LW9m+W91cnM/"),
        ("eab-hmac-key", "short"),
    ],
)
def test_a_wrong_value_is_refused(paas: Harness, key: str, value: str) -> None:
    assert paas.run("letsencrypt:set", "--global", key, value).exit_code == 1


def test_a_setting_of_lego_is_told_apart_from_a_slip(paas: Harness) -> None:
    assert "key-type" in paas.run("letsencrypt:set", "--global", "lego-args", "--key-type=rsa4096").stderr


def test_the_key_of_an_external_account_is_never_printed(paas: Harness) -> None:
    said = paas.ok("letsencrypt:set", "--global", "eab-hmac-key", "c2VjcmV0LW9mLW91cnM")
    said += paas.ok("letsencrypt:report", "--global", "--format", "json")

    assert "c2VjcmV0LW9mLW91cnM" not in said
