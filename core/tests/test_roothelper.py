from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import PaasError, UsageError, below, roothelper
from paas.entrypoints import PLUGINS, ROOT
from paas.paths import Paths
from paas.testing import Inventory

OURS = f"{os.getuid()}:{os.getgid()}"


@pytest.fixture
def host(tmp_path: Path) -> Paths:
    """A system whose folders all are there."""
    paths = Paths(root=tmp_path / "data", home=tmp_path / "home", program=tmp_path / "opt")
    for folder in (paths.storage, paths.services, paths.apps, paths.scratch):
        folder.mkdir(parents=True)
    return paths


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that isn't below the data root."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text("keep")
    return tmp_path / "elsewhere" / "secret"


# Words


@pytest.mark.parametrize("words", [[], ["sh"], ["remove"], ["remove", "a", "b"]])
def test_other_verbs_and_words_are_refused(host: Paths, words: list[str]) -> None:
    with pytest.raises(UsageError):
        roothelper.run(words, host)


@pytest.mark.parametrize("owner", ["root:root", "1", "1:", "-1:0", "0:99999999999", "٣:٣", "1:1;id"])
def test_an_owner_is_two_numbers(host: Paths, owner: str) -> None:
    (host.storage / "shop").mkdir()

    with pytest.raises(UsageError, match="UID:GID"):
        roothelper.run(["chown", str(host.storage / "shop"), owner], host)


# Verbs of plugins


def bring(inventory: Inventory, plugin: str, verb: str, carry_out: Callable[..., None] | Exception) -> None:
    """Install a plugin with one verb."""
    inventory.add(PLUGINS, plugin, None)
    inventory.add(ROOT, verb, carry_out, f"paas-{plugin}")


def test_a_verb_of_a_plugin_gets_the_paths_and_the_words(host: Paths, inventory: Inventory) -> None:
    given: list[object] = []
    bring(inventory, "caddy", "caddy-reload", lambda paths, site, how="soon": given.extend([paths, site, how]))

    roothelper.run(["caddy-reload", "shop"], host)

    assert given == [host, "shop", "soon"]


@pytest.mark.parametrize("words", [[], ["shop", "now", "x"]])
def test_a_verb_of_a_plugin_is_not_carried_out_with_too_few_or_too_many_words(
    host: Paths, inventory: Inventory, words: list[str]
) -> None:
    bring(inventory, "caddy", "caddy-reload", lambda paths, site, how="soon": pytest.fail("it was carried out"))

    with pytest.raises(UsageError, match=f"caddy-reload was given {len(words)} words"):
        roothelper.run(["caddy-reload", *words], host)


def test_a_verb_may_take_any_number_of_words(host: Paths, inventory: Inventory) -> None:
    given: list[str] = []
    bring(inventory, "caddy", "caddy-forget", lambda paths, *sites: given.extend(sites))

    roothelper.run(["caddy-forget", "shop", "store", "blog"], host)

    assert given == ["shop", "store", "blog"]


def test_a_verb_that_nobody_brings_is_answered_with_those_that_there_are(host: Paths, inventory: Inventory) -> None:
    bring(inventory, "caddy", "caddy-reload", lambda paths: None)

    with pytest.raises(UsageError, match="'caddy-stop' is none of caddy-reload, chown, "):
        roothelper.run(["caddy-stop"], host)


def test_a_verb_that_two_plugins_bring_is_neithers(host: Paths, inventory: Inventory) -> None:
    for plugin in ("app", "app-json"):
        bring(inventory, plugin, "app-json-read", lambda paths: pytest.fail("it was carried out"))

    with pytest.raises(PaasError, match="paas-app and paas-app-json both bring app-json-read"):
        roothelper.run(["app-json-read"], host)


@pytest.mark.parametrize("verb", ["nginx-reload", "caddy", "caddyreload", "reload"])
def test_a_verb_is_named_after_the_plugin_that_brings_it(host: Paths, inventory: Inventory, verb: str) -> None:
    inventory.add(PLUGINS, "nginx", None)
    bring(inventory, "caddy", verb, lambda paths: pytest.fail("it was carried out"))

    with pytest.raises(PaasError, match=f"{verb} of paas-caddy is not named after its plugin"):
        roothelper.run([verb], host)


def test_no_plugin_can_replace_a_verb_of_the_helper_itself(host: Paths, inventory: Inventory) -> None:
    (host.storage / "shop").touch()
    bring(inventory, "remove", "remove", lambda paths, path: pytest.fail("it was carried out"))

    roothelper.run(["remove", str(host.storage / "shop")], host)

    assert not (host.storage / "shop").exists()


def test_a_broken_plugin_keeps_no_other_from_its_verbs(host: Paths, inventory: Inventory) -> None:
    given: list[str] = []
    bring(inventory, "broken", "broken-reload", ImportError("no module named x"))
    bring(inventory, "caddy", "caddy-reload", lambda paths: given.append("reloaded"))

    roothelper.run(["caddy-reload"], host)

    assert given == ["reloaded"]


# Paths


def test_a_path_below_is_given_away_with_all_that_lies_in_it(host: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    (host.storage / "shop" / "uploads").mkdir(parents=True)
    (host.storage / "shop" / "uploads" / "a").touch()
    given: list[tuple[str, int, int]] = []

    def record(name: str, uid: int, gid: int, *, dir_fd: int, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        given.append((name, uid, gid))

    monkeypatch.setattr(os, "chown", record)
    roothelper.run(["chown", str(host.storage / "shop"), "32767:32768"], host)

    assert given == [("shop", 32767, 32768), ("uploads", 32767, 32768), ("a", 32767, 32768)]


def test_a_path_below_is_removed_with_all_that_lies_in_it(host: Paths) -> None:
    (host.services / "postgres" / "orders").mkdir(parents=True)
    (host.services / "postgres" / "orders" / "data").touch()

    roothelper.run(["remove", str(host.services / "postgres" / "orders")], host)

    assert list((host.services / "postgres").iterdir()) == []


def test_what_is_gone_already_is_no_error(host: Paths) -> None:
    roothelper.run(["remove", str(host.apps / "shop")], host)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "storage/shop",
        "{root}",
        "{root}/storage",
        "{root}/storage/",
        "{root}/state.db",
        "{root}/home/shop",
        "{root}/storage/../state.db",
        "{root}/storage/./shop",
        "{root}/storage//shop",
        "{root}x/storage/shop",
        "{root}/storage/shop/",
    ],
)
def test_only_paths_below_the_folders_of_containers_are_touched(host: Paths, path: str) -> None:
    with pytest.raises(PaasError, match="is not a path below"):
        roothelper.run(["remove", path.format(root=host.root)], host)


@given(st.lists(st.sampled_from(["..", ".", "", "a", "storage", "b\0c", "/"]), max_size=6))
def test_no_path_that_is_let_through_leaves_its_folder(names: list[str]) -> None:
    root = Path("/data")
    path = "/data/storage/" + "/".join(names)
    try:
        inside = below.parts(root, path, ("storage",))
    except PaasError:
        return
    assert os.path.normpath(path) == path
    assert root.joinpath(*inside) == Path(path)


@pytest.mark.parametrize("verb", [["remove"], ["chown", OURS]])
def test_a_link_on_the_way_is_not_followed(host: Paths, secret: Path, verb: list[str]) -> None:
    (host.storage / "shop").symlink_to(secret.parent)

    with pytest.raises(PaasError, match="a link"):
        roothelper.run([verb[0], str(host.storage / "shop" / "secret"), *verb[1:]], host)

    assert secret.read_text() == "keep"


def test_a_link_at_the_end_is_removed_itself(host: Paths, secret: Path) -> None:
    (host.storage / "shop").symlink_to(secret.parent)

    roothelper.run(["remove", str(host.storage / "shop")], host)

    assert secret.read_text() == "keep"
    assert not (host.storage / "shop").is_symlink()


def test_a_link_within_is_removed_itself(host: Paths, secret: Path) -> None:
    (host.storage / "shop").mkdir()
    (host.storage / "shop" / "link").symlink_to(secret.parent)

    roothelper.run(["remove", str(host.storage / "shop")], host)

    assert secret.read_text() == "keep"
