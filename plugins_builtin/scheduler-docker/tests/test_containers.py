from __future__ import annotations

from dataclasses import replace

from paas import Image, Mount, Release, Slot
from paas.testing import Harness
from paas_docker.api import Container
from paas_scheduler_docker import containers
from paas_scheduler_docker.network import Lease
from paas_scheduler_docker.testing import Stage

PLAIN = Release(Image("sha256:1", "stage"), config={"SECRET": "a b"}, id=1, app_id=1, number=7)


def planned(paas: Harness, release: Release = PLAIN, type: str = "web") -> Container:
    shop = paas.app("shop")
    with paas.inside():
        return containers.plan(shop, release, Slot(type, 1), Lease("abcd", "10.255.64.1", shop.id))


def test_a_container_has_the_address_that_was_taken_for_it(stage: Stage, paas: Harness) -> None:
    plan = planned(paas)

    assert (plan.name, plan.address) == ("shop.web.1.upcoming-abcd", "10.255.64.1")
    assert plan.network.startswith("paas-"), "a system under another root has a network of its own"


def test_a_container_sees_the_mounts_of_its_process(stage: Stage, paas: Harness) -> None:
    everywhere = Mount("/data", "/data")
    only_web, only_build = Mount("/web", "/web", processes=("web",)), Mount("/b", "/b", phases=("build",))
    release = replace(PLAIN, mounts=[everywhere, only_web, only_build])

    assert planned(paas, release).mounts == [everywhere, only_web]
    assert planned(paas, release, "worker").mounts == [everywhere]


def test_a_log_is_limited_and_an_init_reaps(stage: Stage, paas: Harness) -> None:
    plan = planned(paas)

    assert plan.host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m"}}
    assert plan.init


def test_the_init_process_can_be_left_out_by_dokkus_name_of_the_command(stage: Stage, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("scheduler-docker-local:set", "shop", "init-process", "false")

    assert not planned(paas).init
    assert "init process:" in paas.ok("scheduler-docker-local:report", "shop")


def test_a_procfiles_command_sees_the_config_and_the_port(stage: Stage, paas: Harness) -> None:
    release = replace(PLAIN, processes={"web": 'serve --port $PORT --key "$SECRET"'})

    assert planned(paas, release).command == ["serve", "--port", "5000", "--key", "a b"]
    assert planned(paas).command is None, "without one the image runs its own"


def test_the_processs_own_variables_win(stage: Stage, paas: Harness) -> None:
    release = replace(PLAIN, config={"PORT": "80", "DYNO": "x"})

    assert dict(planned(paas, release).environment) == {"PORT": "5000", "DYNO": "web.1"}
