"""A minimal system of this server's own distribution as an image; runs as root."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from paas import PaasError
from paas.paths import Paths

APT = Path("/etc/apt")
SETTINGS = Path(__file__).parent / "image" / "dpkg"
"""Of dpkg, in the stack: it need not survive a loss of power while it is made, nor be read."""


@dataclass(frozen=True)
class Archive:
    """Where packages come from: a line of apt's sources."""

    url: str
    suite: str
    components: tuple[str, ...]

    def __str__(self) -> str:
        return f"deb {self.url} {self.suite} {' '.join(self.components)}"


def image(paths: Paths, *, anew: bool) -> str:
    """The name of the image, which is made if it isn't there.

    Raises:
        PaasError: debootstrap isn't installed, or apt's sources name no mirror, or one of them failed.
    """
    release = platform.freedesktop_os_release()
    suite = release.get("VERSION_CODENAME", "")
    if not re.fullmatch(r"[a-z]+", suite):
        raise PaasError("This system has no code name, by which its packages could be found.")
    name = f"paas/stack-base:{suite}"
    docker = ["docker", *(["--host", f"unix://{paths.docker_socket}"] if paths.docker_socket else [])]
    before = _run([*docker, "images", "-q", name])
    if before and not anew:
        return name
    archives = [a for a in sources(APT) if a.suite.partition("-")[0] == suite]
    main = next((a for a in archives if a.suite == suite), None)
    if not main:
        raise PaasError(f"apt's sources name no mirror with {suite}.", hint="See /etc/apt/sources.list")
    if not shutil.which("debootstrap"):
        raise PaasError("debootstrap is not installed.", hint="Run apt-get install debootstrap")
    with tempfile.TemporaryDirectory(prefix="paas-stack-") as place:
        root = Path(place) / "root"
        (settings := root / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True)
        shutil.copyfile(SETTINGS, settings / "stack")
        components = f"--components={','.join(main.components)}"
        cache = f"--cache-dir={_ahead(Path(place) / 'packages')}"
        _run(["debootstrap", "--variant=minbase", components, cache, suite, str(root), main.url])
        lines = "".join(f"{archive}\n" for archive in archives)
        (root / "etc/apt/sources.list").write_text(lines, encoding="utf-8")
        for package in root.glob("var/cache/apt/archives/*.deb"):
            package.unlink()
        with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as tar:
            _run([*docker, "import", "-", name], stdin=tar.stdout)
        if tar.returncode:
            raise PaasError(f"tar ended with {tar.returncode}.")
    if before:
        with suppress(PaasError):  # a container is using it
            _run([*docker, "rmi", before])
    return name


def _ahead(folder: Path) -> Path:
    """A folder with most packages of a minimal system, which apt has much faster than debootstrap.

    What is missing, for whatever reason, debootstrap gets by itself.
    """
    (folder / "partial").mkdir(parents=True)
    options = ["Dir::State::status=/dev/null", f"Dir::Cache::Archives={folder}", "Debug::NoLocking=true"]
    words = [word for option in [*options, "APT::Install-Recommends=false"] for word in ("-o", option)]
    with suppress(PaasError):
        _run(["apt-get", "--yes", *words, "--download-only", "install", "?essential", "?priority(required)", "apt"])
    return folder


def sources(apt: Path) -> Iterator[Archive]:
    """The archives of apt's sources, in both of their shapes; those without components are left out."""
    for file in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]:
        if file.suffix == ".list" and file.is_file():
            yield from _lines(file.read_text(encoding="utf-8"))
        elif file.suffix == ".sources" and file.is_file():
            yield from _stanzas(file.read_text(encoding="utf-8"))


def _lines(text: str) -> Iterator[Archive]:
    for line in text.splitlines():
        words = re.sub(r"\[[^]]*\]", "", line.partition("#")[0]).split()
        if words[:1] == ["deb"] and len(words) > 3:
            yield Archive(words[1], words[2], tuple(words[3:]))


def _stanzas(text: str) -> Iterator[Archive]:
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = {key.lower(): value.split() for key, _, value in (f.partition(":") for f in stanza.splitlines())}
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        for url in fields.get("uris", []):
            for suite in fields.get("suites", []):
                if components := tuple(fields.get("components", [])):
                    yield Archive(url, suite, components)


def _run(argv: list[str], **given: object) -> str:
    environment = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=environment, **given)  # type: ignore[call-overload]
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise PaasError(f"{argv[0]} failed: {said}")
    return str(done.stdout).strip()
