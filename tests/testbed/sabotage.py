"""Have a deploy killed, or held, where a test wants it; the plugin `saboteur` of the system carries it out."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from .client import Answer, Client
from .servers import wait_until
from .system import System

HELD_SECONDS = 120


def order(system: System, name: str) -> Path:
    """The file that says what is to happen to an app; it is gone once that has happened."""
    return system.root / "plugins" / "saboteur" / name


def give(system: System, name: str, what: str) -> None:
    """Order something for the app's next deploy: a phase to be killed at, or one to be held at, `check pause`."""
    place = order(system, name)
    place.parent.mkdir(exist_ok=True)
    place.parent.chmod(0o777)  # the one who is to be killed removes the order
    place.write_text(what)


@contextmanager
def held(system: System, client: Client, copy: Path, phase: str) -> Iterator[Future[Answer]]:
    """A push that stands still at a phase while the block runs; after that it goes on, and has its answer."""
    gate = order(system, f"{copy.name}.gate")
    give(system, copy.name, f"{phase} pause")
    gate.unlink(missing_ok=True)
    os.mkfifo(gate)
    gate.chmod(0o666)
    listening = os.open(gate, os.O_RDONLY | os.O_NONBLOCK)
    with ThreadPoolExecutor(1) as pool:
        pushing = pool.submit(client.push, copy)
        ready, _, _ = select.select([listening], [], [], HELD_SECONDS)
        assert ready, f"the deploy never came to {phase}: {pushing.result().all if pushing.done() else 'it hangs'}"
        try:
            yield pushing
        finally:
            os.close(listening)
            wait_until(lambda: pushing.done() or _opened(gate), "The deploy doesn't wait any more.")
            pushing.result()


def _opened(gate: Path) -> bool:
    """Let a deploy go on that waits at a gate; whether one does."""
    try:
        os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def minute_passes(system: System) -> None:
    """What a minute brings: the leftovers are seen, and then what was planned for them is due and done."""
    _tick(system)
    for _ in range(2):
        system.make_tasks_due()
        _tick(system)


def _tick(system: System) -> None:
    """Have all done that is due, be it by a tick that an earlier deploy has started."""

    def is_done() -> bool:
        system.ok("tick")
        return not system.query("SELECT 1 FROM tasks WHERE due_at <= unixepoch()")

    wait_until(is_done, "Something is due and isn't done.")
