from __future__ import annotations

import pytest

from paas import hooks, hookspecs
from paas.testing import Harness


def test_the_chosen_scheduler_holds_the_role(paas: Harness) -> None:
    shop = paas.app("shop")
    paas.ok("scheduler:set", "shop", "selected", "scheduler-docker")

    with paas.inside():
        assert hooks.ask(hookspecs.chosen_holder, shop, "scheduler") == "scheduler-docker"
        assert hooks.ask(hookspecs.chosen_holder, shop, "builder") is None


def test_a_choice_for_all_apps_yields_to_an_apps_own(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("scheduler:set", "--global", "shell", "/bin/ash")
    assert paas.ok("scheduler:report", "shop", "--scheduler-computed-shell") == "/bin/ash\n"

    paas.ok("scheduler:set", "shop", "shell", "/bin/zsh")
    assert paas.ok("scheduler:report", "shop", "--scheduler-computed-shell") == "/bin/zsh\n"


def test_a_shell_is_a_path(paas: Harness) -> None:
    paas.app("shop")

    result = paas.run("scheduler:set", "shop", "shell", "/bin/sh -c reboot")

    assert result.exit_code == 1
    assert "not the path of a shell" in result.stderr


@pytest.mark.parametrize("name", ["scheduler-docker", "docker", "docker-local"])
def test_a_scheduler_is_chosen_by_the_name_of_its_plugin_or_by_dokkus(paas: Harness, name: str) -> None:
    paas.app("shop")
    assert paas.ok("scheduler:report", "shop", "--scheduler-computed-selected") == "scheduler-docker\n"

    paas.ok("scheduler:set", "shop", "selected", name)

    assert paas.ok("scheduler:report", "shop", "--scheduler-selected") == "scheduler-docker\n"


@pytest.mark.parametrize("name", ["../x", "k3s"])
def test_a_scheduler_that_is_not_installed_is_refused(paas: Harness, name: str) -> None:
    paas.app("shop")

    result = paas.run("scheduler:set", "shop", "selected", name)

    assert result.exit_code == 1
    assert f"the scheduler '{name}'" in result.stderr
    assert "Installed: scheduler-docker." in result.stderr


def test_a_clone_has_its_originals_settings(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("scheduler:set", "shop", "shell", "/bin/zsh")

    paas.ok("apps:clone", "shop", "copy")

    assert paas.ok("scheduler:report", "copy", "--scheduler-shell") == "/bin/zsh\n"
