"""Networks, room and what an engine says of itself: the real one and its stand-in alike, and the real one alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from paas.testing import Harness
from paas_docker import build, place, quick, space
from paas_docker.api import Build, Container, DockerError, Engine, NotFound, ours
from paas_docker.engine import DockerEngine
from paas_docker.testing import FakeDocker

from .conftest import OURS, SHOP, SUBNETS, ended, eventually, shell, source

# Networks


def test_a_network_is_made_once(engine: Engine) -> None:
    subnet = engine.ensure_network(OURS, ours(), SUBNETS)

    assert engine.ensure_network(OURS, ours(), SUBNETS[1:]) == subnet
    assert (OURS, ours()) in engine.networks()


def test_a_container_answers_at_its_fixed_address(engine: Engine, base: str) -> None:
    subnet = IPv4Network(engine.ensure_network(OURS, ours(), SUBNETS))
    address = str(subnet[40000])
    script = "exec httpd -f -p 5000"
    id = engine.create(shell(base, script, network=OURS, address=address, environment={"PORT": "5000"}))
    assert engine.state(id).address is None

    engine.start(id)

    assert engine.state(id).address == address
    assert engine.containers(ours())[0].address == address
    eventually(lambda: listens(address, 5000))
    engine.stop(id, timeout=1)
    assert not listens(address, 5000)
    assert engine.state(id).address is None


def test_a_container_without_a_fixed_address_gets_one(engine: Engine, base: str) -> None:
    subnet = IPv4Network(engine.ensure_network(OURS, ours(), SUBNETS))
    id = engine.create(shell(base, "sleep 60", network=OURS))

    engine.start(id)

    assert engine.state(id).address in [str(address) for address in subnet]


def test_a_container_joins_a_further_network_and_keeps_the_address_of_its_own(engine: Engine, base: str) -> None:
    # By name it comes before the container's own, and Docker lists it first.
    further = f"a-{OURS}"
    own = IPv4Network(engine.ensure_network(OURS, ours(), SUBNETS))
    engine.ensure_network(further, ours(), SUBNETS)
    id = engine.create(shell(base, "sleep 60", network=OURS))

    for _ in range(2):
        engine.join(id, further, ["shop.web"])
        engine.join(id, OURS)
        engine.start(id)

    assert engine.inspect(id)["NetworkSettings"]["Networks"].keys() == {OURS, further}
    assert "shop.web" in engine.inspect(id)["NetworkSettings"]["Networks"][further]["Aliases"]
    found = engine.network(further)
    assert (found.name, found.driver, found.scope, dict(found.labels)) == (further, "bridge", "local", ours())
    assert found.id
    assert list(found.containers) == [engine.state(id).name]
    for address in (engine.state(id).address, next(c for c in engine.containers(ours()) if c.id == id).address):
        assert address in [str(each) for each in own]
    engine.leave(id, further)
    engine.leave(id, further)
    assert not engine.network(further).containers


def test_a_network_that_is_not_there_can_not_be_joined(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))

    with pytest.raises(NotFound):
        engine.join(id, f"{OURS}-nothing")
    with pytest.raises(NotFound):
        engine.network(f"{OURS}-nothing")


def test_a_network_that_is_not_there_is_refused(engine: Engine, base: str) -> None:
    container = shell(base, "sleep 60", network=f"{OURS}-nothing")

    with pytest.raises(DockerError):
        engine.start(engine.create(container))


def listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


# The real one alone


def test_an_engine_that_does_not_run_is_named(paas: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")

    with paas.inside(), pytest.raises(DockerError, match="can't be reached") as refused:
        DockerEngine().containers(ours())

    assert "service docker start" in str(refused.value.hint)
    with paas.inside(), pytest.raises(DockerError, match="can't be reached"):
        DockerEngine().start("x")


def test_an_engine_on_another_server_is_refused(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")

    with paas.inside(), pytest.raises(DockerError, match="own server"):
        DockerEngine().containers({})


@pytest.mark.journey
def test_a_client_without_buildkit_builds_with_the_classic_builder(
    paas: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_has_buildkit", lambda client: False)
    works = source(tmp_path / "works", "FROM scratch\nCOPY Dockerfile /\nEXPOSE 5000\n")
    fails = source(tmp_path / "fails", 'FROM scratch\nCOPY Dockerfile /\nRUN ["/nothing"]\n')
    lines: list[str] = []

    with paas.inside():
        engine = DockerEngine()
        built = engine.build(Build(works, SHOP, labels=ours()), lines.append)
        with pytest.raises(DockerError, match="/nothing"):
            engine.build(Build(fails, SHOP, labels=ours()), print)
        left = [c["Id"] for c in quick.get("/containers/json", all="true") if c["Command"] == "/nothing"]
        engine.remove_image(built.id)

    assert any(line.startswith("Step 1/") for line in lines)
    assert left == []


def test_which_client_builds_is_found_out_once(paas: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for client in (first, second):
        client.write_text("#!/bin/sh\n")
        client.chmod(0o755)
    monkeypatch.setattr(build, "CLIENTS", (str(first), str(second)))
    paas.programs["first"] = lambda argv, given: subprocess.CompletedProcess(argv, 1, b"", b"buildx is missing")
    paas.programs["second"] = lambda argv, given: "      --progress string   Set type of progress output"

    for _ in range(3):
        with paas.inside():
            assert build.client_and_builder() == (str(second), True)
    assert len(paas.ran) == 2

    second.unlink()
    with paas.inside():
        assert build.client_and_builder() == (str(first), False)


class Dockerd(threading.Thread):
    """A dockerd that gives one answer, whatever is asked."""

    def __init__(self, path: Path, answer: bytes) -> None:
        super().__init__()
        self.answer, self.asked = answer, b""
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()

    def run(self) -> None:
        connection, _ = self.listener.accept()
        with connection, self.listener:
            self.asked = connection.recv(4096)
            connection.sendall(self.answer)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "can't be reached"),
        (b"no HTTP", "can't be reached"),
        (b'HTTP/1.0 200 OK\r\n\r\n[{"Id": "cut o', "can't be reached"),
        (b'HTTP/1.0 500 Error\r\n\r\n{"message": "out of order"}', "^out of order$"),
        (b"HTTP/1.0 403 Forbidden\r\nA: b\r\n\r\n<h1>Not here</h1>", "Not here"),
        (b"HTTP/1.0 502 Bad Gateway\r\n\r\n", "no reason"),
    ],
)
def test_an_odd_answer_is_an_error_that_says_so(
    paas: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: bytes, message: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    dockerd = Dockerd(tmp_path / "d.sock", answer)
    dockerd.start()

    with paas.inside(), pytest.raises(DockerError, match=message):
        DockerEngine().containers({"paas.app": "a b&c=d"})

    dockerd.join()
    assert dockerd.asked.startswith(
        b"GET /containers/json?all=true&filters=%7B%22label%22%3A%20%5B%22paas.app%3Da%20b%26c"
    )


def test_a_socket_that_is_not_ours_to_use_says_whose_it_is(
    paas: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused(request: bytes, timeout: float) -> tuple[int, bytes]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(quick, "_ask", refused)

    with paas.inside(), pytest.raises(DockerError, match="may not be used") as error:
        DockerEngine().containers({})

    assert "group docker" in str(error.value.hint)


def test_frequent_reads_import_nothing_dear() -> None:
    program = "import sys, paas_docker.engine; print(*{'docker', 'requests', 'http.client', 'ssl'} & set(sys.modules))"

    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"\n"


def test_a_refusal_that_a_test_asks_for_comes(docker: FakeDocker) -> None:
    docker.refusals["create"] = "no space left on device"

    with pytest.raises(DockerError, match="no space left"):
        docker.create(Container("x", "y"))


# Room


def test_an_image_says_how_large_it_is(engine: Engine, base: str) -> None:
    (listed,) = [image for image in engine.images(ours()) if base in image.tags]

    assert listed.size == engine.image(base).size > 0


def test_a_container_says_how_much_it_has_written(engine: Engine, base: str) -> None:
    id = ended(engine, shell(base, "echo 123456789 | tee /file"))

    assert engine.size(id) > 8


def test_a_network_is_removed_once_it_is_empty(engine: Engine, base: str) -> None:
    engine.ensure_network(OURS, ours(), SUBNETS)
    id = engine.create(shell(base, "sleep 60", network=OURS))
    engine.start(id)

    with pytest.raises(DockerError, match="active endpoints"):
        engine.remove_network(OURS)
    engine.remove(id)
    engine.remove_network(OURS)
    engine.remove_network(OURS)

    assert OURS not in [name for name, _ in engine.networks()]


def test_docker_says_its_version_and_where_its_data_is(engine: Engine) -> None:
    said = engine.info()

    assert said["ServerVersion"]
    assert Path(said["DockerRootDir"]).is_absolute()


def test_dockers_folder_is_asked_for_once_for_each_start_of_dockerd(
    paas: Harness, docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket_file = tmp_path / "docker.sock"
    socket_file.touch()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{socket_file}")
    with paas.inside():
        assert place.root() == place.root() == Path("/")
        assert docker.calls.count(("info", "")) == 1

        os.utime(socket_file, (1, 1))
        place.root()

        assert docker.calls.count(("info", "")) == 2


def test_an_error_for_lack_of_room_says_how_much_there_is(paas: Harness, docker: FakeDocker) -> None:
    with paas.inside():
        error = space.refused("failed to solve", "write /layer: No space left on device")
        other = space.refused("exit code: 1")

    assert "There was no room:" in error.message
    assert "free on /, where / is" in error.message
    assert "paas cleanup" in str(error.hint)
    assert (other.message, other.hint) == ("exit code: 1", None)
