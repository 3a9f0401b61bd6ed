from __future__ import annotations

import subprocess

import pytest

from paas import PaasError, apps
from paas.testing import Harness, Inventory
from paas_letsencrypt import challenges, hookspecs, ledger, settings

from .conftest import Authority


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


def test_what_is_wrong_with_a_program_is_named(paas: Harness) -> None:
    app = paas.app("shop")
    folder = paas.paths.plugin("letsencrypt") / "dns"
    folder.mkdir(parents=True)
    program = folder / "mine"
    program.write_text("#!/bin/sh\n")
    paas.programs["mine"] = lambda argv, _: subprocess.CompletedProcess(argv, 1, b"", b"no such zone")
    with paas.inside():
        with pytest.raises(PaasError, match="may not be run by the account of paas"):
            challenges.run_program(app, "mine", "present", "_acme-challenge.shop.com", "x")
        program.chmod(0o755)
        with pytest.raises(PaasError, match=r"mine could not do `present _acme-challenge.shop.com`: .*: no such zone"):
            challenges.run_program(app, "mine", "present", "_acme-challenge.shop.com", "x")
