"""Builds by the docker CLI, which streams a context and shows what happens as nothing else does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from paas import process, state
from paas.context import current
from paas.errors import ProgramFailed

from .api import Build, DockerError

CLIENTS = ("docker", "/usr/bin/docker")
"""A newer client without buildx may stand first on PATH; Debian's own has BuildKit built in."""


def run(build: Build, show: Callable[[str], None]) -> str:
    """Build a Dockerfile; the id of the image.

    Raises:
        DockerError: The build failed; `show` has had its output.
    """
    client, buildkit = client_and_builder()
    scratch = current().paths.scratch
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="build-") as folder:
        id_file = Path(folder) / "id"
        try:
            process.stream(
                list(_argv(build, client, id_file, buildkit)),
                show,
                env={**build.environment, "DOCKER_BUILDKIT": "1" if buildkit else "0"},
            )
            return id_file.read_text()
        except ProgramFailed as error:
            raise DockerError(error.output.strip().rpartition("\n")[2]) from error


def client_and_builder() -> tuple[str, bool]:
    """The docker CLI to use and whether it has BuildKit; found out once for this server."""
    kept = state.property("docker", state.GLOBAL, "client")
    if not kept:
        kept = next(([c, True] for c in CLIENTS if _has_buildkit(c)), [CLIENTS[0], False])
        state.change("docker", state.GLOBAL, {"client": kept})
    return kept[0], kept[1]


def _has_buildkit(client: str) -> bool:
    """Whether a client would build with BuildKit: an old one has it built in, a new one needs buildx."""
    asked = process.run([client, "build", "--help"], env={"DOCKER_BUILDKIT": "1"}, check=False)
    return asked.returncode == 0 and b"--progress" in asked.stdout


def _argv(build: Build, client: str, id_file: Path, buildkit: bool) -> Iterator[str | Path]:
    yield from (client, "build", "--iidfile", id_file, "--file", build.folder / build.dockerfile, "--tag", build.tag)
    if buildkit:
        yield "--progress=plain"
    for key, value in build.labels.items():
        yield f"--label={key}={value}"
    yield from build.options
    yield from ("--", build.folder)
