"""Builds by the docker CLI, which streams a context and shows what happens as nothing else does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from paas import ahead, process, scratch, state
from paas.errors import ProgramFailed

from . import options, quick, space
from .api import Build

CLIENTS = ("docker", "/usr/bin/docker")
"""A newer client without buildx may stand first on PATH; Debian's own has BuildKit built in."""
PLUGINS = ("~/.docker/cli-plugins", "/usr/local/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins")
"""Where a client looks for buildx; a change there means to try again."""


def run(build: Build, show: Callable[[str], None]) -> str:
    """Build a Dockerfile; the id of the image.

    Raises:
        DockerError: The build failed; `show` has had its output.
    """
    host = f"unix://{quick.socket_path()}"
    client, buildkit = client_and_builder()
    with scratch.folder("build") as folder:
        id_file = folder / "id"
        argv = list(_argv(build, client, id_file, buildkit))
        variables = options.named(build.options, build.environment)
        ahead.of_start()
        try:
            process.stream(argv, show, env={**variables, "DOCKER_BUILDKIT": str(int(buildkit)), "DOCKER_HOST": host})
        except ProgramFailed as error:
            raise space.refused(reason(error.output), error.output) from error
        return id_file.read_text().strip()


def reason(output: str) -> str:
    """What a failed build says is wrong: its last line that says anything."""
    said = [line.strip() for line in output.splitlines() if line.strip(" -")]
    return said[-1].removeprefix("ERROR: ") if said else "Docker gave no reason."


def _argv(build: Build, client: str, id_file: Path, buildkit: bool) -> Iterator[str | Path]:
    yield from (client, *(("--config", build.config) if build.config else ()), "build", *options.known(build.options))
    yield from ("--iidfile", id_file, "--file", build.folder / build.dockerfile, "--tag", build.tag)
    # The classic builder else leaves the container of a step that failed.
    yield "--progress=plain" if buildkit else "--force-rm"
    for key, value in build.labels.items():
        yield f"--label={key}={value}"
    yield from ("--", build.folder)


def client_and_builder() -> tuple[str, bool]:
    """The docker CLI to use and whether it has BuildKit; tried once for what is installed now."""
    installed = _installed()
    kept = state.property("docker", state.GLOBAL, "client", {})
    if kept.get("installed") != installed:
        client = next((c for c in CLIENTS if _has_buildkit(c)), None)
        kept = {"installed": installed, "client": client or CLIENTS[0], "buildkit": client is not None}
        state.change("docker", state.GLOBAL, {"client": kept})
    return kept["client"], kept["buildkit"]


def _installed() -> str:
    """The clients and folders of plugins that there are, with the time of their last change."""
    places = [found for client in CLIENTS if (found := shutil.which(client))]
    places += [os.path.expanduser(folder) for folder in PLUGINS]  # noqa: PTH111 (pathlib has no cheaper one)
    return " ".join(f"{place}@{os.stat(place).st_mtime_ns}" for place in places if os.path.exists(place))  # noqa: PTH110, PTH116


def _has_buildkit(client: str) -> bool:
    """Whether a client would build with BuildKit: an old one has it built in, a new one needs buildx."""
    if not shutil.which(client):
        return False
    asked = process.run([client, "build", "--help"], env={"DOCKER_BUILDKIT": "1"}, check=False)
    return asked.returncode == 0 and b"--progress" in asked.stdout
