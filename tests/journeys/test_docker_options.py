"""Options of Docker, as the containers of an app have them."""

from __future__ import annotations

import json

from testbed.client import Client, web
from testbed.system import System


def test_options_are_seen_in_the_containers_of_an_app_and_in_its_build(system: System, ann: Client) -> None:
    files = web("small")
    files |= {"Dockerfile": f"{files['Dockerfile']!s}ARG VERSION=none\nRUN echo $VERSION > /version\n"}
    copy = ann.app("small", files)
    ann.ok("apps:create small")
    ann.ok("docker-options:add small build --build-arg VERSION=three")
    ann.ok("docker-options:add small deploy --shm-size=32m --ulimit nofile=512:512")
    ann.ok("docker-options:add small run --read-only")
    refused = ann.ssh("docker-options:add small deploy --privileged")
    assert refused.code == 1, refused.all

    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert ann.ok("enter small web cat /version").strip() == "three"
    assert ann.ok("enter small web sh -c 'ulimit -n'").strip() == "512"
    (container,) = json.loads(ann.ok("ps:inspect small"))
    assert container["HostConfig"]["ShmSize"] == 32 << 20
    assert ann.ssh("run small touch /tried").code != 0
    ann.ok("docker-options:clear small")
    ann.ok("ps:restart small")
    assert ann.ok("enter small web sh -c 'ulimit -n'").strip() != "512"
    assert ann.get("small.paas.test").body == "small"
    system.ok("apps:destroy", "--force", "small")
