"""How containers go: retired, stopped, destroyed, or left by a deploy that was killed."""

from __future__ import annotations

import pytest

from paas import App, PaasError, Slot, apps, deployment, hooks, hookspecs, locks, releases, tasks
from paas.testing import Harness
from paas_scheduler_docker import names, network, strays
from paas_scheduler_docker.testing import Stage


def leased(paas: Harness) -> int:
    with paas.inside():
        return len(network.leases())


def test_an_old_process_is_removed_when_its_time_has_come(
    stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "drain_seconds", lambda app: 0.001)
    stage.deploy()
    stage.deploy()
    assert len(stage.containers()) == 2

    paas.ok("ps:retire")

    assert list(stage.containers()) == ["shop.web.1"]
    assert leased(paas) == 1
    with paas.inside():
        assert tasks.planned() == []


def test_an_old_process_is_left_alone_until_then(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    stage.deploy()

    paas.ok("tick")

    assert len(stage.containers()) == 2


def test_an_old_process_is_not_restarted_while_it_waits(stage: Stage) -> None:
    stage.deploy()
    (old,) = stage.containers().values()

    stage.deploy()

    assert stage.docker.inspect(old.id)["HostConfig"]["RestartPolicy"]["Name"] == "no"


def test_a_process_is_asked_to_stop_before_it_is_removed(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    (container,) = stage.containers().values()

    paas.ok("ps:stop", "shop")

    assert stage.docker.calls[-2:] == [("stop", container.id), ("remove", container.id)]


def test_a_destroyed_app_leaves_no_container_and_no_address(stage: Stage, paas: Harness) -> None:
    stage.deploy("shop")
    stage.deploy("shop")
    stage.deploy("blog")

    paas.ok("apps:destroy", "shop", "--force")

    assert list(stage.containers()) == ["blog.web.1"]
    assert leased(paas) == 1
    paas.ok("tick")


def test_what_a_killed_deploy_left_is_removed_by_the_next_tick(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    shop = paas.app("shop")
    with paas.inside():
        killed(stage, paas)
    assert len(stage.containers()) == 2

    paas.ok("tick")

    assert list(stage.containers()) == ["shop.web.1"]
    assert leased(paas) == 1
    with paas.inside():
        assert releases.processes(shop)[0].container == stage.containers()["shop.web.1"].id


def test_what_a_deploy_that_goes_on_has_made_is_left_alone(stage: Stage, paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside(), locks.deploying(shop.id, "shop", "git push"):
        killed(stage, paas)
        strays.sweep()

    assert len(stage.containers()) == 1
    assert leased(paas) == 1


def test_what_an_app_left_that_is_gone_is_removed(stage: Stage, paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        killed(stage, paas)
        apps.remove(shop)

    paas.ok("tick")

    assert stage.containers() == {}
    assert leased(paas) == 0
    assert not list(paas.paths.locks.glob(f"app-{shop.id}.lock"))


def test_the_address_of_a_container_that_someone_removed_by_hand_comes_back(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    stage.docker.remove(stage.containers()["shop.web.1"].id)

    paas.ok("tick")

    assert leased(paas) == 0


def test_containers_that_are_not_ours_are_never_touched(stage: Stage, paas: Harness) -> None:
    from paas_docker.api import APP_ID, PROCESS, SYSTEM, Container

    stage.docker.create(Container("database", "base:latest"))
    stage.docker.create(Container("other", "base:latest", labels={SYSTEM: "/other", APP_ID: "1", PROCESS: "web.1"}))
    stage.docker.create(
        Container("one-off", "base:latest", labels={SYSTEM: str(paas.paths.root), APP_ID: "1", PROCESS: "run.1"})
    )

    paas.ok("tick")

    assert sorted(stage.containers()) == ["database", "one-off", "other"]


def test_a_failure_to_remove_one_container_does_not_keep_the_others(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\nworker: work")
    paas.ok("ps:scale", "shop", "worker=2")
    stuck = stage.containers()["shop.worker.1"].id
    remove = stage.docker.remove

    def stubborn(id: str) -> None:
        if id == stuck:
            raise PaasError("device or resource busy")
        remove(id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.docker, "remove", stubborn)
        assert "busy" in paas.run("ps:stop", "shop").stderr
    assert list(stage.containers()) == ["shop.worker.1"]

    paas.ok("tick")
    assert stage.containers() == {}


# cleanup


def leftovers(paas: Harness, app: App | None = None) -> list[str]:
    with paas.inside():
        return [one.name for one in hooks.gather(hookspecs.leftovers, app) if one.kind != "image"]


def test_what_a_killed_deploy_left_is_left_over_and_what_is_live_or_retiring_is_not(
    stage: Stage, paas: Harness
) -> None:
    stage.deploy()
    stage.deploy()
    with paas.inside():
        killed(stage, paas)
    (left,) = [name for name in stage.containers() if "upcoming" in name]

    assert leftovers(paas) == leftovers(paas, paas.app("shop")) == [left]
    assert leftovers(paas, paas.app("blog")) == []

    with paas.inside():
        for one in hooks.gather(hookspecs.leftovers, paas.app("shop")):
            one.remove()
    assert len(stage.containers()) == 2
    assert leftovers(paas) == []


def test_what_a_deploy_that_goes_on_has_made_is_not_left_over(stage: Stage, paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        killed(stage, paas)
        (found,) = hooks.gather(hookspecs.leftovers, shop)
        with locks.deploying(shop.id, shop.name, "git push"):
            assert leftovers(paas) == []
            found.remove()

    assert len(stage.containers()) == 1


def test_the_network_is_left_over_once_nothing_is_in_it(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    assert leftovers(paas) == []
    paas.ok("apps:destroy", "--force", "shop")
    with paas.inside():
        name = network.name()
        assert leftovers(paas) == [name]

        for one in hooks.gather(hookspecs.leftovers, None):
            one.remove()

    assert name not in [name for name, _ in stage.docker.networks()]
    stage.deploy()
    assert stage.running() == ["web.1"]


# Names


def test_an_old_container_gets_a_name_that_no_other_has() -> None:
    assert names.aside("shop.web.1", 100, []) == "shop.web.1.100"
    assert names.aside("shop.web.1", 100, ["shop.web.1.100", "shop.web.1.101"]) == "shop.web.1.102"


def test_deploys_in_one_second_get_their_names(stage: Stage) -> None:
    for _ in range(4):
        stage.deploy()

    assert len(stage.containers()) == 4
    assert "shop.web.1" in stage.containers()
    assert not any("upcoming" in name for name in stage.containers())


def test_a_tick_names_what_went_live_while_docker_was_gone(stage: Stage, paas: Harness) -> None:
    def gone(id: str, name: str) -> None:
        raise PaasError("Docker doesn't answer.")

    stage.deploy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.docker, "rename", gone)
        stage.deploy()
    assert any("upcoming" in name for name in stage.containers())
    with paas.inside(), locks.deploying(paas.app("shop").id, "shop", "git push"):
        paas.ok("tick")  # what is being deployed is named by its deploy
    assert any("upcoming" in name for name in stage.containers())

    paas.ok("tick")

    with paas.inside():
        (live,) = [process.container for process in releases.processes(paas.app("shop"))]
    assert stage.containers()["shop.web.1"].id == live
    assert not any("upcoming" in name for name in stage.containers())


def test_after_a_rename_containers_carry_the_new_name(stage: Stage, paas: Harness) -> None:
    stage.deploy("shop")

    paas.ok("apps:rename", "shop", "store")

    assert "store.web.1" in stage.containers()


def killed(stage: Stage, paas: Harness) -> None:
    """Start a process as a deploy does that is killed before it is promoted."""
    from paas_scheduler_docker import start

    shop = paas.app("shop")
    release = releases.live(shop) or deployment.record(shop, stage.image, stage.source(), "git push")
    start.start(shop, release, [Slot("web", 1)])
