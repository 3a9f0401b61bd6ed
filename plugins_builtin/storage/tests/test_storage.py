"""What an app may mount, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paas import Mount, PaasError, hookimpl
from paas.context import Caller
from paas.testing import Harness, Inventory
from paas_scheduler_docker.testing import Stage

from .conftest import mounts, refused

pytestmark = pytest.mark.usefixtures("storage_root")


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
