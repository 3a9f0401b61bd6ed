"""A deploy that is told to stop: taken back as a whole until it is live, completed from then on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from paas import (
    App,
    PaasError,
    Release,
    builds,
    cancelling,
    hookimpl,
    intents,
    lifecycle,
    locks,
    releases,
)
from paas.cancelling import Cancelled
from paas.context import Context
from paas.testing import Harness, Inventory

from .conftest import World, push

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """What signals did before is what they do after."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def sending(world: World, event: str, *numbers: signal.Signals) -> None:
    """Have this process get signals when the made-up plugins are asked for something."""
    note = world.note

    def with_signals(now: str) -> None:
        note(now)
        if now.startswith(event):
            for number in numbers:
                os.kill(os.getpid(), number)

    world.note = with_signals  # type: ignore[method-assign]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_any_of_the_signals_cancels(world: World, shop: App, number: signal.Signals) -> None:
    push(shop)
    sending(world, "build b", number)

    with pytest.raises(Cancelled, match=f"Cancelled {cancelling.WHY[number]}"):
        push(shop, "b")

    assert list(world.running) == ["c1"]
    assert locks.holder(shop.id) is None


@pytest.mark.parametrize(
    ("event", "cleaned"),
    [
        ("build b", []),
        ("deploy web.1 of 2", ["discard sha256:b"]),
        ("serve c2", ["serve c1", "retire c2 after 0", "discard sha256:b"]),
    ],
)
def test_a_deploy_is_taken_back_at_any_phase_before_it_is_live(
    world: World, shop: App, event: str, cleaned: list[str]
) -> None:
    push(shop)
    world.events.clear()
    sending(world, event, signal.SIGUSR1)

    with pytest.raises(Cancelled):
        push(shop, "b")

    assert world.events[world.events.index(event) + 1 :] == cleaned
    assert world.serves == ["c1"] == [p.container for p in releases.processes(shop)]
    assert intents.left() == []
    assert [r.status for r in releases.all(shop)] in (["live"], ["failed", "live"])
    assert push(shop, "c").status == "pending", "the next one goes on as ever"


def test_a_deploy_that_is_live_completes(world: World, shop: App) -> None:
    push(shop)
    sending(world, "retire c1", *SIGNALS)

    release = push(shop, "b")

    live = releases.live(shop)
    assert live is not None
    assert live.id == release.id


def test_what_is_taken_back_is_not_disturbed_by_further_signals(world: World, shop: App) -> None:
    push(shop)
    sending(world, "serve c2", signal.SIGINT, signal.SIGINT, signal.SIGTERM)
    sending(world, "retire c2", *SIGNALS)

    with pytest.raises(Cancelled):
        push(shop, "b")

    assert world.events[-2:] == ["retire c2 after 0", "discard sha256:b"]


def test_nothing_is_left_for_later_even_between_two_steps(
    world: World, shop: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(shop)
    record = lifecycle.record

    def recorded(*given: object) -> Release:
        record(*given)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGUSR1)
        raise AssertionError("the signal came first")

    monkeypatch.setattr(lifecycle, "record", recorded)

    with pytest.raises(Cancelled):
        push(shop, "b")

    assert intents.left() == []
    assert [r.status for r in releases.all(shop)] == ["failed", "live"]


def test_a_restart_is_cancelled_too(world: World, shop: App) -> None:
    push(shop)
    sending(world, "deploy web.1 of 2", signal.SIGINT)

    with pytest.raises(Cancelled):
        lifecycle.redeploy(shop, "ps:restart")

    assert list(world.running) == world.serves == ["c1"]
    assert [r.status for r in releases.all(shop)] == ["failed", "live"]


def test_signals_do_afterwards_what_they_did_before(world: World, shop: App) -> None:
    before = [signal.getsignal(number) for number in SIGNALS[:3]]

    push(shop)

    assert [signal.getsignal(number) for number in SIGNALS[:3]] == before
    os.kill(os.getpid(), signal.SIGUSR1)  # of somebody who asks just too late, which harms nothing


def test_a_deploy_in_a_thread_cannot_be_cancelled(world: World, shop: App, paas: Harness) -> None:
    seen: list[locks.Holder | None] = []

    def in_a_thread() -> None:
        with paas.inside(), cancelling.allowed(), locks.deploying(shop.id, shop.name, "ps:rebuild"):
            seen.append(locks.holder(shop.id))

    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()

    assert seen[0]
    assert not seen[0].cancellable


# Who is asked


@pytest.fixture
def holder(shop: App) -> Iterator[locks.Holder]:
    """Another process that holds an app's lock, and ends with 7 when it is asked to cancel."""
    script = f"""
import signal, sys, time
from pathlib import Path
from paas import locks, cancelling
from paas.context import Caller, Context, use
from paas.paths import Paths
with use(Context(Paths(Path(sys.argv[1]), Path(sys.argv[1])), Caller("ann"))):
    try:
        with cancelling.allowed(), locks.deploying({shop.id}, "shop", "git push"):
            print("held", flush=True)
            time.sleep(60)
    except cancelling.Cancelled:
        sys.exit(7)
"""
    from paas.context import current

    program = subprocess.Popen([sys.executable, "-c", script, current().paths.root], stdout=subprocess.PIPE)
    assert program.stdout
    assert program.stdout.readline() == b"held\n"
    found = locks.holder(shop.id)
    assert found
    yield found
    program.kill()
    program.wait()
    program.stdout.close()


def test_whoever_holds_the_lock_is_known_and_can_be_asked_to_cancel(shop: App, holder: locks.Holder) -> None:
    assert (holder.what, holder.by, holder.cancellable) == ("git push", "ann", True)
    assert holder.born == locks.born(holder.pid)

    os.kill(holder.pid, cancelling.ASKED)

    assert os.waitstatus_to_exitcode(os.waitpid(holder.pid, 0)[1]) == 7
    assert locks.holder(shop.id) is None


def test_a_lock_that_is_free_says_nothing_of_who_had_it(shop: App) -> None:
    with locks.deploying(shop.id, shop.name, "git push"):
        assert locks.holder(shop.id)

    assert locks.holder(shop.id) is None


# What is told of it


@pytest.fixture
def told(world: World, inventory: Inventory) -> list[str]:
    """What plugins hear of the beginnings and ends of deploys."""
    heard: list[str] = []

    @hookimpl
    def builds_record_start(app: App, build: builds.Build) -> None:
        heard.append(f"{build.kind} {build.reason} by {build.created_by} of {app.name}")

    @hookimpl
    def builds_record_finalize(build: builds.Build, status: str) -> None:
        heard.append(f"{build.kind} {status}")

    inventory.plugin("listener", builds_record_start, builds_record_finalize)
    return heard


def of_a_build(world: World, app: App) -> None:
    push(app, "b")


def of_a_restart(world: World, app: App) -> None:
    lifecycle.redeploy(app, "ps:restart")


def of_a_scale(world: World, app: App) -> None:
    lifecycle.scale(app, {"web": 2})


@pytest.mark.parametrize(
    ("deploy", "begun"),
    [
        (of_a_build, "build git push by root of shop"),
        (of_a_restart, "deploy ps:restart by root of shop"),
        (of_a_scale, "deploy ps:scale by root of shop"),
    ],
)
def test_plugins_hear_of_the_beginning_and_the_end(
    world: World, told: list[str], shop: App, deploy: Callable[[World, App], None], begun: str
) -> None:
    push(shop)
    told.clear()
    kind = begun.split()[0]

    deploy(world, shop)
    assert told == [begun, f"{kind} succeeded"]

    world.fail = "deploy"
    with pytest.raises(PaasError):
        of_a_restart(world, shop)
    assert told[-1] == "deploy failed"

    world.fail = ""
    sending(world, "deploy", signal.SIGUSR1)
    with pytest.raises(Cancelled):
        push(shop, "c")
    assert told[-1] == "build canceled"


def test_a_log_ends_with_the_reason(world: World, shop: App, inside: Context) -> None:
    world.fail = "build"
    with pytest.raises(PaasError):
        push(shop)

    [log] = (inside.paths.app("shop") / "builds").glob("*.log")
    assert log.read_text().splitlines()[-1] == " !     no build a"


def test_ids_are_in_the_order_of_time() -> None:
    ids = [builds.new_id(now) for now in (1.0, 1_700_000_000.0, 1_700_000_000.1, 3_000_000_000.0)]

    assert ids == sorted(ids)
    assert {len(id) for id in ids} == {14}


@pytest.mark.usefixtures("shop")
def test_a_signal_that_meets_nobody_waiting_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    send, sent = signal.pthread_kill, list[int]()

    def lossy(thread: int, number: int) -> None:
        sent.append(number)
        if len(sent) > 1:  # the first comes between the last look at what has come and the wait, and wakes nobody
            send(thread, number)

    monkeypatch.setattr(signal, "pthread_kill", lossy)
    client, ours = os.pipe()

    def lose_the_client() -> None:
        with cancelling.allowed():
            cancelling.end_with(ours)
            os.close(client)
            time.sleep(20)

    with pytest.raises(Cancelled, match="its client has gone away"):
        lose_the_client()

    assert sent == [signal.SIGHUP] * 2
