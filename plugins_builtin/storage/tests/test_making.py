"""The verbs of root for storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from paas import PaasError, UsageError, roothelper
from paas.paths import Paths
from paas.testing import Harness
from paas_storage.testing import StorageRoot


@pytest.fixture
def host(paas: Harness) -> Paths:
    paas.paths.storage.mkdir(parents=True)
    return paas.paths


def make(host: Paths, inside: str, owner: str = "7:7", mode: str = "0755") -> None:
    roothelper.run(["storage-make", f"{host.storage}/{inside}", owner, mode], host)


def test_only_what_is_missing_is_made_and_given_away(host: Paths, storage_root: StorageRoot) -> None:
    (host.storage / "shop").mkdir(mode=0o700)

    make(host, "shop/a/b", mode="2750")

    assert storage_root.given == {"a": 7, "b": 7}
    assert (host.storage / "shop").stat().st_mode & 0o7777 == 0o700
    assert (host.storage / "shop" / "a" / "b").stat().st_mode & 0o7777 == 0o2750


def test_nothing_is_made_or_changed_behind_a_link(host: Paths, storage_root: StorageRoot, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (host.storage / "shop").symlink_to(elsewhere)

    for verb in (["storage-make", "7:7", "0755"], ["storage-chmod", "0777"]):
        for inside in ("shop", "shop/a"):
            with pytest.raises(PaasError, match="link"):
                roothelper.run([verb[0], f"{host.storage}/{inside}", *verb[1:]], host)

    assert list(elsewhere.iterdir()) == []
    assert elsewhere.stat().st_mode & 0o777 == 0o700
    assert storage_root.given == {}


@pytest.mark.parametrize(
    "path", ["{0}", "{0}/apps/a", "{0}/storage", "{0}/storage/../apps/a", "/etc/a", "storage/a", ""]
)
def test_nothing_is_made_elsewhere(host: Paths, storage_root: StorageRoot, path: str) -> None:
    with pytest.raises(PaasError):
        roothelper.run(["storage-make", path.format(host.root), "7:7", "0755"], host)
    with pytest.raises(PaasError):
        roothelper.run(["storage-chmod", path.format(host.root), "0755"], host)


def test_the_words_are_checked_again(host: Paths, storage_root: StorageRoot) -> None:
    with pytest.raises(UsageError):
        make(host, "shop", owner="root")
    with pytest.raises(PaasError):
        make(host, "shop", mode="4777")
    assert storage_root.given == {}
