"""Folders that are made, and volumes with a name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paas.testing import Harness
from paas_storage.testing import StorageRoot

from .conftest import refused

pytestmark = pytest.mark.usefixtures("storage_root")


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
    missing = paas.run("storage:exec", "data", "--image", "127.0.0.1:9/none", "--", "ls")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "The image 127.0.0.1:9/none can't be had: " in missing.stderr
    assert "with --image." in missing.stderr
    assert len(became) == 1
