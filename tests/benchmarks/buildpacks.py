"""A push of one changed line against a floor: the buildpack's compile with its cache, a container, its page.

A small app compiles in less time than docker's engine, ssh and git take around that. So each line tells a push against
two floors, the second with the container's making and its commit, without which nothing is compiled or started, and
the same push by an ssh connection that its client has kept.
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
REST = 2.0
"""Seconds between two pushes."""
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
        cold, warm, kept, floor, whole = _push(ann, copy, "Hello"), [], [], [], []
        for number in range(ROUNDS):
            greeting = f"Hello{number}"
            ann.commit(copy, {file: text.replace("Hello", greeting)})
            compiled, around = _floor(system, stack, copy, greeting)
            floor.append(compiled)
            whole.append(compiled + around)
            warm.append(_push(ann, copy, greeting))
            ann.commit(copy, {file: text.replace("Hello", f"Again{number}")})
            time.sleep(REST)  # what a push leaves to be done after it, a real one's successor doesn't meet
            with ann.connected() as connected:
                kept.append(_push(connected, copy, f"Again{number}"))
        least, all, ours, by_kept = map(statistics.median, (floor, whole, warm, kept))
        print(f"  {name:<8} floor {least:.2f}, with its container {all:.2f} (aim: at most 1.3 times)", end="")
        print(f"   push {ours:.2f}: {ours / least:.2f}, {ours / all:.2f} times", end="")
        print(f"   by a kept connection {by_kept:.2f}: {by_kept / least:.2f}, {by_kept / all:.2f} times", end="")
        print(f"   first push {cold:.2f}, {cold / ours:.1f} times the later ones")


def _push(ann: Client, copy: Path, greeting: str) -> float:
    start = time.monotonic()
    answer = ann.push(copy)
    taken = time.monotonic() - start
    assert answer.code == 0, answer.all
    assert greeting in ann.get(f"{copy.name}.paas.test").body
    return taken


def _floor(system: System, stack: str, copy: Path, greeting: str) -> tuple[float, float]:
    """Seconds of compile, start and check, and of what any builder has the engine do around that."""
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
        around = time.monotonic() - begun - taken
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
    return taken, around


@contextmanager
def _container(system: System, *words: str) -> Iterator[str]:
    id = system.docker(*words)[0]
    try:
        yield id
    finally:
        system.docker("rm", "--force", id)
