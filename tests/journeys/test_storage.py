"""Folders that outlive the containers of an app, on the real system."""

from __future__ import annotations

import json
from pathlib import Path

from testbed.client import Client, web
from testbed.system import System

COUNT = "echo start >> /www/data/starts"
SERVE = "exec httpd -f -p 5000 -h /www"
UID = 32767


def app(*before: str) -> dict[str, str | bytes]:
    """A web app that runs as the account of herokuish, and does something before it serves."""
    files = web("page", procfile=f"web: sh -c '{'; '.join([*before, SERVE])}'\n")
    return files | {"Dockerfile": f"{files['Dockerfile']!s}USER {UID}:{UID}\n"}


def test_what_an_app_writes_outlives_its_containers_until_it_is_unmounted(system: System, ann: Client) -> None:
    place = system.root / "storage" / "diary"
    copy = ann.app("diary", app(COUNT))
    ann.ok("apps:create diary")
    ann.ok("storage:ensure-directory diary")
    assert owner(place) == (UID, UID)
    assert ann.ok(f"storage:mount diary {place}:/www/data") == ""
    pushed(ann, copy)
    assert starts(ann, "diary") == 1
    pushed(ann, copy)
    assert starts(ann, "diary") == 2
    ann.ok("ps:restart diary")
    assert starts(ann, "diary") == 3
    ann.ok("apps:rename diary memoir")
    assert starts(ann, "memoir") == 4

    ann.ok(f"storage:unmount memoir {place}:/www/data")
    assert starts(ann, "memoir") == 4, "it applies with the next start"
    ann.ok("ps:restart memoir")

    assert ann.get("memoir.paas.test", "/data/starts").status == 404
    system.ok("apps:destroy", "memoir", "--force")
    assert (place / "starts").read_text() == "start\n" * 4


def test_a_folder_is_made_when_it_is_needed_as_the_tutorial_tells(system: System, ann: Client) -> None:
    theirs, ours = "/var/lib/dokku/data/storage/mojo-shared", system.root / "storage" / "mojo-shared"
    copy = ann.app("mojo-shared", app())
    ann.ok("apps:create mojo-shared")

    assert ann.ok(f"storage:mount mojo-shared {theirs}:/app/shared") == f"-----> {theirs} is {ours} here\n"
    assert not ours.exists()
    pushed(ann, copy)

    assert owner(ours) == (UID, UID)
    assert ours.stat().st_mode & 0o7777 == 0o755
    listed = f"-----> mojo-shared volume bind-mounts:\n       {ours}:/app/shared\n"
    assert ann.ok("storage:list mojo-shared") == listed
    assert ann.ok(f"storage:unmount mojo-shared {theirs}:/app/shared") == ""
    assert ann.ok("storage:list mojo-shared") == listed.splitlines(keepends=True)[0]
    assert ann.ok("ps:restart mojo-shared")
    assert binds(system, "mojo-shared") == []
    system.ok("apps:destroy", "mojo-shared", "--force")


def test_a_volume_that_is_only_to_be_read_refuses_writes(system: System, ann: Client) -> None:
    copy = ann.app("reader", app("(echo x > /notes/x) 2> /www/data/refused", "cat /notes/a > /www/data/a"))
    ann.ok("apps:create reader")
    ann.ok("storage:create notes")
    ann.ok("storage:create scratch")
    ann.ok("storage:mount reader notes --container-dir /notes --volume-readonly")
    ann.ok("storage:mount reader scratch --container-dir /www/data --process-type web")
    pushed(ann, copy)

    assert "Read-only file system" in ann.get("reader.paas.test", "/data/refused").body
    image = system.images("reader")[0]
    wrote = ann.ssh(f"storage:exec notes --image {image} -- sh -c 'cat > a; exit 3'", b"a note")
    assert wrote.code == 3, wrote.all
    assert owner(system.root / "storage" / "notes" / "a") == (UID, UID)
    ann.ok("ps:restart reader")
    assert ann.get("reader.paas.test", "/data/a").body == "a note"

    assert "notes is mounted by reader." in ann.ssh("storage:destroy notes --force").err
    system.ok("apps:destroy", "reader", "--force")
    for name in ("notes", "scratch"):
        ann.ok(f"storage:destroy {name} --force --destroy-host-dir")
        assert not (system.root / "storage" / name).exists()


def test_no_app_gets_to_see_what_its_own_links_name(system: System, ann: Client) -> None:
    place = system.root / "storage" / "sly"
    copy = ann.app("sly", app("/bin/busybox ln -sn /etc /www/data/out"))
    ann.ok("apps:create sly")
    ann.ok(f"storage:mount sly {place}:/www/data")
    pushed(ann, copy)
    assert (place / "out").is_symlink()

    for path in (place / "out", place / "out" / "ssh"):
        assert f"{place}/out is a link, and could lead anywhere." in ann.ssh(f"storage:mount sly {path}:/x").err
    assert "is a link" in ann.ssh("storage:ensure-directory sly/out").err
    for path in ("/", "/etc", "/var/run/docker.sock", f"{system.root}/apps/sly", f"{system.home}/sly"):
        refused = ann.ssh(f"storage:mount sly {path}:/x")
        assert (refused.code, refused.out) == (1, "")
        assert f"{path} can't be mounted: it " in refused.err
    assert "is for root on the server" in ann.ssh("storage:set --global allowed-roots /etc").err
    ann.ok("storage:ensure-directory sly --chown heroku")
    assert owner(Path("/etc")) == (0, 0)
    assert (place / "out").lstat().st_uid == 1000
    system.ok("apps:destroy", "sly", "--force")


def pushed(ann: Client, copy: Path) -> None:
    ann.commit(copy, {})
    answer = ann.push(copy)
    assert answer.code == 0, answer.all


def starts(ann: Client, name: str) -> int:
    page = ann.get(f"{name}.paas.test", "/data/starts")
    assert page.status == 200, page
    return len(page.body.splitlines())


def owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid


def binds(system: System, name: str) -> list[str]:
    """What the process that runs was told to mount."""
    (row,) = system.query("SELECT container FROM processes JOIN apps ON app_id = apps.id WHERE name = ?", name)
    found: list[str] = json.loads("".join(system.docker("inspect", "--format", "{{json .HostConfig.Binds}}", row[0])))
    return found or []
