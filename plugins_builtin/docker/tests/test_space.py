"""Docker's own disk is full: on a dockerd of the test's own, whose disk has a few megabytes."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from paas import PaasError, hooks, hookspecs
from paas.testing import Harness
from paas_docker.api import Build, DockerError, Engine, ImageInfo, ours
from paas_docker.engine import DockerEngine

READY_SECONDS = 60


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data root of a dockerd, on a disk of 40 MB; what runs in this test talks to it."""
    with tempfile.TemporaryDirectory(prefix="paas-space-") as name:
        folder = Path(name)
        (data := folder / "data").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", data], check=True)
        try:
            monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/socket")
            with subprocess.Popen(_words(folder), stderr=subprocess.DEVNULL) as dockerd:
                try:
                    _wait_until_it_answers(dockerd)
                    yield data
                finally:
                    dockerd.terminate()
        finally:
            subprocess.run(["umount", data], check=True)


def _words(folder: Path) -> list[str]:
    # In a network of its own: without a bridge, dockerd removes the one of the machine's own dockerd, docker0.
    words = ["unshare", "--net", "dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
    words += ["--pidfile", f"{folder}/pid"]
    return [*words, "--host", f"unix://{folder}/socket", "--bridge", "none", "--iptables=false", "--ip-masq=false"]


def _wait_until_it_answers(dockerd: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        assert dockerd.poll() is None, "dockerd has ended"
        assert time.monotonic() < end, "dockerd doesn't answer"
        time.sleep(0.1)


@pytest.mark.journey
def test_a_build_without_room_on_dockers_disk_says_so(paas: Harness, little: Path, tmp_path: Path) -> None:
    paas.real.add("docker")
    docker: Engine = DockerEngine()
    paas.resources["docker"] = docker
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY file /file\n")
    (tmp_path / "file").write_bytes(b"x" * (60 << 20))
    build = Build(tmp_path, "paas-space:1", labels=ours_of(paas))

    with paas.inside(), pytest.raises(DockerError, match="no space left on device") as refused:
        docker.build(build, lambda line: None)

    assert f"are free on {little}, where {little} is." in refused.value.message
    assert "docker builder prune" in str(refused.value.hint)

    (tmp_path / "file").write_bytes(b"x")
    with paas.inside():
        assert _built_again(docker, build).id


@pytest.mark.journey
def test_a_deploy_does_not_begin_without_room_on_dockers_disk(paas: Harness, little: Path) -> None:
    paas.resources["docker"] = DockerEngine()

    with paas.inside():
        assert hooks.gather(hookspecs.disk_places) == {"images": little}
        with pytest.raises(PaasError, match=rf"of 40.0 MB are free for {little} \(images\), and a deploy needs"):
            hooks.check(hookspecs.require_room, is_deploy=True)


def _built_again(docker: Engine, build: Build) -> ImageInfo:
    # The file that BuildKit of Docker 20.10 could not write whole is gone by name, but stays open, and with it its
    # bytes, until a collection of Go's garbage closes it.
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            return docker.build(build, lambda line: None)
        except DockerError as error:
            if "no space left on device" not in error.message or time.monotonic() > end:
                raise
            time.sleep(0.1)


def ours_of(paas: Harness) -> dict[str, str]:
    with paas.inside():
        return ours()
