from __future__ import annotations

from collections.abc import Mapping

import pytest
import typer

from paas import PaasError, hookimpl
from paas.testing import Harness, Inventory
from paas_report import host


@pytest.fixture(autouse=True)
def installed(inventory: Inventory) -> None:
    inventory.real = ("paas-report", "paas-apps", "paas-domains")


def test_the_server_is_reported_with_its_plugins(paas: Harness) -> None:
    paas.app("shop")

    said = paas.ok("report")

    assert said.startswith("=====> paas information\n")
    for label in ("paas version:", "Python version:", "System:", "Kernel:", "Processors:", "Memory:", "Room for "):
        assert label in said
    assert [words.split()[::2] for words in said.partition("plugins\n")[2].splitlines()] == [
        ["apps", "enabled"], ["domains", "enabled"], ["report", "enabled"],
    ]  # fmt: skip
    assert "shop" not in said


def test_an_app_is_reported_by_every_plugin_after_the_server(paas: Harness) -> None:
    paas.app("shop")
    paas.app("blog")

    said = paas.ok("report", "shop")

    headings = [line for line in said.splitlines() if line.startswith("=====>")]
    assert headings == [
        "=====> paas information",
        "=====> plugins",
        "=====> shop app information",
        "=====> shop domains information",
    ]


def test_all_apps_are_reported_one_after_the_other(paas: Harness) -> None:
    paas.app("shop")
    paas.app("blog")

    said = paas.ok("report", "--all")

    assert [line.split()[1:3] for line in said.splitlines() if line.endswith(" information")][1:] == [
        ["blog", "app"], ["blog", "domains"], ["shop", "app"], ["shop", "domains"],
    ]  # fmt: skip


def test_a_report_that_fails_is_named_and_keeps_no_other_from_its_turn(paas: Harness, inventory: Inventory) -> None:
    commands = typer.Typer()

    @commands.command("report")
    def report(name: str) -> None:
        raise RuntimeError("no oven")

    inventory.plugin("bakery")
    inventory.add("paas.commands", "bakery", commands)
    paas.app("shop")

    result = paas.run("report", "shop")

    assert result.exit_code == 1
    assert "bakery can't report of shop: The plugin bakery failed: RuntimeError: no oven" in result.stderr
    assert "Some reports failed: bakery of shop." in result.stderr
    assert "shop domains information" in result.stdout


def test_a_plugin_adds_what_it_knows_of_the_server_or_why_it_cannot(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def host_facts() -> Mapping[str, str]:
        return {"Oven": "180 degrees"}

    inventory.plugin("bakery", host_facts)
    inventory.plugin("mill", hookimpl(_stopped, specname="host_facts"))

    said = paas.ok("report")

    assert "       Oven:                          180 degrees\n" in said
    assert (
        "       Mill:                          (The mill stands still.)\n" in said or "(The mill stands still.)" in said
    )


def _stopped() -> Mapping[str, str]:
    raise PaasError("The mill stands still.")


def test_a_plugin_that_is_disabled_or_broken_is_listed_as_such(paas: Harness, inventory: Inventory) -> None:
    inventory.add("paas.plugins", "rusty", ImportError("no module named oil"))
    inventory.real = ("paas-report", "paas-apps", "paas-plugin")
    paas.ok("--force", "plugin:disable", "apps")

    said = paas.ok("report")

    assert "disabled" in next(line for line in said.splitlines() if line.startswith("  apps "))
    assert "no module named oil" in next(line for line in said.splitlines() if line.startswith("  rusty "))


def test_an_app_that_is_not_there_is_refused_before_anything_is_printed(paas: Harness) -> None:
    result = paas.run("report", "shop")

    assert (result.exit_code, result.stdout) == (20, "")


def test_memory_is_read_from_what_the_kernel_says() -> None:
    assert host.memory("MemTotal:  2097152 kB\nMemFree: 1 kB\nMemAvailable:  524288 kB\n") == "512 MB of 2.0 GB free"
