"""Docker, or the whole server, starts anew: every app answers again, behind its own host name and no other."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from http.client import HTTPException

import pytest

from testbed.client import Client, web
from testbed.engine import Dockerd
from testbed.sabotage import minute_passes
from testbed.servers import wait_until
from testbed.system import System
from testbed.truth import assert_all_agree

SOAK = bool(os.environ.get("PAAS_TEST_SOAK"))
APPS, TURNS = (20, 20) if SOAK else (4, 1)

ENDS_WELL = """CMD ["sh", "-c", "trap 'exit 0' TERM; httpd -f -p 5000 -h /www & wait"]\n"""
"""What Docker doesn't start again after it has stopped it."""


@pytest.fixture(scope="module")
def names(shaky: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Apps that show their own names; every other one ends well when it is stopped."""
    client = shaky.client(tmp_path_factory.mktemp("reboot"))
    names = [f"app-{number}" for number in range(APPS)]
    for number, name in enumerate(names):
        files = web(name)
        dockerfile = f"{files['Dockerfile']!s}{ENDS_WELL if number % 2 else ''}"
        pushed = client.push(client.app(name, {**files, "Dockerfile": dockerfile}))
        assert pushed.code == 0, pushed.all
    yield names
    for name in names:
        shaky.ok("apps:destroy", "--force", name)


@pytest.fixture(scope="module")
def stranger(engine: Dockerd, names: Sequence[str]) -> Iterator[None]:
    """A container of somebody else in the apps' network, which answers whatever reaches its address."""
    (network,) = engine.docker("network", "ls", "-q", "--filter", "label=paas.system")
    image, *_ = engine.docker("images", "-q")
    nobodys = ("--label=paas.system=", "--label=paas.app-id=")  # the image has an app's
    engine.docker("run", "--detach", "--name=stranger", "--restart=always", f"--network={network}", *nobodys, image)
    yield
    engine.docker("rm", "--force", "stranger")


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("way", ["stopped", "killed", "rebooted"])
def test_every_app_answers_again_behind_its_own_name(
    shaky: System, engine: Dockerd, names: Sequence[str], stranger: None, reader: Client, way: str, turn: int
) -> None:
    shaky.ok("ps:restart", random.choice(names))
    steps: list[Callable[[], object]] = [engine.start]
    if way == "stopped":
        engine.stop()
    elif way == "killed":
        engine.kill()
    else:
        shaky.lose_power()
        engine.lose_power()
        steps += [lambda: shaky.paas("ps:restore"), lambda: shaky.ok("nginx:start")]
    random.shuffle(steps)  # what starts with a server does so in no order that could be relied on

    for step in steps:
        step()
        nobody_answers_for_another(reader, names)
    minute_passes(shaky)

    wait_until(lambda: nobody_answers_for_another(reader, names) == set(names), "Some apps don't answer again.")
    for name in names:
        assert_all_agree(shaky, name)


def nobody_answers_for_another(client: Client, names: Sequence[str]) -> set[str]:
    """The apps that answer, each as itself."""
    answering = set()
    for name in names:
        with suppress(HTTPException, OSError):  # nginx isn't there, or refuses the name
            page = client.get(f"{name}.paas.test")
            assert page.status == 502 or page.body == name, page
            answering |= {name} if page.status == 200 else set()
    return answering


@pytest.fixture(scope="module")
def reader(shaky: System, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return shaky.client(tmp_path_factory.mktemp("reader"))
