from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from paas import locks
from paas.context import Context, use
from paas.locks import Locked
from paas.testing import Harness

HOLDER = """
import sys, time
from pathlib import Path
from paas import locks
from paas.context import Caller, Context, use
from paas.paths import Paths

with use(Context(Paths(root=Path(sys.argv[1]), home=Path(sys.argv[1])), Caller("ann"))):
    with locks.deploying(1, "shop", "git push"):
        print("held", flush=True)
        time.sleep(60)
"""


@pytest.fixture(autouse=True)
def inside(paas: Harness) -> Iterator[Context]:
    with paas.inside() as context:
        yield context


@contextlib.contextmanager
def another_process(context: Context) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the lock of app 1."""
    argv = [sys.executable, "-c", HOLDER, str(context.paths.root)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_a_second_holder_is_refused_and_told_who_the_first_is(inside: Context) -> None:
    with another_process(inside), pytest.raises(Locked) as error, locks.deploying(1, "shop", "x", wait=False):
        pass

    assert error.value.message.startswith("shop currently has a deploy lock in place (git push by ann since ")
    assert error.value.hint == "Wait until that is done and try again."


def test_a_holder_that_is_killed_leaves_nothing_locked(inside: Context) -> None:
    with another_process(inside) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()

        with locks.deploying(1, "shop", "x", wait=False):
            pass


def test_whoever_waits_says_so_and_gets_the_lock_when_it_is_free(
    paas: Harness, inside: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    order = []
    waiting = threading.Event()

    def second() -> None:
        context = paas.context()
        context.output.write = lambda text, **_: (order.append(text.partition(" (")[0]), waiting.set())  # type: ignore[assignment,func-returns-value]
        with use(context), locks.deploying(1, "shop", "x"):
            order.append("second")

    thread = threading.Thread(target=second)
    with locks.deploying(1, "shop", "ps:scale"):
        thread.start()
        assert waiting.wait(5)
        order.append("first")
    thread.join(5)

    assert order == ["-----> Waiting for the deploy lock of shop", "first", "second"]


def test_the_lock_of_one_app_is_not_that_of_another() -> None:
    with locks.deploying(1, "shop", "x", wait=False), locks.deploying(2, "blog", "x", wait=False):
        pass


def test_a_lock_is_free_after_an_exception() -> None:
    with contextlib.suppress(ValueError), locks.deploying(1, "shop", "x"):
        raise ValueError

    with locks.deploying(1, "shop", "x", wait=False):
        pass


def test_a_holder_that_has_not_said_who_it_is_still_refuses(inside: Context) -> None:
    with locks.deploying(1, "shop", "x"):
        (inside.paths.locks / "app-1.lock").write_text("")

        with pytest.raises(Locked, match=r"deploy lock in place\.$"), locks.deploying(1, "shop", "y", wait=False):
            pass


def test_an_exclusive_name_says_whether_it_was_free() -> None:
    with locks.exclusive("tick") as first, locks.exclusive("tick", wait=False) as second:
        assert (first, second) == (True, False)
    with locks.exclusive("tick", wait=False) as third:
        assert third


def test_a_program_that_a_holder_starts_does_not_hold_on(inside: Context) -> None:
    with locks.deploying(1, "shop", "x"):
        child = subprocess.Popen(["sleep", "30"], close_fds=False)

    try:
        with locks.deploying(1, "shop", "y", wait=False):
            pass
    finally:
        child.kill()
        child.wait()
