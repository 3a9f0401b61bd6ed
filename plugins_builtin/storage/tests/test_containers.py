"""What the containers of an app see of its mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from paas import Mount, PaasError, deployment, hookimpl, lifecycle, releases
from paas.testing import Harness, Inventory
from paas_scheduler import api as scheduler
from paas_scheduler.api import Job
from paas_scheduler_docker.testing import Stage
from paas_storage.diagnosis import diagnose
from paas_storage.testing import StorageRoot

from .conftest import mounts

pytestmark = pytest.mark.usefixtures("storage_root")


def test_a_folder_is_made_for_the_first_container_that_needs_it(
    paas: Harness, stage: Stage, storage_root: StorageRoot
) -> None:
    stage.deploy()
    place = paas.paths.storage / "shop"
    paas.ok("storage:mount", "shop", f"{place}:/data")
    paas.ok("ps:restart", "shop")

    assert place.is_dir()
    assert storage_root.given == {"shop": 32767}
    assert binds(stage) == [f"{place}:/data"]
    paas.ok("ps:restart", "shop")
    assert len([argv for argv in paas.ran if "storage-make" in argv]) == 1, "what is there is left alone"


def test_each_container_sees_what_is_for_its_type_and_phase(paas: Harness, stage: Stage) -> None:
    shop = paas.app("shop")
    place = paas.paths.storage
    for name, words in (("all", []), ("work", ["--process-type", "worker"]), ("run", ["--phase", "run"])):
        paas.ok("storage:mount", "shop", f"{place}/{name}:/{name}", *words)
    release = stage.deploy(Procfile="web: serve\nworker: serve")
    paas.ok("ps:scale", "shop", "worker=1")
    seen: list[str] = []
    create = stage.docker.create
    stage.docker.create = lambda wanted: seen.extend(m.target for m in wanted.mounts) or create(wanted)  # type: ignore[method-assign,func-returns-value]

    with paas.inside():
        scheduler.run(shop, release, Job("console", "true", phase="run"))

    assert binds(stage, "web.1") == [f"{place}/all:/all"]
    assert binds(stage, "worker.1") == [f"{place}/all:/all", f"{place}/work:/work"]
    assert seen == ["/all", "/run"]


def test_mounts_survive_a_rename_and_a_clone_has_the_same(paas: Harness, stage: Stage) -> None:
    stage.deploy()
    for place in ("/data", "/again"):
        paas.ok("storage:mount", "shop", f"{paas.paths.storage}/shop:{place}")
    paas.ok("apps:rename", "shop", "store")

    result = paas.run("apps:clone", "store", "twin")

    assert mounts(paas, "twin") == mounts(paas, "store") != []
    assert result.stderr.count(f"twin sees {paas.paths.storage}/shop as store does") == 1


def test_a_rollback_brings_the_mounts_of_then_if_it_is_asked_to(paas: Harness, stage: Stage) -> None:
    shop = paas.app("shop")
    paas.ok("storage:mount", "shop", f"{paas.paths.storage}/old:/data")
    first = stage.deploy()
    paas.ok("storage:unmount", "shop", f"{paas.paths.storage}/old:/data")
    stage.deploy()

    with paas.inside():
        lifecycle.rollback(shop, first, {"mounts"}, "rollback")

    assert [mount.target for mount in mounts(paas)] == ["/data"]
    assert binds(stage) == [f"{paas.paths.storage}/old:/data"]


def test_mounts_of_a_volume_that_is_gone_do_not_come_back(paas: Harness, stage: Stage) -> None:
    shop = paas.app("shop")
    paas.ok("storage:create", "data")
    paas.ok("storage:mount", "shop", "data:/data")
    first = stage.deploy()
    paas.ok("storage:unmount", "shop", "data")
    paas.ok("storage:destroy", "data", "--force")
    stage.deploy()

    with paas.inside(), pytest.raises(PaasError, match="There is no volume data"):
        lifecycle.rollback(shop, first, {"mounts"}, "rollback")
    assert mounts(paas) == []


def test_a_folder_that_became_a_link_refuses_the_deploy(paas: Harness, stage: Stage) -> None:
    stage.deploy()
    place = paas.paths.storage / "shop"
    paas.ok("storage:mount", "shop", f"{place}:/data")
    place.parent.mkdir(exist_ok=True)
    place.symlink_to("/etc")
    before = stage.containers().keys()

    with pytest.raises(PaasError, match="is a link, and could lead anywhere"):
        stage.deploy()

    assert stage.containers().keys() == before


def test_a_place_that_root_takes_back_refuses_the_next_start(paas: Harness, stage: Stage, tmp_path: Path) -> None:
    stage.deploy()
    (tmp_path / "media").mkdir()
    paas.ok("storage:set", "--global", "allowed-roots", f"{tmp_path}/media")
    paas.ok("storage:mount", "shop", f"{tmp_path}/media:/data")
    paas.ok("ps:restart", "shop")
    paas.ok("storage:set", "--global", "allowed-roots")

    assert "lies outside of" in paas.run("ps:restart", "shop").stderr


def test_what_another_plugin_mounts_is_its_own_affair(paas: Harness, stage: Stage, inventory: Inventory) -> None:
    @hookimpl
    def container_mounts() -> list[Mount]:
        return [Mount("cache-shop", "/cache"), Mount("/etc", "/host")]

    inventory.plugin("others", container_mounts)
    paas.app("shop")
    paas.ok("storage:mount", "shop", f"{paas.paths.storage}/shop:/data")

    stage.deploy()

    assert binds(stage) == ["cache-shop:/cache", "/etc:/host", f"{paas.paths.storage}/shop:/data"]
    assert paas.wrong(diagnose) == []


def test_a_missing_folder_elsewhere_is_not_made(paas: Harness, stage: Stage, tmp_path: Path) -> None:
    stage.deploy()
    paas.ok("storage:set", "--global", "allowed-roots", f"{tmp_path}/media")
    paas.ok("storage:mount", "shop", f"{tmp_path}/media/a:/data")

    assert f"{tmp_path}/media/a does not exist." in paas.run("ps:restart", "shop").stderr
    assert not (tmp_path / "media").exists()


def test_a_process_restarts_alone_with_the_mounts_of_now(paas: Harness, stage: Stage) -> None:
    live = stage.deploy()
    shop = paas.app("shop")
    paas.ok("storage:mount", "shop", f"{paas.paths.storage}/shop:/data")
    with paas.inside():
        assert not deployment.is_up_to_date(shop, live)

    paas.ok("ps:restart", "shop", "web")

    assert binds(stage) == [f"{paas.paths.storage}/shop:/data"]


def test_a_folder_that_is_missing_under_a_running_process_is_a_finding(paas: Harness, stage: Stage) -> None:
    shop = paas.app("shop")
    place = paas.paths.storage / "shop"
    paas.ok("storage:mount", "shop", f"{place}:/data")
    with paas.inside():
        assert releases.live(shop) is None
    assert paas.wrong(diagnose) == []
    stage.deploy()
    assert paas.wrong(diagnose) == []
    place.rmdir()
    assert paas.wrong(diagnose) == [f"shop: {place}, which its processes see, is missing."]
    place.symlink_to("/etc")
    (found,) = paas.wrong(diagnose)
    assert "is a link" in found


def binds(stage: Stage, slot: str = "web.1") -> list[str]:
    """What the newest container of a process was told to mount."""
    app = stage.paas.app("shop")
    with stage.paas.inside():
        (process,) = (p for p in releases.processes(app) if str(p.slot) == slot)
    found: list[str] = stage.docker.inspect(process.container)["HostConfig"]["Binds"]
    return found
