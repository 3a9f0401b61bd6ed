"""Backups of a kind, to folders and to a store that speaks S3, on a stand-in Docker."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from paas.testing import Harness
from paas_docker.testing import FakeDocker
from paas_services import backups, bucket, diagnosis, kept, schedules, streams, targets
from paas_services.api import Kind
from paas_services.testing import BOX, ROWS, refused

DUMPED = "rows of orders as counted\n"
HALF = replace(BOX, dump=("sh", "-c", "echo half of it; exit 3"))


@pytest.fixture
def place(box: Harness) -> Path:
    """A folder for backups, and the service orders."""
    box.real.add("gpg")
    box.ok("box:create", "orders")
    return box.paths.storage / "backups"


def names(place: Path) -> list[str]:
    return sorted(os.listdir(place)) if place.exists() else []


def test_a_backup_lies_in_its_folder_whole_and_only_for_paas(box: Harness, place: Path) -> None:
    said = box.ok("box:backup", "orders", str(place))

    (name,) = names(place)
    assert (place / name).read_text() == DUMPED
    assert (place / name).stat().st_mode & 0o777 == 0o600
    assert f"=====> {name}, 26 B" in said
    (found,) = json.loads(box.ok("box:backup-list", "orders", str(place), "--format", "json"))
    assert (found["name"], found["size"], found["rows"], found["verified"]) == (name, 26, ROWS, 0)
    assert abs(found["taken"] - time.time()) < 60
    assert "never" in box.ok("box:backup-list", "orders"), "where it was the last time"


def test_a_backup_that_fails_leaves_the_earlier_one_and_nothing_else(
    box: Harness, place: Path, docker: FakeDocker, kind: Kind
) -> None:
    box.ok("box:backup", "orders", str(place))
    before = names(place)
    docker.refusals["enter"] = "the container is gone"
    assert "the container is gone" in refused(box, "box:backup", "orders", str(place))
    docker.refusals.clear()
    box.ok("box:pause", "orders")
    assert "is not running" in refused(box, "box:backup", "orders", str(place))
    box.ok("box:start", "orders")
    with box.inside(), pytest.raises(Exception, match="failed with status 3"):
        backups.take(HALF, kept.load(kind, "orders"), str(place))

    assert names(place) == before
    with box.inside():
        (finding,) = diagnosis.diagnose()
    assert f"Its last backup, to {place}, failed: The export of orders failed with status 3" in finding.wrong
    box.ok("box:backup", "orders", str(place))
    with box.inside():
        assert list(diagnosis.diagnose()) == []
    assert len(names(place)) == 2


def test_what_a_killed_backup_has_left_goes_with_the_next(box: Harness, place: Path) -> None:
    box.ok("box:backup", "orders", str(place))
    (place / ".partial-box-orders-2026-01-01T00-00-00.000Z.dump").touch()
    (place / ".partial-box-orders-2-2026-01-01T00-00-00.000Z.dump").touch()

    box.ok("box:backup", "orders")

    assert [name for name in names(place) if name.startswith(".")] == [
        ".partial-box-orders-2-2026-01-01T00-00-00.000Z.dump"
    ]


def test_a_folder_in_one_that_is_closed_to_us_is_refused_with_what_to_do(
    box: Harness, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_dir = Path.is_dir

    def closed(path: Path) -> bool:
        if path.parent == place:
            raise PermissionError(13, "Permission denied")
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", closed)

    assert f"{place}/far can't be written: Permission denied" in refused(box, "box:backup", "orders", f"{place}/far")


def test_a_folder_that_nobody_has_allowed_is_refused(box: Harness, place: Path, tmp_path: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    (place.parent / "link").symlink_to(tmp_path)
    for wrong in ("/etc", str(box.paths.root), f"{place}/../..", str(place.parent), str(place.parent / "link" / "x")):
        refused(box, "box:backup", "orders", wrong)
    for wrong in ("Bucket", "a", "bucket/../x", "bucket/a b", "-x"):
        assert box.run("box:backup", "orders", wrong).exit_code in (1, 2)
    assert "Where are the backups of orders?" in refused(box, "box:backup", "orders")


def test_a_backup_is_verified_beside_the_service_and_differences_are_told(
    box: Harness, place: Path, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = box.ok("box:backup", "orders", str(place), "--verify")

    assert DUMPED in said, "the container aside was given it"
    assert "can be restored: 3 rows in 1 tables, as when it was taken" in said
    assert len(docker.containers({})) == 1
    assert sorted(os.listdir(box.paths.services / "box" / "orders")) == ["config", "data"]
    assert "0s ago" in box.ok("box:backup-list", "orders").splitlines()[-1].replace("1s", "0s")

    monkeypatch.setitem(ROWS, "orders", 4)
    wrong = refused(box, "box:backup-verify", "orders")
    assert "orders has 4 rows instead of 3" in wrong
    assert len(docker.containers({})) == 1
    (place / names(place)[0]).write_text("short")
    assert "should have 26 bytes" in refused(box, "box:backup-verify", "orders")
    assert "should have 26 bytes" in refused(box, "box:restore", "orders", "--force")


def test_a_service_gets_back_what_a_backup_holds(box: Harness, place: Path) -> None:
    box.ok("box:backup", "orders", str(place))
    (first,) = names(place)
    (place / first.replace("20", "19", 1)).write_text("older\n")
    (place / "box-orders-other.dump").write_text("no backup of ours\n")

    assert "did not match" in box.run("box:restore", "orders", input="no\n").stderr
    assert DUMPED in box.ok("box:restore", "orders", input="orders\n")
    assert "older\n" in box.ok("box:restore", "orders", str(place), first.replace("20", "19", 1), "--force")
    assert "holds no backup nothing" in refused(box, "box:restore", "orders", str(place), "nothing", "--force")
    assert len(json.loads(box.ok("box:backup-list", "orders", "--format", "json"))) == 2


def test_as_many_backups_stay_as_were_asked_for(box: Harness, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("0", "-1", "two", "1.5"):
        assert "backup-keep can't be" in refused(box, "box:set", "--", "orders", "backup-keep", wrong)
    box.ok("box:create", "orders-2")
    box.ok("box:backup", "orders-2", str(place))
    (other,) = names(place)
    (place / "box-orders-notes.txt").touch()
    for _ in range(3):
        box.ok("box:backup", "orders", str(place))
    *_, last = sorted(each["name"] for each in json.loads(box.ok("box:backup-list", "orders", "--format", "json")))

    box.ok("box:set", "orders", "backup-keep", "2")
    said = box.ok("box:backup", "orders", str(place), "--verify")

    newest, second = (each["name"] for each in json.loads(box.ok("box:backup-list", "orders", "--format", "json")))
    assert second == last
    assert said.count("Removed box-orders-20") == 2
    assert names(place) == sorted([newest, last, other, "box-orders-notes.txt"])
    assert "of which the newest 2 stay" in box.ok("box:backup-list", "orders")

    monkeypatch.setitem(ROWS, "orders", 4)
    monkeypatch.setattr(backups, "differences", lambda *_: ["orders has 4 rows"])
    refused(box, "box:backup", "orders", str(place), "--verify")
    assert second in names(place), "until a newer one has proved itself"


def test_a_backup_that_is_not_to_stay_and_does_is_told(
    box: Harness, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.ok("box:set", "orders", "backup-keep", "1")
    box.ok("box:backup", "orders", str(place))

    def unlink(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", unlink)
        assert "can't be removed: Operation not permitted" in refused(box, "box:backup", "orders")
    with box.inside():
        (finding,) = diagnosis.diagnose()
    assert "can't be removed" in finding.wrong
    box.ok("box:backup", "orders")
    assert len(names(place)) == 1


def test_an_encrypted_backup_is_opened_by_its_passphrase_alone_here_and_elsewhere(
    box: Harness, place: Path, tmp_path: Path
) -> None:
    box.ok("box:backup-set-encryption", "orders", "-", input="se cret 'ä'\n")
    said = box.ok("box:backup", "orders", str(place), "--verify")
    assert "can be restored" in said
    (name,) = names(place)
    assert name.endswith(".dump.gpg")
    assert b"rows" not in (place / name).read_bytes()

    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    (home / "passphrase").write_text("se cret 'ä'")
    gpg = ["gpg", f"--homedir={home}", "--batch", "--pinentry-mode=loopback", f"--passphrase-file={home}/passphrase"]
    elsewhere = subprocess.run([*gpg, "--decrypt", place / name], capture_output=True, check=True)
    assert elsewhere.stdout.decode() == DUMPED

    box.ok("box:backup-set-encryption", "orders", "another")
    assert "can't be decrypted" in refused(box, "box:restore", "orders", "--force")
    box.ok("box:backup-unset-encryption", "orders")
    assert "no passphrase to open it" in refused(box, "box:restore", "orders", "--force")
    assert "has no passphrase" in refused(box, "box:backup-unset-encryption", "orders")
    box.ok("box:backup", "orders")
    assert names(place)[-1].endswith(".dump")


def test_encryption_without_gnupg_is_refused_at_once(
    box: Harness, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert "apt-get install gpg" in refused(box, "box:backup-set-encryption", "orders", "secret")


@pytest.fixture
def gnupg() -> Iterator[str]:
    """A home of GnuPG, whose sockets allow no path as long as those of pytest."""
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        yield home
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


def test_a_backup_for_a_public_key_is_opened_where_the_private_one_is(box: Harness, place: Path, gnupg: str) -> None:
    gpg = ["gpg", f"--homedir={gnupg}", "--batch", "--quiet", "--passphrase="]
    subprocess.run([*gpg, "--quick-generate-key", "ann@example.com", "future-default", "default", "never"], check=True)
    shown = subprocess.run([*gpg, "--with-colons", "-k"], check=True, capture_output=True, text=True).stdout
    key_id = next(line.split(":")[9] for line in shown.splitlines() if line.startswith("fpr"))
    key = subprocess.run([*gpg, "--export", "--armor"], check=True, capture_output=True).stdout
    set_key = "box:backup-set-public-key-encryption"
    assert "is not the public key" in refused(box, set_key, "orders", "0" * 40, code=1)
    assert "is not the public key" in box.run(set_key, "orders", "0" * 40, input=key).stderr
    assert "isn't the id of a key" in box.run(set_key, "orders", "ann", input=key).stderr
    box.ok(set_key, "orders", key_id[-16:], input=key)
    assert "can't be verified here" in refused(box, "box:backup", "orders", str(place), "--verify")
    box.ok("box:backup", "orders", str(place))

    assert "no passphrase to open it" in refused(box, "box:restore", "orders", "--force")
    opened = subprocess.run([*gpg, "--decrypt", place / names(place)[0]], check=True, capture_output=True)
    assert opened.stdout.decode() == DUMPED
    box.ok("box:backup-unset-public-key-encryption", "orders")


# A store


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The URL of a store with the bucket `backups`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    client(url).create_bucket(Bucket="backups")
    yield url
    server.stop()


def client(url: str) -> object:
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=url, **keys)


def test_a_backup_goes_to_a_store_and_comes_back(box: Harness, place: Path, store: str) -> None:
    assert "Nothing lets us into the bucket" in refused(box, "box:backup", "orders", "backups/here")
    box.ok("box:backup-auth", "orders", "key", "-", "eu-central-1", "v4", store, input="secret\n")

    said = box.ok("box:backup", "orders", "backups/here", "--verify")

    assert "can be restored: 3 rows" in said
    assert DUMPED in box.ok("box:restore", "orders", "--force")
    (listed,) = json.loads(box.ok("box:backup-list", "orders", "backups/here", "--format", "json"))
    assert listed["verified"] > 0
    assert box.run("box:backup-list", "orders", "backups/there").stderr.startswith(
        " !     backups/there holds no backup"
    )
    box.ok("box:set", "orders", "backup-keep", "1")
    box.ok("box:backup", "orders")
    (stays,) = json.loads(box.ok("box:backup-list", "orders", "backups/here", "--format", "json"))
    assert stays["taken"] > listed["taken"]
    box.ok("box:backup-deauth", "orders")
    assert "Nothing lets us into the bucket" in refused(box, "box:backup", "orders", "backups/here")


def test_a_store_that_refuses_or_is_not_there_fails_the_backup(box: Harness, place: Path, store: str) -> None:
    box.ok("box:backup-auth", "orders", "key", "secret", "eu-central-1", "v4", store)
    assert "Backups in nobucket/ can't be stored" in refused(box, "box:backup", "orders", "nobucket")
    box.ok("box:backup-auth", "orders", "key", "secret", "", "", "http://127.0.0.1:9")
    assert "can't be stored" in refused(box, "box:backup", "orders", "backups")
    for wrong in (
        ["k", "s", "a b"],
        ["k", "s", "", "v5"],
        ["k", "s", "", "", "ftp://x"],
        ["k", "s", "", "", "http://x/$(id)"],
        ["", "s"],
        ["k", "ä"],
    ):
        assert box.run("box:backup-auth", "orders", *wrong).exit_code == 1


def test_a_dump_that_fails_leaves_no_part_of_it_in_a_store(store: str) -> None:
    there = bucket.Bucket("backups", "big/", bucket.Auth("key", "secret", endpoint=store))

    def fill(sink: object, *, fails: bool) -> None:
        for _ in range(20):
            sink.write(b"x" * 2**20)  # type: ignore[attr-defined]
        if fails:
            raise RuntimeError("It was killed.")

    with streams.filled(lambda sink: fill(sink, fails=False)) as stream:
        there.write("whole", stream)
    with pytest.raises(RuntimeError, match="It was killed"):
        with streams.filled(lambda sink: fill(sink, fails=True)) as stream:
            there.write("half", stream)

    assert there.sizes() == {"whole": 20 * 2**20}
    asked = client(store).list_multipart_uploads(Bucket="backups")  # type: ignore[attr-defined]
    assert asked.get("Uploads", []) == []


# Times


def test_a_scheduled_backup_is_started_by_a_tick_once_it_is_due(box: Harness, place: Path, kind: Kind) -> None:
    for wrong in ("hourly", "99 * * * *", "0 0 30 2 *", "* * * *"):
        refused(box, "box:backup-schedule", "orders", wrong, str(place))
    box.ok("cron:set", "--global", "timezone", "UTC")
    box.ok("box:backup-schedule", "orders", "0 3 * * *", str(place))
    line = f"0 3 * * * paas box:backup orders {place}\n"
    assert box.ok("box:backup-schedule-cat", "orders") == line
    night = (time.time() // 86400 + 1) * 86400 + 3 * 3600

    def started(*moments: float) -> int:
        with box.inside():
            for moment in moments:
                schedules.begin(moment)
        return len(box.detached)

    assert started(time.time(), night - 61) == 0
    assert started(night + 5, night + 65, night + 3600) == 1
    assert box.detached[0] == [str(box.paths.executable), "box:backup", "orders", str(place)]
    assert started(night + 86400 + 3599) == 2, "the server was off for an hour"
    assert started(night + 2 * 86400 + 3700) == 2, "and then for too long"
    box.ok("box:backup-unschedule", "orders")
    assert started(night + 3 * 86400) == 2
    assert "No backups of orders are scheduled" in refused(box, "box:backup-schedule-cat", "orders")
    box.ok("box:backup-schedule", "orders", "* * * * *", str(place))
    with box.inside():
        service = kept.load(kind, "orders")
        schedules._put(service, replace(schedules.find(service), begun=0))
    box.ok("tick")
    assert len(box.detached) == 3


# Streams


def test_a_target_is_read_as_it_was_meant() -> None:
    assert targets.checked("/mnt/backups/") == "/mnt/backups"
    assert targets.checked("s3://bucket/a/b/") == "bucket/a/b"
    assert backups.differences({"a": 1, "b": 2}, {"b": 3, "c": 4}) == [
        "a has no rows instead of 1",
        "b has 3 rows instead of 2",
        "c has 4 rows instead of none",
    ]
