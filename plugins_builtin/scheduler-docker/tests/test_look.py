from __future__ import annotations

import json
from typing import Any

from paas.testing import Harness
from paas_scheduler_docker import look
from paas_scheduler_docker.testing import Stage


def container(command: list[str], environment: list[str]) -> dict[str, Any]:
    return {"Id": "1", "Args": command[1:], "Config": {"Cmd": command, "Env": environment}}


def test_no_value_of_a_variable_is_shown_wherever_it_stands() -> None:
    found = container(["serve", "--key=hunter2", "--port=5000"], ["KEY=hunter2", "PORT=5000", "EMPTY="])

    assert look.masked(found) == {
        "Id": "1",
        "Args": ["--key=XXXXXX", "--port=5000"],
        "Config": {"Cmd": ["serve", "--key=XXXXXX", "--port=5000"], "Env": ["KEY=XXXXXX", "PORT=5000", "EMPTY=XXXXXX"]},
    }
    assert found["Args"][0] == "--key=hunter2", "what was passed in is left alone"


def test_a_value_within_a_value_hides_nothing_of_the_longer() -> None:
    found = container(["serve", "abcdef"], ["SHORT=abc", "LONG=abcdef"])

    assert look.masked(found)["Config"]["Cmd"] == ["serve", "XXXXXX"]


def test_an_image_without_a_command_is_shown_too() -> None:
    assert look.masked({"Config": {"Cmd": None, "Env": None}}) == {"Config": {"Cmd": None, "Env": []}}


def test_inspect_prints_the_containers_as_json(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve $PORT")

    (found,) = json.loads(paas.ok("ps:inspect", "shop"))

    assert found["Name"] == "/shop.web.1"
    assert "PORT=5000" in found["Config"]["Env"]


def test_a_process_whose_container_is_gone_is_missing(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    stage.docker.remove(stage.containers()["shop.web.1"].id)

    assert paas.ok("ps:report", "shop", "--status-web-1").startswith("missing")
    assert json.loads(paas.ok("ps:inspect", "shop")) == []
