"""Images that are pushed to a registry as they are released."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.client import Client, web
from testbed.servers import PASSWORD, registry
from testbed.system import System


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with registry(tmp_path / "registry", "ann") as address:
        yield address


def tags(address: str, repository: str) -> list[str]:
    """What a registry says that it has."""
    known = {"Authorization": f"Basic {base64.b64encode(f'ann:{PASSWORD}'.encode()).decode()}"}
    asked = urllib.request.Request(f"http://{address}/v2/{repository}/tags/list", headers=known)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        found: list[str] = json.load(answer)["tags"]
        return sorted(found)


def test_what_is_released_is_in_the_registry(system: System, ann: Client, address: str) -> None:
    copy = ann.app("pushed", web("one"))
    ann.ok("apps:create pushed")
    ann.ok(f"registry:set pushed server {address}")
    ann.ok("registry:set pushed push-on-release true")
    ann.ok("registry:set pushed push-extra-tags latest")

    refused = ann.push(copy)
    assert refused.code != 0
    assert "could not be pushed" in refused.all, "nobody has logged in"
    wrong = ann.ssh(f"registry:login pushed {address} ann", b"wrong\n")
    assert wrong.code == 1, wrong.all
    system.ok("registry:login", "--global", address, "ann", input=PASSWORD.encode())

    pushed = ann.push(copy)
    assert pushed.code == 0, pushed.all
    assert f"-----> Pushing {address}/paas/pushed:" in pushed.all
    assert PASSWORD not in pushed.all
    number = ann.ok("registry:report pushed --registry-tag-version").strip()
    assert tags(address, "paas/pushed") == sorted([number, "latest"])
    kept = system.home / ".docker" / "config.json"
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.owner() == system.user

    # Another app from there, by a login of its own: only the registry has that image by its name.
    system.docker("rmi", "--no-prune", f"{address}/paas/pushed:{number}")
    system.ok("registry:logout", "--global", address)
    assert address not in kept.read_text()
    ann.ok("apps:create pulled")
    assert ann.ssh(f"git:from-image pulled {address}/paas/pushed:{number}").code != 0, "nobody has logged in"
    ann.ok(f"registry:login pulled {address} ann", PASSWORD.encode())
    ann.ok(f"git:from-image pulled {address}/paas/pushed:{number}")
    assert ann.get("pulled.paas.test").body == "one"

    ann.ok("ps:restart pushed")
    for name in ("pushed", "pulled"):
        system.ok("apps:destroy", "--force", name)
