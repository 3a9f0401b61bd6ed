"""What only a real Docker shows: ports, addresses, signals, restarts and logs of real processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from paas import PaasError, apps
from paas.testing import Harness
from paas_docker.api import Build, ours
from paas_docker.engine import DockerEngine
from paas_scheduler.api import LogQuery
from paas_scheduler_docker import logs, network
from paas_scheduler_docker.testing import Stage

pytestmark = pytest.mark.journey

BASE = """
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN mkdir /site && echo hello > /site/index.html
CMD ["httpd", "-f", "-p", "5000", "-h", "/site"]
"""
SHOP = f"shop-{os.getpid()}"
"""An app of this run: containers of other systems on the same Docker may be called shop.web.1."""
SERVE = "web: httpd -f -p $PORT -h /site\n"


@pytest.fixture
def real(stage: Stage, paas: Harness, tmp_path: Path) -> Iterator[Stage]:
    """The stage on the Docker of this machine, with an image of busybox (Debian's busybox-static) alone."""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "Dockerfile").write_text(BASE)
    shutil.copy("/bin/busybox", folder / "busybox")
    paas.real.add("docker")
    engine = DockerEngine()
    paas.resources["docker"] = engine
    with paas.inside():
        name = f"paas-scheduler-test:{os.getpid()}-{tmp_path.name.lower()}"
        image = engine.build(Build(folder, name, labels=ours()), print)
        stage.image = replace(stage.image, id=image.id)
    yield stage
    with paas.inside():
        for container in engine.containers(ours()):
            engine.remove(container.id)
        engine.remove_image(image.id)
        subprocess.run(["docker", "network", "rm", network.name()], check=False, capture_output=True)


def get(endpoint: str) -> str:
    with urllib.request.urlopen(f"http://{endpoint}/", timeout=5) as answer:
        return str(answer.read().decode())


def names(paas: Harness) -> list[str]:
    with paas.inside():
        return sorted(container.name for container in DockerEngine().containers(ours()))


def test_two_releases_serve_beside_each_other_until_the_old_one_goes(real: Stage, paas: Harness) -> None:
    real.deploy(SHOP, Procfile=SERVE)
    (old,) = real.routes[SHOP]

    real.deploy(SHOP, Procfile=SERVE)

    (new,) = real.routes[SHOP]
    assert old != new
    assert get(old) == get(new) == "hello\n"
    with paas.inside():
        subnet = network.ensure()
    assert IPv4Address(new.partition(":")[0]) in subnet
    assert IPv4Address(new.partition(":")[0]) not in next(subnet.subnets(prefixlen_diff=2)), "that part is Docker's"
    assert names(paas)[0] == f"{SHOP}.web.1"
    assert names(paas)[1].startswith(f"{SHOP}.web.1.")

    paas.ok("ps:stop", SHOP)
    assert len(names(paas)) == 1, "the old one still drains"


def test_a_process_that_ends_is_refused_with_its_log(
    real: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    real.deploy(SHOP, Procfile=SERVE)
    before = names(paas)
    started = time.monotonic()

    with pytest.raises(PaasError, match=rf"Could not start {SHOP} web.1: it (exited|ended) .*code 3"):
        real.deploy(SHOP, Procfile="web: echo no database >&2; exit 3\n")

    assert time.monotonic() - started < 10, "the end of a process is seen at once"
    assert "       no database" in capsys.readouterr().out
    assert names(paas) == before
    assert get(real.routes[SHOP][0]) == "hello\n"


def test_a_program_that_is_not_there_is_named(real: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PaasError, match=rf"Could not start {SHOP} web\.1: .* code 127") as refusal:
        real.deploy(SHOP, Procfile="web: nosuchprogram --port $PORT\n")

    assert "nosuchprogram" in capsys.readouterr().out
    assert "not found" in str(refusal.value.hint)
    assert names(paas) == []


def test_a_process_that_listens_elsewhere_is_refused(real: Stage, paas: Harness) -> None:
    paas.app(SHOP)
    paas.ok("scheduler-docker:set", SHOP, "start-timeout", "2")

    with pytest.raises(PaasError, match="nothing listens on port 5000"):
        real.deploy(SHOP, Procfile="web: httpd -f -p 127.0.0.1:5000 -h /site\n")

    assert names(paas) == []


def test_a_worker_that_crashes_after_a_moment_is_refused(real: Stage, paas: Harness) -> None:
    paas.ok("scheduler-docker:set", "--global", "start-uptime", "2")
    real.deploy(SHOP, Procfile=SERVE + "worker: sleep 0.5; exit 1\n")

    result = paas.run("ps:scale", SHOP, "worker=2")

    assert result.exit_code == 1
    assert f"Could not start {SHOP} worker." in result.stderr
    assert names(paas) == [f"{SHOP}.web.1"]


def test_a_restarted_process_keeps_its_address(real: Stage, paas: Harness) -> None:
    real.deploy(SHOP, Procfile=SERVE)
    (endpoint,) = real.routes[SHOP]

    subprocess.run(["docker", "restart", "-t", "0", f"{SHOP}.web.1"], check=True, capture_output=True)

    wait_for(lambda: get(endpoint) == "hello\n")


def test_a_process_has_time_to_end_and_no_more(real: Stage, paas: Harness) -> None:
    paas.app(SHOP)
    paas.ok("ps:set", SHOP, "stop-timeout-seconds", "2")
    stubborn = "trap 'echo asked' TERM; httpd -p $PORT -h /site; while true; do sleep 0.1; done"
    real.deploy(SHOP, Procfile=f"web: {stubborn}\n")
    started = time.monotonic()

    paas.ok("ps:stop", SHOP)

    assert 1.5 < time.monotonic() - started < 10
    assert names(paas) == []


def test_processes_are_restored_after_docker_was_gone(real: Stage, paas: Harness) -> None:
    real.deploy(SHOP, Procfile=SERVE + "worker: sleep 1000\n")
    paas.ok("ps:scale", SHOP, "worker=1")
    subprocess.run(["docker", "kill", f"{SHOP}.web.1"], check=True, capture_output=True)

    paas.ok("ps:restore")

    assert get(real.routes[SHOP][0]) == "hello\n"
    assert paas.ok("ps:report", SHOP, "--running") == "true\n"


def test_logs_are_read_and_followed_across_a_deploy(
    real: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOOK_SECONDS", 0.05)
    real.deploy(SHOP, Procfile="web: echo one; echo two; exec httpd -f -p $PORT -h /site\n")
    shop = paas.app(SHOP)
    assert paas.ok("logs", SHOP, "-q") == "one\ntwo\n"
    assert paas.ok("logs", SHOP, "-q", "-n", "1") == "two\n"

    with paas.inside():
        lines = logs.read(shop, LogQuery(follow=True))
        assert [next(lines).text for _ in range(2)] == ["one", "two"]
        real.deploy(SHOP, Procfile="web: echo three; exec httpd -f -p $PORT -h /site\n")
        line = next(lines)
        assert (line.process, line.text) == ("web.1", "three")
        assert len(line.time) == len("2016-10-08T21:10:42.160743389Z")
        apps.remove(shop)
        assert list(lines) == []


def test_many_processes_start_and_stop_together(real: Stage, paas: Harness) -> None:
    real.deploy(SHOP, Procfile=SERVE + "worker: sleep 1000\n")
    started = time.monotonic()
    paas.ok("ps:scale", SHOP, "web=6", "worker=6")
    assert time.monotonic() - started < 20

    assert len({get(endpoint) for endpoint in real.routes[SHOP]}) == 1
    assert len(real.routes[SHOP]) == 6
    with paas.inside():
        addresses = [IPv4Address(lease.address) for lease in network.leases()]
        assert len(set(addresses)) == 12
        assert all(address in IPv4Network(network.ensure()) for address in addresses)


def test_a_killed_deploy_leaves_nothing_and_locks_nothing(real: Stage, paas: Harness) -> None:
    real.deploy(SHOP, Procfile=SERVE)
    child = os.fork()
    if not child:
        paas.resources["docker"] = DockerEngine()  # with connections of its own
        real.deploy(SHOP, Procfile="web: sleep 1000\n")
        os._exit(1)
    wait_for(lambda: len(names(paas)) == 2)

    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    def is_cleaned_up() -> bool:
        paas.ok("tick")  # as every minute: dockerd may still be at what the killed deploy asked for
        return names(paas) == [f"{SHOP}.web.1"]

    wait_for(is_cleaned_up)
    assert get(real.routes[SHOP][0]) == "hello\n"
    with paas.inside():
        assert len(network.leases()) == 1
    real.deploy(SHOP, Procfile=SERVE)


def test_a_name_that_a_stranger_has_keeps_no_deploy_from_going_live(real: Stage, paas: Harness) -> None:
    create = ["docker", "create", "--name", f"{SHOP}.web.1", real.image.id]
    stranger = subprocess.run(create, check=True, capture_output=True, text=True).stdout.strip()
    try:
        real.deploy(SHOP, Procfile=SERVE)
        real.deploy(SHOP, Procfile=SERVE)
    finally:
        subprocess.run(["docker", "rm", stranger], check=True, capture_output=True)

    assert get(real.routes[SHOP][0]) == "hello\n"
    assert all(name.startswith(f"{SHOP}.web.1.upcoming-") for name in names(paas))
    real.deploy(SHOP, Procfile=SERVE)
    assert f"{SHOP}.web.1" in names(paas)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while True:
        try:
            assert condition()
        except (OSError, AssertionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
