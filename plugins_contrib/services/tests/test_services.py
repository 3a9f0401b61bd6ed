"""The commands of a kind, on a stand-in Docker."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from paas import PaasError, apps, hookimpl, state
from paas.context import Caller
from paas.testing import Harness, Inventory
from paas_docker.api import DockerError
from paas_docker.testing import FakeDocker
from paas_services import backups, containers, diagnosis, images, kept, lifecycle, linking
from paas_services.api import Access, Event, Kind, names
from paas_services.testing import BOX, refused

from .conftest import variables


def test_a_service_is_made_shown_and_destroyed_without_a_trace(box: Harness, docker: FakeDocker) -> None:
    made = box.ok("box:create", "orders", "--password", 'a"b\\c', "-C", "EXTRA=1", "-m", "64")

    assert "=====> Box container created: orders\n" in made
    facts = json.loads(box.ok("box:info", "orders", "--format", "json"))
    assert (facts["status"], facts["version"], facts["links"]) == ("running", "box:1", "-")
    assert box.ok("box:info", "orders", "--dsn") == f"{facts['dsn']}\n"
    assert box.ok("box:list") == "=====> Box services\norders\n"
    plan = docker.inspect(facts["id"])
    assert plan["Config"]["Cmd"] == ["serve", "orders"]
    assert {'SECRET=a"b\\c', "EXTRA=1"} <= set(plan["Config"]["Env"])
    assert plan["HostConfig"]["Memory"] == 64 * 2**20
    assert Path(facts["config-dir"], "box.conf").read_text() == 'password "a\\"b\\\\c"\n'
    assert Path(facts["service-root"]).stat().st_mode & 0o777 == 0o700

    box.ok("box:destroy", "orders", input="orders\n")

    assert docker.containers({}) == []
    assert not Path(facts["service-root"]).exists()
    assert "does not exist" in refused(box, "box:exists", "orders")


def test_destroying_asks_and_refuses_while_an_app_is_linked(box: Harness) -> None:
    box.ok("box:create", "orders")

    assert "did not match" in box.run("box:destroy", "orders", input="other\n").stderr
    box.ok("box:link", "orders", "shop")
    assert "Cannot delete linked service orders: shop" in refused(box, "box:destroy", "orders", "--force")
    box.ok("apps:destroy", "shop", "--force")

    box.ok("box:destroy", "orders", "--force")


def test_whoever_comes_too_late_is_told_and_leaves_nothing(box: Harness, kind: Kind) -> None:
    box.ok("box:create", "orders")
    with box.inside():
        service = kept.load(kind, "orders")
        lifecycle.destroy(kind, service)
        for act in (
            lambda: lifecycle.destroy(kind, service),
            lambda: linking.link(kind, service, apps.load("shop"), "", "", restart=False),
        ):
            with pytest.raises(kept.ServiceNotFound):
                act()
        backups.set_keep(service, 7)
        assert state.properties(kept.NOUN, kept.owner(service.key)) == {}
        assert kept.links_of(apps.load("shop"), kind.noun) == {}


def test_a_tick_starts_what_has_ended_and_nobody_has_stopped(box: Harness, docker: FakeDocker) -> None:
    for name in ("orders", "other"):
        box.ok("box:create", name)
    box.ok("box:pause", "other")
    docker.kill(box.ok("box:info", "orders", "--id").strip())

    said = box.ok("tick")

    assert "-----> Starting box service orders, which had ended\n" in said
    assert box.ok("box:info", "orders", "--status") == "running\n"
    assert box.ok("box:info", "other", "--status") == "exited\n"
    box.ok("box:start", "other")
    docker.kill(box.ok("box:info", "other", "--id").strip())
    box.ok("tick")
    assert box.ok("box:info", "other", "--status") == "running\n"


def test_a_service_that_cannot_be_started_keeps_no_other_from_it(
    box: Harness, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = []
    for name in ("orders", "other"):
        box.ok("box:create", name)
        ids.append(box.ok("box:info", name, "--id").strip())
        docker.kill(ids[-1])
    began = FakeDocker.start

    def start(self: FakeDocker, id: str) -> None:
        if id == ids[0]:
            raise DockerError("its port is in use")
        began(self, id)

    monkeypatch.setattr(FakeDocker, "start", start)
    ticked = box.run("tick")

    assert ticked.exit_code == 0
    assert "orders can't be started: its port is in use" in ticked.stderr
    assert [box.ok("box:info", name, "--status") for name in ("orders", "other")] == ["exited\n", "running\n"]


def test_what_cannot_start_leaves_nothing_behind(
    box: Harness, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.refusals["start"] = "no space left on device"
    refused(box, "box:create", "orders")
    docker.refusals.clear()
    assert docker.containers({}) == []
    assert "There are no Box services" in box.run("box:list").stderr
    assert not (box.paths.services / "box" / "orders").exists()

    docker.refusals["pull"] = "connection refused"
    assert "can't be pulled" in refused(box, "box:create", "other", "--image-version", "9")
    docker.refusals.clear()
    box.ok("box:create", "orders")
    assert "already exists" in refused(box, "box:create", "orders")

    def silent(*_: object) -> None:
        raise containers.Silent("It does not answer: no such option.", hint="See box:logs more")

    monkeypatch.setattr(containers, "wait", silent)
    assert "Nothing of it stays" in refused(box, "box:create", "more"), "and so it has no logs"


def test_an_image_made_here_is_taken_where_none_can_be_pulled(box: Harness, docker: FakeDocker) -> None:
    docker.add_image("paas/box:9", command=("serve",))
    docker.refusals["pull"] = "connection refused"

    box.ok("box:create", "orders", "--image-version", "9")

    assert "no recipe" in refused(box, "box:image-build")


def test_an_image_is_made_once_for_a_recipe_a_version_and_a_base(
    box: Harness, docker: FakeDocker, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe"
    recipe.mkdir()
    kind = replace(BOX, recipe=recipe)
    (recipe / "Dockerfile").write_text('ARG BASE\nFROM $BASE\nCMD ["serve"]\n')

    def builds(version: str = "1", *, anew: bool = False) -> int:
        with box.inside():
            assert images.build(kind, version, "debian", anew=anew) == f"paas/box:{version}"
        return sum(method == "build" for method, _ in docker.calls)

    docker.add_image("debian", command=("old",))
    assert [builds(), builds(), builds("2"), builds("2", anew=True)] == [1, 1, 2, 3]
    docker.add_image("debian", command=("newer",))
    assert builds() == 4
    (recipe / "Dockerfile").write_text('ARG BASE\nFROM $BASE\nCMD ["serve", "well"]\n')
    assert [builds(), builds()] == [5, 5]
    docker.refusals["build"] = "executor failed running apt-get"
    with pytest.raises(PaasError, match="An image of Box 3 can't be made of debian"):
        builds("3")
    with box.inside(), pytest.raises(PaasError, match="Which release of Debian has Box 3"):
        images.build(kind, "3")
    with box.inside(), pytest.raises(PaasError, match="can't be made of debian:old"):
        images.build(replace(kind, bases={"3": "debian:old"}), "3")


def test_a_service_stops_starts_and_is_exposed(box: Harness, docker: FakeDocker) -> None:
    box.ok("box:create", "orders")
    box.ok("box:pause", "orders")
    assert box.ok("box:info", "orders", "--status") == "exited\n"
    assert "is not running" in refused(box, "box:connect", "orders")
    box.ok("box:stop", "orders")
    assert box.ok("box:info", "orders", "--status") == "missing\n"
    box.ok("box:start", "orders")
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        assert "is in use" in refused(box, "box:expose", "orders", str(taken.getsockname()[1]))
    box.ok("box:expose", "orders")
    assert "is exposed already" in refused(box, "box:expose", "orders")
    id = box.ok("box:info", "orders", "--id").strip()
    assert docker.inspect(id)["HostConfig"]["PortBindings"]["4000/tcp"]
    box.ok("box:stop", "orders")
    with socket.socket() as taken:
        taken.bind(("", int(box.ok("box:info", "orders", "--exposed-ports").rpartition(">")[2])))
        taken.listen()
        assert "give it up: box:unexpose orders" in refused(box, "box:start", "orders")
    box.ok("box:unexpose", "orders")
    assert box.ok("box:info", "orders", "--exposed-ports") == "-\n"


def test_what_a_service_holds_goes_out_and_in(box: Harness) -> None:
    box.ok("box:create", "orders")

    assert box.ok("box:export", "orders") == "rows of orders\n"
    assert box.ok("box:import", "orders", input="rows\n") == "rows\n"
    assert box.ok("box:connect", "orders", input="select 1\n") == "select 1\n"
    assert "rows of orders\n" in box.ok("box:clone", "orders", "copy")
    assert box.ok("box:list", "--format", "json") == '["copy", "orders"]\n'


def test_a_service_is_in_the_networks_that_it_was_told_of(box: Harness, docker: FakeDocker) -> None:
    for name in ("one", "two", "three", "four"):
        docker.ensure_network(name, {}, [])
    made = ["--initial-network", "one", "--post-create-network", "two,three", "--post-start-network", "four"]
    assert "There is no network five" in refused(box, "box:create", "orders", "-N", "five")
    box.ok("box:create", "orders", *made)

    assert {"one", "two", "three", "four"} < networks(docker, box)
    assert len(networks(docker, box)) == 5, "and in that of the apps, which reach it there"
    assert box.ok("box:info", "orders", "--post-create-network") == "two,three\n"
    assert "Setting post-create-network to two" in box.ok("box:set", "orders", "post-create-network", "two")
    box.ok("box:set", "orders", "initial-network")
    box.ok("box:set", "orders", "post-start-network")
    box.ok("box:restart", "orders")
    assert len(networks(docker, box)) == 2

    assert "can't be a network" in refused(box, "box:set", "orders", "initial-network", "host")
    assert "made in one network" in refused(box, "box:set", "orders", "initial-network", "one,two")
    assert "There is no network five" in refused(box, "box:set", "orders", "post-start-network", "five")
    assert "doesn't know 'color'" in refused(box, "box:set", "orders", "color", "red", code=2)


def networks(docker: FakeDocker, box: Harness) -> set[str]:
    id = box.ok("box:info", "orders", "--id").strip()
    return set(docker.inspect(id)["NetworkSettings"]["Networks"])


def told(access: Access) -> dict[str, str]:
    if access.password == "silent":
        raise PaasError("It says nothing.")
    return {"size": f"{access.port} MB", "connections": f"{access.password} of {access.database}"}


@pytest.mark.parametrize("kind", [replace(BOX, facts=told)])
def test_info_asks_the_service_itself_while_it_runs(box: Harness) -> None:
    box.ok("box:create", "orders", "--password", "9")
    box.ok("box:create", "other", "--password", "silent")

    assert box.ok("box:info", "orders", "--connections", "--size") == "9 of orders\n4000 MB\n"
    assert box.ok("box:info", "orders", "--max-connections") == "-\n"
    silent = box.run("box:info", "other", "--connections")
    assert (silent.exit_code, silent.stdout) == (0, "-\n")
    assert "It says nothing." in silent.stderr
    box.ok("box:stop", "orders")
    assert box.ok("box:info", "orders", "--size") == "-\n"


def test_plugins_hear_of_services_and_may_refuse(box: Harness, inventory: Inventory) -> None:
    heard, forbidden = [], []

    def pre_service_action(event: Event) -> None:
        if event.action in forbidden:
            raise PaasError(f"No {event.action} on Sundays.")

    def service_action(event: Event) -> None:
        heard.append((event.action, event.kind, event.name, event.app.name if event.app else None))

    inventory.plugin("sunday", hookimpl(pre_service_action), hookimpl(service_action))
    box.ok("box:create", "orders")
    box.ok("box:link", "orders", "shop")
    box.ok("box:unlink", "orders", "shop")
    forbidden += ["delete", "link", "create"]
    for words in (["create", "more"], ["link", "orders", "shop"], ["destroy", "orders", "--force"]):
        assert "on Sundays" in refused(box, f"box:{words[0]}", *words[1:])

    assert variables(box) == {}
    with box.inside():
        assert names("box") == ["orders"]
    forbidden.clear()
    box.ok("box:destroy", "orders", "--force")
    orders = ("box", "orders")
    assert heard == [
        ("create", *orders, None), ("link", *orders, "shop"), ("unlink", *orders, "shop"), ("delete", *orders, None)
    ]  # fmt: skip


def test_a_key_sees_the_services_that_plugins_let_it_see(box: Harness, inventory: Inventory) -> None:
    def visible_services(names: list[str], kind: str, caller: Caller) -> list[str]:
        return [name for name in names if name.startswith(f"{caller.key_name}-")]

    inventory.plugin("private", hookimpl(visible_services))
    for name in ("ann-db", "bob-db"):
        box.ok("box:create", name)
        box.ok("box:link", name, "shop")

    assert box.ok("box:list", "--format", "json", key="ann") == '["ann-db"]\n'
    assert box.ok("box:app-links", "shop", key="bob") == "bob-db\n"
    assert box.ok("box:list", "--format", "json") == '["ann-db", "bob-db"]\n'


def test_doctor_says_where_the_store_and_the_world_differ(box: Harness, docker: FakeDocker) -> None:
    box.ok("box:create", "orders")
    box.ok("box:link", "orders", "shop")
    assert box.wrong(diagnosis.diagnose) == []

    box.ok("box:pause", "orders")
    assert box.wrong(diagnosis.diagnose) == ["box orders: Its container is exited, and shop uses it."]
    box.ok("box:stop", "orders")
    assert box.wrong(diagnosis.diagnose) == ["box orders: Its container is missing, and shop uses it."]
    box.ok("box:start", "orders")
    box.ok("config:set", "shop", "BOX_URL=other")
    assert box.wrong(diagnosis.diagnose) == ["box orders: BOX_URL of shop is not what the link to it has set."]
    with box.inside():
        kept.keep(replace(kept.load(BOX, "orders"), name="renamed"))
        kept.forget(kept.load(BOX, "orders"))
    assert "the store knows no such service" in box.wrong(diagnosis.diagnose)[-1]
    assert box.wrong(diagnosis.diagnose)[0].endswith("services/box/renamed is missing.")


def test_what_was_said_of_a_service_can_be_taken_back(box: Harness, docker: FakeDocker) -> None:
    box.ok("box:create", "orders", "-c", "--fast", "-C", "A=1", "-m", "64", "-s", "32")

    assert box.ok("box:info", "orders", "--memory", "--shm-size") == "64 MB\n32 MB\n"
    box.ok("box:upgrade", "orders", "-c", "", "-C", "", "-m", "0")
    assert box.ok("box:info", "orders", "--memory") == "-\n"

    plan = docker.inspect(box.ok("box:info", "orders", "--id").strip())
    assert (plan["Config"]["Cmd"], plan["HostConfig"].get("Memory")) == (["serve", "orders"], None)
    assert "A=1" not in plan["Config"]["Env"]
    assert plan["HostConfig"]["ShmSize"] == 32 * 2**20, "of which nothing was said"


def test_a_password_may_come_from_standard_input_and_is_none_but_by_chance(box: Harness) -> None:
    box.ok("box:create", "orders", "--password", "-", input="pass word\n")

    assert ":pass%20word@" in box.ok("box:info", "orders", "--dsn")
    assert "can't be used" in refused(box, "box:create", "other", "--password", "")


@pytest.mark.parametrize("kind", [replace(BOX, dump=(), reserved=("main",))])
def test_a_kind_refuses_what_it_has_or_cannot_do_before_it_makes_anything(box: Harness) -> None:
    box.ok("box:create", "orders")

    assert "has a main of its own" in refused(box, "box:create", "main")
    assert "can't be cloned" in refused(box, "box:clone", "orders", "copy")
    assert "doesn't know 'backup-keep'" in refused(box, "box:set", "orders", "backup-keep", "1", code=2)


def test_as_many_lines_are_shown_as_were_asked_for(box: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    box.ok("box:create", "orders")
    asked: list[int | None] = []

    def logs(_: object, __: str, *, tail: int | None, follow: bool) -> list[tuple[str, str]]:
        asked.append(tail)
        return [("now", "hello")]

    monkeypatch.setattr(FakeDocker, "logs", logs)
    for words in ([], ["-n", "2"], ["--num", "3"], ["4"], ["-t", "5"]):
        assert box.ok("box:logs", "orders", *words) == "now hello\n"
    assert asked == [None, 2, 3, 4, 5]


def test_what_does_not_exist_is_named(box: Harness) -> None:
    assert "Box service orders does not exist" in refused(box, "box:link", "orders", "shop")
    box.ok("box:create", "orders")
    assert "App nobody does not exist" in refused(box, "box:link", "orders", "nobody", code=20)
    assert "has one password" in refused(box, "box:create", "a", "--password", "x", "--root-password", "y")
    assert "can't be the version" in refused(box, "box:create", "a", "--image-version", "-x")
    assert "can't be the name of an image" in refused(box, "box:create", "a", "--image", "--privileged")
