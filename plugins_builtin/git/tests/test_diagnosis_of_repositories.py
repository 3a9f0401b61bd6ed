"""What doctor is told of repositories: each finding by breaking one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from paas import App, Image, Release, releases
from paas.testing import Harness
from paas_git import repository
from paas_git.diagnosis import diagnose


@pytest.fixture
def shop(paas: Harness) -> App:
    shop = paas.app("shop")
    assert paas.wrong(diagnose) == []
    return shop


def hook(paas: Harness) -> Path:
    return paas.paths.repository("shop") / "hooks" / "pre-receive"


def test_a_hook_that_is_gone_is_found_and_written(paas: Harness, shop: App) -> None:
    hook(paas).unlink()

    assert paas.wrong(diagnose) == [f"shop: {hook(paas)} is missing or changed, so that a push doesn't deploy."]
    paas.repair(diagnose)

    assert paas.wrong(diagnose) == []


def test_a_hook_that_was_changed_or_cant_be_run_is_found_and_mended(paas: Harness, shop: App) -> None:
    hook(paas).write_text("#!/bin/sh\n")
    assert len(paas.wrong(diagnose)) == 1
    paas.repair(diagnose)
    hook(paas).chmod(0o644)
    assert len(paas.wrong(diagnose)) == 1
    paas.repair(diagnose)

    assert paas.wrong(diagnose) == []


def test_a_repository_that_is_gone_is_found_and_made(paas: Harness, shop: App) -> None:
    shutil.rmtree(paas.paths.repository("shop"))

    assert len(paas.wrong(diagnose)) == 1
    paas.repair(diagnose)

    assert paas.wrong(diagnose) == []


def test_a_repository_of_no_app_is_found(paas: Harness, shop: App) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", paas.paths.home / "gone"], check=True)
    (paas.paths.home / "notes").mkdir()

    assert paas.wrong(diagnose) == [f"repositories: {paas.paths.home}/gone is a repository of no app."]


def test_a_branch_that_a_live_push_did_not_move_is_found(paas: Harness, shop: App, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["git", "init", "--quiet", "--initial-branch=master", copy], check=True)
    who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", "-C", copy, *who, "commit", "--quiet", "--allow-empty", "-m", "one"], check=True)
    hook(paas).unlink()
    subprocess.run(["git", "-C", copy, "push", "--quiet", paas.paths.repository("shop"), "master"], check=True)
    paas.repair(diagnose)
    with paas.inside():
        head = repository.head(shop, "master") or ""
        live(shop, head)
        assert paas.wrong(diagnose) == []

        live(shop, "c0ffee", "releases:rollback 1")  # which goes back on purpose
        assert paas.wrong(diagnose) == []

        live(shop, "c0ffee")
        assert paas.wrong(diagnose) == [f"shop: c0ffee is live, and master is at {head[:12]}."]


def live(shop: App, revision: str, reason: str = "git push") -> None:
    draft = Release(Image("sha256:1", "null"), revision=revision, reason=reason)
    releases.promote(shop, releases.add(shop, draft), [])
