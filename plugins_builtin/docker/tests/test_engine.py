"""What plugins rely on, held by the real engine and by its stand-in alike."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from paas.testing import Harness
from paas_docker import build, place, quick, space
from paas_docker.api import Build, Container, DockerError, Engine, NotFound, attached, ours
from paas_docker.engine import DockerEngine
from paas_docker.testing import FakeDocker

OURS = f"paas-contract-{os.getpid()}"
"""What the names of this run begin with, as several may go on at once."""

SHOP = f"{OURS}/shop:1"
SUBNETS = [(f"10.{n}.0.0/16", f"10.{n}.0.0/18") for n in range(200, 232)]


def source(folder: Path, dockerfile: str) -> Path:
    folder.mkdir()
    (folder / "Dockerfile").write_text(dockerfile)
    return folder


def shell(base: str, script: str, name: str = f"{OURS}.web.1", **given: object) -> Container:
    return Container(name, base, ["/bin/sh", "-c", script], labels=ours(), **given)  # type: ignore[arg-type]


def ended(engine: Engine, container: Container) -> str:
    """Create and start a container, and wait for its end."""
    id = engine.create(container)
    engine.start(id)
    engine.wait(id)
    return id


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Builds and images


def test_a_build_gives_the_image_as_its_dockerfile_says(engine: Engine, base: str, tmp_path: Path) -> None:
    lines: list[str] = []
    text = 'FROM {}\nLABEL kind="a shop"\nUSER 1000\nEXPOSE 8080 5000/udp\nCMD ["sleep", "60"]\n'
    folder = source(tmp_path / "shop", text.format(base))

    built = engine.build(Build(folder, SHOP, labels=ours()), lines.append)

    assert built.id.startswith("sha256:")
    assert built.tags == (SHOP,)
    assert list(built.ports) == ["5000/udp", "8080/tcp"]
    assert list(built.command) == ["sleep", "60"]
    assert built.user == "1000"
    assert built.labels["kind"] == "a shop"
    assert built.labels.items() >= ours().items()
    assert engine.image(built.id) == engine.image(SHOP) == built
    assert any("CMD" in line or "FROM" in line for line in lines)


def test_a_command_without_brackets_is_given_to_a_shell(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", f"FROM {base}\nCMD sleep 60\n")

    built = engine.build(Build(folder, SHOP, labels=ours()), print)

    assert list(built.command) == ["/bin/sh", "-c", "sleep 60"]


def test_a_step_that_fails_fails_the_build_and_leaves_nothing(engine: Engine, base: str, tmp_path: Path) -> None:
    lines: list[str] = []
    folder = source(tmp_path / "shop", f"FROM {base}\nRUN echo no such luck; exit 7\n")

    with pytest.raises(DockerError, match="7"):
        engine.build(Build(folder, SHOP, labels=ours()), lines.append)

    assert any("no such luck" in line for line in lines)
    assert [image.tags for image in engine.images(ours())] == [(base,)]
    with pytest.raises(NotFound):
        engine.image(SHOP)


def test_a_dockerfile_that_makes_no_sense_fails_the_build(engine: Engine, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", "FROM scratch\nBAKE bread\n")

    with pytest.raises(DockerError, match=r"(?i)unknown instruction: BAKE"):
        engine.build(Build(folder, SHOP, labels=ours()), print)


def test_a_build_takes_arguments_and_a_target(engine: Engine, base: str, tmp_path: Path) -> None:
    text = f"FROM {base} AS first\nARG PORT=1\nARG MODE\nEXPOSE $PORT\nLABEL mode=$MODE\nFROM first\nEXPOSE 9999\n"
    folder = source(tmp_path / "shop", text)
    options = ["--target=first", "--build-arg=PORT=4000", "--build-arg", "MODE", "--volume", "/etc:/etc"]

    built = engine.build(Build(folder, SHOP, labels=ours(), options=options, environment={"MODE": "a b"}), print)

    assert list(built.ports) == ["4000/tcp"]
    assert built.labels["mode"] == "a b"


def test_a_dockerfile_may_have_another_name(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", "FROM nothing.invalid/x\n")
    (folder / "deploy").mkdir()
    (folder / "deploy" / "web.docker").write_text(f"FROM {base}\nEXPOSE 7000\n")

    built = engine.build(Build(folder, SHOP, "deploy/web.docker", ours()), print)

    assert list(built.ports) == ["7000/tcp"]


def test_what_dockerignore_names_is_not_sent(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", f"FROM {base}\nCOPY secret /\n")
    (folder / "secret").write_text("x")
    (folder / ".dockerignore").write_text("secret\n")

    with pytest.raises(DockerError):
        engine.build(Build(folder, SHOP, labels=ours()), print)


def test_the_same_source_gives_the_same_image(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", f"FROM {base}\nCOPY Dockerfile /\n")

    first = engine.build(Build(folder, SHOP, labels=ours()), print)
    second = engine.build(Build(folder, f"{OURS}/shop:2", labels=ours()), print)
    (folder / "page").write_text("new")
    (folder / "Dockerfile").write_text(f"FROM {base}\nCOPY page /\n")
    third = engine.build(Build(folder, f"{OURS}/shop:3", labels=ours()), print)

    assert first.id == second.id != third.id
    assert set(second.tags) == {SHOP, f"{OURS}/shop:2"}


def test_an_image_goes_with_all_its_names(engine: Engine, base: str) -> None:
    engine.tag(base, f"{OURS}/other:2")
    assert len(engine.image(base).tags) == 2

    engine.remove_image(base)
    engine.remove_image(base)

    assert engine.images(ours()) == []
    with pytest.raises(NotFound):
        engine.image(f"{OURS}/other:2")


def test_an_image_that_a_container_has_stays(engine: Engine, base: str) -> None:
    engine.create(shell(base, "sleep 60"))

    with pytest.raises(DockerError, match=f"{OURS}.web.1"):
        engine.remove_image(base)

    assert engine.image(base).tags


def test_images_are_found_by_labels(engine: Engine, base: str) -> None:
    (key, value), *_ = ours().items()

    assert [image.tags for image in engine.images({key: value})] == [(base,)]
    assert (base,) in [image.tags for image in engine.images({key: ""})]
    assert engine.images({key: value, "paas.app": "nobody"}) == []


@pytest.mark.parametrize("name", ["paas-nothing/nothing:1", "../containers/json?x=", "a b", "", "paas/../x", "x\n"])
def test_what_is_not_there_is_not_found(engine: Engine, name: str) -> None:
    with pytest.raises(NotFound):
        engine.image(name)
    with pytest.raises(NotFound):
        engine.state(name)


def test_an_image_of_no_registry_is_not_pulled(engine: Engine) -> None:
    with pytest.raises(DockerError):
        engine.pull("127.0.0.1:9/nothing:1", print)


def saved(name: str | None) -> io.BytesIO:
    """An archive as `docker save` writes it, of an image without a file."""
    layer = io.BytesIO()
    tarfile.open(fileobj=layer, mode="w").close()
    digest = hashlib.sha256(layer.getvalue()).hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": ours(), "Cmd": ["/hello"], "ExposedPorts": {"5000/tcp": {}}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name] if name else None, "Layers": ["layer.tar"]}]
    files = {"manifest.json": json.dumps(manifest), "config.json": json.dumps(config)}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in [*((p, text.encode()) for p, text in files.items()), ("layer.tar", layer.getvalue())]:
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    archive.seek(0)
    return archive


def test_an_archive_is_loaded_under_its_names(engine: Engine) -> None:
    assert engine.load(saved(f"{OURS}/loaded:1")) == [f"{OURS}/loaded:1"]

    loaded = engine.image(f"{OURS}/loaded:1")
    assert list(loaded.command) == ["/hello"]
    assert list(loaded.ports) == ["5000/tcp"]


def test_an_archive_without_a_name_is_loaded_by_its_id(engine: Engine) -> None:
    (id,) = engine.load(saved(None))

    assert engine.image(id).id == id


def test_what_is_no_archive_is_not_loaded(engine: Engine) -> None:
    with pytest.raises(DockerError, match="The archive can't be loaded") as error:
        engine.load(io.BytesIO(b"no archive at all" * 100))

    assert error.value.hint == "Pass what docker save writes."


# Containers


def test_a_container_runs_from_start_to_removal(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    assert engine.state(id).status == "created"
    assert engine.state(id).started_at == ""

    engine.start(id)
    state = engine.state(id)
    assert state.is_running
    assert (state.id, state.name, state.image) == (id, f"{OURS}.web.1", engine.image(base).id)
    assert state.started_at

    engine.stop(id, timeout=5)
    assert engine.state(id).status == "exited"
    engine.stop(id, timeout=5)

    engine.remove(id)
    engine.remove(id)
    engine.stop(id, timeout=5)
    with pytest.raises(NotFound):
        engine.state(id)


def test_a_running_container_is_removed_at_once(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    engine.start(id)

    engine.remove(id)

    assert engine.containers(ours()) == []


def test_what_a_container_printed_and_how_it_ended_stays(engine: Engine, base: str) -> None:
    id = ended(engine, shell(base, "echo first; echo second >&2; echo third; exit 3"))

    lines = list(engine.logs(id))

    assert sorted(text for _, text in lines) == ["first", "second", "third"]
    assert all(stamp.endswith("Z") and len(stamp) == 30 for stamp, _ in lines)
    assert len(list(engine.logs(id, tail=2))) == 2
    assert list(engine.logs(id, tail=0)) == []
    assert len(list(engine.logs(id, follow=True))) == 3
    assert engine.state(id).exit_code == 3
    assert engine.containers(ours())[0].exit_code == 3


def test_lines_of_a_log_survive_whole(engine: Engine, base: str) -> None:
    id = ended(engine, shell(base, "echo 'käse: $HOME  = 100%'; echo; echo end"))

    assert [text for _, text in engine.logs(id)] == ["käse: $HOME  = 100%", "", "end"]


def test_a_program_runs_inside_a_container(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60", environment={"COLOUR": "red"}))
    engine.start(id)

    assert engine.execute(id, ["/bin/sh", "-c", "echo käse; exit 3"], 5) == (3, "käse\n")
    code, text = engine.execute(id, ["/bin/env"], 5)
    assert code == 0
    assert "COLOUR=red" in text.splitlines()


def test_a_program_inside_a_container_has_its_time(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    engine.start(id)

    with pytest.raises(DockerError, match=r"not ended after 0\.5 seconds"):
        engine.execute(id, ["/bin/sleep", "60"], 0.5)


def test_no_program_runs_inside_what_does_not_run(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))

    with pytest.raises(DockerError, match="not running"):
        engine.execute(id, ["/bin/true"], 5)


def test_variables_arrive_as_they_are(engine: Engine, base: str) -> None:
    value = 'two\nlines, "quotes", $HOME, = and ünïcode'
    id = engine.create(shell(base, "sleep 60", environment={"ODD": value, "EMPTY": ""}))

    assert {f"ODD={value}", "EMPTY="} <= set(engine.inspect(id)["Config"]["Env"])


def test_a_command_of_its_own_replaces_that_of_the_image(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", f'FROM {base}\nCMD ["/bin/echo", "from the image"]\n')
    image = engine.build(Build(folder, SHOP, labels=ours()), print).id

    its = ended(engine, Container(f"{OURS}.its", image, labels=ours()))
    own = ended(engine, Container(f"{OURS}.own", image, ["/bin/echo", "own"], labels=ours()))

    assert [text for _, text in engine.logs(its)] == ["from the image"]
    assert [text for _, text in engine.logs(own)] == ["own"]


def test_an_image_without_a_command_needs_one(engine: Engine, base: str) -> None:
    with pytest.raises(DockerError, match=r"(?i)no command specified"):
        engine.create(Container(f"{OURS}.web.1", base, labels=ours()))
    assert engine.containers(ours()) == []


def test_a_taken_name_is_refused_and_can_be_given_up(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    with pytest.raises(DockerError, match="in use"):
        engine.create(shell(base, "sleep 60"))

    engine.rename(id, f"{OURS}.web.1.old")
    engine.create(shell(base, "sleep 60"))

    assert engine.state(id).name == f"{OURS}.web.1.old"
    assert {c.name for c in engine.containers(ours())} == {f"{OURS}.web.1", f"{OURS}.web.1.old"}


def test_containers_are_found_by_labels(engine: Engine, base: str) -> None:
    first = engine.create(shell(base, "sleep 60"))
    engine.start(first)
    labels = {**ours(), "paas.app": "blog"}
    second = engine.create(Container(f"{OURS}.blog", base, ["/bin/sleep", "60"], labels=labels))

    assert {c.id: c.status for c in engine.containers(ours())} == {first: "running", second: "created"}
    assert [c.id for c in engine.containers(labels)] == [second]
    assert [c.id for c in engine.containers({**ours(), "paas.app": ""})] == [second]
    assert engine.containers({**ours(), "paas.app": "shop"}) == []


def test_a_container_that_ends_is_restarted_unless_it_is_kept_stopped(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "exit 1", restart="on-failure:10"))
    engine.start(id)

    eventually(lambda: engine.state(id).restarts > 0)

    engine.keep_stopped(id)
    assert engine.inspect(id)["HostConfig"]["RestartPolicy"]["Name"] == "no"


def test_a_container_of_an_image_that_is_not_there_is_refused(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.create(Container(f"{OURS}.web.1", f"{OURS}/nothing:1", labels=ours()))


def test_settings_of_a_container_reach_docker(engine: Engine, base: str) -> None:
    id = engine.create(
        shell(
            base,
            "sleep 60",
            restart="on-failure:10",
            stop_timeout=7,
            options={"User": "1000"},
            host={"Memory": 1 << 26},
        )
    )

    found = engine.inspect(id)

    assert found["Config"]["User"] == "1000"
    assert found["Config"]["StopTimeout"] == 7
    assert found["HostConfig"]["Init"] is True
    assert found["HostConfig"]["Memory"] == 1 << 26
    assert found["HostConfig"]["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 10}


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


# Programs with our input and output


def interactive(base: str, script: str) -> Container:
    return replace(shell(base, script), options=attached(tty=False))


def test_a_container_prints_where_we_do_and_its_code_is_given(
    engine: Engine, base: str, capfd: pytest.CaptureFixture[str]
) -> None:
    id = engine.create(interactive(base, "echo hello; exit 3"))

    assert engine.run(id, tty=False) == 3
    assert capfd.readouterr().out == "hello\n"
    engine.remove(id)


def test_a_container_reads_what_we_are_given(
    engine: Engine, base: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "input").write_text("one\ntwo")
    with open(tmp_path / "input") as given:
        monkeypatch.setattr(sys, "stdin", given)
        id = engine.create(replace(interactive(base, ""), command=["cat"]))

        assert engine.run(id, tty=False) == 0
    assert capfd.readouterr().out == "one\ntwo"
    engine.remove(id)


def test_a_program_can_be_entered_beside_that_of_a_container(
    engine: Engine, base: str, capfd: pytest.CaptureFixture[str]
) -> None:
    id = engine.create(shell(base, "sleep 60"))
    with pytest.raises(DockerError, match="is not running"):
        engine.enter(id, ["true"], {}, tty=False)
    engine.start(id)

    assert engine.enter(id, ["/bin/sh", "-c", "echo $COLOUR; exit 4"], {"COLOUR": "red"}, tty=False) == 4
    assert capfd.readouterr().out == "red\n"


def test_a_program_reads_and_prints_where_it_is_told_to(engine: Engine, base: str, tmp_path: Path) -> None:
    class Refusing(io.RawIOBase):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    id = engine.create(shell(base, "sleep 60"))
    engine.start(id)
    (tmp_path / "input").write_bytes(given := b"\0\r\n\xff" * 100_000)
    with open(tmp_path / "input", "rb") as source, open(tmp_path / "output", "wb") as sink:
        assert engine.enter(id, ["cat"], {}, tty=False, source=source, sink=sink) == 0
    assert (tmp_path / "output").read_bytes() == given

    with open(tmp_path / "input", "rb") as source, pytest.raises(OSError, match="No space left"):
        engine.enter(id, ["cat"], {}, tty=False, source=source, sink=Refusing())  # type: ignore[arg-type]


def test_a_signal_reaches_a_container_and_none_that_is_gone(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    engine.signal(id, "INT")
    engine.start(id)

    engine.signal(id, "KILL")

    assert engine.wait(id) == 137
    engine.remove(id)
    engine.signal(id, "INT")


def test_a_container_can_be_gone_once_it_has_ended(engine: Engine, base: str) -> None:
    id = engine.create(replace(shell(base, "sleep 60"), host={"AutoRemove": True}))
    engine.start(id)

    engine.stop(id, 1)
    engine.remove(id)

    assert id not in [container.id for container in engine.containers(ours())]


def test_what_a_container_was_given_becomes_an_image(engine: Engine, base: str) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("srv/page")
        member.size = 5
        tar.addfile(member, io.BytesIO(b"hello"))
    archive.seek(0)
    id = engine.create(shell(base, "true", f"{OURS}.build.1"))
    engine.put(id, archive)
    engine.start(id)
    engine.wait(id)

    made = engine.commit(id, {**ours(), "kind": "commit"}, ["/start", "web"], "7:8")

    assert (tuple(made.command), made.user) == (("/start", "web"), "7:8")
    assert made.labels.items() >= {**ours(), "kind": "commit"}.items()
    assert [image.id for image in engine.images({**ours(), "kind": "commit"})] == [made.id]
