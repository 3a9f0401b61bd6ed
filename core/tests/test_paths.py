from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from paas import paths
from paas.paths import Nginx, Paths


@pytest.fixture
def host(tmp_path: Path) -> Any:
    def write(settings: Any) -> Path:
        (tmp_path / "host.json").write_text(json.dumps(settings))
        return tmp_path / "host.json"

    return write


def test_a_host_file_that_says_nothing_means_the_places_of_the_design(host: Any, tmp_path: Path) -> None:
    found = paths.read(host({}))

    assert found == Paths(root=Path("/var/lib/paas"), home=Path("/home/paas"), program=tmp_path)
    assert found.state == Path("/var/lib/paas/state.db")
    assert found.app("shop") == Path("/var/lib/paas/apps/shop")
    assert found.repository("shop") == Path("/home/paas/shop")
    assert found.authorized_keys == Path("/home/paas/.ssh/authorized_keys")
    assert found.plugin("nginx") == Path("/var/lib/paas/plugins/nginx")
    assert found.executable == f"{tmp_path}/current/bin/paas"


def test_a_host_file_moves_everything(host: Any, tmp_path: Path) -> None:
    accounts = {"root": "/data", "home": "/people/host", "user": "host", "ssh_port": 2222}

    found = paths.read(host({**accounts, "docker_socket": "/data/docker.sock", "nginx": {"http_port": 8080}}))

    assert (found.root, found.home, found.user, found.ssh_port) == (Path("/data"), Path("/people/host"), "host", 2222)
    assert found.nginx == Nginx(http_port=8080)
    assert found.docker_socket == "/data/docker.sock"


@pytest.mark.parametrize("settings", [{"rot": "/x"}, {"program": "/x"}, {"nginx": {"port": 80}}])
def test_a_setting_that_doesnt_exist_is_named(host: Any, settings: dict[str, Any]) -> None:
    unknown = "port" if "nginx" in settings else next(iter(settings))

    with pytest.raises(ValueError, match=f"names unknown settings: {unknown}$"):
        paths.read(host(settings))


def test_an_installed_program_finds_the_file_above_its_generation(
    host: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host({"user": "host"})
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "7"))
    monkeypatch.setenv("PAAS_ROOT", "/elsewhere")

    assert paths.find().user == "host"
    assert paths.find().root == Path("/var/lib/paas")  # the variable is not for installed systems


def test_a_checkout_works_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("PAAS_ROOT", "/data")

    assert paths.find() == Paths(root=Path("/data"), home=Path("/data/home"))
    assert paths.find().host_file is None
    assert paths.find().executable == f"{tmp_path}/venv/bin/paas"
