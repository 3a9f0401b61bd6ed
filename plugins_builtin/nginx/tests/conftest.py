from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from paas import App, Endpoint, Image, Process, Release, Slot, hookimpl, hooks, hookspecs, releases
from paas.testing import Harness, Inventory
from paas_nginx import server, webserver
from paas_proxy.api import Certificate

from .real import Web, served


class Root:
    """Stands in for the root helper: takes any configuration but those that hold a forbidden word.

    Attributes:
        asked: The verbs, each with its words.
        forbidden: What nginx would choke on; it blames the file.
    """

    def __init__(self, folder: Path) -> None:
        self.sites = folder / "sites"
        self.asked: list[list[str]] = []
        self.forbidden: set[str] = set()

    @property
    def reloads(self) -> int:
        return sum(words[0] == "nginx-reload" for words in self.asked)

    def __call__(self, argv: list[str], _: bytes) -> str | subprocess.CompletedProcess[bytes]:
        verb, *names = argv[3:]
        self.asked.append([verb, *names])
        if verb == "nginx-log-read":
            return "GET / 200\n"
        if not verb.startswith("nginx-") or verb in ("nginx-stop", "nginx-include") or "log" in verb:
            return ""
        broken = self.broken(names if verb == "nginx-test" else ())
        if verb == "nginx-reload" and (said := [broken[name] for name in names if name in broken]):
            return subprocess.CompletedProcess(argv, 1, b"", said[0].encode())
        if verb != "nginx-test":
            for name in broken:
                (self.sites / name).rename((self.sites / name).with_suffix(".broken"))
        return json.dumps(broken)

    def broken(self, names: Sequence[str]) -> dict[str, str]:
        files = [self.sites / name for name in names] or sorted(self.sites.glob("*.conf"))
        bad = [file for file in files if any(word in file.read_text() for word in self.forbidden)]
        return {file.name: f"nginx: [emerg] it is forbidden in {file}:1" for file in bad}


@pytest.fixture
def root(paas: Harness) -> Root:
    stand_in = Root(paas.paths.plugin("nginx"))
    paas.programs["sudo"] = stand_in
    return stand_in


def deployed(paas: Harness, name: str, address: str = "172.30.0.2") -> App:
    """An app with a domain and one process, as a deploy leaves it."""
    app = paas.app(name)
    if not (paas.paths.plugin("nginx") / "sites" / f"{app.id}.conf").exists():
        paas.ok("domains:set", name, f"{name}.com")
    with paas.inside():
        image = Image("sha256:1", "null", ("3000/tcp",))
        domains, ports = hooks.gather(hookspecs.app_domains, app), hooks.gather(hookspecs.app_ports, app, image)
        draft = Release(image, formation={"web": 1}, domains=domains, ports=ports)
        release = releases.add(app, draft)
        process = Process(Slot("web", 1), release.id, f"{name}-{address}", Endpoint(address, 3000))
        route(app, release, [Endpoint(address, 3000)])
        releases.promote(app, release, [process])
    return app


def route(app: App, release: Release, endpoints: Sequence[Endpoint]) -> None:
    hooks.act(hookspecs.proxy_configure, app, release, endpoints)


def site(paas: Harness, app: App) -> str | None:
    with paas.inside():
        return server.site(app)


# A real nginx


@pytest.fixture
def web(paas: Harness, tmp_path: Path) -> Iterator[Web]:
    assert shutil.which("nginx", path="/usr/sbin:/usr/bin"), "nginx isn't installed: tests/run installs it"
    for folder in (tmp_path, *tmp_path.parents):  # nginx's workers are another account
        if folder != Path("/") and folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    web = Web(paas, tmp_path)
    yield web
    webserver.stop(web.nginx)


@pytest.fixture
def page() -> Iterator[int]:
    yield from served()


@pytest.fixture
def other_page() -> Iterator[int]:
    yield from served()


@pytest.fixture
def certificate(tmp_path: Path, inventory: Inventory) -> Certificate:
    """What apps answer with for shop.com, from a plugin of its own."""
    found = Certificate(str(tmp_path / "shop.pem"), str(tmp_path / "shop.key"))
    words = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=shop.com"]
    words += ["-addext", "subjectAltName=DNS:shop.com", "-keyout", found.key, "-out", found.certificate]
    subprocess.run(["openssl", "req", *words], check=True, capture_output=True)

    @hookimpl
    def certificate_for(app: App, domain: str) -> Certificate | None:
        return found if domain == "shop.com" else None

    inventory.real = True
    inventory.plugin("certificates", certificate_for)
    return found
