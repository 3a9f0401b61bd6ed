"""What a change of variables does to an app that runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from paas import App, Image, PaasError, Process, Release, Slot, hookimpl, releases
from paas.testing import Harness, Inventory


class Scheduler:
    """Starts nothing, and remembers with which variables."""

    def __init__(self) -> None:
        self.started: list[dict[str, str]] = []
        self.broken = False


@pytest.fixture
def running(inventory: Inventory, paas: Harness, shop: App) -> Scheduler:
    """`shop` is deployed and runs one process."""
    scheduler = Scheduler()

    @hookimpl
    def deploy(release: Release, slots: Sequence[Slot]) -> Sequence[Process]:
        if scheduler.broken:
            raise PaasError("web.1 ended at once.", hint="See its log above.")
        scheduler.started.append(dict(release.config))
        return [Process(slot, release.id, f"container-{release.id}-{slot}") for slot in slots]

    @hookimpl
    def retire() -> None:
        pass

    @hookimpl
    def proxy_configure() -> None:
        pass

    inventory.plugin("still", deploy, retire, proxy_configure)
    with paas.inside():
        draft = Release(Image("sha256:1", "still"), processes={"web": ""})
        release = releases.add(shop, draft)
        releases.promote(shop, release, [Process(Slot("web", 1), release.id, "first")])
    return scheduler


def test_a_change_restarts_the_app_with_its_new_variables(paas: Harness, running: Scheduler) -> None:
    out = paas.ok("config:set", "shop", "A=1")
    assert "-----> Restarting app shop" in out
    assert running.started == [{"A": "1"}]

    paas.ok("config:unset", "shop", "A")
    assert running.started[1:] == [{}]


@pytest.mark.parametrize(
    "command",
    [
        "config:set shop A=1",
        "config:unset shop NONE",
        "config:set --no-restart shop A=2",
        "config:unset --no-restart shop A",
        "config:clear --no-restart shop",
        "config:set --global A=1 B=2",
        "config:clear --global",
    ],
)
def test_what_changes_nothing_or_says_so_restarts_nothing(
    paas: Harness, running: Scheduler, shop: App, command: str
) -> None:
    paas.ok("config:set", "--no-restart", "shop", "A=1")

    assert "Restarting" not in paas.ok(*command.split())
    assert running.started == []


def test_clearing_what_is_empty_restarts_nothing(paas: Harness, running: Scheduler) -> None:
    assert paas.ok("config:clear", "shop") == ""
    assert running.started == []


def test_a_restart_that_fails_is_told_and_the_variables_stay(paas: Harness, running: Scheduler, shop: App) -> None:
    running.broken = True

    result = paas.run("config:set", "shop", "A=1")

    assert result.exit_code == 1
    assert "Failure while restarting app shop: web.1 ended at once." in result.stderr
    assert "See its log above." in result.stderr
    assert "The variables are saved; what ran before goes on with the old ones." in result.stderr
    assert paas.ok("config:get", "shop", "A") == "1\n"
    with paas.inside():
        live = releases.live(shop)
        assert live is not None
        assert live.config == {}


def test_a_stopped_app_stays_stopped(paas: Harness, running: Scheduler, shop: App) -> None:
    with paas.inside():
        releases.set_processes(shop, [])

    assert "Restarting" not in paas.ok("config:set", "shop", "A=1")


def test_plugins_hear_of_what_has_changed(
    paas: Harness, shop: App, heard: list[tuple[str | None, str, list[str]]]
) -> None:
    paas.ok("config:set", "shop", "A=1", "B=2")
    paas.ok("config:set", "shop", "A=1", "B=3")
    paas.ok("config:set", "shop", "A=1")
    paas.ok("config:unset", "shop", "A", "NONE")
    paas.ok("config:import", "--replace", "shop", input="C=1\nD=2")
    paas.ok("config:clear", "shop")
    paas.ok("config:set", "--global", "A=1")

    assert heard == [
        ("shop", "set", ["A", "B"]),
        ("shop", "set", ["B"]),
        ("shop", "unset", ["A"]),
        ("shop", "unset", ["B"]),
        ("shop", "set", ["C", "D"]),
        ("shop", "clear", ["C", "D"]),
        (None, "set", ["A"]),
    ]
