"""What is asked of Docker."""

from __future__ import annotations

import pytest

from paas import Mount
from paas_docker import bodies
from paas_docker.api import Container


@pytest.mark.parametrize(
    ("name", "repository", "tag"),
    [
        ("shop", "shop", ""),
        ("paas/shop:1", "paas/shop", "1"),
        ("localhost:5000/shop", "localhost:5000/shop", ""),
        ("localhost:5000/a/shop:1", "localhost:5000/a/shop", "1"),
    ],
)
def test_the_tag_of_a_name_is_not_a_registrys_port(name: str, repository: str, tag: str) -> None:
    assert bodies.name_and_tag(name) == {"repo": repository, "tag": tag}


def test_what_plugins_add_cannot_replace_what_a_container_says_itself() -> None:
    labels = {"paas.app-id": "1"}
    added = {"User": "1000", "Labels": {}, "Image": "other", "HostConfig": {}}
    mounts = [Mount("/data", "/data", "ro")]

    asked = bodies.container(
        Container("shop.web.1", "shop:1", labels=labels, mounts=mounts, options=added, host={"Memory": 1, "Binds": []})
    )

    assert (asked["User"], asked["Labels"], asked["Image"]) == ("1000", labels, "shop:1")
    assert (asked["HostConfig"]["Memory"], asked["HostConfig"]["Binds"]) == (1, ["/data:/data:ro"])


def test_an_image_runs_its_own_command_unless_another_is_given() -> None:
    assert "Cmd" not in bodies.container(Container("shop.web.1", "shop:1"))
    assert bodies.container(Container("shop.web.1", "shop:1", []))["Cmd"] == []
