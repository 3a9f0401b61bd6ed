"""How much room a deploy needs, on made-up disks; real ones are in core's tests and the journeys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from paas import InvalidValue, PaasError, hookimpl, hooks, hookspecs
from paas.disk import Room
from paas.testing import Harness, Inventory
from paas_doctor.room import shortage
from paas_doctor.settings import in_bytes

M = 1 << 20


def left(free: int = 900 * M, files: int | None = 10**6, *, read_only: bool = False) -> Room:
    return Room(Path("/srv/data"), Path("/srv"), free, 1000 * M, files, read_only)


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (left(255 * M), "Only 255 MB of 1000 MB are free for /srv/data (data root), and a deploy needs 256 MB."),
        (left(files=7), "Only 7 more files can be made for /srv/data (data root), and a deploy needs 1000."),
        (left(read_only=True), "Nothing can be written to /srv/data (data root): /srv is mounted read-only."),
    ],
)
def test_too_little_room_is_named_with_its_place_and_what_to_do(room: Room, said: str) -> None:
    wrong = shortage("data root", room, 256 * M)

    assert wrong
    assert wrong.message == said
    assert wrong.hint


@pytest.mark.parametrize("room", [left(256 * M), left(files=None), left(files=1000)])
def test_enough_room_is_no_reason_to_refuse(room: Room) -> None:
    assert shortage("data root", room, 256 * M) is None


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("12", 12), ("3k", 3072), ("500M", 500 * M), ("2g", 2048 * M)])
def test_a_size_is_read_as_people_write_it(text: str, count: int) -> None:
    assert in_bytes(text) == count


@pytest.mark.parametrize("text", ["", "m", "-1", "1.5g", "1t", "1 m", "٣", "9" * 13])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        in_bytes(text)


@pytest.mark.parametrize("is_deploy", [True, False])
def test_too_little_room_refuses_whatever_would_need_it(paas: Harness, inventory: Inventory, is_deploy: bool) -> None:
    inventory.real = ("paas-doctor",)
    paas.ok("doctor:set", "--global", "min-free", "900000g")

    with paas.inside(), pytest.raises(PaasError, match="and a deploy needs 900000 GB"):
        hooks.check(hookspecs.require_room, is_deploy)


def test_a_place_of_a_plugin_must_have_room_for_a_deploy(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def disk_places() -> Mapping[str, Path]:
        return {"images": Path("/proc/sys")}

    inventory.real = ("paas-doctor",)
    inventory.plugin("docker", disk_places)

    with paas.inside():
        hooks.check(hookspecs.require_room, is_deploy=False)
        with pytest.raises(PaasError, match=r"/proc/sys \(images\)"):
            hooks.check(hookspecs.require_room, is_deploy=True)
