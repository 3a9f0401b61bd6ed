"""Mounts of apps, and volumes, on a stand-in Docker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paas import Mount, PaasError, deployment, hookimpl, lifecycle, releases
from paas.context import Caller
from paas.testing import Harness, Inventory
from paas_scheduler import api as scheduler
from paas_scheduler.api import Job
from paas_scheduler_docker.testing import Stage
from paas_storage.diagnosis import diagnose
from paas_storage.testing import StorageRoot

pytestmark = pytest.mark.usefixtures("storage_root")


@pytest.fixture
def storage(paas: Harness) -> Path:
    paas.app("shop")
    return paas.paths.storage


def mounts(paas: Harness, name: str = "shop") -> list[Mount]:
    from paas import hooks, hookspecs

    app = paas.app(name)
    with paas.inside():
        return hooks.gather(hookspecs.container_mounts, app)


def refused(paas: Harness, *words: str, code: int = 1, key: str | None = None) -> str:
    result = paas.run(*words, key=key)
    assert result.exit_code == code, result.stdout + result.stderr
    assert result.stdout == ""
    return result.stderr


# Mount and unmount


def test_a_mount_is_silent_listed_and_unmounted_by_the_same_words(paas: Harness, storage: Path) -> None:
    assert paas.ok("storage:mount", "shop", f"{storage}/shop:/app/data:ro") == ""

    assert mounts(paas) == [Mount(f"{storage}/shop", "/app/data", "ro")]
    assert paas.ok("storage:list", "shop") == f"-----> shop volume bind-mounts:\n       {storage}/shop:/app/data:ro\n"
    assert paas.ok("storage:unmount", "shop", f"{storage}/shop:/app/data:ro") == ""
    assert mounts(paas) == []
    assert not (storage / "shop").exists(), "it is made when a container needs it"


def test_the_tutorials_place_is_ours_and_the_mount_says_so(paas: Harness, storage: Path) -> None:
    theirs = "/var/lib/dokku/data/storage/sample-mojo"

    said = paas.ok("storage:mount", "shop", f"{theirs}:/app/shared")

    assert said == f"-----> {theirs} is {storage}/sample-mojo here\n"
    assert f"       {storage}/sample-mojo:/app/shared\n" in paas.ok("storage:list", "shop")
    assert "Mount path already exists." in refused(paas, "storage:mount", "shop", f"{storage}/sample-mojo:/app/shared")
    assert paas.ok("storage:unmount", "shop", f"{theirs}:/app/shared") == ""
    assert mounts(paas) == []


def test_a_mount_again_is_refused_and_so_is_the_end_of_one_that_is_not_there(paas: Harness, storage: Path) -> None:
    paas.ok("storage:mount", "shop", f"{storage}/shop:/a")

    assert "Mount path already exists." in refused(paas, "storage:mount", "shop", f"{storage}/shop:/a:ro")
    assert "Mount path does not exist." in refused(paas, "storage:unmount", "shop", f"{storage}/shop:/b")
    assert "Mount path does not exist." in refused(paas, "storage:unmount", "shop", f"{storage}/shop:/a:ro")
    assert len(mounts(paas)) == 1


def test_two_folders_at_one_place_are_refused_unless_no_container_sees_both(paas: Harness, storage: Path) -> None:
    paas.ok("storage:mount", "shop", f"{storage}/one:/data", "--process-type", "web")

    assert "is mounted at /data already" in refused(paas, "storage:mount", "shop", f"{storage}/two:/data")
    paas.ok("storage:mount", "shop", f"{storage}/two:/data", "--process-type", "worker")


def test_a_volume_is_mounted_where_and_as_flags_say(paas: Harness, storage: Path) -> None:
    paas.ok("storage:create", "data")
    words = ["--container-dir", "/app/data", "--phase", "run", "--process-type", "web", "--volume-readonly"]

    said = paas.ok("storage:mount", "shop", "data", *words, "--volume-options", "z", "--volume-subpath", "a/b")

    assert said == f"-----> Mounted {storage}/data/a/b for shop\n"
    wanted = Mount(f"{storage}/data/a/b", "/app/data", "ro,z", ("run",), ("web",))
    assert mounts(paas) == [wanted]
    (listed,) = json.loads(paas.ok("storage:list", "shop", "--format", "json"))
    assert (listed["entry_name"], listed["readonly"], listed["phases"]) == ("data", True, ["run"])
    paas.ok("storage:unmount", "shop", "data")
    assert mounts(paas) == []


def test_a_volume_is_mounted_anew_with_other_words(paas: Harness, storage: Path) -> None:
    paas.ok("storage:create", "data")
    paas.ok("storage:mount", "shop", "data", "--container-dir", "/a")

    paas.ok("storage:mount", "shop", "data", "--container-dir", "/a", "--volume-readonly")

    assert [mount.options for mount in mounts(paas)] == ["ro"]
    paas.ok("storage:unmount", "shop", "data", "--container-dir", "/a")
    assert mounts(paas) == []


def test_a_report_tells_the_mounts_of_each_phase(paas: Harness, storage: Path) -> None:
    paas.ok("storage:mount", "shop", f"{storage}/a:/a")
    paas.ok("storage:mount", "shop", f"{storage}/b:/b:ro", "--phase", "build")

    assert json.loads(paas.ok("storage:report", "shop", "--format", "json")) == {
        "build-mounts": f"-v {storage}/b:/b:ro",
        "deploy-mounts": f"-v {storage}/a:/a",
        "run-mounts": f"-v {storage}/a:/a",
    }


# What may be mounted


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/", "it is the whole server"),
        ("/etc", "it lies outside of {root}/storage"),
        ("/var/run/docker.sock", "it is Docker's own socket"),
        ("{root}", "paas itself keeps what it needs there"),
        ("{root}/state.db", "paas itself keeps what it needs there"),
        ("{root}/storage", "it holds the folders of all apps"),
        ("{root}/apps/store/builds", "it belongs to the folder of the app store"),
        ("{home}/store", "it belongs to the repository of the app store"),
        ("{home}/.ssh", "paas itself keeps what it needs there"),
        ("{above}", "paas itself keeps what it needs there"),
    ],
)
def test_what_no_app_may_see_is_refused_with_its_reason(paas: Harness, storage: Path, path: str, why: str) -> None:
    names = {"root": paas.paths.root, "home": paas.paths.home, "above": paas.paths.root.parent}

    said = refused(paas, "storage:mount", "shop", f"{path.format(**names)}:/data")

    assert f"can't be mounted: {why.format(**names)}" in said
    assert mounts(paas) == []


def test_a_folder_with_dots_and_one_behind_a_link_are_refused(paas: Harness, storage: Path) -> None:
    (storage / "shop").mkdir(parents=True)
    (storage / "shop" / "out").symlink_to("/etc")

    assert "holds . or .." in refused(paas, "storage:mount", "shop", f"{storage}/shop/../../apps:/data")
    for inside in ("out", "out/ssh"):
        said = refused(paas, "storage:mount", "shop", f"{storage}/shop/{inside}:/data")
        assert f"{storage}/shop/out is a link, and could lead anywhere." in said


def test_root_allows_another_place_and_nobody_else_does(paas: Harness, storage: Path, tmp_path: Path) -> None:
    words = ("storage:set", "--global", "allowed-roots", f"{tmp_path}/media:/mnt/x")
    (tmp_path / "media" / "films").mkdir(parents=True)

    assert "is for root on the server" in refused(paas, *words, key="ann")
    paas.caller = Caller(paas.paths.user)
    assert "is for root on the server" in refused(paas, *words)
    paas.caller = Caller("root")
    paas.ok(*words)

    paas.ok("storage:mount", "shop", f"{tmp_path}/media/films:/films:ro", key="ann")
    assert "lies outside" in refused(paas, "storage:mount", "shop", f"{tmp_path}/media2:/films2")
    assert "can't be mounted" in refused(paas, "storage:mount", "shop", f"{storage}:/all")
    assert paas.ok("storage:report", "--global", "--storage-global-allowed-roots") == f"{tmp_path}/media:/mnt/x\n"


@pytest.mark.parametrize("value", ["/", "media", "/srv/../etc", "/srv:", "/srv:/"])
def test_what_root_allows_are_whole_paths_and_never_everything(paas: Harness, value: str) -> None:
    refused(paas, "storage:set", "--global", "allowed-roots", value)


def test_a_folder_in_one_that_can_be_written_to_is_refused(paas: Harness, storage: Path) -> None:
    paas.app("store")
    paas.ok("storage:mount", "shop", f"{storage}/shop:/data")

    said = refused(paas, "storage:mount", "store", f"{storage}/shop/in:/data")
    assert "which shop may write to, and could put a link there" in said
    paas.ok("storage:unmount", "shop", f"{storage}/shop:/data")
    paas.ok("storage:mount", "store", f"{storage}/shop/in:/data")
    assert "which this mount may write to" in refused(paas, "storage:mount", "shop", f"{storage}/shop:/data")
    paas.ok("storage:mount", "shop", f"{storage}/shop:/data:ro")


def test_a_folder_in_one_that_a_container_still_sees_is_refused(paas: Harness, stage: Stage) -> None:
    storage = paas.paths.storage
    paas.app("shop")
    paas.ok("storage:mount", "shop", f"{storage}/shop:/data")
    stage.deploy()
    paas.ok("storage:unmount", "shop", f"{storage}/shop:/data")

    assert "which shop may write to" in refused(paas, "storage:mount", "shop", f"{storage}/shop/in:/data")
    paas.ok("ps:restart", "shop")
    paas.ok("storage:mount", "shop", f"{storage}/shop/in:/data")


def test_a_key_shares_a_folder_of_another_app_only_if_it_may_mount_for_that_one(
    paas: Harness, stage: Stage, inventory: Inventory
) -> None:
    @hookimpl
    def authorize(caller: Caller, app: str | None) -> None:
        if app == "store":
            raise PaasError(f"{caller.name} may not touch {app}.")

    inventory.plugin("gate", authorize)
    storage = paas.paths.storage
    paas.app("shop")
    paas.app("store")
    paas.ok("storage:mount", "store", f"{storage}/secrets:/data")

    for path in ("secrets", "secrets/in", "store"):
        for words in (("storage:mount", "shop", f"{storage}/{path}:/d"), ("storage:ensure-directory", path)):
            assert "ann may not touch store." in refused(paas, *words, key="ann")
    paas.ok("storage:mount", "shop", f"{storage}/secrets:/d")


# What containers see


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


# Folders and volumes


def test_a_directory_is_made_and_given_away(paas: Harness, storage_root: StorageRoot) -> None:
    place = paas.paths.storage / "shop"

    assert paas.ok("storage:ensure-directory", "shop").startswith(f"-----> Ensured {place}\n")
    assert storage_root.given == {"shop": 32767}
    paas.ok("storage:ensure-directory", "--chown", "heroku", "shop")
    assert storage_root.given == {"shop": 1000}
    paas.ok("storage:ensure-directory", "--chown", "false", f"{place}")
    assert storage_root.given == {"shop": 1000}
    assert place.is_dir()


@pytest.mark.parametrize("name", ["..", "../x", "", "/etc", "a\nb", "a/../b"])
def test_a_directory_elsewhere_is_refused(paas: Harness, name: str) -> None:
    assert paas.run("storage:ensure-directory", "--", name).exit_code == 1
    assert not paas.paths.storage.exists()


def test_a_volume_is_made_shown_changed_and_forgotten(paas: Harness, storage: Path, storage_root: StorageRoot) -> None:
    paas.ok("storage:create", "data", "--chown", "paketo", "--mode", "2770")
    assert storage_root.given == {"data": 2000}
    assert (storage / "data").stat().st_mode & 0o7777 == 0o2770
    paas.ok("storage:create", "data")
    paas.ok("storage:set", "data", "chown", "7")
    paas.ok("storage:set", "data", "mode", "0700")
    paas.ok("storage:mount", "shop", "data:/data")

    assert json.loads(paas.ok("storage:info", "data", "--format", "json")) == {
        "name": "data",
        "scheduler": "docker-local",
        "path": f"{storage}/data",
        "chown": "7",
        "mode": "0700",
        "apps": ["shop"],
    }
    assert storage_root.given == {"data": 7}
    assert (storage / "data").stat().st_mode & 0o7777 == 0o700
    assert f"data  {storage}/data" in paas.ok("storage:list-entries")
    assert "data is mounted by shop." in refused(paas, "storage:destroy", "data", "--force")
    paas.ok("storage:unmount", "shop", "data")
    assert "Confirmation did not match data." in paas.run("storage:destroy", "data", input="no\n").stderr
    paas.ok("storage:destroy", "data", input="data\n")
    assert (storage / "data").is_dir()
    assert "There is no volume data." in refused(paas, "storage:info", "data")


def test_a_volumes_folder_goes_only_if_nobody_has_it_mounted(paas: Harness, storage: Path) -> None:
    paas.ok("storage:create", "data")
    paas.ok("storage:mount", "shop", f"{storage}/data:/data")

    assert "is mounted by shop" in refused(paas, "storage:destroy", "data", "--force", "--destroy-host-dir")
    paas.ok("storage:unmount", "shop", f"{storage}/data:/data")
    paas.ok("storage:destroy", "data", "--force", "--destroy-host-dir")
    assert not (storage / "data").exists()


@pytest.mark.parametrize("flag", ["--size", "--access-mode", "--label", "--annotation", "--reclaim-policy"])
def test_what_only_kubernetes_has_is_refused_by_name(paas: Harness, flag: str) -> None:
    assert f"{flag} is for volumes of Kubernetes" in refused(paas, "storage:create", "data", flag, "x")
    assert "There is no volume data" in refused(paas, "storage:info", "data")
    paas.ok("storage:create", "data")
    if flag.removeprefix("--") not in ("label", "annotation"):
        assert "is for volumes of Kubernetes" in refused(paas, "storage:set", "data", flag.removeprefix("--"), "x")


def test_another_scheduler_and_another_place_for_a_volume_are_refused(paas: Harness) -> None:
    assert "There are no volumes for 'k3s'" in refused(paas, "storage:create", "data", "--scheduler", "k3s")
    assert "There are no volumes for 'k3s'" in refused(paas, "storage:list-entries", "--scheduler", "k3s")
    paas.ok("storage:create", "data")
    assert "data is at" in refused(paas, "storage:create", "data", f"{paas.paths.storage}/other")
    assert "A volume has no colour." in refused(paas, "storage:set", "data", "colour", "red")


def test_a_name_without_a_volume_is_refused(paas: Harness, storage: Path) -> None:
    assert "There is no volume data." in refused(paas, "storage:mount", "shop", "data:/data")
    assert "Where should containers see data?" in refused(paas, "storage:mount", "shop", "data", code=2)


def test_a_program_sees_a_volume_and_words_are_no_options(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr("paas.process.become", became.append)
    paas.ok("storage:create", "data")

    paas.ok("storage:exec", "data", "--image", "tools", "--as-user", "7:7", "--", "ls", "-l")

    (argv,) = became
    assert argv[argv.index("--user") + 1] == "7:7"
    assert f"{paas.paths.storage}/data:/storage" in argv
    assert argv[argv.index("--") :] == ["--", "tools", "ls", "-l"]
    assert "neither an image nor a user" in refused(paas, "storage:exec", "data", "--image", "--privileged")


# Diagnosis


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
