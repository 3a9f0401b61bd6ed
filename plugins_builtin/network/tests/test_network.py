from __future__ import annotations

import json
from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

import pytest

from paas import InvalidValue, PaasError, apps
from paas.context import Caller
from paas.testing import Harness
from paas_docker.testing import FakeDocker
from paas_network import diagnosis, listeners, networks, settings
from paas_scheduler import api as scheduler
from paas_scheduler.api import Command
from paas_scheduler_docker import api as scheduler_docker
from paas_scheduler_docker.testing import Stage

TWO = "web: serve\nworker: work"


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ("paas-network", "paas-docker-options")


def joined(docker: FakeDocker, name: str) -> dict[str, list[str]]:
    """The networks of a container but for the one of all apps, each with its aliases there."""
    found: dict[str, Any] = docker.inspect(name)["NetworkSettings"]["Networks"]
    return {network: given["Aliases"] for network, given in found.items() if given["Aliases"] is not None}


def made(paas: Harness, *names: str) -> None:
    for name in names:
        paas.ok("network:create", name)


# Networks


def test_a_network_is_made_shown_and_removed(stage: Stage, paas: Harness) -> None:
    assert paas.ok("network:create", "back") == "-----> Creating network back\n"

    assert paas.ok("network:exists", "back") == "Network exists\n"
    assert paas.ok("--quiet", "network:list").split() == ["back", "bridge"]
    assert paas.ok("network:list").splitlines()[0] == "=====> Networks"
    assert json.loads(paas.ok("network:list", "--dokku-managed", "--format", "json")) == [
        {"name": "back", "managed": True}
    ]
    about = json.loads(paas.ok("network:info", "back", "--format", "json"))
    assert (about["name"], about["driver"], about["managed"]) == ("back", "bridge", True)
    assert "Driver:" in paas.ok("network:info", "back")

    assert paas.run("network:create", "back").exit_code == 1
    assert paas.ok("--force", "network:destroy", "back") == "-----> Destroying network back\n"
    assert (gone := paas.run("network:exists", "back")).exit_code == 1
    assert "Network does not exist" in gone.stderr
    assert paas.run("network:info", "back").exit_code == 1


def test_to_remove_a_network_its_name_is_typed(stage: Stage, paas: Harness) -> None:
    made(paas, "back")

    assert paas.run("network:destroy", "back", input="bakc\n").exit_code == 1
    assert paas.ok("network:exists", "back")
    paas.ok("network:destroy", "back", input="back\n")

    assert paas.run("network:exists", "back").exit_code == 1


@pytest.mark.parametrize("labels", [{}, {"paas.system": "/elsewhere", "paas.network": "back"}])
def test_a_network_that_others_made_stays(stage: Stage, paas: Harness, labels: dict[str, str]) -> None:
    stage.docker.ensure_network("back", labels, [])

    refused = paas.run("network:destroy", "--force", "back")

    assert refused.exit_code == 1
    assert "was not made by network:create" in refused.stderr
    assert paas.ok("network:exists", "back")


def test_neither_is_the_network_of_all_apps_removed_nor_joined(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    with paas.inside():
        name = scheduler_docker.network_name()

    assert "was not made by network:create" in paas.run("network:destroy", "--force", name).stderr
    assert "All apps are in" in paas.run("network:set", "shop", "attach-post-create", name).stderr


def test_a_network_that_an_app_is_in_or_is_to_be_in_stays(stage: Stage, paas: Harness) -> None:
    made(paas, "back", "front")
    stage.deploy()
    paas.ok("network:set", "shop", "attach-post-create", "back", "front")
    assert "is the attach-post-create of shop" in paas.run("network:destroy", "--force", "front").stderr
    paas.ok("ps:restart", "shop")
    paas.ok("network:set", "shop", "attach-post-create")

    assert "there is shop.web.1" in paas.run("network:destroy", "--force", "back").stderr


@pytest.mark.parametrize("name", ["", "-x", "../x", "a b", "a/b", "host", "bridge", "none", "x" * 64, "ä", "a\nb"])
def test_a_name_that_docker_would_misread_is_refused(stage: Stage, paas: Harness, name: str) -> None:
    paas.app("shop")

    assert paas.run("network:create", "--", name).exit_code in (1, 2)
    if name:
        assert paas.run("network:set", "shop", "initial-network", "--", name).exit_code in (1, 2)
    assert not any(method == "ensure_network" for method, _ in stage.docker.calls)


def test_further_networks_lie_in_free_blocks_of_the_private_ranges(paas: Harness) -> None:
    with paas.inside():
        subnets = [IPv4Network(subnet) for subnet in scheduler_docker.subnets()]

    assert len(subnets) > 200
    assert all(subnet.prefixlen == 24 and subnet.is_private for subnet in subnets)


# Who is in them


def test_processes_are_found_by_app_and_type(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    made(paas, "back", "front", "first")
    paas.app("shop")
    paas.ok("network:set", "shop", "attach-post-create", "back", "front")
    paas.ok("network:set", "--global", "initial-network", "first")
    paas.ok("ps:scale", "shop", "web=2", "worker=1")
    stage.deploy(Procfile=TWO)

    for container in ("shop.web.1", "shop.web.2"):
        assert joined(docker, container) == {key: ["shop.web"] for key in ("first", "back", "front")}
    assert joined(docker, "shop.worker.1") == {key: ["shop.worker"] for key in ("first", "back", "front")}


def test_a_redeploy_and_a_new_name_keep_what_is_found_up_to_date(
    stage: Stage, paas: Harness, docker: FakeDocker
) -> None:
    made(paas, "back")
    paas.app("shop")
    paas.ok("network:set", "shop", "attach-post-create", "back")
    paas.ok("network:set", "shop", "tld", "svc.internal")
    stage.deploy()
    before = docker.state("shop.web.1").id
    stage.deploy()
    assert docker.state("shop.web.1").id != before
    assert joined(docker, "shop.web.1") == {"back": ["shop.web.svc.internal"]}

    paas.ok("apps:rename", "shop", "store")

    assert joined(docker, "store.web.1") == {"back": ["store.web.svc.internal"]}


def test_only_a_process_that_works_joins_what_it_is_to_join_once_it_does(
    stage: Stage, paas: Harness, docker: FakeDocker
) -> None:
    made(paas, "back")
    paas.app("shop")
    paas.ok("network:set", "shop", "attach-post-deploy", "back")
    with pytest.raises(PaasError):
        stage.deploy(Procfile="web: exit 1")
    assert ("join", "back") not in docker.calls

    stage.deploy()

    assert joined(docker, "shop.web.1") == {"back": ["shop.web"]}


def test_a_command_reaches_others_and_is_not_found_itself(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    made(paas, "back", "late")
    paas.app("shop")
    paas.ok("network:set", "shop", "attach-post-create", "back")
    paas.ok("network:set", "shop", "attach-post-deploy", "late")
    stage.deploy()

    with paas.inside():
        name = scheduler.run_detached(apps.load("shop"), stage.live(), Command(("serve",)))

    assert joined(docker, name) == {"back": []}


def test_a_network_that_is_gone_fails_the_deploy_and_nothing_else(
    stage: Stage, paas: Harness, docker: FakeDocker
) -> None:
    made(paas, "back")
    stage.deploy()
    paas.ok("network:set", "shop", "attach-post-create", "back")
    docker.remove_network("back")
    before = docker.state("shop.web.1").id

    with pytest.raises(PaasError, match="Network back, which shop is to join, does not exist any more"):
        stage.deploy()

    assert docker.state("shop.web.1").id == before
    with paas.inside():
        assert [finding.about for finding in diagnosis.diagnose()] == ["shop"]


def test_what_runs_joins_without_a_new_start(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    made(paas, "back", "late")
    stage.deploy()
    before = docker.state("shop.web.1").id
    paas.ok("network:set", "shop", "attach-post-create", "back")
    paas.ok("network:set", "shop", "attach-post-deploy", "late")

    paas.ok("network:rebuild", "shop")
    paas.ok("network:rebuildall")

    assert docker.state("shop.web.1").id == before
    assert joined(docker, "shop.web.1") == {"back": ["shop.web"], "late": ["shop.web"]}


def test_a_rebuild_of_all_says_for_how_many_it_failed(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    made(paas, "back")
    stage.deploy()
    paas.ok("network:set", "shop", "attach-post-create", "back")
    docker.remove_network("back")
    stage.deploy("store")

    failed = paas.run("network:rebuildall")

    assert failed.exit_code == 1
    assert "shop: Network back" in failed.stderr


def test_no_name_is_that_of_two_apps(stage: Stage, paas: Harness) -> None:
    made(paas, "back")
    for name in ("a", "a.web"):
        paas.app(name)
        paas.ok("network:set", name, "attach-post-create", "back")
    paas.ok("network:set", "a", "tld", "web")
    stage.deploy("a")

    with pytest.raises(PaasError, match="would be both"):
        stage.deploy("a.web")


def test_a_network_of_others_is_for_root_to_open(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    docker.ensure_network("office", {}, [])
    paas.app("shop")

    refused = paas.run("network:set", "shop", "attach-post-create", "office", key="ann")

    assert refused.exit_code == 1
    assert "only root" in refused.stderr
    paas.ok("network:set", "shop", "attach-post-create", "office")
    assert paas.run("network:set", "shop", "attach-post-create", "nothing").exit_code == 1


def test_a_copy_is_in_the_same_networks(stage: Stage, paas: Harness) -> None:
    made(paas, "back")
    paas.app("shop")
    paas.ok("network:set", "shop", "attach-post-create", "back")

    paas.ok("apps:clone", "--skip-deploy", "shop", "copy")

    assert paas.ok("network:report", "copy", "--network-attach-post-create") == "back\n"


# Ports and listeners


def test_each_web_process_can_have_a_port_of_the_server(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    paas.app("shop")
    paas.ok("network:set", "shop", "bind-all-interfaces", "true")
    paas.ok("ps:scale", "shop", "web=1", "worker=1")
    stage.deploy(Procfile=TWO)

    web, worker = (docker.inspect(f"shop.{name}.1") for name in ("web", "worker"))
    assert web["HostConfig"]["PortBindings"] == {"5000/tcp": [{"HostIp": "", "HostPort": ""}]}
    assert web["Config"]["ExposedPorts"] == {"5000/tcp": {}}
    assert "PortBindings" not in worker["HostConfig"]


def test_the_report_says_where_requests_go(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    address = stage.routes["shop"][0]
    assert paas.ok("network:report", "shop", "--network-web-listeners") == f"{address}\n"

    paas.ok("network:set", "shop", "static-web-listener", "127.0.0.1:8080")

    assert paas.ok("network:report", "shop", "--network-web-listeners") == "127.0.0.1:8080\n"
    with paas.inside():
        assert [str(each) for each in listeners.static(apps.load("shop"))] == ["127.0.0.1:8080"]
    report = paas.ok("network:report", "shop")
    assert "Network computed initial network:" in report
    assert json.loads(paas.ok("network:report", "--global", "--format", "json"))["global-tld"] == ""


def test_requests_are_sent_elsewhere_by_root_alone(stage: Stage, paas: Harness) -> None:
    paas.app("shop")
    refused = paas.run("network:set", "shop", "static-web-listener", "127.0.0.1:8080", key="ann")
    assert "for root to do" in refused.stderr
    paas.caller = Caller(user=paas.paths.user)
    assert paas.run("network:set", "shop", "static-web-listener", "127.0.0.1:8080").exit_code == 1
    assert paas.ok("network:set", "shop", "static-web-listener", key="ann")
    assert paas.run("network:set", "--global", "static-web-listener", "127.0.0.1:8080").exit_code == 2


@pytest.mark.parametrize(
    "value", ["", "8080", "localhost:80", "192.0.2.7", "192.0.2.7:0", "192.0.2.7:65536", "192.0.2.7:80;", "::1:80"]
)
def test_what_is_no_address_with_a_port_is_refused(value: str) -> None:
    with pytest.raises(InvalidValue):
        settings.listener(value)


@pytest.mark.parametrize("value", ["-x", "x.", ".x", "a..b", "A", "a_b", "a b", "x" * 64, ".".join(["x" * 60] * 3)])
def test_what_is_no_end_of_a_host_name_is_refused(value: str) -> None:
    with pytest.raises(InvalidValue):
        settings.tld(value)


@pytest.mark.parametrize(
    ("key", "values"), [("tld", ["a", "b"]), ("initial-network", ["a", "b"]), ("speed", ["1"]), ("tld", ["A"])]
)
def test_a_wrong_setting_changes_nothing(stage: Stage, paas: Harness, key: str, values: Sequence[str]) -> None:
    paas.app("shop")
    before = paas.ok("network:report", "shop")

    assert paas.run("network:set", "shop", key, *values).exit_code in (1, 2)

    assert paas.ok("network:report", "shop") == before


def test_where_a_network_is_set_is_known(stage: Stage, paas: Harness) -> None:
    made(paas, "back", "backend")
    paas.app("shop")
    paas.ok("network:set", "--global", "attach-post-deploy", "back")
    paas.ok("network:set", "shop", "initial-network", "backend")

    with paas.inside():
        assert list(networks.settings_with("back")) == [("--global", "attach-post-deploy")]
        assert list(networks.settings_with("backend")) == [("shop", "initial-network")]
