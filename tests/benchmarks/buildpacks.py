"""A push of one changed line against a floor: the buildpack's compile with its cache, a container, its page.

A small app compiles in less time than ssh, git and docker's engine take around that. So each line also tells how long a
push takes by an ssh connection that its client has kept, and how long one takes against the floor with what surrounds
it: a push that deploys nothing, and the container's making and its commit.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed.client import Client
from testbed.system import REPOSITORY, System

ROUNDS = 5
GREETING_IN = {"python": "app.py", "nodejs": "build.js", "ruby": "config.ru", "go": "main.go"}
"""Sample to the file whose line is changed."""


def measure(system: System) -> None:
    system.ok("stack:build")
    stack = json.loads(system.ok("stack:report", "--global", "--format", "json"))["id"]
    ann = system.client(system.folder / "ann-packs")
    for name, file in GREETING_IN.items():
        folder = REPOSITORY / "tests" / "samples" / name
        copy = ann.app(name, {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()})
        text = (copy / file).read_text()
        cold, warm, kept, floor, around = _push(ann, copy, "Hello"), [], [], [], []
        for number in range(ROUNDS):
            greeting = f"Hello{number}"
            ann.commit(copy, {file: text.replace("Hello", greeting)})
            compiled, between = _floor(system, stack, copy, greeting)
            floor.append(compiled)
            around.append(between + _push_nothing(ann, copy, number))
            warm.append(_push(ann, copy, greeting))
            ann.commit(copy, {file: text.replace("Hello", f"Again{number}")})
            with ann.connected() as connected:
                kept.append(_push(connected, copy, f"Again{number}"))
        least, ours, by_kept, more = map(statistics.median, (floor, warm, kept, around))
        print(f"  {name:<8} floor {least:.2f}   paas {ours:.2f}   {ours / least:.2f} times (aim: at most 1.3)", end="")
        print(f"   {by_kept / least:.2f} by an ssh connection that is there", end="")
        print(f"   {ours / (least + more):.2f} with the {more:.2f} around it", end="")
        print(f"   first push {cold:.2f}, {cold / ours:.1f} times the later ones")


def _push(ann: Client, copy: Path, greeting: str) -> float:
    start = time.monotonic()
    answer = ann.push(copy)
    taken = time.monotonic() - start
    assert answer.code == 0, answer.all
    assert greeting in ann.get(f"{copy.name}.paas.test").body
    return taken


def _push_nothing(ann: Client, copy: Path, number: int) -> float:
    """Seconds for ssh, git and its hook, which no builder saves: the commit goes to a branch that isn't deployed."""
    start = time.monotonic()
    answer = ann.git(copy, "push", "--quiet", ann.url(copy.name), f"HEAD:refs/heads/other-{number}")
    taken = time.monotonic() - start
    assert answer.code == 0, answer.all
    return taken


def _floor(system: System, stack: str, copy: Path, greeting: str) -> tuple[float, float]:
    """Seconds of compile, start and check, and of what any builder has the engine do besides."""
    cache = system.folder / "cache"
    subprocess.run(["cp", "-a", system.root / "apps" / copy.name / "cache", cache], check=True)
    ours = ["--label", f"paas.system={system.root}", "--env", "PORT=5000"]
    begun = time.monotonic()
    with _container(system, "create", *ours, "--volume", f"{cache}:/tmp/cache", stack, "/build") as build:
        tar = ["tar", "-C", copy, "--exclude=./.git", "--owner=32767", "--group=32767", "--transform=s,^.,app,", "-c"]
        with subprocess.Popen([*tar, "."], stdout=subprocess.PIPE) as source:
            subprocess.run(["docker", "cp", "-", f"{build}:/"], stdin=source.stdout, check=True)
        start = time.monotonic()
        done = subprocess.run(["docker", "start", "--attach", build], capture_output=True, text=True, check=False)
        taken = time.monotonic() - start
        assert done.returncode == 0, done.stdout + done.stderr
        image = system.docker("commit", build)[0]
        between = time.monotonic() - begun - taken
    subprocess.run(["rm", "-rf", cache], check=True)
    start = time.monotonic()
    with _container(system, "run", "--detach", *ours, image, "/start", "web") as running:
        address = system.docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", running)[0]
        asked = ["curl", "--silent", "--noproxy", "*", f"http://{address}:5000/"]
        while greeting not in subprocess.run(asked, capture_output=True, text=True, check=False).stdout:
            assert time.monotonic() < start + 30, "it doesn't answer"
            time.sleep(0.01)
        taken += time.monotonic() - start
    system.docker("rmi", "--force", image)
    return taken, between


@contextmanager
def _container(system: System, *words: str) -> Iterator[str]:
    id = system.docker(*words)[0]
    try:
        yield id
    finally:
        system.docker("rm", "--force", id)
